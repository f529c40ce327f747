"""Changes an NSS database: whole or not at all, and never past another program's lock.

NSS never writes to the database itself.  It works in a child process on a copy, while this process
holds the write lock of ``cert9.db`` and ``key4.db``; when all went well the rows that differ are
written back in one transaction over both files (SQLite, "Atomic Commit", section 5).  So a
failure midway, a crash or a power cut leaves the database as it was, and no other program's change
is lost.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import struct
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from shutil import disk_usage
from typing import IO, NamedTuple

from certhelper import signals
from certhelper.safe_text import safe
from certhelper.secret import Secret
from certhelper.starting import part
from certhelper.stores import child, nss_keys
from certhelper.stores.child import Octets
from certhelper.stores.nss_files import (
    CERTIFICATES,
    CLASS_CERTIFICATE,
    CLASS_PUBLIC_KEY,
    KEYS,
    LOCK_WAIT,
    WORK_FOLDER,
    address,
    octets,
)
from certhelper.stores.nss_lock import NotWrittenError, clear, locked, not_writable
from certhelper.stores.nss_writing_rows import write_back

_PART = "certhelper.stores.nss_writing_part"
_TIME_LIMIT = 30.0  # seconds
_LEAST_ROOM = 1 << 18  # octets; NSS takes some ten thousand for a certificate and its key
_FILES = {CERTIFICATES: "main", KEYS: "keys"}
_PASSWORD_CODES = {
    "password-needed": "store-password-needed",
    "password-wrong": "database-password-wrong",
    "key-not-exportable": "key-not-exportable",
}


class NewEntry(NamedTuple):
    """A certificate to put in: DER, its key as PKCS #8 DER (or None), its nickname."""

    certificate: bytes
    key: Octets | None
    nickname: str


