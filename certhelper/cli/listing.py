"""``certhelper list``: the certificates by contract, each with its state and what to do."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache

from certhelper import listing, moment, texts
from certhelper.cli import common, output
from certhelper.failures import ExitStatus
from certhelper.listing import Listing
from certhelper.safe_text import safe, safe_name
from certhelper.standing import Judged, is_authority
from certhelper.store_names import store_name
from certhelper.stores.base import NOTHING_OBTAINED, Slot, StoreReading, StoreStatus, TriesLeft

_SHOWN_FINGERPRINT = 16  # hex digits, more than --certificate needs
_SHOWN_SERIAL = 8  # hex digits, as in the sentences of the reasons
_SHOWN_NAME = 60  # characters
_SHOWN_NAMES = 3
_INDENT = "    "

_Row = tuple[str, ...]


def run(arguments: argparse.Namespace) -> int:
    """List; the status is 0 whenever the list could be made, a store that failed included."""
    found = common.listing_of(arguments)
    if arguments.json:
        output.document(listing.document(found))
    else:
        output.lines(_lines(found))
    return ExitStatus.DONE


def _lines(found: Listing) -> Iterator[str]:
    yield safe(found.bank.name)
    yield _text("list.as-of", at=moment.in_japan(found.at))
    yield ""
    if found.grouped.judged:
        yield from _certificates(found)
    else:
        yield _text(f"list.{_why_nothing(found)}")
        yield ""
    yield _text("list.stores")
    for reading in found.readings:
        yield from _store(reading)


_PASSPHRASE = frozenset({"passphrase-needed", "passphrase-wrong"})
_HEADLINES = {"token-not-inserted": "insert", "pkcs12-left-out": "pkcs12-files"}
"""By what alone stands in the way (:mod:`certhelper.unread`)."""


def _why_nothing(found: Listing) -> str:
    """Return the text for an empty list.

    A reissue costs the customer money: nobody is sent for one while a place was not read.
    """
    from certhelper import unread

    codes = {one.code for one in unread.unread(found.readings)}
    if not codes:
        return "none"
    if codes <= _PASSPHRASE:
        return "locked-files"
    return _HEADLINES.get(codes.pop(), "unread") if len(codes) == 1 else "unread"


def _certificates(found: Listing) -> Iterator[str]:
    """One table for everything, so that the columns stand under one another throughout."""
    grouped = found.grouped
    preferred = {
        id(holder.preferred)
        for contract in grouped.contracts
        for holder in contract.holders
        if holder.preferred is not None and holder.user_id is not None
    }
    header = tuple(_text(f"column.{name}") for name in _COLUMNS)
    rows = [_row(one, found.at, id(one) in preferred) for one in grouped.judged]
    titles, *aligned = output.aligned([header, *rows])
    cells = dict(zip(map(id, grouped.judged), aligned, strict=True))

    def shown(certificates: Sequence[Judged]) -> list[str]:
        lines = []
        for one in certificates:
            lines.append(_INDENT + cells[id(one)])
            lines += [f"{_INDENT}  → {found.message()} [{found.code}]" for found in one.reasons]
        return lines

    yield _INDENT + titles
    for contract in grouped.contracts:
        verdict = _text(f"verdict.{contract.verdict}")
        yield _text("list.contract", id=contract.contract_id, verdict=verdict)
        for holder in contract.holders:
            verdict = _text(f"verdict.{holder.verdict}")
            if holder.user_id is None:
                yield "  " + _text("list.administrator", verdict=verdict)
            else:
                facts = {"id": holder.user_id, "verdict": verdict}
                yield "  " + texts.text("cli.list.user", **facts)
            yield from shown(holder.certificates)
        yield ""
    authorities = [one for one in grouped.unrecognized if is_authority(one)]
    others = [one for one in grouped.unrecognized if not is_authority(one)]
    if others:
        yield _text("list.unrecognized")
        for one in others:
            yield "  " + _name(one)
            yield from shown([one])
        yield ""
    if authorities:
        yield _text("list.authorities")
        for one in authorities:
            yield "  " + _name(one)
            yield _INDENT + cells[id(one)]
        yield ""


_COLUMNS = ("state", "until", "left", "key", "serial", "fingerprint", "store")


def _row(judged: Judged, at: datetime, is_preferred: bool) -> _Row:
    installed = judged.installed
    certificate = installed.certificate
    state = "unusable" if not judged.usable else "preferred" if is_preferred else "usable"
    facts = certificate.facts
    return (
        _text(f"state.{state}"),
        "?" if facts.not_after is None else moment.in_japan(facts.not_after),
        _left(facts.not_before, facts.not_after, at),
        _text(f"key.{installed.key}"),
        certificate.serial_hex[-_SHOWN_SERIAL:] or "?",
        certificate.sha256[:_SHOWN_FINGERPRINT],
        store_name(installed),
    )


@lru_cache(maxsize=1024)
def _left(begin: datetime | None, end: datetime | None, at: datetime) -> str:
    if begin is None or end is None:
        return _text("left.unread")
    if at > end:
        return _text("left.over")
    if at < begin:
        return _text("left.early")
    days = moment.days_left(end, at)
    return _text("left.days", days=days) if days else _text("left.today")


def _name(judged: Judged) -> str:
    names = judged.installed.certificate.common_names
    shown = " / ".join(safe_name(name[:_SHOWN_NAME]) for name in names[:_SHOWN_NAMES])
    return shown or judged.installed.certificate.subject or _text("list.nameless")


def _store(reading: StoreReading) -> Iterator[str]:
    if reading.status is StoreStatus.OK:
        state = _text("store.ok", count=len(reading.installed))
    elif reading.reason == NOTHING_OBTAINED:
        state = _reason(reading.reason)  # it is no trouble that the place cannot be read yet
    else:
        state = _text(f"store.{reading.status.value}", reason=_reason(reading.reason))
    detail = f" ({safe(reading.detail)})" if reading.detail else ""
    origin = f" - {safe(reading.origin)}" if reading.origin else ""
    yield f"  {safe(reading.name)}{origin}: {state}{detail}"
    for entry in reading.locked_entries:
        facts = {"label": safe(entry.label), "reason": _reason(entry.reason)}
        detail = f" ({safe(entry.detail)})" if entry.detail else ""
        yield f"{_INDENT}{_text('list.locked', **facts)}{detail}"
    if any(entry.reason in _PASSPHRASE for entry in reading.locked_entries):
        yield f"{_INDENT}{_text('list.how-to-open')}"
    for slot in reading.slots:
        yield f"{_INDENT}{_slot(slot)}"


def _slot(slot: Slot) -> str:
    token = slot.token
    if token is None and slot.trouble:
        return _text("list.unread-slot", slot=slot.name, trouble=slot.trouble)
    if token is None and slot.is_blank:
        return _text("list.blank-slot", slot=slot.name)
    if token is None:
        return _text("list.empty-slot", slot=slot.name)
    few = token.tries is not TriesLeft.PLENTY
    tries = f": {texts.text(f'places.tries.{token.tries.value}')}" if few else ""
    return _text("list.token", slot=slot.name, label=token.label, serial=token.serial) + tries


def _reason(code: str | None) -> str:
    return f"{texts.text(f'stores.{code}')} [{code}]" if code else ""


@lru_cache(maxsize=1024)
def _text(name: str, **facts: object) -> str:
    return texts.text(f"cli.{name}", **facts)
