"""What the session process says to its parent besides its stages."""

from __future__ import annotations

import contextlib
import os

from certhelper.logon.wishes import Wish

_STANDARD_OUTPUT = 1


def wish(wanted: Wish) -> None:
    """Ask the program outside for something (:mod:`certhelper.logon.wishes`)."""
    with contextlib.suppress(BrokenPipeError):  # the parent is gone; so are we in a moment
        os.write(_STANDARD_OUTPUT, wanted.line().encode("utf-8", "replace") + b"\n")
