"""One look at every store, judged and grouped: what ``list`` prints and the window shows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from certhelper import contracts, moment
from certhelper.bank import Bank
from certhelper.checks import NO_CHECKS, NOTHING_CHECKED, AllChecks, place_of
from certhelper.contracts import Grouped
from certhelper.failures import FailedError
from certhelper.safe_text import safe
from certhelper.standing import Judged, judge
from certhelper.stores.base import Store, StoreReading, StoreStatus

SCHEMA = "certhelper.list/1"


class Listing(NamedTuple):
    """What the stores answered, judged as of ``at`` (aware, UTC) by the rules of ``bank``."""

    at: datetime
    bank: Bank
    readings: tuple[StoreReading, ...]
    grouped: Grouped


def combine(
    readings: Iterable[StoreReading],
    bank: Bank,
    at: datetime,
    checks: AllChecks = NO_CHECKS,
) -> Listing:
    """Judge and group what the stores answered so far (the window calls this as they answer)."""
    answered = tuple(readings)
    found = (one for reading in answered for one in reading.installed)
    if checks:
        judged = [judge(one, bank, at, checks.get(place_of(one), NOTHING_CHECKED)) for one in found]
    else:
        judged = [judge(one, bank, at) for one in found]
    return Listing(at, bank, answered, contracts.group(judged))


def read(stores: Iterable[Store], bank: Bank, at: datetime) -> Listing:
    """Read the stores one after the other and combine (the command line)."""
    return combine([_read(store) for store in stores], bank, at)


def _read(store: Store) -> StoreReading:
    """One store that fails after all does not take the others with it."""
    try:
        return store.read()
    except FailedError as error:
        return StoreReading(store.kind, store.where, StoreStatus.FAILED, reason=error.code)


def document(listing: Listing) -> dict[str, Any]:
    """Return the ``certhelper.list/1`` document (``resources/schemas/certhelper.list-1.json``)."""
    grouped = listing.grouped
    return {
        "schema": SCHEMA,
        "at": moment.as_utc(listing.at),
        "bank": listing.bank.id,
        "stores": [_store(reading) for reading in listing.readings],
        "contracts": [_contract(contract) for contract in grouped.contracts],
        "unrecognized": _fingerprints(grouped.unrecognized),
        "certificates": [row(judged) for judged in grouped.judged],
    }


def row(judged: Judged) -> dict[str, Any]:
    """Return one certificate in one store, as a row of ``certificates``."""
    installed = judged.installed
    certificate = installed.certificate
    begin, end = certificate.not_before, certificate.not_after
    return {
        "sha256": certificate.sha256,
        "sha1": certificate.sha1,
        "store": installed.store,
        "label": safe(installed.label),
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "serial": certificate.serial_hex,
        "not_before": None if begin is None else moment.as_utc(begin),
        "not_after": None if end is None else moment.as_utc(end),
        "key": installed.key.value,
        "key_provider": installed.key_provider,
        "usable": judged.usable,
        "reasons": [
            {
                "code": reason.code,
                "severity": reason.severity.value,
                "message": reason.message(),
            }
            for reason in judged.reasons
        ],
        "unread_fields": list(certificate.unread_fields),
    }


def _store(reading: StoreReading) -> dict[str, Any]:
    return {
        "kind": reading.kind,
        "where": reading.where,
        "status": reading.status.value,
        "reason": reading.reason,
        "read_ms": reading.read_ms,
        "locked_entries": [
            {"where": entry.where, "label": safe(entry.label), "reason": entry.reason}
            for entry in reading.locked_entries
        ],
    }


def _contract(contract: contracts.Contract) -> dict[str, Any]:
    return {
        "contract_id": contract.contract_id,
        "verdict": contract.verdict.value,
        "holders": [
            {
                "user_id": holder.user_id,
                "role": holder.role,
                "verdict": holder.verdict.value,
                "preferred": holder.preferred and holder.preferred.installed.certificate.sha256,
                "certificates": _fingerprints(holder.certificates),
            }
            for holder in contract.holders
        ],
    }


def _fingerprints(judged: Iterable[Judged]) -> list[str]:
    """Return each certificate once, however many stores it is in."""
    return list(dict.fromkeys(one.installed.certificate.sha256 for one in judged))
