"""A moment by which something must be over."""

from __future__ import annotations

from time import monotonic


class Deadline:
    """``seconds`` from now, by a clock that nobody sets."""

    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds; never less than 0."""
        return max(0.0, self._end - monotonic())

    @property
    def is_over(self) -> bool:
        return self.left == 0

    def within(self, seconds: float) -> Deadline:
        """Return the one that comes first: this, or ``seconds`` from now."""
        return Deadline(min(self.left, seconds))
