"""Keeps signed answers in the user's cache folder.

What is kept is what came, signature and all, and whoever reads it verifies it again: somebody who
writes into the folder can at most give back a true answer of before.  A file's time of change is
the moment until which it is kept.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

FOLDER_NAME: Final = "revocation"
LONGEST_KEPT: Final = timedelta(days=7)
"""An answer that allows more is asked for again all the same."""

_UNFINISHED: Final = ".part"
_LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)  # what every file system can write


def usual_folder() -> Path:
    """Return the program's folder in the user's cache folder; it need not exist."""
    import platformdirs

    return platformdirs.user_cache_path("certhelper", appauthor=False) / FOLDER_NAME


def name_of(kind: str, *parts: bytes) -> str:
    """Return a file's name for what is told by ``parts``; ``kind`` is its ending."""
    digest = sha256()
    for part in parts:
        digest.update(len(part).to_bytes(4, "big") + part)
    return f"{digest.hexdigest()[:40]}.{kind}"


class Cache:
    """Files in ``folder`` (None: nothing is kept).

    A folder that cannot be read or written costs time and nothing else, so nothing is raised.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._swept = False

    def read(self, name: str, now: datetime, longest: int) -> bytes | None:
        """Return what is kept under ``name``, at most ``longest`` octets; never what is expired."""
        if self._folder is None:
            return None
        try:
            with _opened(self._folder / name) as file:
                if file.until < now:
                    self.remove(name)
                    return None
                octets = file.read(longest + 1)
        except OSError:
            return None
        return octets if len(octets) <= longest else None

    def keep(self, name: str, octets: bytes, until: datetime, now: datetime) -> None:
        """Write the whole file or nothing, for nobody else to read."""
        if self._folder is None or until <= now:
            return
        self._sweep(now)
        written = self._folder / f"{name}.{secrets.token_hex(8)}{_UNFINISHED}"
        moment = min(until, _LATEST).timestamp()
        # A full disk or a folder of somebody else: the next look asks again.
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
                with os.fdopen(os.open(written, flags, 0o600), "wb") as file:
                    file.write(octets)
                os.utime(written, (moment, moment))
                written.replace(self._folder / name)
            except BaseException:
                written.unlink(missing_ok=True)
                raise

    def remove(self, name: str) -> None:
        """Forget what turned out to be worth nothing."""
        if self._folder is not None:
            with suppress(OSError):  # it is verified, and refused, the next time too
                (self._folder / name).unlink(missing_ok=True)

    def _sweep(self, now: datetime) -> None:
        """Remove once what is expired, of every certificate there ever was."""
        if self._swept or self._folder is None:
            return
        self._swept = True
        with suppress(OSError):
            for path in list(self._folder.iterdir()):
                with suppress(OSError):
                    if _is_over(path, now):
                        path.unlink()


def _is_over(path: Path, now: datetime) -> bool:
    """Say whether a file is expired, or was left unfinished an hour ago."""
    changed = datetime.fromtimestamp(path.lstat().st_mtime, UTC)
    if path.suffix == _UNFINISHED:
        return changed < now - timedelta(hours=1)
    return changed < now


class _File:
    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError("no file")
        self.until = datetime.fromtimestamp(found.st_mtime, UTC)

    def read(self, count: int) -> bytes:
        with os.fdopen(os.dup(self._descriptor), "rb") as file:
            return file.read(count)


@contextmanager
def _opened(path: Path) -> Iterator[_File]:
    """Open a file, and never wait for what a pipe of that name would bring."""
    flags = os.O_RDONLY
    for name in ("O_BINARY", "O_NONBLOCK", "O_NOFOLLOW"):
        flags |= getattr(os, name, 0)
    descriptor = os.open(path, flags)
    try:
        yield _File(descriptor)
    finally:
        os.close(descriptor)
