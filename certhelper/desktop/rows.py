"""What the window lists, in the order in which it lists it.  Free of Qt.

Texts are made when they are asked for: of a thousand rows a person sees a dozen.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from certhelper.contracts import Contract, Holder, Verdict
from certhelper.desktop.moments import moment_text, validity_text
from certhelper.listing import Listing
from certhelper.safe_text import safe
from certhelper.settings import LastUsed
from certhelper.standing import Judged, Reason, Severity, is_authority
from certhelper.stores.base import LockedEntry, StoreReading, StoreStatus
from certhelper.texts import text

_SERIAL_END = 8  # hex digits
_LONGEST_NAME = 60  # characters
_MOST_NAMES = 3


class Mark(StrEnum):
    """How a row stands; always said in words and by a sign too, never by colour alone."""

    GOOD = "good"
    CAUTION = "caution"
    BAD = "bad"
    NEUTRAL = "neutral"


_VERDICT_MARKS = {
    Verdict.READY: Mark.GOOD,
    Verdict.RENEW: Mark.CAUTION,
    Verdict.ATTENTION: Mark.CAUTION,
    Verdict.REISSUE: Mark.BAD,
}
_SEVERITY_MARKS = {
    Severity.BLOCKING: Mark.BAD,
    Severity.WARNING: Mark.CAUTION,
    Severity.INFORMATION: Mark.NEUTRAL,
}


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """Why a certificate stands as it does, with what to do."""

    key: str
    reason: Reason

    @property
    def mark(self) -> Mark:
        return _SEVERITY_MARKS[self.reason.severity]

    @property
    def message(self) -> str:
        return self.reason.message()

    @property
    def children(self) -> tuple[Row, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """One certificate in one store, by itself."""

    key: str
    judged: Judged
    at: datetime

    @property
    def title(self) -> str:
        """What the certificate calls itself."""
        return name_of(self.judged)

    @property
    def is_authority(self) -> bool:
        """A CA's certificate, which came along with somebody's own: no fault to be explained."""
        return self.judged.holder is None and is_authority(self.judged)

    @property
    def mark(self) -> Mark:
        if self.is_authority:
            return Mark.NEUTRAL
        if not self.judged.usable:
            return Mark.BAD
        warned = any(reason.severity is Severity.WARNING for reason in self.judged.reasons)
        return Mark.CAUTION if warned else Mark.GOOD

    @property
    def state(self) -> str:
        return text(f"desktop.state.certificate-{self.mark.value}")

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """What there is to explain."""
        return () if self.is_authority else self.judged.reasons

    @property
    def children(self) -> tuple[Row, ...]:
        return _reason_rows(self.key, self.reasons)

    def words(self) -> Iterator[str]:
        yield from _searchable(self.judged)


@dataclass(frozen=True, slots=True)
class HolderRow:
    """One 利用者, or the 管理者, with the certificate that would be used."""

    key: str
    holder: Holder
    judged: Judged
    at: datetime

    @property
    def is_administrator(self) -> bool:
        return self.holder.role == "administrator"

    @property
    def title(self) -> str:
        return self.holder.user_id or text("desktop.holder.no-user")

    @property
    def mark(self) -> Mark:
        return _VERDICT_MARKS[self.holder.verdict]

    @property
    def state(self) -> str:
        return text(f"desktop.state.{self.holder.verdict.value}")

    @property
    def others(self) -> tuple[CertificateRow, ...]:
        return tuple(
            CertificateRow(f"{self.key}/{_key(judged)}", judged, self.at)
            for judged in self.holder.certificates
            if judged is not self.judged
        )

    @property
    def children(self) -> tuple[Row, ...]:
        return _reason_rows(self.key, self.judged.reasons) + self.others

    def words(self) -> Iterator[str]:
        yield self.holder.contract_id
        if self.is_administrator:
            yield text("desktop.holder.administrator")
        for judged in self.holder.certificates:
            yield from _searchable(judged)


@dataclass(frozen=True, slots=True)
class LockedRow:
    """A file that shows nothing until its passphrase is given."""

    key: str
    entry: LockedEntry
    store: str

    @property
    def title(self) -> str:
        return self.entry.label or self.entry.where

    @property
    def explanation(self) -> str:
        return text(f"stores.{self.entry.reason}")

    @property
    def children(self) -> tuple[Row, ...]:
        return ()

    def words(self) -> Iterator[str]:
        yield self.entry.label
        yield self.entry.where


@dataclass(frozen=True, slots=True)
class StoreRow:
    """A store that could not be read."""

    key: str
    reading: StoreReading

    @property
    def title(self) -> str:
        return self.reading.name

    @property
    def explanation(self) -> str:
        sentence = text(f"stores.{self.reading.reason}") if self.reading.reason else ""
        return f"{sentence} {self.reading.detail}".strip()

    @property
    def children(self) -> tuple[Row, ...]:
        return ()

    def words(self) -> Iterator[str]:
        yield self.reading.name


Card = HolderRow | CertificateRow | LockedRow | StoreRow
Row = Card | ReasonRow


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under one heading."""

    key: str
    title: str
    note: str
    rows: tuple[Card, ...]


def arrange(
    listing: Listing, asked_for: Callable[[str], bool] = lambda _: False
) -> tuple[Section, ...]:
    """Put everything under headings, in the listing's order (usable first), nothing left out.

    CA certificates come last: nothing is wrong with them, and nobody logs on with them.

    ``asked_for`` says of a store's name whether the person asked for it; then it is shown even
    where it does not exist on this PC.
    """
    sections = [_contract_section(contract, listing.at) for contract in listing.grouped.contracts]
    sections += _locked(listing)
    unrecognized, authorities = _unrecognized(listing)
    sections.append(unrecognized)
    sections += _stores(listing, asked_for)
    sections.append(authorities)
    return tuple(section for section in sections if section.rows)


