"""What a row of the list shows, as plain words.  Free of Qt; the delegate only draws it."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from certhelper.desktop.certificate_words import expiry_text, remaining_text, serial_end
from certhelper.desktop.moments import moment_text
from certhelper.desktop.place_names import card_line, tries_line
from certhelper.desktop.rows import (
    CertificateRow,
    HolderRow,
    LockedRow,
    Mark,
    ReasonRow,
    Row,
    Section,
    SlotRow,
    StoreRow,
)
from certhelper.moment import JAPAN
from certhelper.safe_text import safe
from certhelper.standing import Judged
from certhelper.texts import text

_WIDEST_MOMENT = datetime(2000, 12, 20, 20, 0, tzinfo=JAPAN)
_MOST_DAYS = 9_999_999


class Face(NamedTuple):
    """``more`` names what opens below the row; empty when nothing does."""

    title: str
    mark: Mark = Mark.NEUTRAL
    badge: str = ""
    state: str = ""
    line: str = ""
    more: str = ""

    def spoken(self) -> str:
        """The row as one sentence for a screen reader: whatever is drawn, in words."""
        parts = (self.title, self.badge, self.state, self.line, self.more)
        return text("desktop.list.pause").join(part for part in parts if part)


def face(row: Row | Section, *, inner: bool = False) -> Face:
    """The face of a row; ``inner`` for a certificate below its holder."""
    match row:
        case Section():
            return Face(row.title, line=row.note)
        case HolderRow():
            return _holder(row)
        case CertificateRow():
            return _certificate(row, inner=inner)
        case LockedRow():
            return Face(
                row.title,
                mark=row.mark,
                state=row.state,
                line=row.entry.where,
            )
        case StoreRow():
            return _store(row)
        case SlotRow():
            return Face(row.title, state=text("places.slot.empty"), line=row.explanation)
        case ReasonRow():
            return Face(row.message, mark=row.mark, state=row.reason.code)


def _store(row: StoreRow) -> Face:
    """A place that could not be read: why, and where it is unless its name says so."""
    where = safe(row.reading.where)
    lines = (row.explanation, "" if where in row.title else where)
    return Face(
        row.title,
        mark=Mark.BAD,
        state=text(f"desktop.state.store-{row.reading.status.value}"),
        line="\n".join(filter(None, lines)),
    )


def _holder(row: HolderRow) -> Face:
    return Face(
        text("desktop.holder.title", user=row.title) if not row.is_administrator else row.title,
        mark=row.mark,
        badge=text("desktop.holder.administrator") if row.is_administrator else "",
        state=row.state,
        line=_line(row),
        more=_more(len(row.reasons), len(row.others)),
    )


def _certificate(row: CertificateRow, *, inner: bool) -> Face:
    title = row.title
    if inner:
        title = text("desktop.list.other-certificate", end=serial_end(row.judged))
    return Face(
        title,
        mark=row.mark,
        state=row.state,
        line=_line(row),
        more=_more(len(row.reasons), 0),
    )


def has_dates_only(row: HolderRow | CertificateRow) -> bool:
    """Whether the card says nothing but until when it is valid; told without making any text."""
    return len(row.copies) < 2 and row.judged.installed.token is None


@lru_cache(maxsize=1)
def widest_dates() -> str:
    """Dates as wide as they can be on a card."""
    end = moment_text(_WIDEST_MOMENT)
    remaining = (
        text("desktop.moment.days", days=_MOST_DAYS),
        text("desktop.moment.ended-days", days=_MOST_DAYS),
        text("desktop.moment.ended-today"),
        text("desktop.moment.today"),
    )
    return text("desktop.list.valid-until", end=end, remaining=max(remaining, key=len))


def _line(row: HolderRow | CertificateRow) -> str:
    """How long it is valid; below it the place and its PIN, where they are worth a line."""
    place = card_line(row.judged, row.copies, row.names)
    tries = tries_line(row.judged.installed.token)
    return "\n".join(filter(None, (_dates(row.judged, row.at), place, tries)))


def _dates(judged: Judged, at: datetime) -> str:
    """Until when and how long still; of one that is not valid yet only from when."""
    remaining = remaining_text(judged, at)
    start = judged.installed.certificate.not_before
    if start is not None and start > at:
        return remaining
    if judged.installed.certificate.not_after is None:
        return text("desktop.list.valid-until-unread")
    return text("desktop.list.valid-until", end=expiry_text(judged), remaining=remaining).strip()


def _more(reasons: int, others: int) -> str:
    parts = []
    if reasons:
        parts.append(text("desktop.list.reasons", count=reasons))
    if others:
        parts.append(text("desktop.list.others", count=others))
    return text("desktop.list.pause").join(parts)
