"""What a session process does when its parent is gone: it ends, and cleans up in its place.

The parent removes the private home when its child has ended (home.py).  A parent that was killed
cannot; then the child does it, and only where both are killed at once the next start has to.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import sys
import threading
from pathlib import Path

from certhelper.logon import saved_files

_PR_SET_PDEATHSIG = 1
_GRACE_S = 4.0


class Orphan:
    """Watches for the end of ``parent`` (a process id) for the session whose home is ``home``."""

    def __init__(self, parent: int, home: Path) -> None:
        self._parent = parent
        self._home = home

    def watch(self) -> None:
        """Have the kernel send SIGTERM at the parent's end (Linux, ``prctl(2)``).

        Elsewhere nothing is done: on Windows a job object ends the session, and the next start
        removes its home.
        """
        if sys.platform != "linux":
            return
        signal.signal(signal.SIGTERM, lambda *_: self._end_now())
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if self.is_alone:  # it went before we asked
            self._end_now()

    @property
    def is_alone(self) -> bool:
        """Whether the parent has ended."""
        return sys.platform == "linux" and os.getppid() != self._parent

    def hurry(self) -> None:
        """From now on there is a limit: an engine that hangs must not keep the home alive."""
        if self.is_alone:
            timer = threading.Timer(_GRACE_S, self._end_now)
            timer.daemon = True
            timer.start()

    def tidy(self) -> None:
        """Remove the home if nobody else is there to do it."""
        if self.is_alone:
            # What an ending process of the engine still writes: the next start sweeps it.
            saved_files.remove_left(self._home)
            shutil.rmtree(self._home, ignore_errors=True)

    def _end_now(self) -> None:
        self.tidy()
        os._exit(1)
