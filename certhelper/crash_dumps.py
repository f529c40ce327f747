"""Keeps a PIN in this process's memory out of what a crash leaves on a disk or sends away.

Best effort: an administrator may have every crash of a PC recorded whole.
"""

from __future__ import annotations

import sys

_PR_SET_DUMPABLE = 4
"""``linux/prctl.h``."""


def forbid_here_and_below() -> None:
    """Let neither this process nor any that it starts leave memory behind.

    For a process that starts none but its own helpers.  Only the limit is inherited
    (setrlimit(2)); collectors of crashes heed it (systemd-coredump(8)).
    """
    forbid()
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def seal() -> None:
    """Let nobody but root look into this process, and the kernel dump nothing of it (Linux).

    Not before the processes of a browser's sandbox have been started: they map their own users
    (user_namespaces(7)), which a process that is not dumpable may not do (prctl(2)).
    """
    if sys.platform == "linux":
        import ctypes

        prctl = ctypes.CDLL(None, use_errno=True).prctl
        if prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
            _note("other programs of the person may read memory: errno %s", ctypes.get_errno())


def forbid() -> None:
    """Let a crash of this process leave no memory behind, as far as the system lets us say so.

    On Windows the report of a crash goes without the heap, where secrets are.  Elsewhere no core
    is dumped; programs that are started from here may raise that limit again.
    """
    if sys.platform == "win32":
        from certhelper.windows import crash_reports
        from certhelper.windows.library import WindowsCallError

        try:
            crash_reports.leave_heap_out()
        except WindowsCallError as error:  # no reason to keep anybody from logging on
            _note("a crash may leave memory behind: %s", error)
    else:
        import resource

        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        resource.setrlimit(resource.RLIMIT_CORE, (0, hard))


def _note(words: str, fact: object) -> None:
    import logging  # hardly ever needed, and every list passes here

    logging.getLogger(__name__).info(words, fact)
