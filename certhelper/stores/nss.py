"""Certificates of an NSS database (Chromium on Linux, Firefox): cert9.db and key4.db.

The files are read as what they are, SQLite databases.  That is faster than any NSS tool, and it
shows whether a private key is there even when the database has a password.  Where the tables are
not the ones known here, NSS's own library reads them in a child process and the keys are unknown.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from sqlite3 import Connection
from typing import NamedTuple

from certhelper.certificate import Certificate
from certhelper.safe_text import safe
from certhelper.starting import part
from certhelper.stores.base import (
    NOTHING_OBTAINED,
    Installed,
    KeyState,
    StoreReading,
    StoreStatus,
)
from certhelper.stores.nss_files import (
    CERTIFICATES,
    CLASS_CERTIFICATE,
    CLASS_PRIVATE_KEY,
    KEYS,
    LEGACY_CERTIFICATES,
    LOCK_WAIT,
    WORK_FOLDER,
    DatabaseUnreadableError,
    UnknownSchemaError,
    is_there,
    octets,
    opened,
)
from certhelper.stores.nss_password import PasswordState, state_of

KIND = "nss"

_SOFTOKN = "certhelper.stores.nss_softokn"
_SOFTOKN_TIME_LIMIT = 20.0  # seconds; 5,000 certificates take it half a second

# a11 is CKA_VALUE (the DER), a3 CKA_LABEL (the nickname), a102 CKA_ID, which ties a certificate
# to its key: NSS sets it to the SHA-1 of the public key on both.
_SELECT_CERTIFICATES = "SELECT a11, a3, a102 FROM nssPublic WHERE a0 = ?"
_SELECT_KEYS = "SELECT a102 FROM nssPrivate WHERE a0 = ?"


def default_directory() -> Path:
    """Where Chromium keeps certificates on Linux.

    ``~/.pki/nssdb``; where there is none, ``pki/nssdb`` in the person's folder for data, which
    Chromium makes since version 146 (its docs/linux/cert_management.md).
    """
    usual = Path.home() / ".pki" / "nssdb"
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    newer = data / "pki" / "nssdb"
    return newer if newer.is_dir() and not usual.is_dir() else usual


_Row = tuple[object, object, object]
"""DER, nickname and CKA_ID as the columns hold them: octets, but a file may hold anything."""


class _Keys(NamedTuple):
    """What key4.db says: the CKA_ID of each private key, and whether a password comes first."""

    identifiers: frozenset[bytes] = frozenset()
    password: PasswordState = PasswordState.NONE
    trouble: DatabaseUnreadableError | None = None


class NssStore(NamedTuple):
    """The database in one directory, whose name may hold any character.

    CA certificates are rows like all others: that a certificate is never dropped weighs more than
    a shorter list, and they carry their reason (no private key) with them.  ``is_usual`` says that
    this is the place where the browser makes the database when it is first needed: that nothing is
    there is no mistake of anybody's.  ``origin`` is as in :class:`StoreReading`.
    """

    directory: Path
    lock_wait: float = LOCK_WAIT
    is_usual: bool = False
    origin: str = ""

    @property
    def kind(self) -> str:
        return KIND

    @property
    def where(self) -> str:
        return str(self.directory)

    def read(self) -> StoreReading:
        """Read it; whatever is wrong becomes the status, a reason and a detail.

        When only the keys cannot be read the certificates are listed all the same, their keys
        ``unknown``.
        """
        started = time.perf_counter()
        installed: tuple[Installed, ...] = ()
        trouble: DatabaseUnreadableError | None
        try:
            installed, trouble = self._read()
        except DatabaseUnreadableError as error:
            trouble = error
        return StoreReading(
            kind=KIND,
            where=self.where,
            status=trouble.status if trouble else StoreStatus.OK,
            reason=trouble.reason if trouble else None,
            detail=safe(trouble.detail) if trouble else "",
            read_ms=round((time.perf_counter() - started) * 1000),
            installed=installed,
            origin=self.origin,
        )

    def _read(self) -> tuple[tuple[Installed, ...], DatabaseUnreadableError | None]:
        self._look()
        try:
            rows = self._certificates()
        except UnknownSchemaError:
            return self._installed(_through_softokn(self.directory), None), None
        keys = self._keys()
        return self._installed(rows, keys), keys.trouble if keys else None

    def _look(self) -> None:
        """Raise :class:`DatabaseUnreadableError` when there is no such database at all."""
        try:
            if not self.directory.exists():
                raise _unavailable(NOTHING_OBTAINED if self.is_usual else "store-not-found")
            if not self.directory.is_dir():
                raise _unavailable("not-a-directory")
            if os.path.lexists(self.directory / WORK_FOLDER):
                from certhelper.stores import nss_lock

                nss_lock.tidy(self.directory)
            if not is_there(self.directory):
                if (self.directory / LEGACY_CERTIFICATES).exists():
                    raise _unavailable("database-too-old")
                raise _unavailable(NOTHING_OBTAINED if self.is_usual else "no-database")
        except (OSError, ValueError) as error:  # a name too long, no permission, a NUL
            raise DatabaseUnreadableError(
                StoreStatus.FAILED, "file-unreadable", str(error)
            ) from error

    def _certificates(self) -> list[_Row]:
        with opened(self.directory / CERTIFICATES, "nssPublic", self.lock_wait) as connection:
            return connection.execute(_SELECT_CERTIFICATES, (CLASS_CERTIFICATE,)).fetchall()

    def _keys(self) -> _Keys | None:
        """Read key4.db; None when its tables are not known here, trouble is in the answer."""
        file = self.directory / KEYS
        try:
            if not file.exists():
                return _Keys()
            with opened(file, "nssPrivate", self.lock_wait) as connection:
                return _read_keys(connection)
        except UnknownSchemaError:
            return None
        except DatabaseUnreadableError as error:
            return _Keys(trouble=error)

    def _installed(self, rows: list[_Row], keys: _Keys | None) -> tuple[Installed, ...]:
        """Build the list; a certificate stored twice is listed once, with its key if it has one."""
        store = f"{KIND}:{self.where}"
        unknown = keys is None or keys.trouble is not None
        identifiers = keys.identifiers if keys else frozenset()
        needs_user = keys is not None and keys.password is not PasswordState.NONE
        found: dict[object, Installed] = {}
        for number, (value, nickname, identifier) in enumerate(rows):
            has_key = identifier in identifiers
            der = octets(value)
            # Rows without octets are each a row of their own: nothing says that they are the same.
            same = der or number
            if same in found and not has_key:
                continue
            found[same] = Installed(
                certificate=Certificate(der),
                store=store,
                label=safe(octets(nickname).decode("utf-8", "replace")),
                key=_key_state(has_key, unknown),
                key_needs_user=has_key and needs_user,
            )
        return tuple(found.values())


def _key_state(has_key: bool, unknown: bool) -> KeyState:
    if unknown:
        return KeyState.UNKNOWN
    return KeyState.PRESENT if has_key else KeyState.ABSENT


def _unavailable(reason: str) -> DatabaseUnreadableError:
    return DatabaseUnreadableError(StoreStatus.UNAVAILABLE, reason, "")


def _read_keys(connection: Connection) -> _Keys:
    found = connection.execute(_SELECT_KEYS, (CLASS_PRIVATE_KEY,))
    identifiers = frozenset(octets(row[0]) for row in found) - {b""}
    return _Keys(identifiers, state_of(connection) if identifiers else PasswordState.NONE)


def _through_softokn(directory: Path) -> list[_Row]:
    """Let NSS's library read a database whose tables are not known here."""
    from certhelper.stores import child

    command = [*part(_SOFTOKN, with_packages=False), str(directory.absolute())]
    try:
        with child.started(command, _SOFTOKN_TIME_LIMIT) as process:
            assert process.stdout is not None
            answer = process.stdout.read()
    except child.ChildFailedError as error:
        raise UnknownSchemaError(error.detail) from error
    fields = _fields(answer)
    return [(der, label, None) for label, der in zip(fields[::2], fields[1::2], strict=True)]


def _fields(answer: bytes) -> list[bytes]:
    """Cut the child's answer: a length (4 octets, big-endian) and its octets, again and again."""
    found = []
    at = 0
    while at < len(answer):
        start = at + 4
        at = start + int.from_bytes(answer[at:start], "big")
        found.append(answer[start:at])
    return found