def search(sections: Iterable[Section], query: str) -> tuple[Section, ...]:
    """Keep the rows that hold every word of ``query``; width and case do not matter."""
    wanted = _fold(query).split()
    if not wanted:
        return tuple(sections)
    kept = (
        replace(section, rows=tuple(row for row in section.rows if _holds(row, wanted)))
        for section in sections
    )
    return tuple(section for section in kept if section.rows)


def preselected(sections: Iterable[Section], last: LastUsed | None) -> str | None:
    """The key of the row to choose at the start.

    The one of the last log-on; else the only 利用者 that can be used.  With several, nobody is
    chosen: the choice is the point of this program.
    """
    rows = [row for section in sections for row in section.rows]
    if last is not None:
        for row in rows:
            if any(_is(judged, last) for judged in certificates_of(row)):
                return row.key
    usable = [
        row
        for row in rows
        if isinstance(row, HolderRow) and row.holder.preferred and not row.is_administrator
    ]
    return usable[0].key if len(usable) == 1 else None


def certificates_of(row: Row) -> tuple[Judged, ...]:
    """Every certificate that a row stands for."""
    match row:
        case HolderRow():
            return row.holder.certificates
        case CertificateRow():
            return (row.judged,)
        case _:
            return ()


def name_of(judged: Judged) -> str:
    """The common names, as people know them; the whole subject only where there is none."""
    names = judged.installed.certificate.common_names
    shown = " / ".join(safe(name[:_LONGEST_NAME]) for name in names[:_MOST_NAMES])
    return shown or subject_of(judged)


def subject_of(judged: Judged) -> str:
    """The name to show for a certificate: its subject, its label, or its fingerprint."""
    certificate = judged.installed.certificate
    return certificate.subject or judged.installed.label or certificate.sha256[:16]


def expiry_text(judged: Judged) -> str:
    return moment_text(judged.installed.certificate.not_after)


def remaining_text(judged: Judged, at: datetime) -> str:
    certificate = judged.installed.certificate
    return validity_text(certificate.not_before, certificate.not_after, at)


def serial_end(judged: Judged) -> str:
    """The last digits of the serial number, by which a browser's dialog tells two apart."""
    return judged.installed.certificate.serial_hex[-_SERIAL_END:] or "?"


def blocking_messages(judged: Judged) -> tuple[str, ...]:
    return tuple(r.message() for r in judged.reasons if r.severity is Severity.BLOCKING)


def _contract_section(contract: Contract, at: datetime) -> Section:
    rows = tuple(
        HolderRow(
            key=f"{contract.contract_id}/{holder.user_id or ''}",
            holder=holder,
            judged=holder.preferred or holder.certificates[0],
            at=at,
        )
        for holder in contract.holders
    )
    return Section(
        key=contract.contract_id,
        title=text("desktop.section.contract", contract=contract.contract_id),
        note=text("desktop.section.holders", count=len(rows)),
        rows=rows,
    )


def _locked(listing: Listing) -> list[Section]:
    rows = tuple(
        LockedRow(f"{reading.name}|{entry.where}", entry, reading.name)
        for reading in listing.readings
        for entry in reading.locked_entries
    )
    return [Section("locked", text("desktop.section.locked"), _count(rows), rows)]


def _unrecognized(listing: Listing) -> tuple[Section, Section]:
    """The certificates of nobody known here, and apart from them those of CAs."""
    every = [
        CertificateRow(_key(judged), judged, listing.at) for judged in listing.grouped.unrecognized
    ]
    rows = tuple(row for row in every if not row.is_authority)
    authorities = tuple(row for row in every if row.is_authority)
    meaning = text("desktop.section.authorities-meaning", count=len(authorities))
    return (
        Section("unrecognized", text("desktop.section.unrecognized"), _count(rows), rows),
        Section("authorities", text("desktop.section.authorities"), meaning, authorities),
    )


def _stores(listing: Listing, asked_for: Callable[[str], bool]) -> list[Section]:
    rows = tuple(
        StoreRow(f"store|{reading.name}", reading)
        for reading in listing.readings
        if reading.status is not StoreStatus.OK
        and (reading.status is not StoreStatus.UNAVAILABLE or asked_for(reading.name))
    )
    return [Section("stores", text("desktop.section.stores"), _count(rows), rows)]


def _count(rows: tuple[Card, ...]) -> str:
    return text("desktop.section.count", count=len(rows))


def _reason_rows(key: str, reasons: tuple[Reason, ...]) -> tuple[Row, ...]:
    return tuple(ReasonRow(f"{key}#{index}", reason) for index, reason in enumerate(reasons))


def _key(judged: Judged) -> str:
    return f"{judged.installed.certificate.sha256}@{judged.installed.store}"


def _is(judged: Judged, last: LastUsed) -> bool:
    installed = judged.installed
    return (installed.certificate.sha256, installed.store) == (last.sha256, last.store)


def _searchable(judged: Judged) -> Iterator[str]:
    installed = judged.installed
    certificate = installed.certificate
    yield certificate.subject
    yield certificate.issuer
    yield certificate.serial_hex
    yield certificate.sha256
    yield installed.label
    yield installed.store


def _holds(row: Card, wanted: list[str]) -> bool:
    words = [_fold(word) for word in row.words()]
    return all(any(part in word for word in words) for part in wanted)


def _fold(words: str) -> str:
    return unicodedata.normalize("NFKC", words).casefold()
