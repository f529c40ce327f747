"""``certhelper show``: everything about one certificate, wherever it is."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from certhelper import crash_dumps, listing, moment, texts
from certhelper.certificate import Certificate
from certhelper.checks import NOTHING_CHECKED, Revocation, place_of
from certhelper.cli import common, output, revocation, show_checks
from certhelper.failures import ExitStatus
from certhelper.key_facts import key_facts
from certhelper.listing import Listing
from certhelper.purposes import purpose_text
from certhelper.revocation_text import revocation_text
from certhelper.safe_text import safe, safe_name
from certhelper.standing import Judged, Reason
from certhelper.stores.base import KeyDetails

SCHEMA = "certhelper.show/1"


def run(arguments: argparse.Namespace) -> int:
    """Show the certificate; one that is in several stores is shown as it stands in each."""
    crash_dumps.forbid()  # before a private key passes through this process, to be tried
    with common.secret_of(arguments) as secret:
        read = common.listing_with(arguments, secret)
        fingerprint = common.whole_fingerprint(arguments.fingerprint, read)
        tried = show_checks.checked(read, fingerprint, arguments, secret)
    found = revocation.checked_wholly(tried, fingerprint, arguments)
    rows = [one for one in found.grouped.judged if one.installed.certificate.sha256 == fingerprint]
    if arguments.json:
        output.document(_document(found, rows))
    else:
        output.lines(_lines(found, rows))
    return ExitStatus.DONE


def _document(found: Listing, rows: list[Judged]) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "at": moment.as_utc(found.at),
        "bank": found.bank.id,
        "certificates": [
            {
                **listing.row(one),
                **_details(one),
                "revocation": _revocation(found, one),
                **show_checks.document(found, one.installed),
            }
            for one in rows
        ],
    }


def _details(judged: Judged) -> dict[str, Any]:
    """What ``list`` leaves out; every key is there, null where there is nothing to say."""
    certificate = judged.installed.certificate
    usage, extended = certificate.key_usage, certificate.extended_key_usage
    holder = judged.holder
    return {
        "contract_id": holder and holder.contract_id,
        "user_id": holder and holder.user_id,
        "role": holder and ("administrator" if holder.user_id is None else "user"),
        "common_names": [safe_name(name) for name in certificate.common_names],
        "public_key": certificate.public_key,
        "signature_algorithm": certificate.signature_algorithm,
        "key_usage": None if usage is None else sorted(usage),
        "extended_key_usage": None if extended is None else list(extended),
        "key_details": _key_details(judged.installed.key_details),
    }


def _revocation(found: Listing, judged: Judged) -> dict[str, Any] | None:
    """Return what the issuer says, null where nobody was to be asked."""
    answer = _answer(found, judged)
    if answer is None:
        return None
    since, until = answer.revoked_at, answer.good_until
    return {
        "status": answer.status.value,
        "cause": answer.cause,
        "source": answer.source or None,
        "where": answer.where or None,
        "revoked_at": None if since is None else moment.as_utc(since),
        "good_until": None if until is None else moment.as_utc(until),
        "message": revocation_text(answer),
    }


def _answer(found: Listing, judged: Judged) -> Revocation | None:
    return found.checks.get(place_of(judged.installed), NOTHING_CHECKED).revocation


def _key_details(details: KeyDetails | None) -> dict[str, Any] | None:
    if details is None:
        return None
    return {
        "container": details.container,
        "key_spec": details.key_spec,
        "interface": details.interface,
        "hardware": details.hardware,
        "exportable": details.is_exportable,
        "of_computer": details.is_of_computer,
    }


def _lines(found: Listing, rows: list[Judged]) -> Iterator[str]:
    answer = _answer(found, rows[0])
    told = [] if answer is None else [("revocation", revocation_text(answer))]
    yield from _block(_named([*_facts(rows[0]), *told]))
    for one in rows:
        yield ""
        yield from _block([*_place(one), *_named(show_checks.facts(found, one.installed))])
        yield from map(_against, one.reasons)


def _against(reason: Reason) -> str:
    """Return a reason with its code, and who must act first, for the helpdesk."""
    actor = reason.who
    if actor is None:
        return f"  → {reason.message()} [{reason.code}]"
    who = _text("show.who", who=texts.text(f"failure-page.who-{actor.value}"))
    return f"  → {reason.message()} [{reason.code}] {who}"


def _block(facts: list[tuple[str, str]]) -> Iterator[str]:
    yield from output.aligned(facts)


def _named(facts: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(_text(f"show.{name}"), value) for name, value in facts]


def _facts(judged: Judged) -> list[tuple[str, str]]:
    """What is the same wherever the certificate is."""
    certificate = judged.installed.certificate
    unread = certificate.unread_fields

    def usage(field: str, names: Iterable[str] | None) -> str:
        if field in unread:
            return _text("show.unread")
        return (
            _text("show.any") if names is None else ", ".join(sorted(names)) or _text("show.none")
        )

    def moment_of(value: datetime | None) -> str:
        return _text("show.unread") if value is None else moment.in_japan(value)

    return [
        *_holder(judged),
        ("subject", certificate.subject or _text("show.unread")),
        ("issuer", certificate.issuer or _text("show.unread")),
        ("not-before", moment_of(certificate.not_before)),
        ("not-after", moment_of(certificate.not_after)),
        ("serial", certificate.serial_hex or _text("show.unread")),
        ("sha256", certificate.sha256),
        ("sha1", certificate.sha1),
        ("public-key", certificate.public_key or _text("show.unread")),
        ("signature-algorithm", certificate.signature_algorithm or _text("show.unread")),
        ("key-usage", usage("key_usage", certificate.key_usage)),
        ("extended-key-usage", usage("extended_key_usage", _purposes(certificate))),
    ]


def _purposes(certificate: Certificate) -> list[str] | None:
    found = certificate.extended_key_usage
    return None if found is None else [purpose_text(identifier) for identifier in found]


def _holder(judged: Judged) -> list[tuple[str, str]]:
    holder = judged.holder
    if holder is None:
        unknown = _text("show.not-placed")
        return [("contract", unknown), ("user", unknown)]
    user = holder.user_id or _text("show.administrator-certificate")
    return [("contract", holder.contract_id), ("user", user)]


def _place(judged: Judged) -> list[tuple[str, str]]:
    """What depends on the store."""
    installed = judged.installed
    provider = installed.key_provider
    facts = [
        ("store", safe(installed.store)),
        ("label", safe(installed.label) or _text("show.none")),
        ("key", _text(f"key.{installed.key.value}")),
        *([] if provider is None else [("key-provider", safe(provider))]),
    ]
    state = ("state", _text("state.usable" if judged.usable else "state.unusable"))
    return [*_named(facts), *key_facts(installed.key_details), *_named([state])]


def _text(name: str, **facts: object) -> str:
    return texts.text(f"cli.{name}", **facts)
