"""What a run is about to make, written down before it is made, so that a killed run is undone.

The file lies in the user's own folder for state, beside a lock that lets one run at a time in.
Both are gone at the end of a run, and so are the folders that were made for them.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

import msgspec
import platformdirs

from certhelper.failures import FailedError

_TRIES = 20
_PAUSE_SECONDS = 0.2


class _Codes(NamedTuple):
    """The failures of one kind of run: another one runs, no record can be kept, or none be read."""

    running: str
    no_record: str
    unreadable: str


_CODES = {
    "demo": _Codes("demo-running", "demo-no-record", "demo-record-unreadable"),
    "selftest": _Codes("selftest-running", "selftest-no-record", "selftest-record-unreadable"),
}


class Made(msgspec.Struct, forbid_unknown_fields=True):
    """What may exist because of a run.  Paths are octets, because a name need not be UTF-8.

    ``temporary`` is the run's own folder.  ``state_folders`` were made for this file.
    """

    temporary: bytes
    state_folders: list[bytes]


Content = TypeVar("Content", bound=Made)


class RecordUnreadableError(FailedError):
    """The record of an earlier run is no record (code ``RUN-record-unreadable``)."""


def file_name(run: str) -> str:
    """Return the name of the file for one kind of run."""
    return f"{run}.json"


class RecordFile(Generic[Content]):
    """The file, while its lock is held.  ``folders`` were made for it, the innermost last.

    ``run`` is the kind of run, ``content`` what its records hold.
    """

    def __init__(self, run: str, content: type[Content], folder: Path, folders: list[Path]) -> None:
        self.path = folder / file_name(run)
        self.folders = folders
        self._run = run
        self._content = content

    def made(self, folders: list[bytes]) -> None:
        """Take over the folders that an earlier run made for it."""
        self.folders = [*(Path(os.fsdecode(one)) for one in folders), *self.folders]

    def read(self) -> Content | None:
        """Return what an earlier run left; None when it left nothing.

        Raises :class:`RecordUnreadableError`, ``OSError``.
        """
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=self._content)
        except FileNotFoundError:
            return None
        except msgspec.MsgspecError as error:
            raise RecordUnreadableError(_CODES[self._run].unreadable) from error

    def write(self, record: Content) -> None:
        """Write it whole or not at all, and onto the disk.  Raises ``OSError``."""
        unfinished = self.path.with_suffix(".new")
        with unfinished.open("wb") as file:
            file.write(msgspec.json.encode(record))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self.path)

    def remove(self) -> None:
        """Forget what was written.  Raises ``OSError``."""
        self.path.with_suffix(".new").unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)


@contextmanager
def held(run: str, content: type[Content]) -> Iterator[RecordFile[Content]]:
    """Hold the record of one kind of run; nothing of it is left afterwards, unless a record is.

    Raises :class:`FailedError`: ``RUN-running`` when another run holds it, ``RUN-no-record`` when
    it cannot be kept here.
    """
    folder = platformdirs.user_state_path("certhelper", appauthor=False)
    lock = folder / f"{run}.lock"
    try:
        made = make_folders(folder)
        descriptor = _locked(lock)
    except OSError as error:
        raise FailedError(_CODES[run].no_record, detail=error.strerror or "") from error
    if descriptor is None:
        raise FailedError(_CODES[run].running)
    file = RecordFile(run, content, folder, made)
    try:
        yield file
    finally:
        _let_go(lock, descriptor)
        remove_folders([*file.folders, folder])


def make_folders(folder: Path) -> list[Path]:
    """Make ``folder`` and those above it; return those that were not there, innermost last.

    Raises ``OSError``.
    """
    missing = [one for one in reversed((folder, *folder.parents)) if not one.exists()]
    for one in missing:
        one.mkdir(mode=0o700)
    return missing


def remove_folders(folders: list[Path]) -> None:
    """Remove those that are empty, the last first; one that is in use stays."""
    for folder in reversed(folders):
        with suppress(OSError):
            folder.rmdir()


def remove_tree(folder: Path) -> bool:
    """Remove a folder with all in it; return whether it is gone.

    An engine process that is still ending may hold or add a file meanwhile.
    """
    for attempt in range(_TRIES):
        if folder.is_symlink() or not folder.exists():
            break
        if attempt:
            time.sleep(_PAUSE_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)
    return not os.path.lexists(folder)


def _locked(path: Path) -> int | None:
    """Lock the file and return its descriptor; None when another process holds it.

    The holder unlinks the file before it lets go; whoever had opened it before must not take the
    file without a name for the lock.
    """
    from filelock import lock_descriptor

    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if not lock_descriptor(descriptor, blocking=False):
                os.close(descriptor)
                return None
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                return descriptor
        except FileNotFoundError:
            pass  # unlinked meanwhile: open the next one
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _let_go(path: Path, descriptor: int) -> None:
    """Unlock, and leave no file: under the lock where that is possible, else right after it."""
    if os.name == "posix":
        path.unlink(missing_ok=True)
        os.close(descriptor)
    else:
        os.close(descriptor)
        with suppress(PermissionError):  # another run has just opened it, and will remove it
            path.unlink(missing_ok=True)
