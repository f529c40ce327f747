"""What an issuer says about revocation, in a sentence for a person."""

from __future__ import annotations

from certhelper import moment, texts
from certhelper.checks import Revocation, RevocationStatus


def revocation_text(found: Revocation) -> str:
    """Say the whole answer: who says what, since when and why, or why nobody could say."""
    told = _source(found)
    if found.status is RevocationStatus.GOOD:
        return texts.text("revocation.answer.good", source=told)
    if found.status is RevocationStatus.REVOKED:
        since = "?" if found.revoked_at is None else moment.in_japan(found.revoked_at)
        why = texts.text(f"reasons.revocation-reasons.{found.cause or 'unspecified'}")
        return texts.text("revocation.answer.revoked", source=told, since=since, why=why)
    cause = texts.text(f"reasons.revocation-causes.{found.cause}")
    detail = f" [{found.detail}]" if found.detail else ""
    return texts.text("revocation.answer.unknown", cause=cause, detail=detail)


def _source(found: Revocation) -> str:
    if not found.source:
        return ""
    until = "" if found.good_until is None else moment.in_japan(found.good_until)
    name = "source-until" if until else "source"
    kind = texts.text(f"revocation.answer.{found.source}")
    return texts.text(f"revocation.answer.{name}", kind=kind, where=found.where, until=until)
