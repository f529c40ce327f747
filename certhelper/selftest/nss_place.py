"""This PC's own store on Linux: the NSS database that Chromium uses, and how to leave it as it was.

A row of another certificate or key is never touched.  Where the database could not be brought back
to what it was (it has a password, it was never given its first one, half of it is missing), nothing
is put into it.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from certhelper.failures import FailedError
from certhelper.run_record import make_folders, remove_folders
from certhelper.selftest import temporary
from certhelper.selftest.record import Record
from certhelper.starting import part
from certhelper.stores import child, nss, nss_files
from certhelper.stores.nss_password import PasswordState, password_state

if TYPE_CHECKING:
    from certhelper.demo.authority import Issued

_WRITER = "certhelper.selftest.nss_writer"
_TIME_LIMIT = 30.0  # seconds; NSS itself waits a few where another program is writing
_FILES = (nss_files.CERTIFICATES, nss_files.KEYS)
_TABLES = {nss_files.CERTIFICATES: "nssPublic", nss_files.KEYS: "nssPrivate"}
_BROWSER_MARK = "pkcs11.txt"
"""NSS writes it for whoever opens the database with its list of modules, as browsers do."""


class NssPlace:
    """The NSS database of one directory."""

    kind = nss.KIND

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.store = nss.NssStore(directory, is_usual=True)

    def refusal(self) -> str | None:
        """Return the code (selftest.toml) of why nothing may be put into it; None: it may."""
        there = [(self.directory / name).exists() for name in _FILES]
        if not any(there):
            old = (self.directory / nss_files.LEGACY_CERTIFICATES).exists()
            return "database-not-ready" if old else None
        if not all(there):
            return "database-not-ready"
        try:
            initialised = self._has_first_password()
        except nss_files.DatabaseUnreadableError:
            return "store-not-readable"
        if not initialised:
            return "database-not-ready"
        if password_state(self.directory) is not PasswordState.NONE:
            return "database-has-password"
        return None if self._writable() else "database-read-only"

    def plan(self, record: Record, certificate: bytes) -> None:
        """Write into ``record`` what :meth:`put` is going to make."""
        missing = [one for one in (self.directory, *self.directory.parents) if not one.exists()]
        record.kind, record.where = self.kind, os.fsencode(self.directory)
        record.certificate = certificate
        record.database_made = not (self.directory / nss_files.CERTIFICATES).exists()
        record.folders_made = [os.fsencode(one) for one in reversed(missing)]

    def put(self, issued: Issued, record: Record) -> None:
        """Put it there.  Raises :class:`FailedError` (``selftest-not-put``), ``OSError``."""
        if record.database_made:
            from certhelper.stores import nss_database

            make_folders(self.directory)
            entry = (issued.der, issued.key_der, temporary.LABEL)
            try:
                nss_database.create(self.directory, [entry])
            except nss_database.DatabaseNotMadeError as error:
                raise FailedError("selftest-not-put", detail=error.facts["step"]) from error
        else:
            self._write("put", issued.der, issued.key_der)

    def remove(self, record: Record) -> None:
        """Undo :meth:`put`, or what was begun of it.

        A database that was made for the run goes too, unless something else is in it by now.
        Raises :class:`FailedError` (``selftest-not-put`` with NSS's step).
        """
        if (self.directory / nss_files.CERTIFICATES).exists():
            self._write("remove", record.certificate)
        if record.database_made and self._is_unused():
            for name in _FILES:
                for suffix in ("", "-journal", "-wal", "-shm"):
                    (self.directory / f"{name}{suffix}").unlink(missing_ok=True)
        remove_folders([Path(os.fsdecode(one)) for one in record.folders_made])

    def _has_first_password(self) -> bool:
        """Whether NSS would take a key: the empty password counts, once it was set."""
        with nss_files.opened(self.directory / nss_files.KEYS, "metaData") as connection:
            query = "SELECT 1 FROM metaData WHERE id = 'password'"
            return connection.execute(query).fetchone() is not None

    def _writable(self) -> bool:
        paths = (self.directory, *(self.directory / name for name in _FILES))
        return all(os.access(path, os.W_OK) for path in paths)

    def _is_unused(self) -> bool:
        """Whether no object is in it and no browser has opened it."""
        if (self.directory / _BROWSER_MARK).exists():
            return False
        for name, table in _TABLES.items():
            file = self.directory / name
            if file.exists():
                with nss_files.opened(file, table) as connection:
                    if connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone():  # noqa: S608  # our own names
                        return False
        return True

    def _write(self, what: str, certificate: bytes, key: bytes = b"") -> None:
        command = [*part(_WRITER, with_packages=False), what, str(self.directory)]
        try:
            with child.started(command, _TIME_LIMIT) as process:
                assert process.stdin is not None
                assert process.stdout is not None
                # Where it ended early its answer says why.
                with suppress(BrokenPipeError), process.stdin as pipe:
                    for field in (temporary.LABEL.encode(), certificate, key):
                        child.write_field(pipe, field)
                answer = json.loads(process.stdout.read() or b"{}")
        except child.ChildFailedError as error:
            raise FailedError("selftest-not-put", detail=error.detail) from error
        if not answer.get("done"):
            detail = f"{answer.get('failed')} {answer.get('error')}"
            raise FailedError("selftest-not-put", detail=detail)
