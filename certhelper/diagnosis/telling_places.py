"""Puts the certificates of this PC, and the places that were looked into, into words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from certhelper import moment
from certhelper.diagnosis import report_order
from certhelper.diagnosis.redaction import Teller, words
from certhelper.diagnosis.report import Report
from certhelper.diagnosis.subjects import subjects_of
from certhelper.diagnosis.told import ToldCertificate, ToldFact, ToldReason, ToldStore
from certhelper.diagnosis.values import Kind, Value, plain
from certhelper.listing import Listing
from certhelper.logon import choice
from certhelper.reason import Reason
from certhelper.safe_text import safe
from certhelper.standing import Judged, is_authority
from certhelper.store_names import store_name
from certhelper.stores.base import Installed, StoreReading
from certhelper.texts import text

_KINDS_OF_FACTS = {
    **dict.fromkeys(("until", "since", "days", "bank", "provider", "error"), Kind.PLAIN),
    "serial": Kind.SERIAL,
    "place": Kind.STORE,
}
"""What the facts of a :class:`~certhelper.reason.Reason` are; any other is a name."""

_CHOOSING = ("cause", "why", "field", "tries", "kind", "variant", "unknown_because", "issuer_fault")
"""Facts that choose among texts.  A person may be called like one of them: none is looked up."""

_PLACES = "stores"
_PAUSE = ", "


def certificates(report: Report, teller: Teller) -> tuple[ToldCertificate, ...]:
    """Return the certificates that it is about once per store, those of one person together."""
    rows = concerned(report)
    copies: dict[str, list[Installed]] = {}
    for one in rows:
        copies.setdefault(one.installed.certificate.sha256, []).append(one.installed)
    return tuple(_certificate(one, copies, teller) for one in rows)


def concerned(report: Report) -> list[Judged]:
    """Return the rows that a report lists: of a chosen certificate its holder's, and their issuers.

    What others keep on this PC is nobody's business who was asked about one person.
    """
    rows = report_order.rows(report.listing, report.aliases)
    if report.listing is None or not report.chosen:
        return rows
    own = [row for one in subjects_of(report.listing, report.chosen) for row in one.rows]
    above = {name for row in own for name in choice.issuer_names(row, report.listing)}
    return [
        row
        for row in rows
        if any(row is one for one in own) or row.installed.certificate.subject_der in above
    ]


def left_out(report: Report) -> int:
    """Return how many other certificates there are."""
    every = report_order.rows(report.listing, report.aliases)
    return len(_different(every) - _different(concerned(report)))


def _different(rows: Iterable[Judged]) -> set[str]:
    return {one.installed.certificate.sha256 for one in rows}


def stores(listing: Listing, teller: Teller) -> tuple[ToldStore, ...]:
    """Return every place that was looked into."""
    return tuple(_store(one, teller) for one in listing.readings)


def _store(reading: StoreReading, teller: Teller) -> ToldStore:
    language = teller.language
    reasons = Counter(filter(None, (reading.reason, *(e.reason for e in reading.locked_entries))))
    return ToldStore(
        kind=reading.kind,
        name=teller.value(Value(Kind.STORE, safe(reading.name))),
        status=reading.status.value,
        status_word=text(f"diagnosis-report.store-status.{reading.status.value}", language),
        reasons=tuple(
            ToldReason(code, "", words(f"stores.{code}", language), "") for code in reasons
        ),
        certificates=len(reading.installed),
    )


def _certificate(
    judged: Judged, copies: Mapping[str, Sequence[Installed]], teller: Teller
) -> ToldCertificate:
    installed = judged.installed
    certificate = installed.certificate
    is_of_authority = judged.holder is None and is_authority(judged)
    state = "usable" if judged.usable else "unusable"
    contract, user = _holder(judged, teller)
    title = _text(teller, "certificate-title", contract=contract, user=user)
    unknown = _text(teller, "authority") if is_of_authority else _unknown(teller)
    return ToldCertificate(
        about=teller.value(Value(Kind.FINGERPRINT, certificate.sha256)),
        title=title if contract else unknown,
        contract=contract,
        user=user,
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        until_text=_until(certificate.not_after, teller),
        key=installed.key.value,
        is_usable=judged.usable,
        is_authority=is_of_authority,
        state_word=_text(teller, "not-for-log-on" if is_of_authority else state),
        facts=tuple(_facts(judged, teller)),
        reasons=tuple(
            _reason(one, judged, copies, teller)
            for one in (() if is_of_authority else judged.reasons)
        ),
    )


def _unknown(teller: Teller) -> str:
    return text("diagnosis.whose.unknown", teller.language)


def _holder(judged: Judged, teller: Teller) -> tuple[str, str]:
    """Return contract and 利用者 in words, empty where nobody is known."""
    if judged.holder is None:
        return "", ""
    contract, user = judged.holder
    who = text("diagnosis.whose.administrator", teller.language)
    if user is not None:
        who = teller.value(Value(Kind.USER, user))
    return teller.value(Value(Kind.CONTRACT, contract)), who


def _facts(judged: Judged, teller: Teller) -> Iterable[ToldFact]:
    installed = judged.installed
    certificate = installed.certificate
    language = teller.language

    def fact(name: str, told: str) -> ToldFact:
        shown = told or _text(teller, "unread")
        return ToldFact(name, _text(teller, f"fact.{name}"), (shown,))

    contract, user = _holder(judged, teller)
    if contract:
        yield fact("contract", contract)
        yield fact("user", user)
    yield fact("validity", _validity(certificate.not_before, certificate.not_after, teller))
    yield fact("key", text(f"cli.key.{installed.key.value}", language))
    if installed.key_provider is not None:
        yield fact("key-provider", teller.value(plain(safe(installed.key_provider))))
    yield fact("store", teller.value(Value(Kind.STORE, safe(installed.store))))
    yield fact("label", teller.value(Value(Kind.NAME, safe(installed.label))))
    yield fact("subject", teller.value(Value(Kind.NAME, certificate.subject)))
    yield fact("issuer", teller.value(Value(Kind.NAME, certificate.issuer)))
    yield fact("serial", teller.value(Value(Kind.SERIAL, certificate.serial_hex)))
    yield fact("public-key", certificate.public_key or "")
    yield fact("sha256", teller.value(Value(Kind.FINGERPRINT, certificate.sha256)))


def _until(end: datetime | None, teller: Teller) -> str:
    if end is None:
        return ""
    return _text(teller, "until", until=moment.in_japan(end, teller.language))


def _validity(begin: datetime | None, end: datetime | None, teller: Teller) -> str:
    def shown(one: datetime | None) -> str:
        return _text(teller, "unread") if one is None else moment.in_japan(one, teller.language)

    return _text(teller, "validity", begin=shown(begin), end=shown(end))


def _reason(
    reason: Reason, judged: Judged, copies: Mapping[str, Sequence[Installed]], teller: Teller
) -> ToldReason:
    same = copies[judged.installed.certificate.sha256]
    told = Reason(
        reason.code,
        tuple((name, _said(name, value, judged, same, teller)) for name, value in reason.facts),
    )
    who = reason.who
    return ToldReason(
        reason.code,
        reason.severity.value,
        teller.sentence(told.message()),
        "" if who is None else text(f"diagnosis-report.who-acts.{who.value}", teller.language),
    )


def _said(name: str, value: str, judged: Judged, same: Sequence[Installed], teller: Teller) -> str:
    """Return a fact of a reason; the names of places in it are looked up by the places."""
    if not teller.is_redacted:
        return teller.value(plain(value))
    places = {store_name(one): teller.value(Value(Kind.STORE, safe(one.store))) for one in same}
    if name == _PLACES:
        own = judged.installed.store
        others = {places[store_name(one)] for one in same if one.store != own}
        return _PAUSE.join(sorted(others))
    if value in places:
        return places[value]
    if name in _CHOOSING:
        return value
    return teller.value(Value(_KINDS_OF_FACTS.get(name, Kind.NAME), value))


def _text(teller: Teller, name: str, /, **facts: object) -> str:
    return text(f"diagnosis-report.{name}", teller.language, **facts)
