"""What the window says about the chosen row, and what can be done with it.  Free of Qt."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from certhelper.desktop.certificate_words import (
    blocking_messages,
    expiry_text,
    name_of,
    remaining_text,
    serial_end,
)
from certhelper.desktop.place_names import PlaceChoice, choices
from certhelper.desktop.rows import (
    CertificateRow,
    HolderRow,
    LockedRow,
    Mark,
    Row,
    SlotRow,
    StoreRow,
)
from certhelper.standing import Judged, Severity
from certhelper.texts import text

Facts = tuple[tuple[str, str], ...]


class Action(StrEnum):
    """What the big button does."""

    LOGON = "logon"
    OPEN = "open"
    RELOAD = "reload"


class Selection(NamedTuple):
    """``obstacle`` says why the big button is disabled; empty when it is not.

    ``places`` are what the person can choose between where the certificate is in several stores.
    """

    title: str
    facts: Facts = ()
    mark: Mark = Mark.NEUTRAL
    state: str = ""
    notes: tuple[str, ...] = ()
    action: Action = Action.LOGON
    obstacle: str = ""
    judged: Judged | None = None
    asks_about_administrator: bool = False
    places: tuple[PlaceChoice, ...] = ()

    @property
    def is_trouble(self) -> bool:
        """Whether something stands against it whose cause is worth looking into."""
        stands_in_the_way = bool(self.obstacle) and self.judged is not None
        return self.mark is Mark.BAD or (stands_in_the_way and self.mark is not Mark.NEUTRAL)


def describe(row: Row | None) -> Selection:
    """What to show for the chosen row, or for none."""
    match row:
        case HolderRow() | CertificateRow():
            return _certificate(row)
        case LockedRow():
            return Selection(
                title=row.title,
                facts=((text("desktop.fact.file"), row.entry.where),),
                mark=row.mark,
                state=row.state,
                notes=(row.explanation,),
                action=Action.OPEN if row.needs_passphrase else Action.RELOAD,
            )
        case StoreRow():
            return Selection(
                title=row.title,
                mark=Mark.BAD,
                state=text(f"desktop.state.store-{row.reading.status.value}"),
                notes=(row.explanation,),
                action=Action.RELOAD,
            )
        case SlotRow():
            return Selection(title=row.title, obstacle=row.explanation)
        case _:
            return Selection(
                title=text("desktop.panel.nothing"), obstacle=text("desktop.panel.choose-first")
            )


def certificate_facts(judged: Judged) -> Facts:
    """The certificate's name as people know it: contract and user, else its own words."""
    holder = judged.holder
    if holder is None:
        return ((text("desktop.fact.subject"), name_of(judged)),)
    user = holder.user_id or text("desktop.holder.no-user")
    return (
        (text("desktop.fact.contract"), holder.contract_id),
        (text("desktop.fact.user"), user),
    )


def pad_facts(row: HolderRow | CertificateRow) -> Facts:
    """What stands on the PIN pad, so that nobody types the PIN for another certificate."""
    return all_facts(row.judged, row.at)


def all_facts(judged: Judged, at: datetime) -> Facts:
    """Whose certificate it is, how long it is valid still, and its serial number's end."""
    return (*certificate_facts(judged), *_dates(judged, at), _serial(judged))


def short_name(judged: Judged) -> str:
    """One line that names a certificate, in a list of sessions or a question."""
    holder = judged.holder
    if holder is None:
        return name_of(judged)
    return f"{holder.contract_id} / {holder.user_id or text('desktop.holder.administrator')}"


def _certificate(row: HolderRow | CertificateRow) -> Selection:
    judged = row.judged
    if isinstance(row, CertificateRow) and row.is_authority:
        return Selection(
            title=text("desktop.panel.title"),
            facts=all_facts(judged, row.at),
            mark=row.mark,
            obstacle=text("desktop.state.authority"),
            judged=judged,
        )
    warnings = tuple(r.message() for r in judged.reasons if r.severity is Severity.WARNING)
    blocking = blocking_messages(judged)
    return Selection(
        title=text("desktop.panel.title"),
        facts=all_facts(judged, row.at),
        mark=row.mark,
        state=row.state,
        notes=warnings,
        obstacle="\n".join(blocking),
        judged=judged,
        asks_about_administrator=judged.holder is not None and judged.holder.user_id is None,
        places=choices(judged, row.copies, row.names),
    )


def _dates(judged: Judged, at: datetime) -> Facts:
    remaining = remaining_text(judged, at)
    return ((text("desktop.fact.expires"), f"{expiry_text(judged)}\n{remaining}".strip()),)


def _serial(judged: Judged) -> tuple[str, str]:
    return text("desktop.fact.serial"), serial_end(judged)
