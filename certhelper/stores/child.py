"""Runs one part of the program in a process of its own, away from this one.

NSS keeps state for a whole process, and an NSS opened twice (by us, then by Chromium) aborts it;
so NSS libraries are loaded in such a child only.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from threading import TIMEOUT_MAX, Thread, Timer
from typing import IO

Octets = bytes | bytearray | memoryview

_KEPT = ("PATH", "TMPDIR")
# By these Windows and the providers of keys find the person's profile and their own files.
_KEPT_ON_WINDOWS = (
    *("ALLUSERSPROFILE", "APPDATA", "COMMONPROGRAMFILES", "COMMONPROGRAMFILES(X86)"),
    *("COMPUTERNAME", "HOMEDRIVE", "HOMEPATH", "LOCALAPPDATA", "PATH", "PROGRAMDATA"),
    *("PROGRAMFILES", "PROGRAMFILES(X86)", "SYSTEMDRIVE", "SYSTEMROOT", "TEMP", "TMP"),
    *("USERDOMAIN", "USERNAME", "USERPROFILE", "WINDIR"),
)

_MOST_WORDS = 1 << 16
"""Octets that are kept of what a child says on stderr: the last ones."""

_LAST_WORDS = 1.0
"""Seconds until stderr of a child that has ended must have ended, too.  A provider of keys may have
started a program of its vendor's, which stays and holds it open."""


class ChildFailedError(Exception):
    """The child ended badly or too late; ``detail`` is plain text without secrets."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


@contextmanager
def started(
    command: list[str], time_limit: float | None, passed_on: Iterable[str] = ()
) -> Iterator[subprocess.Popen[bytes]]:
    """Start ``command`` with pipes; it is killed after ``time_limit`` seconds (None: never).

    On leaving, the child has ended, and on POSIX with it what it has started and left in its
    session: a library may fork, and has no terminal to ask at.  Raises :class:`ChildFailedError`
    when it was killed or ended with a status other than 0.

    The environment is built from nothing: NSS, SQLite and the loader obey variables such as
    ``NSS_DEFAULT_DB_TYPE``, ``SSLKEYLOGFILE`` and ``LD_PRELOAD``.  ``passed_on`` names variables
    that this one child needs besides.
    """
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        env=_environment(passed_on),
        close_fds=True,
        start_new_session=True,  # of no meaning on Windows
        creationflags=_creation_flags(),
    )
    words = bytearray()
    listener = Thread(target=_listen, args=(process.stderr, words), daemon=True)
    process.stderr = None  # closed by the listener, whenever that is
    listener.start()
    timer = Timer(TIMEOUT_MAX if time_limit is None else time_limit, kill, (process,))
    timer.daemon = True
    timer.start()
    try:
        with process:
            yield process
            process.wait()
            listener.join(_LAST_WORDS)
            _check(process, bytes(words).decode("utf-8", "replace"))
    finally:
        timer.cancel()
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a child of :func:`started`, or what is left of its group where it has ended."""
    if sys.platform != "win32":
        # None is left, or none of them is ours to kill.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def write_field(pipe: IO[bytes], octets: Octets) -> None:
    """Write a length (4 octets, big-endian) and the octets.  Raises ``OSError``."""
    write(pipe, len(octets).to_bytes(4, "big"))
    write(pipe, octets)


def write(pipe: IO[bytes], octets: Octets) -> None:
    """Write all of it; an unbuffered pipe may take only a part at a time.  Raises ``OSError``."""
    with memoryview(octets) as whole:
        written = 0
        while written < len(whole):
            with whole[written:] as rest:
                written += pipe.write(rest)


def _creation_flags() -> int:
    """A console program that a windowed one starts would show a black window."""
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW
    else:  # noqa: RET505  # a type checker for Windows must not see what follows
        return 0


def _environment(passed_on: Iterable[str]) -> dict[str, str]:
    names = (*(_KEPT_ON_WINDOWS if sys.platform == "win32" else _KEPT), *passed_on)
    kept = {name: os.environ[name] for name in names if name in os.environ}
    # NSS otherwise measures the file system with thousands of look-ups at every opening.
    return kept | {"LC_ALL": "C.UTF-8", "PYTHONUTF8": "1", "NSS_SDB_USE_CACHE": "no"}


def _listen(stderr: IO[bytes], words: bytearray) -> None:
    with stderr:
        while octets := stderr.read(_MOST_WORDS):
            words += octets
            del words[:-_MOST_WORDS]


def _check(process: subprocess.Popen[bytes], errors: str) -> None:
    if process.returncode:
        last_line = errors.strip().rpartition("\n")[2]
        raise ChildFailedError(last_line or f"status {process.returncode}")
