"""How long nothing was asked of the bank, where the profile knows after how long it logs off.

Banks end a session that stands still.  Nobody here keeps one alive: the person is told in time and
acts, or is told that it is over.  Where the profile says nothing, nothing is guessed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum, auto

WARN_SECONDS = 60

Clock = Callable[[], float]
"""Seconds since any fixed moment."""


class Idle(Enum):
    """``WARNING``: a minute or less is left.  ``OVER``: the bank has logged off by now."""

    QUIET = auto()
    WARNING = auto()
    OVER = auto()


class IdleWatch:
    """Counts from the last page that was asked for.  It counts nothing before :meth:`begin`.

    The clock is that of the wall: the bank's runs on, too, while a lap-top sleeps.
    """

    def __init__(self, minutes: int, clock: Clock = time.time) -> None:
        """``minutes`` is the profile's; 0 where it is not known."""
        self._limit = minutes * 60.0
        self.clock = clock
        self._last: float | None = None

    @property
    def is_known(self) -> bool:
        """Whether the profile says anything."""
        return self._limit > 0

    def begin(self) -> None:
        """The person is logged on."""
        if self.is_known:
            self._last = self.clock()

    def end(self) -> None:
        """There is no session at the bank any more."""
        self._last = None

    def page_requested(self) -> None:
        """A page of the bank was asked for, which starts its time anew."""
        if self._last is not None:
            self._last = self.clock()

    @property
    def seconds_left(self) -> float | None:
        """Until the bank logs off, never below 0; ``None`` while nothing is counted."""
        if self._last is None:
            return None
        return max(0.0, self._limit - max(0.0, self.clock() - self._last))

    @property
    def state(self) -> Idle:
        left = self.seconds_left
        if left is None or left > min(WARN_SECONDS, self._limit / 2):
            return Idle.QUIET
        return Idle.WARNING if left > 0 else Idle.OVER
