"""Whether the PIN pad shows to those who look at this screen from elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import StrEnum

from certhelper.windows import display
from certhelper.windows.library import WindowsCallError


class Hiding(StrEnum):
    """What became of a window: nothing is done here, it is hidden, it could not be hidden."""

    NOT_DONE = "not-done"
    HIDDEN = "hidden"
    FAILED = "failed"


class ScreenCapture:
    """Hides windows from captures, where this system can.

    Whoever works on this PC from elsewhere sees it by a capture as well and could never enter a
    PIN; for them ``is_allowed`` lets the windows show, until the program ends.
    """

    def __init__(self, exclude: Callable[[int], None] | None) -> None:
        """``exclude`` hides a native window; raises ``WindowsCallError`` or ``OSError``."""
        self._exclude = exclude
        self.is_allowed = False

    @property
    def can_hide(self) -> bool:
        """Whether this system has a way at all."""
        return self._exclude is not None

    def hide(self, window: int) -> Hiding:
        """Hide a window by its native handle, unless captures are allowed."""
        if self._exclude is None or self.is_allowed:
            return Hiding.NOT_DONE
        try:
            self._exclude(window)
        except (WindowsCallError, OSError, AttributeError):  # or Windows lacks the function
            return Hiding.FAILED
        return Hiding.HIDDEN


def of_this_system() -> ScreenCapture:
    """Only Windows has a call for it that works without rights."""
    return ScreenCapture(display.exclude_from_capture if sys.platform == "win32" else None)
