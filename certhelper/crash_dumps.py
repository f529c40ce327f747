"""Keeps a PIN in this process's memory out of what a crash leaves on a disk or sends away.

Best effort: an administrator may have every crash of a PC recorded whole.
"""

from __future__ import annotations

import logging
import sys

_log = logging.getLogger(__name__)


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
            _log.info("a crash may leave memory behind: %s", error)
    else:
        import resource

        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
