"""Puts what was read under headings, searches it, and chooses at the start.  Free of Qt."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

from certhelper.contracts import Contract, Holder, copies
from certhelper.desktop.place_names import PlaceNames
from certhelper.desktop.rows import (
    Card,
    CertificateRow,
    HolderRow,
    LockedRow,
    Section,
    SlotRow,
    StoreRow,
    certificates_of,
    sha256_of,
)
from certhelper.listing import Listing
from certhelper.settings import LastUsed
from certhelper.standing import Judged
from certhelper.stores.base import StoreStatus
from certhelper.texts import text
from certhelper.unread import unread

_HOLDS_SOMETHING = "database-too-old"
"""Reason of a store that cannot be used here and may hold a certificate all the same."""


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
    found = [section for section in sections if section.rows]
    if found:  # where there is nothing at all, the page that says so names the tokens, too
        found += _slots(listing)
    return tuple(found)


_BEFORE_A_REISSUE = ("token-not-inserted", "pkcs12-left-out")
"""Codes of :mod:`certhelper.unread` of which no row tells where nothing else is listed."""


def before_a_reissue(listing: Listing) -> tuple[str, ...]:
    """What to do first where nothing is listed: the certificate may be where this cannot see."""
    pause = text("desktop.list.pause")
    found = unread(listing.readings)
    where = {code: [one.where for one in found if one.code == code] for code in _BEFORE_A_REISSUE}
    return tuple(
        text(f"places.first.{code}", where=pause.join(places))
        for code, places in where.items()
        if places
    )


def search(sections: Iterable[Section], query: str) -> tuple[Section, ...]:
    """Keep the rows that hold every word of ``query``; width and case do not matter."""
    wanted = _fold(query).split()
    if not wanted:
        return tuple(sections)
    kept = (
        section._replace(rows=tuple(row for row in section.rows if _holds(row, wanted)))
        for section in sections
    )
    return tuple(section for section in kept if section.rows)


def key_of(sections: Iterable[Section], sha256: str) -> str | None:
    """Return the key of the card that has a certificate, None where none has."""
    rows = (row for section in sections for row in section.rows)
    return next(
        (row.key for row in rows if any(_has(one, sha256) for one in certificates_of(row))), None
    )


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
    store = chosen.get(sha256_of(same[0]))
    return next((one for one in same if one.installed.store == store), same[0])


def _locked(listing: Listing) -> list[Section]:
    rows = [
        LockedRow(f"{reading.name}|{entry.where}", entry, reading.name)
        for reading in listing.readings
        for entry in reading.locked_entries
    ]
    locked = tuple(row for row in rows if row.needs_passphrase)
    unread = tuple(row for row in rows if not row.needs_passphrase)
    return [
        Section("locked", text("desktop.section.locked"), _count(locked), locked),
        Section("unread-files", text("desktop.section.unread-files"), _count(unread), unread),
    ]


def _unrecognized(
    listing: Listing, names: PlaceNames, chosen: Mapping[str, str]
) -> tuple[Section, Section]:
    """The certificates of nobody known here, and apart from them those of CAs."""
    every = [
        CertificateRow(sha256_of(same[0]), _used(same, chosen), listing.at, same, names)
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
        and (
            reading.status is not StoreStatus.UNAVAILABLE
            or reading.reason == _HOLDS_SOMETHING
            or asked_for(reading.name)
        )
    )
    return [Section("stores", text("desktop.section.stores"), _count(rows), rows)]


def _slots(listing: Listing) -> list[Section]:
    rows = tuple(
        SlotRow(f"slot|{reading.name}|{slot.slot_id}", slot)
        for reading in listing.readings
        for slot in reading.slots
        if slot.token is None and not slot.trouble and not slot.is_blank
    )
    return [Section("slots", text("places.slot.title"), _count(rows), rows)] if rows else []


def _count(rows: tuple[Card, ...]) -> str:
    return text("desktop.section.count", count=len(rows))


def _has(judged: Judged, sha256: str) -> bool:
    return judged.installed.certificate.sha256 == sha256


def _is(judged: Judged, last: LastUsed) -> bool:
    """Whether it was this; a token is called by its number only beside another one."""
    installed = judged.installed
    if installed.certificate.sha256 != last.sha256:
        return False
    if installed.token is None:
        return installed.store == last.store
    return installed.store.partition("#")[0] == last.store.partition("#")[0]


def _holds(row: Card, wanted: list[str]) -> bool:
    words = [_fold(word) for word in row.words()]
    return all(any(part in word for word in words) for part in wanted)


def _fold(words: str) -> str:
    return unicodedata.normalize("NFKC", words).casefold()
