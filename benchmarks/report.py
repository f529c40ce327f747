"""What a benchmark gives: our times beside the peer's, and the ratio that must not be passed."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple


class Measurement(NamedTuple):
    """Seconds of several runs, taken in turn with the peer's, so that both met the same machine.

    ``limit`` None: the figure is shown, and nothing has been promised of it.  ``mebibytes`` is the
    memory that was resident at most, ours and the peer's.
    """

    name: str
    ours: Sequence[float]
    peer_name: str
    peer: Sequence[float]
    limit: float | None
    mebibytes: tuple[float, float] | None = None

    @property
    def ratio(self) -> float:
        """Median of ours over median of the peer's."""
        return median(self.ours) / median(self.peer)

    @property
    def within(self) -> bool:
        return self.limit is None or self.ratio <= self.limit

    def line(self) -> str:
        """One row of the report."""
        times = f"{median(self.ours) * 1000:9.0f} ms {median(self.peer) * 1000:9.0f} ms"
        # A wide range says that the machine was busy with something else.
        spread = f"{min(self.ours) * 1000:.0f}–{max(self.ours) * 1000:.0f} ms"
        verdict = "" if self.limit is None else "ok" if self.within else "OVER"
        limit = "no limit" if self.limit is None else f"≤ {self.limit}"
        ratio = f"{self.ratio:7.3f} {limit:<8}"
        line = f"{self.name:<34}{times}  {ratio} {verdict:<4} {spread:>13} ({self.peer_name})"
        if self.mebibytes is None:
            return line
        return line + " memory {:.0f} MiB, peer {:.0f} MiB".format(*self.mebibytes)
