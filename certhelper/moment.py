"""Moments as people in Japan read them: JST, with the time, and whole days that are left.

Expiry has an hour: a certificate that ends at 23:59:59 UTC ends at 8:59 in the morning in Japan.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from certhelper import texts
from certhelper.failures import WrongUseError

JAPAN = timezone(timedelta(hours=9), "JST")
"""Japan has had no summer time since 1951."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(hours=9)
_LAST_YEAR = 9999  # RFC 5280 section 4.1.2.5: 99991231235959Z, "no well-defined expiration"


class MomentError(WrongUseError):
    """A text that names no moment (code ``at-not-a-time``)."""


def now() -> datetime:
    """Return this moment, aware, in UTC."""
    return datetime.now(UTC)


@lru_cache(maxsize=1024)
def in_japan(moment: datetime, language: texts.Language | None = None) -> str:
    """Return ``2026年11月20日 8:59`` for an aware moment (minutes are cut, not rounded).

    In English it is ``2026-11-20 08:59 JST``.
    """
    english = (language or texts.language()) == "en"
    try:
        there = moment.astimezone(JAPAN)
    except OverflowError:
        return f"{_LAST_YEAR}" if english else f"{_LAST_YEAR}年"
    if english:
        return f"{there:%Y-%m-%d %H:%M} JST"
    return f"{there.year}年{there.month}月{there.day}日 {there.hour}:{there.minute:02}"


def days_left(until: datetime, at: datetime) -> int:
    """Return how many midnights in Japan lie between ``at`` and ``until`` (0: the same day)."""
    return (until - _EPOCH + _AHEAD).days - (at - _EPOCH + _AHEAD).days


@lru_cache(maxsize=1024)
def as_utc(moment: datetime) -> str:
    """Return ISO 8601 in UTC to the second: ``2026-11-19T23:59:59Z``."""
    there = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return f"{there.replace(microsecond=0, tzinfo=None).isoformat()}Z"


def parse(text: str) -> datetime:
    """Read ISO 8601 as ``--at`` takes it; without a zone it is this PC's.

    Returns an aware moment in UTC.  Raises :class:`MomentError`, on Windows also for a moment
    without a zone before 1970 or after 3000: Windows has no rule for the zone then.
    """
    try:
        return datetime.fromisoformat(text.strip()).astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise MomentError("at-not-a-time", given=text[:40]) from error
