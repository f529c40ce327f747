"""Makes NSS databases: a fresh one from certificates and keys, or a private copy without trust.

Both are what a session's private home holds; neither ever puts NSS into this process.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import IO, NamedTuple

from certhelper.failures import FailedError
from certhelper.secret import Secret
from certhelper.starting import part
from certhelper.stores import child
from certhelper.stores.base import StoreStatus
from certhelper.stores.child import Octets
from certhelper.stores.nss_files import (
    CERTIFICATES,
    CLASS_CERTIFICATE,
    CLASS_PRIVATE_KEY,
    CLASS_PUBLIC_KEY,
    KEYS,
    LOCK_WAIT,
    DatabaseUnreadableError,
    opened,
)
from certhelper.stores.nss_password import PasswordState, password_state

__all__ = [
    "DatabaseNotCopiedError",
    "DatabaseNotMadeError",
    "Entry",
    "PasswordState",
    "create",
    "password_state",
    "private_copy",
]

_MAKER = "certhelper.stores.nss_maker"

# What a copy may keep, table by table.  Everything else goes: trust (CKO_NSS_TRUST ce534353 and
# PKCS #11 v3.2's CKO_TRUST 0000000b), built-in root lists, revocation lists, secret keys and
# whatever comes later.  NSS searches both files for an object, so both are cleaned.
_KEPT = {
    CERTIFICATES: ("nssPublic", (CLASS_CERTIFICATE, CLASS_PUBLIC_KEY)),
    KEYS: ("nssPrivate", (CLASS_PRIVATE_KEY,)),
}


class Entry(NamedTuple):
    """A certificate to store: DER, its key as PKCS #8 DER (or None), and its nickname."""

    certificate: bytes
    key: Octets | None
    nickname: str


class DatabaseNotMadeError(FailedError):
    """NSS refused to make a database or to take an entry (code ``nss-database-not-made``)."""

    def __init__(self, step: str, nickname: str = "", error: str = "") -> None:
        super().__init__("nss-database-not-made", step=step, nickname=nickname, error=error)


class DatabaseNotCopiedError(FailedError):
    """A store could not be copied (codes ``store-in-use``, ``store-unreadable``)."""


def create(
    directory: Path,
    entries: Sequence[tuple[bytes, Octets | None, str]],
    password: Secret | None = None,
) -> None:
    """Make a fresh NSS database in ``directory`` (mode 0700, made where it does not exist).

    NSS runs in a child process; keys (PKCS #8 DER, RSA or EC) and the password reach it through a
    pipe only.  Nothing in it is trusted.  Raises :class:`DatabaseNotMadeError` naming the first
    entry that NSS does not take, and ``FileExistsError`` when there is a database already.  What
    was made until a failure is removed.
    """
    _make_folder(directory)
    try:
        _make(directory, entries, password)
    except BaseException:
        _remove(directory)
        raise


def private_copy(source: Path, target: Path, lock_wait: float = LOCK_WAIT) -> None:
    """Copy the certificates and keys of an NSS database, and nothing that makes NSS trust a CA.

    In NSS a database that is opened brings its trusted CAs as trusted web roots, even read only,
    so only such a copy may be opened.  Certificates, public and private keys are kept; every other
    object is deleted and the copy is looked through once more.  ``pkcs11.txt``, which names
    programs to load, is not copied.  Files get mode 0600 in ``target`` (0700).

    The copy is made by SQLite's backup, which takes a lock and journals into account.  Raises
    :class:`DatabaseNotCopiedError` and ``FileExistsError``; a copy that failed is removed.
    """
    _make_folder(target)
    names = [name for name in _KEPT if name == CERTIFICATES or (source / name).exists()]
    for name in names:
        copied = target / name
        os.close(os.open(copied, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            _copy(source / name, copied, lock_wait)
        except BaseException:
            _remove(target)
            raise


def _make(
    directory: Path, entries: Sequence[tuple[bytes, Octets | None, str]], password: Secret | None
) -> None:
    command = [*part(_MAKER, with_packages=False), str(directory.absolute())]
    time_limit = 30 + 0.1 * len(entries)
    try:
        with child.started(command, time_limit) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            with suppress(BrokenPipeError):  # the child ended early; its answer says why
                _hand_over(process.stdin, entries, password)
            answer = json.loads(process.stdout.read() or b"{}")
    except child.ChildFailedError as error:
        raise DatabaseNotMadeError("run", error=error.detail) from error
    if answer.get("made") != len(entries):
        index = answer.get("entry")
        nickname = "" if index is None else entries[index][2]
        detail = answer.get("text") or str(answer.get("error", ""))
        raise DatabaseNotMadeError(str(answer.get("failed")), nickname, detail)


def _remove(directory: Path) -> None:
    for name in (CERTIFICATES, KEYS):
        for suffix in ("", "-journal", "-wal", "-shm"):
            (directory / f"{name}{suffix}").unlink(missing_ok=True)


def _make_folder(directory: Path) -> None:
    """Make or take a folder for nobody else.  Raises ``FileExistsError`` for one in use."""
    for name in (CERTIFICATES, KEYS):
        if (directory / name).exists():
            raise FileExistsError(directory / name)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.chmod(0o700)


def _hand_over(
    pipe: IO[bytes], entries: Sequence[tuple[bytes, Octets | None, str]], password: Secret | None
) -> None:
    """Write what :mod:`certhelper.stores.nss_maker` reads, and close the pipe."""
    with pipe:
        if password is None:
            child.write_field(pipe, b"")
        else:
            with password.view() as octets:
                child.write_field(pipe, octets)
        child.write(pipe, len(entries).to_bytes(4, "big"))
        for certificate, key, nickname in entries:
            child.write_field(pipe, nickname.replace("\0", "").encode() or b"certificate")
            child.write_field(pipe, certificate)
            child.write_field(pipe, b"" if key is None else key)


def _copy(source: Path, target: Path, lock_wait: float) -> None:
    table, classes = _KEPT[source.name]
    try:
        with opened(source, table, lock_wait) as original:
            _refuse_programs(original)
            with closing(sqlite3.connect(target)) as copy:
                original.backup(copy)  # never waits: ``opened`` holds the lock that it needs
                _strip(copy, table, classes)
    except DatabaseUnreadableError as error:
        locked = error.status is StoreStatus.LOCKED
        code = "store-in-use" if locked else "store-unreadable"
        raise DatabaseNotCopiedError(code, where=str(source), detail=error.detail) from error


def _refuse_programs(original: sqlite3.Connection) -> None:
    """Refuse a database with triggers or views: they could bring back what is deleted."""
    kinds = {row[0] for row in original.execute("SELECT DISTINCT type FROM sqlite_master")}
    if not kinds <= {b"table", b"index"}:
        raise DatabaseUnreadableError(
            StoreStatus.FAILED, "database-unknown-schema", "the database holds triggers or views"
        )


def _strip(copy: sqlite3.Connection, table: str, classes: Sequence[bytes]) -> None:
    marks = ", ".join("?" * len(classes))
    foreign = f"FROM {table} WHERE a0 IS NULL OR a0 NOT IN ({marks})"  # our own names
    copy.execute("PRAGMA journal_mode = DELETE")  # the original may have used a log file
    copy.execute(f"DELETE {foreign}", classes)
    copy.commit()
    (left,) = copy.execute(f"SELECT count(*) {foreign}", classes).fetchone()
    if left:
        raise DatabaseUnreadableError(
            StoreStatus.FAILED, "database-unknown-schema", f"{left} objects could not be deleted"
        )
