"""Whether a certificate may issue others now."""

from __future__ import annotations

from datetime import datetime

from certhelper.certificate import Certificate
from certhelper.certificate_parts import Parts


def fault_of(issuer: Certificate, parts: Parts, now: datetime) -> str:
    """Return why it may issue none: a cause of :class:`certhelper.checks.Chain`, or nothing.

    ``parts`` are of the same certificate, ``now`` is aware.  A root of version 1 has no basic
    constraints; below it they are required (RFC 5280 section 6.1.4).
    """
    facts = issuer.facts
    if facts.not_after is not None and now > facts.not_after:
        return "expired"
    if facts.not_before is not None and now < facts.not_before:
        return "not-yet-valid"
    is_authority = parts.is_authority
    if is_authority is None:
        is_authority = issuer.issuer_der == parts.subject
    may_sign = facts.key_usage is None or "keyCertSign" in facts.key_usage
    return "" if is_authority and may_sign else "no-authority"
