"""What the session process says to its parent: a stage or a wish a line."""

from __future__ import annotations

import contextlib
import os
import sys

from certhelper.logon.wishes import Wish


class _Outbox:
    """Holds the descriptor that is written to: standard output until it is kept."""

    def __init__(self) -> None:
        self._descriptor = 1

    def keep(self) -> None:
        if sys.platform == "win32":
            return  # there a process inherits what it is given by name only
        self._descriptor = os.dup(1)  # not inherited (PEP 446)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)

    def write(self, words: str) -> None:
        with contextlib.suppress(BrokenPipeError):  # the parent is gone; so are we in a moment
            os.write(self._descriptor, words.encode("utf-8", "replace") + b"\n")


_outbox = _Outbox()


def keep_from_the_engine() -> None:
    """Keep the way to the parent to this process; call it before the engine starts its own.

    They inherit standard output (tried), and a page that has taken over the process which draws
    it could speak in the session's name: a stage that never was, an address to be opened.
    """
    _outbox.keep()


def line(words: str) -> None:
    """Write one line, without its line feed."""
    _outbox.write(words)


def wish(wanted: Wish) -> None:
    """Ask the program outside for something (:mod:`certhelper.logon.wishes`)."""
    line(wanted.line())
