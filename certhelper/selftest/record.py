"""What a run is about to make, written down before it is made, so that a killed run is undone.

The file lies in the user's own folder for state, beside a lock that lets one run at a time in.
Both are gone at the end of a run, and so are the folders that were made for them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
import platformdirs

from certhelper.failures import FailedError

FILE_NAME = "selftest.json"
_LOCK_NAME = "selftest.lock"


class Record(msgspec.Struct, forbid_unknown_fields=True):
    """What may exist because of a run.  Paths are octets, because a name need not be UTF-8.

    ``temporary`` is the run's own folder.  ``certificate`` is the DER that was put into the store
    of ``kind`` at ``where``; ``database_made`` says that there was none, ``folders_made`` which
    folders are for it, the innermost last; ``container`` names the key where it has a name.
    ``state_folders`` were made for this file.
    """

    temporary: bytes
    state_folders: list[bytes]
    kind: str | None = None
    where: bytes = b""
    certificate: bytes = b""
    database_made: bool = False
    folders_made: list[bytes] = []
    container: str = ""


class RecordUnreadableError(FailedError):
    """The record of an earlier run is no record (code ``selftest-record-unreadable``)."""


class RecordFile:
    """The file, while its lock is held.  ``folders`` were made for it, the innermost last."""

    def __init__(self, path: Path, folders: list[Path]) -> None:
        self.path = path
        self.folders = folders

    def made(self, folders: list[bytes]) -> None:
        """Take over the folders that an earlier run made for it."""
        self.folders = [*(Path(os.fsdecode(one)) for one in folders), *self.folders]

    def read(self) -> Record | None:
        """Return what an earlier run left; None when it left nothing.

        Raises :class:`RecordUnreadableError`, ``OSError``.
        """
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=Record)
        except FileNotFoundError:
            return None
        except msgspec.MsgspecError as error:
            raise RecordUnreadableError("selftest-record-unreadable") from error

    def write(self, record: Record) -> None:
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
def held() -> Iterator[RecordFile]:
    """Hold the record for one run; nothing of it is left afterwards, unless a record is.

    Raises :class:`FailedError`: ``selftest-running`` when another run holds it,
    ``selftest-no-record`` when it cannot be kept here.
    """
    folder = platformdirs.user_state_path("certhelper", appauthor=False)
    lock = folder / _LOCK_NAME
    try:
        made = make_folders(folder)
        descriptor = _locked(lock)
    except OSError as error:
        raise FailedError("selftest-no-record", detail=error.strerror or "") from error
    if descriptor is None:
        raise FailedError("selftest-running")
    file = RecordFile(folder / FILE_NAME, made)
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
