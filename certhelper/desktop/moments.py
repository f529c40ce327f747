"""How long a certificate is valid, in the words of the list.  Free of Qt."""

from __future__ import annotations

from datetime import datetime

from certhelper.moment import days_left, in_japan
from certhelper.texts import text


def moment_text(moment: datetime | None) -> str:
    """Japanese time with the hour, or that the field could not be read."""
    return text("desktop.moment.unread") if moment is None else in_japan(moment)


def validity_text(start: datetime | None, end: datetime | None, at: datetime) -> str:
    """How long it is still valid, in words; empty where a date could not be read."""
    if start is not None and start > at:
        return text("desktop.moment.not-yet", start=moment_text(start))
    if end is None:
        return ""
    days = days_left(end, at)
    if end < at:
        return (
            text("desktop.moment.ended-days", days=-days)
            if days < 0
            else text("desktop.moment.ended-today")
        )
    return text("desktop.moment.days", days=days) if days else text("desktop.moment.today")
