"""The time for which a signed answer holds (RFC 6960 section 4.2.2.1, RFC 5280 section 5.1.2)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from certhelper.revocation.no_answer import NoAnswerError

TOLERANCE: Final = timedelta(minutes=10)
"""How far this PC's clock and the issuer's may be apart."""

_WITHOUT_END: Final = timedelta(days=1)
"""How old an answer may be that does not say until when it holds, when it comes."""

KEPT_WITHOUT_END: Final = timedelta(minutes=30)
"""How long such an answer is kept: there may be a newer one at any time."""


class Window(NamedTuple):
    """Aware; ``end`` is None where the answer names none."""

    start: datetime
    end: datetime | None

    def holds_at(self, now: datetime) -> bool:
        """Only ``now`` is reckoned with: what came may be the first or last moment there is."""
        if self._is_early(now):
            return False
        if self.end is None:
            return self.start >= now - TOLERANCE - _WITHOUT_END
        return self.end >= now - TOLERANCE

    def _is_early(self, now: datetime) -> bool:
        return self.start > now + TOLERANCE

    def check(self, now: datetime, server_clock: datetime | None) -> None:
        """Raise :class:`NoAnswerError`: ``clock`` or ``stale``.

        ``server_clock`` is what the server that answered takes for now.  Where the answer holds by
        that, it is this PC's date and time that are wrong.
        """
        if self.holds_at(now):
            return
        by_server = server_clock is not None and self.holds_at(server_clock)
        if by_server or self._is_early(now):
            raise NoAnswerError("clock")
        raise NoAnswerError("stale")

    def good_until(self, now: datetime) -> datetime:
        """Return the time until which the answer may be kept."""
        return now + KEPT_WITHOUT_END if self.end is None else self.end
