"""What the window lists, in the order in which it lists it.  Free of Qt.

Texts are made when they are asked for: of a thousand rows a person sees a dozen.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from certhelper.contracts import Contract, Holder, Verdict, copies, verdict_of
from certhelper.desktop.certificate_words import name_of
from certhelper.desktop.place_names import NO_NAMES, PlaceNames
from certhelper.listing import Listing
from certhelper.settings import LastUsed
from certhelper.standing import Judged, Reason, Severity, is_authority
from certhelper.stores.base import LockedEntry, StoreReading, StoreStatus
from certhelper.texts import text


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
    """One certificate by itself.

    ``judged`` is the place that would be used; ``copies`` are the places of this same certificate,
    that one among them, the preferred one first.
    """

    key: str
    judged: Judged
    at: datetime
    copies: tuple[Judged, ...] = ()
    names: PlaceNames = NO_NAMES

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
        return () if self.is_authority else _reasons(self.judged, self.copies)

    @property
    def children(self) -> tuple[Row, ...]:
        return _reason_rows(self.key, self.reasons)

    def words(self) -> Iterator[str]:
        for judged in self.copies or (self.judged,):
            yield from _searchable(judged, self.names)


@dataclass(frozen=True, slots=True)
class HolderRow:
    """One 利用者, or the 管理者, with the certificate that would be used.

    ``copies`` are the places of this same certificate, as of :class:`CertificateRow`.
    """

    key: str
    holder: Holder
    judged: Judged
    at: datetime
    copies: tuple[Judged, ...] = ()
    names: PlaceNames = NO_NAMES

    @property
    def is_administrator(self) -> bool:
        return self.holder.role == "administrator"

    @property
    def title(self) -> str:
        return self.holder.user_id or text("desktop.holder.no-user")

    @property
    def verdict(self) -> Verdict:
        """The holder's, or that of the place which the person has chosen instead."""
        if self.judged is self.holder.certificates[0]:
            return self.holder.verdict
        return verdict_of((self.judged,))

    @property
    def mark(self) -> Mark:
        return _VERDICT_MARKS[self.verdict]

    @property
    def state(self) -> str:
        return text(f"desktop.state.{self.verdict.value}")

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """What there is to explain."""
        return _reasons(self.judged, self.copies)

    @property
    def others(self) -> tuple[CertificateRow, ...]:
        """The holder's other certificates, each once."""
        if len(self.holder.certificates) == 1:
            return ()
        mine = self.judged.installed.certificate.sha256
        return tuple(
            CertificateRow(f"{self.key}/{_sha256(same[0])}", same[0], self.at, same, self.names)
            for same in copies(self.holder.certificates)
            if _sha256(same[0]) != mine
        )

    @property
    def children(self) -> tuple[Row, ...]:
        return _reason_rows(self.key, self.reasons) + self.others

    def words(self) -> Iterator[str]:
        yield self.holder.contract_id
        if self.is_administrator:
            yield text("desktop.holder.administrator")
        for judged in self.holder.certificates:
            yield from _searchable(judged, self.names)


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
    listing: Listing,
    asked_for: Callable[[str], bool] = lambda _: False,
    chosen: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Section, ...]:
    """Put everything under headings, in the listing's order (usable first), nothing left out.

    CA certificates come last: nothing is wrong with them, and nobody logs on with them.

    ``asked_for`` says of a store's name whether the person asked for it; then it is shown even
    where it does not exist on this PC.  ``chosen`` holds by SHA-256 the store from which the person
    wants to use a certificate; otherwise the preferred one is used.
    """
    names = PlaceNames(listing.readings)
    sections = [
        _contract_section(contract, listing.at, names, chosen)
        for contract in listing.grouped.contracts
    ]
    sections += _locked(listing)
    unrecognized, authorities = _unrecognized(listing, names, chosen)
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
            return row.copies or (row.judged,)
        case _:
            return ()


def _contract_section(
    contract: Contract, at: datetime, names: PlaceNames, chosen: Mapping[str, str]
) -> Section:
    rows = tuple(_holder_row(holder, at, names, chosen) for holder in contract.holders)
    return Section(
        key=contract.contract_id,
        title=text("desktop.section.contract", contract=contract.contract_id),
        note=text("desktop.section.holders", count=len(rows)),
        rows=rows,
    )


def _holder_row(
    holder: Holder, at: datetime, names: PlaceNames, chosen: Mapping[str, str]
) -> HolderRow:
    same = copies(holder.certificates)[0]
    key = f"{holder.contract_id}/{holder.user_id or ''}"
    return HolderRow(key, holder, _used(same, chosen), at, same, names)


def _used(same: tuple[Judged, ...], chosen: Mapping[str, str]) -> Judged:
    """The place that the person has chosen, if it is there still, else the preferred one."""
    if len(same) == 1:
        return same[0]
    store = chosen.get(_sha256(same[0]))
    return next((one for one in same if one.installed.store == store), same[0])


def _locked(listing: Listing) -> list[Section]:
    rows = tuple(
        LockedRow(f"{reading.name}|{entry.where}", entry, reading.name)
        for reading in listing.readings
        for entry in reading.locked_entries
    )
    return [Section("locked", text("desktop.section.locked"), _count(rows), rows)]


def _unrecognized(
    listing: Listing, names: PlaceNames, chosen: Mapping[str, str]
) -> tuple[Section, Section]:
    """The certificates of nobody known here, and apart from them those of CAs."""
    every = [
        CertificateRow(_sha256(same[0]), _used(same, chosen), listing.at, same, names)
        for same in copies(listing.grouped.unrecognized)
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


def _sha256(judged: Judged) -> str:
    return judged.installed.certificate.sha256


def _reasons(judged: Judged, copies: tuple[Judged, ...]) -> tuple[Reason, ...]:
    """The reasons of a card; that the certificate is elsewhere, too, stands on the card itself."""
    if len(copies) < 2:
        return judged.reasons
    return tuple(reason for reason in judged.reasons if reason.code != "duplicate")


def _is(judged: Judged, last: LastUsed) -> bool:
    installed = judged.installed
    return (installed.certificate.sha256, installed.store) == (last.sha256, last.store)


def _searchable(judged: Judged, names: PlaceNames) -> Iterator[str]:
    installed = judged.installed
    certificate = installed.certificate
    yield certificate.subject
    yield certificate.issuer
    yield certificate.serial_hex
    yield certificate.sha256
    yield installed.label
    yield installed.store
    yield names.of(installed)


def _holds(row: Card, wanted: list[str]) -> bool:
    words = [_fold(word) for word in row.words()]
    return all(any(part in word for word in words) for part in wanted)


def _fold(words: str) -> str:
    return unicodedata.normalize("NFKC", words).casefold()
