"""Opens cert9.db and key4.db: read only, with an end to every wait, and a reason for every no."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from certhelper.stores.base import StoreStatus

CERTIFICATES = "cert9.db"
KEYS = "key4.db"
LEGACY_CERTIFICATES = "cert8.db"

WORK_FOLDER = ".certhelper-work"
"""Where a change is made on a copy, inside of the database's own folder.  Whoever holds the write
lock owns it: one that is there then was left by a process that was killed."""

LOCK_WAIT = 1.0
"""Seconds that a lock of another process is waited for; NSS holds one for milliseconds."""

# What stands in a class column (CKA_CLASS) of nssPublic and nssPrivate, PKCS #11 v2.40 §4.1.2.
CLASS_CERTIFICATE = bytes.fromhex("00000001")
CLASS_PUBLIC_KEY = bytes.fromhex("00000002")
CLASS_PRIVATE_KEY = bytes.fromhex("00000003")

_EMPTY = b"\xa5\x00\x5a"  # NSS's sdb.c writes an attribute of no octets so, to tell it from none
_RETRY_PAUSE = 0.05

_LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DAMAGED = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


class DatabaseUnreadableError(Exception):
    """A database file could not be read.

    ``reason`` is a code of ``resources/texts/stores.toml``, ``detail`` SQLite's own words.
    """

    def __init__(self, status: StoreStatus, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.reason = reason
        self.detail = detail


class UnknownSchemaError(DatabaseUnreadableError):
    """It is a database, but not with the tables and columns of NSS as we know them."""

    def __init__(self, detail: str) -> None:
        super().__init__(StoreStatus.FAILED, "database-unknown-schema", detail)


def octets(value: object) -> bytes:
    """Return what a column holds as octets; nothing, NSS's mark for empty and numbers are empty."""
    return value if isinstance(value, bytes) and value != _EMPTY else b""


def is_there(directory: Path) -> bool:
    """Whether somebody has made a database here.

    Two files without octets are none yet: SQLite makes them before the first change, and a program
    that was killed meanwhile leaves them.  Raises ``OSError``, ``ValueError``.
    """
    certificates, keys = directory / CERTIFICATES, directory / KEYS
    return certificates.exists() and not (_is_empty(certificates) and _is_empty(keys))


def _is_empty(file: Path) -> bool:
    try:
        status = file.stat()
    except FileNotFoundError:
        return True
    return stat.S_ISREG(status.st_mode) and status.st_size == 0


@contextmanager
def opened(file: Path, table: str, lock_wait: float = LOCK_WAIT) -> Iterator[sqlite3.Connection]:
    """Open one database file for reading and hold a read lock until the end of the block.

    Text columns come as octets.  The file is never written; ``immutable=1`` is not used, because
    it reads past a lock.  Raises :class:`DatabaseUnreadableError` from here or, for trouble in the
    middle, from the block.
    """
    _refuse_what_is_no_file(file)
    try:
        connection = sqlite3.connect(address(file), uri=True, timeout=lock_wait)
    except sqlite3.Error as error:
        raise _translated(error, file) from error
    try:
        connection.isolation_level = None
        connection.text_factory = bytes
        _begin(connection, table, time.monotonic() + lock_wait)
        yield connection
    except sqlite3.Error as error:
        raise _translated(error, file) from error
    finally:
        connection.close()


def _refuse_what_is_no_file(file: Path) -> None:
    """Raise for a directory, a device or a pipe, at which SQLite would wait for ever."""
    try:
        mode = file.stat().st_mode
    except (OSError, ValueError) as error:
        raise DatabaseUnreadableError(
            StoreStatus.FAILED, "file-unreadable", f"{file.name}: {error}"
        ) from error
    if not stat.S_ISREG(mode):
        raise DatabaseUnreadableError(
            StoreStatus.FAILED, "file-unreadable", f"{file.name}: not a file"
        )


def address(file: Path, mode: str = "ro") -> str:
    """Return a URI in which no octet of the path has a meaning (SQLite: "URI Filenames").

    Octets, because a name on Linux need not be UTF-8.
    """
    return f"file:{quote(os.fsencode(file.absolute()))}?mode={mode}"


def _begin(connection: sqlite3.Connection, table: str, deadline: float) -> None:
    connection.execute("PRAGMA trusted_schema = OFF")  # the file may be a stranger's
    while True:
        try:
            connection.execute("BEGIN")
            kinds = connection.execute(
                "SELECT type FROM sqlite_master WHERE name = ?", (table,)
            ).fetchall()
        except sqlite3.OperationalError as error:
            # SQLite answers "busy" at once, without its own waiting, where it fears a deadlock.
            if _primary(error) not in _LOCKED or time.monotonic() >= deadline:
                raise
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            time.sleep(_RETRY_PAUSE)
        else:
            if kinds != [(b"table",)]:  # a view could be made to run for ever
                raise UnknownSchemaError(f"{table} is not a table")
            return


def _primary(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code (the low octet of the extended one), 0 if unknown."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _translated(error: sqlite3.Error, file: Path) -> DatabaseUnreadableError:
    code, detail = _primary(error), f"{file.name}: {error}"
    if code in _LOCKED:
        return DatabaseUnreadableError(StoreStatus.LOCKED, "database-locked", detail)
    if code == sqlite3.SQLITE_READONLY:
        # A change that another program began and did not end; only a writer may take it back.
        return DatabaseUnreadableError(StoreStatus.FAILED, "database-interrupted", detail)
    if code in _DAMAGED:
        return DatabaseUnreadableError(StoreStatus.FAILED, "database-damaged", detail)
    if code == sqlite3.SQLITE_ERROR:  # "no such column", "no such table"
        return UnknownSchemaError(detail)
    return DatabaseUnreadableError(StoreStatus.FAILED, "file-unreadable", detail)
