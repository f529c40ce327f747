"""A diagnosis as a JSON document: ``resources/schemas/certhelper.diagnosis-1.json``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from certhelper import moment
from certhelper.diagnosis.told import (
    ToldCertificate,
    ToldCheck,
    ToldFact,
    ToldFinding,
    ToldReason,
    ToldReport,
    ToldStore,
)
from certhelper.failures import Actor

SCHEMA = "certhelper.diagnosis/1"


def document(told: ToldReport) -> dict[str, Any]:
    """Return the ``certhelper.diagnosis/1`` document; sentences are in the report's language."""
    verdict = told.verdict
    return {
        "schema": SCHEMA,
        "at": moment.as_utc(told.at),
        "bank": told.bank_id,
        "version": told.version,
        "language": told.language,
        "redacted": told.is_redacted,
        "chosen": told.chosen or None,
        "check_code": told.check_code,
        "verdict": {
            "status": verdict.status.value,
            "number": verdict.number,
            "code": verdict.code or None,
            "who": _who(verdict.who),
            "headline": verdict.headline,
            "next_step": verdict.next_step,
            "steps": [{"who": _who(one.who), "words": one.words} for one in verdict.steps],
        },
        "checks": [_check(one) for one in told.checks],
        "certificates": [_certificate(one) for one in told.certificates]
        if told.is_listed
        else None,
        "certificates_left_out": told.left_out,
        "stores": [_store(one) for one in told.stores],
        "machine": [
            {"name": one.name, "title": one.title, "facts": _facts(one.facts)}
            for one in told.machine
        ],
        "log": list(told.log),
    }


def _check(check: ToldCheck) -> dict[str, Any]:
    return {
        "number": check.number,
        "name": check.name,
        "title": check.title,
        "status": check.status.value,
        "seconds": check.seconds,
        "findings": [_finding(one) for one in check.findings],
    }


def _finding(finding: ToldFinding) -> dict[str, Any]:
    return {
        "number": finding.number,
        "code": finding.code,
        "status": finding.status.value,
        "who": _who(finding.who),
        "user": finding.user,
        "helpdesk": finding.helpdesk,
        "remedy": finding.remedy,
        "for_bank": finding.for_bank or None,
        "about": finding.about or None,
        "facts": dict(finding.facts),
        "details": _facts(finding.details),
    }


def _certificate(certificate: ToldCertificate) -> dict[str, Any]:
    return {
        "sha256": certificate.about,
        "contract": certificate.contract or None,
        "user": certificate.user or None,
        "not_before": _moment(certificate.not_before),
        "not_after": _moment(certificate.not_after),
        "key": certificate.key,
        "usable": certificate.is_usable,
        "authority": certificate.is_authority,
        "reasons": _reasons(certificate.reasons),
        "facts": _facts(certificate.facts),
    }


def _store(store: ToldStore) -> dict[str, Any]:
    return {
        "kind": store.kind,
        "name": store.name,
        "status": store.status,
        "reasons": [{"code": one.code, "message": one.message} for one in store.reasons],
        "certificates": store.certificates,
    }


def _reasons(reasons: Iterable[ToldReason]) -> list[dict[str, str]]:
    return [{"code": one.code, "severity": one.severity, "message": one.message} for one in reasons]


def _facts(facts: Iterable[ToldFact]) -> list[dict[str, Any]]:
    return [{"name": one.name, "title": one.title, "lines": list(one.lines)} for one in facts]


def _who(who: Actor | None) -> str | None:
    return None if who is None else who.value


def _moment(value: datetime | None) -> str | None:
    return None if value is None else moment.as_utc(value)


def text_of(told: ToldReport) -> str:
    """Return the document as it is written to a file."""
    import json  # a window that shows a report has no need of it

    return json.dumps(document(told), ensure_ascii=False, indent=1) + "\n"
