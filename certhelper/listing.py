"""One look at every store, judged and grouped: what ``list`` prints and the window shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from certhelper import contracts, moment
from certhelper.bank import Bank
from certhelper.certificate import Certificate
from certhelper.certificate_reader import subject_octets
from certhelper.checks import (
    NO_CHECKS,
    NOTHING_CHECKED,
    AllChecks,
    Checks,
    Place,
    Revocation,
    place_of,
)
from certhelper.contracts import Grouped
from certhelper.failures import FailedError
from certhelper.revocation.addresses import names_anybody
from certhelper.revocation.question import Question
from certhelper.safe_text import safe
from certhelper.standing import Judged, Severity, judge
from certhelper.stores.base import Slot, Store, StoreReading, StoreStatus

if TYPE_CHECKING:
    from certhelper.revocation.asker import Asker

SCHEMA = "certhelper.list/1"


class Listing(NamedTuple):
    """What the stores answered, judged as of ``at`` (aware, UTC) by the rules of ``bank``."""

    at: datetime
    bank: Bank
    readings: tuple[StoreReading, ...]
    grouped: Grouped
    checks: AllChecks = NO_CHECKS


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
    return Listing(at, bank, answered, contracts.group(judged), checks)


def questions_of(found: Listing) -> list[Question]:
    """Return what is worth asking about revocation, for :func:`certhelper.revocation.ask_all`.

    These are the certificates with a holder that nothing else blocks and that name somebody to be
    asked, each once; with each the certificates that were read and have its issuer's name.  Costs
    next to nothing where no certificate names anybody.
    """
    return _questions(
        found,
        [
            one.installed.certificate
            for one in found.grouped.judged
            if _is_worth_asking(one) and names_anybody(one.installed.certificate.der)
        ],
    )


def questions_about(found: Listing, *sha256: str) -> list[Question]:
    """Return the questions about these certificates, whatever stands against them.

    Ask for all of them at once: their issuers are looked for among everything that was read.
    """
    wanted = frozenset(sha256)
    rows = (one.installed.certificate for one in found.grouped.judged)
    return _questions(found, [one for one in rows if one.sha256 in wanted])


def checks_of(
    readings: Iterable[StoreReading],
    answers: Mapping[str, Revocation],
    known: AllChecks = NO_CHECKS,
) -> dict[Place, Checks]:
    """Return ``known`` with ``answers`` (by SHA-256) in every store of each certificate."""
    checks = dict(known)
    for reading in readings:
        for one in reading.installed:
            answer = answers.get(one.certificate.sha256)
            if answer is not None:
                place = place_of(one)
                checks[place] = checks.get(place, NOTHING_CHECKED)._replace(revocation=answer)
    return checks


def asked(
    found: Listing,
    asker: Asker,
    questions: Iterable[Question],
    *,
    seconds: float | None = None,
    offline: bool = False,
    tells_unasked: bool = True,
) -> Listing:
    """Ask and judge again (the command line); blocks, at most ``seconds``.

    Answers that were there before and are not asked for again stay.  Without ``tells_unasked``
    nothing is told of those that nobody was asked about because of ``offline``.
    """
    from certhelper.revocation.together import ask_all

    answers = ask_all(asker, questions, seconds=seconds, offline=offline)
    if not tells_unasked:
        answers = {sha256: one for sha256, one in answers.items() if one.cause != "not-asked"}
    if not answers:
        return found
    checks = checks_of(found.readings, answers, found.checks)
    return combine(found.readings, found.bank, found.at, checks)


def _is_worth_asking(judged: Judged) -> bool:
    blocking = (one for one in judged.reasons if one.severity is Severity.BLOCKING)
    return judged.holder is not None and all(one.code == "revoked" for one in blocking)


def _questions(found: Listing, certificates: Iterable[Certificate]) -> list[Question]:
    worth = {one.sha256: one for one in certificates}
    wanted = {one.issuer_der for one in worth.values()} - {None}
    named: dict[bytes | None, list[bytes]] = {}
    if wanted:
        for reading in found.readings:
            for der in reading.ders:
                subject = subject_octets(der)
                if subject in wanted:
                    named.setdefault(subject, []).append(der)
    return [
        Question(one, tuple(dict.fromkeys(named.get(one.issuer_der, ())))) for one in worth.values()
    ]


def read(stores: Iterable[Store], bank: Bank, at: datetime) -> Listing:
    """Read the stores side by side and combine, in their order (the command line).

    A store that takes long, such as a token's, costs no more than its own time.
    """
    every = list(stores)
    if len(every) < 2:  # a thread would cost more than it saves
        return combine([read_one(store) for store in every], bank, at)
    return combine(_read_side_by_side(every), bank, at)


def _read_side_by_side(stores: Sequence[Store]) -> list[StoreReading]:
    from threading import Thread

    readings: dict[int, StoreReading] = {}

    def work(number: int, store: Store) -> None:
        readings[number] = read_one(store)

    threads = [
        Thread(target=work, args=one, name=f"read {one[1].kind}", daemon=True)
        for one in enumerate(stores)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [readings[number] for number in range(len(stores))]


def read_one(store: Store) -> StoreReading:
    """Read one store; where it fails, though it promises not to, the reading says so."""
    detail = ""
    try:
        return store.read()
    except FailedError as error:
        reason = error.code
    except Exception as fault:  # noqa: BLE001  # the reading says so; the rest is to be read
        reason, detail = "program-fault", type(fault).__name__
    return StoreReading(store.kind, store.where, StoreStatus.FAILED, reason, detail)


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
    slots = {"slots": [_slot(slot) for slot in reading.slots]} if reading.slots else {}
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
        **slots,
    }


def _slot(slot: Slot) -> dict[str, Any]:
    token = slot.token
    return {
        "slot": slot.slot_id,
        "name": slot.name,
        "state": _slot_state(slot),
        "token": None
        if token is None
        else {
            "label": token.label,
            "serial": token.serial,
            "manufacturer": token.manufacturer,
            "model": token.model,
            "needs_login": token.needs_login,
            "pin_on_reader": token.is_protected_path,
            "tries_left": token.tries.value,
        },
    }


def _slot_state(slot: Slot) -> str:
    if slot.token is not None:
        return "token"
    if slot.trouble:
        return "unread"
    return "blank" if slot.is_blank else "empty"


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
