"""The write lock of an NSS database, and what a change that was killed under it has left behind."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path

from certhelper.failures import FailedError
from certhelper.safe_text import safe
from certhelper.stores.nss_files import CERTIFICATES, KEYS, WORK_FOLDER, address

_log = logging.getLogger(__name__)

_LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_NOT_WRITABLE = (
    *(sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM),
    *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR),  # of the disk: the database is what it was
)


class NotWrittenError(FailedError):
    """A database was not changed.

    Codes ``store-in-use``, ``profile-in-use``, ``database-not-writable``, ``store-unreadable``,
    ``store-password-needed``, ``database-password-wrong``, ``key-not-exportable``,
    ``database-not-changed``, ``removal-changed``.
    """


@contextmanager
def locked(directory: Path, lock_wait: float) -> Iterator[sqlite3.Connection]:
    """Hold the write lock of both files; what the block does not commit is taken back.

    ``lock_wait`` is in seconds.  Opening a database for writing also takes back what a killed
    program wrote by half (SQLite, "Atomic Commit", section 4).  Raises :class:`NotWrittenError`.
    """
    try:
        connection = sqlite3.connect(
            address(directory / CERTIFICATES, "rw"),
            uri=True,
            timeout=lock_wait,
            isolation_level=None,
        )
    except sqlite3.Error as error:
        raise _translated(error, directory) from error
    with closing(connection):
        try:
            connection.execute("PRAGMA trusted_schema = OFF")  # the file may be a stranger's
            connection.execute("PRAGMA secure_delete = ON")  # what is removed holds keys
            connection.execute("ATTACH ? AS keys", (address(directory / KEYS, "rw"),))
            connection.execute("PRAGMA keys.secure_delete = ON")
            connection.execute("BEGIN IMMEDIATE")
            yield connection
        except sqlite3.Error as error:
            raise _translated(error, directory) from error
        except OSError as error:
            raise not_writable(directory, error) from error
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")


def clear(folder: Path) -> None:
    """Take a working copy away.  Raises ``OSError``."""
    if folder.is_symlink():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)


def tidy(directory: Path) -> None:
    """Take away what a killed change left: its copy, which holds keys, and what it wrote by half.

    The copy is nobody's when the lock can be had at once; else somebody is at work.  Never raises:
    a place where nothing can be written is read all the same.
    """
    folder = directory / WORK_FOLDER
    is_lost = not os.path.lexists(directory / CERTIFICATES)  # nobody can hold its lock
    try:
        with nullcontext() if is_lost else locked(directory, 0.0):
            clear(folder)
    except (FailedError, OSError) as error:
        _log.info("a copy that a killed change left stays: %s", error)


def not_writable(directory: Path, error: OSError) -> NotWrittenError:
    """Return how a person is told that a file could not be written."""
    detail = error.strerror or type(error).__name__
    return NotWrittenError("database-not-writable", where=safe(str(directory)), detail=detail)


def _translated(error: sqlite3.Error, directory: Path) -> NotWrittenError:
    primary = int(getattr(error, "sqlite_errorcode", 0)) & 0xFF
    if primary in _LOCKED:
        code = "store-in-use"
    elif primary in _NOT_WRITABLE:
        code = "database-not-writable"
    else:
        code = "store-unreadable"
    return NotWrittenError(code, where=safe(str(directory)), detail=safe(str(error)))
