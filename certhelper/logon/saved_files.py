"""Putting a file into a person's folder: under its name only when it is whole, and over nothing.

While a file arrives it lies in the same folder under a name that says what it is.  The final name
is taken with ``O_EXCL`` and then replaced in one step, so no other program's file is ever lost,
and two sessions that save the same name get two files.  What a killed session left is known from a
list in its private home, which whoever removes that home reads first.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
import stat
from pathlib import Path

from certhelper.failures import FailedError
from certhelper.logon import file_names

ENDING = ".certhelper-part"
ENGINE_ENDING = ".download"
"""What Chromium appends while it writes (``DownloadManagerDelegateQt``)."""

_LIST = "partial-files.json"

_CODES = {
    errno.ENOENT: "file-folder-missing",
    errno.ENOTDIR: "file-folder-missing",
    errno.EACCES: "file-folder-not-writable",
    errno.EPERM: "file-folder-not-writable",
    errno.EROFS: "file-folder-not-writable",
    errno.ENOSPC: "file-disk-full",
    errno.EDQUOT: "file-disk-full",
    errno.EFBIG: "file-disk-full",
}


class PartialFiles:
    """The unfinished files of one session.  ``home`` is the session's private home."""

    def __init__(self, home: Path) -> None:
        self._list = home / _LIST
        self._open: set[Path] = set()

    def begin(self, folder: Path, name: str) -> Path:
        """Make an empty file beside where ``name`` will be, and return it.

        Raises :class:`FailedError` when the folder does not take it.
        """
        # Short, so that a long name keeps room; the name itself tells a person what is coming.
        part = folder / f"{name}.{secrets.token_hex(3)}{ENDING}"
        try:
            os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except OSError as error:
            raise failure_of(error, folder, name) from error
        self._open.add(part)
        self._keep()
        return part

    def finish(self, part: Path, folder: Path, name: str) -> Path:
        """Give the whole file its name, or the next that is free, and return where it is.

        Raises :class:`FailedError`; the unfinished file is gone then.
        """
        try:
            final = _settle(part, folder, name)
        except OSError as error:
            raise failure_of(error, folder, name) from error
        finally:
            self.abandon(part)
        return final

    def abandon(self, part: Path) -> None:
        """Remove an unfinished file; one that is in use still is left to the end."""
        try:
            _remove(part)
        except OSError:
            return  # it stays on the list
        self._open.discard(part)
        self._keep()

    def save(self, octets: bytes, folder: Path, name: str) -> Path:
        """Write a whole file at once and return where it is.  Raises :class:`FailedError`."""
        part = self.begin(folder, name)
        try:
            part.write_bytes(octets)
        except OSError as error:
            self.abandon(part)
            raise failure_of(error, folder, name) from error
        return self.finish(part, folder, name)

    def move(self, file: Path, folder: Path, name: str) -> Path:
        """Move a finished file, over nothing.  Raises :class:`FailedError`; it then stays."""
        part = self.begin(folder, name)
        try:
            shutil.copyfile(file, part)
        except OSError as error:
            self.abandon(part)
            raise failure_of(error, folder, name) from error
        final = self.finish(part, folder, name)
        try:
            file.unlink()
        except OSError:
            return final  # a copy is better than nothing
        return final

    def _keep(self) -> None:
        unfinished = [os.fsencode(part).hex() for part in sorted(self._open)]
        self._list.write_text(json.dumps(unfinished), "ascii")


def remove_left(home: Path) -> None:
    """Remove what a session with this private home left unfinished.

    Files that cannot be removed (a network folder that is gone) stay: their name tells what they
    are.
    """
    try:
        unfinished = json.loads((home / _LIST).read_text("ascii"))
        parts = [Path(os.fsdecode(bytes.fromhex(entry))) for entry in unfinished]
    except (OSError, ValueError, TypeError):
        return
    for part in parts:
        if not part.name.endswith(ENDING):
            continue  # the list names nothing else
        try:
            _remove(part)
        except OSError:
            continue


def failure_of(error: OSError, folder: Path, name: str) -> FailedError:
    """Say in the program's words why a file could not be written."""
    code = _CODES.get(error.errno or 0, "file-not-saved")
    detail = error.strerror or type(error).__name__
    return FailedError(code, file=name, folder=str(folder), detail=detail)


def _settle(part: Path, folder: Path, name: str) -> Path:
    for candidate in file_names.free_names(name):
        final = folder / candidate
        try:
            # With 0666 the system applies the person's umask, or what the folder hands down.
            descriptor = os.open(final, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
        except FileExistsError:
            continue
        except PermissionError:
            if not final.is_dir():  # Windows says so of a folder of that name
                raise
            continue
        mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
        os.close(descriptor)
        try:
            part.chmod(mode)
            part.replace(final)
        except OSError:
            final.unlink(missing_ok=True)
            raise
        return final
    raise FileExistsError(errno.EEXIST, "too many files of that name", str(folder / name))


def _remove(part: Path) -> None:
    part.unlink(missing_ok=True)
    part.with_name(f"{part.name}{ENGINE_ENDING}").unlink(missing_ok=True)
