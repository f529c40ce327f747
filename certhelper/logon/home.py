"""The private home of one session: made, locked, removed, and swept when a power cut left one."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from certhelper.logon import saved_files
from certhelper.outside_programs import PRIVATE_HOME

_log = logging.getLogger(__name__)

_LOCK = "lock"
_FIRST_WAIT_S = 0.1  # doubled each time: three seconds in all


@contextmanager
def private_home(outside: str | None = None) -> Iterator[Path]:
    """Lend a fresh folder (0700) that only this session uses; it is gone afterwards.

    It lies in ``XDG_RUNTIME_DIR`` where there is one (memory, not a disk), else in the folder for
    temporary files; ``outside`` names another place.  Raises ``OSError``.
    """
    base = _base(outside)
    sweep(base)
    home = Path(tempfile.mkdtemp(prefix=PRIVATE_HOME, dir=base))
    lock = FileLock(home / _LOCK)
    try:
        with lock:
            yield home
    finally:
        _remove(home)


def sweep(base: Path | None = None) -> int:
    """Remove homes whose session is dead; return how many.

    A living session holds its lock, so this is safe beside it.  Only folders of this user are
    touched: in a shared folder for temporary files the name alone proves nothing.
    """
    removed = 0
    for home in (base or _base(None)).glob(f"{PRIVATE_HOME}*"):
        if home.is_symlink() or not _is_ours(home):
            continue
        if not (home / _LOCK).exists():
            continue  # another start is making it just now
        lock = FileLock(home / _LOCK)
        try:
            lock.acquire(timeout=0)
        except (Timeout, OSError):
            continue
        if sys.platform == "win32":
            lock.release()  # nobody takes it again; a file that is open cannot be removed there
        try:
            _remove(home)
            removed += 1
        except OSError as error:
            # It must not keep this log-on from starting; the next start tries again.
            _log.warning("a left-over session could not be removed: %s", error.strerror)
        finally:
            lock.release()
    return removed


def is_in_use(base: Path) -> bool:
    """Say whether a session lives in ``base``; what dead ones left there is removed."""
    sweep(base)
    return any(base.glob(f"{PRIVATE_HOME}*"))


def _base(outside: str | None) -> Path:
    runtime = outside or os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime and Path(runtime).is_absolute() and os.access(runtime, os.W_OK):
        return Path(runtime)
    return Path(tempfile.gettempdir())


def _is_ours(home: Path) -> bool:
    try:
        status = home.stat()
    except OSError:
        return False
    return not hasattr(os, "getuid") or status.st_uid == os.getuid()


def _remove(home: Path) -> None:
    """Remove the whole tree; an engine process that is still ending may add a file meanwhile.

    On Windows such a process, or a virus scanner, may hold one open for a moment.
    """
    saved_files.remove_left(home)
    for attempt in range(5):
        shutil.rmtree(home, ignore_errors=True)
        if not home.exists():
            return
        if sys.platform == "win32":
            time.sleep(_FIRST_WAIT_S * 2**attempt)
    shutil.rmtree(home)
