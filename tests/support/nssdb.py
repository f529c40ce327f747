"""NSS databases made and looked at by NSS's own tools (Debian: libnss3-tools)."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from support.pki import Authority, Issued
from support.systems import needs_linux

_PASSPHRASE = "transport"  # of the PKCS#12 files on their way into the database


class Database:
    """An NSS database in a directory, which may have any name."""

    def __init__(self, directory: Path, password: str | None = None) -> None:
        self.directory = directory
        self.password = password

    @classmethod
    def create(cls, directory: Path, password: str | None = None) -> Database:
        """Make an empty database as ``certutil -N`` makes it."""
        needs_linux("NSS's tools")
        directory.mkdir(parents=True, exist_ok=True)
        database = cls(directory, password)
        if password is None:
            database._run("certutil", "-N", "--empty-password")
        else:
            database._run("certutil", "-N", "-f", "/dev/stdin", given=f"{password}\n")
        return database

    def add(self, issued: Issued, nickname: str, *, chain: bool = False) -> None:
        """Import a certificate with its key (``pk12util``)."""
        file = self.directory / "transport.p12"
        file.write_bytes(issued.pkcs12(_PASSPHRASE, name=nickname, chain=chain))
        try:
            own = () if self.password is None else ("-K", self.password)
            self._run("pk12util", "-i", file.name, "-W", _PASSPHRASE, *own)
        finally:
            file.unlink()

    def add_certificate(self, der: bytes, nickname: str, trust: str = ",,") -> None:
        """Import a certificate without a key (``certutil -A``)."""
        file = self.directory / "transport.der"
        file.write_bytes(der)
        try:
            self._run("certutil", "-A", "-n", nickname, "-t", trust, "-i", file.name, *self._opened)
        finally:
            file.unlink()

    def delete_certificate(self, nickname: str) -> None:
        """Delete a certificate and leave its key (``certutil -D``)."""
        self._run("certutil", "-D", "-n", nickname, *self._opened)

    def export(self, nickname: str, file: Path, passphrase: str) -> None:
        """Export what has this nickname, with keys, as PKCS#12 (``pk12util -o``, which is BER)."""
        own = () if self.password is None else ("-K", self.password)
        self._run("pk12util", "-o", str(file), "-n", nickname, "-W", passphrase, *own)

    def trust(self, authority: Authority, nickname: str = "trusted CA") -> None:
        """Import a CA as a trusted web root."""
        self.add_certificate(authority.der, nickname, "CT,C,C")

    def flags(self) -> dict[str, str]:
        """Nickname → trust flags as ``certutil -L`` shows them (``u,u,u``: the key is there)."""
        shown = self._run("certutil", "-L", *self._opened)
        rows = re.findall(r"^(.*\S)\s+([A-Za-z]*,[A-Za-z]*,[A-Za-z]*)\s*$", shown, re.MULTILINE)
        return {name: flags for name, flags in rows if flags != "SSL,S/MIME,JAR/XPI"}

    def keys(self) -> list[str]:
        """Nicknames of the private keys as ``certutil -K`` shows them."""
        shown = self._run("certutil", "-K", *self._opened)
        return re.findall(r"^<\s*\d+>\s+\S+\s+[0-9a-f]+\s+(.*\S)\s*$", shown, re.MULTILINE)

    def accepts_password(self) -> bool:
        """Whether NSS takes the password that this object holds."""
        try:
            self._run("certutil", "-K", "-f", "/dev/stdin", given=f"{self.password or ''}\n")
        except AssertionError as error:
            assert "password entered is incorrect" in str(error)  # noqa: PT017  # no other trouble
            return False
        return True

    @property
    def _opened(self) -> Sequence[str]:
        return () if self.password is None else ("-f", "/dev/stdin")

    def _run(self, tool: str, *arguments: str, given: str | None = None) -> str:
        needs_linux("NSS's tools")
        if given is None and self.password is not None:
            given = f"{self.password}\n"
        done = subprocess.run(
            [tool, *arguments, "-d", "sql:."],  # the directory's own name never reaches NSS
            check=False,  # judged below
            cwd=self.directory,
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
        )
        if done.returncode and "no keys found" not in done.stdout + done.stderr:
            raise AssertionError(f"{tool} {arguments[0]}: {done.stdout}{done.stderr}")
        return done.stdout


def make(
    directory: Path, entries: Sequence[tuple[Issued, str]], password: str | None = None
) -> Database:
    """Make a database with certificates and their keys: (issued, nickname)."""
    database = Database.create(directory, password)
    for issued, nickname in entries:
        database.add(issued, nickname)
    return database


@contextmanager
def held(file: Path) -> Iterator[None]:
    """Hold an exclusive lock on a SQLite file from another process."""
    program = (
        "import sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "connection.execute('BEGIN EXCLUSIVE')\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield
        finally:
            process.stdin.close()
            process.wait(10)