class WorkCopy:
    """A copy of the database, on which NSS works in a child process."""

    def __init__(self, folder: Path, password: Secret | None, where: str) -> None:
        self._folder = folder
        self._password = password
        self._where = where

    def add(self, entries: Sequence[NewEntry]) -> None:
        """Put certificates in, without trust; a key or certificate that is there is kept."""

        def fields(pipe: IO[bytes]) -> None:
            child.write(pipe, len(entries).to_bytes(4, "big"))
            for certificate, key, nickname in entries:
                child.write_field(pipe, nickname.replace("\0", "").encode() or b"certificate")
                child.write_field(pipe, certificate)
                child.write_field(pipe, b"" if key is None else key)

        self._run("add", fields, _TIME_LIMIT + 0.1 * len(entries))

    def remove(self, certificate: bytes, *, takes_key: bool) -> None:
        """Take a certificate out, and its key where that is said.

        Raises :class:`NotWrittenError` (``removal-changed``) where another certificate uses the
        key: nobody else can write now, so what was seen before the lock is looked at again.
        """
        if takes_key and nss_keys.certificates_of_key(self._folder, certificate):
            raise NotWrittenError("removal-changed", where=self._where)

        def fields(pipe: IO[bytes]) -> None:
            child.write_field(pipe, certificate)
            child.write(pipe, int(takes_key).to_bytes(4, "big"))

        identifier = self._identifier(certificate)
        self._run("remove", fields)
        if takes_key and identifier:
            self._remove_public_key(identifier)

    def export_key(self, certificate: bytes) -> bytearray:
        """Return the key of a certificate as PKCS #8 DER, to be overwritten by the caller.

        Raises :class:`NotWrittenError` (``key-not-exportable``).
        """
        from cryptography.hazmat.primitives import serialization

        passphrase = secrets.token_hex(32).encode()

        def fields(pipe: IO[bytes]) -> None:
            child.write_field(pipe, certificate)
            child.write_field(pipe, passphrase)

        answer = self._run("export", fields)
        # A key of a database is backed up as it is; to try its primes would take seconds.
        key = serialization.load_der_private_key(
            bytes.fromhex(str(answer["key"])), passphrase, unsafe_skip_rsa_key_validation=True
        )
        return bytearray(
            key.private_bytes(
                serialization.Encoding.DER,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )

    def _run(
        self, what: str, fields: Callable[[IO[bytes]], None], time_limit: float = _TIME_LIMIT
    ) -> dict[str, object]:
        command = [*part(_PART, with_packages=False), what, str(self._folder.absolute())]
        try:
            with child.started(command, time_limit) as process:
                assert process.stdin is not None
                assert process.stdout is not None
                # Where it ended early its answer says why.
                with suppress(BrokenPipeError), process.stdin as pipe:
                    self._write_password(pipe)
                    fields(pipe)
                answer: dict[str, object] = json.loads(process.stdout.read() or b"{}")
        except child.ChildFailedError as error:
            raise self._refused("run", error.detail) from error
        if not answer.get("done"):
            raise self._refused(str(answer.get("failed")), str(answer.get("error", "")))
        return answer

    def _write_password(self, pipe: IO[bytes]) -> None:
        if self._password is None:
            child.write_field(pipe, b"")
            return
        with self._password.view() as characters:
            child.write_field(pipe, characters)

    def _refused(self, step: str, detail: str) -> NotWrittenError:
        code = _PASSWORD_CODES.get(step, "database-not-changed")
        if code == "database-not-changed" and disk_usage(self._folder).free < _LEAST_ROOM:
            code = "database-not-writable"  # NSS has no error number for it
        return NotWrittenError(code, where=self._where, step=step, detail=safe(detail))

    def _identifier(self, certificate: bytes) -> bytes:
        """Return the CKA_ID that ties a certificate to its keys."""
        with closing(sqlite3.connect(self._folder / CERTIFICATES)) as connection:
            query = "SELECT a102 FROM nssPublic WHERE a0 = ? AND a11 = ?"
            row = connection.execute(query, (CLASS_CERTIFICATE, certificate)).fetchone()
        return octets(row[0]) if row else b""

    def _remove_public_key(self, identifier: bytes) -> None:
        """NSS has no function for it, and leaves the public key of a deleted key behind."""
        with closing(sqlite3.connect(self._folder / CERTIFICATES)) as connection, connection:
            query = "DELETE FROM nssPublic WHERE a0 = ? AND a102 = ?"
            connection.execute(query, (CLASS_PUBLIC_KEY, identifier))


@contextmanager
def changing(
    directory: Path, password: Secret | None = None, lock_wait: float = LOCK_WAIT
) -> Iterator[WorkCopy]:
    """Lend a copy; what is done to it becomes the database's at the end of the block.

    Leaving the block by an exception changes nothing.  Where there is no database one is made
    (folder 0700, files 0600), and taken away again by such an exception.  ``lock_wait`` is in
    seconds.  A request to end (SIGTERM, SIGHUP) is such an exception, too, in the main thread.
    Raises :class:`NotWrittenError`, ``KeyboardInterrupt``.
    """
    _refuse_running_mozilla(directory)
    with (
        signals.interrupting() as requests,
        _made(directory),
        locked(directory, lock_wait) as connection,
    ):
        folder = directory / WORK_FOLDER
        clear(folder)
        folder.mkdir(mode=0o700)
        try:
            _copy_out(connection, directory, folder)
            yield WorkCopy(folder, password, safe(str(directory)))
            _write_back(connection, folder)
        finally:
            clear(folder)
        requests.hold()
        connection.execute("COMMIT")


@contextmanager
def _made(directory: Path) -> Iterator[None]:
    """Make the folder and the two files where they are not there; undo that for an exception."""
    folders = [one for one in (directory, *directory.parents) if not one.exists()]
    files: list[Path] = []
    try:
        try:
            for folder in reversed(folders):
                folder.mkdir(mode=0o700)
            for name in _FILES:
                if not (directory / name).exists():
                    os.close(os.open(directory / name, os.O_CREAT | os.O_EXCL, 0o600))
                    files.append(directory / name)
        except OSError as error:
            raise not_writable(directory, error) from error
        yield
    except BaseException:
        for file in files:
            file.unlink(missing_ok=True)
        for folder in folders:
            with suppress(OSError):
                folder.rmdir()
        raise


def _copy_out(connection: sqlite3.Connection, directory: Path, folder: Path) -> None:
    """Copy both files.  Not by ``connection``: a backup waits for ever for its own write lock."""
    for name, schema in _FILES.items():
        os.close(os.open(folder / name, os.O_CREAT | os.O_EXCL, 0o600))
        _refuse_programs(connection, schema)
        with (
            closing(sqlite3.connect(address(directory / name), uri=True)) as original,
            closing(sqlite3.connect(folder / name)) as copy,
        ):
            original.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # the original may use a log file


def _refuse_programs(connection: sqlite3.Connection, schema: str) -> None:
    """Refuse a database with triggers or views: what is written would be theirs to decide."""
    query = f"SELECT DISTINCT type FROM {schema}.sqlite_master"  # noqa: S608  # our own names
    if not {row[0] for row in connection.execute(query)} <= {"table", "index"}:
        raise sqlite3.DatabaseError("the database holds triggers or views")


def _write_back(connection: sqlite3.Connection, folder: Path) -> None:
    """Bring over the rows in which the copy differs."""
    for name, schema in _FILES.items():
        with closing(sqlite3.connect(folder / name)) as copy:
            write_back(connection, schema, copy)


def _refuse_running_mozilla(directory: Path) -> None:
    """Refuse a profile that Firefox or Thunderbird has open: it would not notice the change.

    They hold a record lock on ``.parentlock`` (toolkit/profile/nsProfileLock.cpp,
    ``LockWithFcntl``).
    """
    if sys.platform != "win32" and _is_locked_by_another(directory / ".parentlock"):
        raise NotWrittenError("profile-in-use", where=safe(str(directory)))


def _is_locked_by_another(file: Path) -> bool:
    if sys.platform == "win32":
        return False
    import fcntl

    layout = "hhqqi4x"  # struct flock of 64-bit Linux: type, whence, start, length, process
    try:
        with file.open("rb") as opened_file:
            question = struct.pack(layout, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
            answer = fcntl.fcntl(opened_file, fcntl.F_GETLK, question)
    except OSError:
        return False  # no such file: nothing of Mozilla's
    return bool(struct.unpack(layout, answer)[0] != fcntl.F_UNLCK)
