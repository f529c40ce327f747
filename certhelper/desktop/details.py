"""Everything there is to say of one certificate, as names and values.  Free of Qt."""

from __future__ import annotations

from certhelper.desktop.moments import moment_text
from certhelper.desktop.selection import Facts, certificate_facts
from certhelper.standing import Judged, is_authority
from certhelper.texts import text

_GROUP = 2  # hex digits
_PURPOSES = {
    "1.3.6.1.5.5.7.3.1": "server-authentication",
    "1.3.6.1.5.5.7.3.2": "client-authentication",
    "1.3.6.1.5.5.7.3.3": "code-signing",
    "1.3.6.1.5.5.7.3.4": "mail-protection",
    "1.3.6.1.5.5.7.3.8": "time-stamping",
    "1.3.6.1.4.1.311.20.2.2": "smart-card-logon",
    "2.5.29.37.0": "any",
}
"""RFC 5280, 4.2.1.12, and Microsoft's szOID_KP_SMARTCARD_LOGON."""


def details_of(judged: Judged) -> Facts:
    """All facts, the ones that people compare first."""
    installed = judged.installed
    certificate = installed.certificate
    pairs: list[tuple[str, str]] = [*certificate_facts(judged)] if judged.holder else []
    usages = certificate.key_usage
    purposes = certificate.extended_key_usage
    rows = {
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "serial-number": _spaced(certificate.serial_hex),
        "not-before": moment_text(certificate.not_before),
        "not-after": moment_text(certificate.not_after),
        "key-state": text(f"desktop.key.{installed.key.value}"),
        "key-provider": installed.key_provider or "",
        "key-usage": _listed(None if usages is None else sorted(usages)),
        "extended-key-usage": _listed(purposes and [_purpose(oid) for oid in purposes]),
        "public-key": certificate.public_key or text("desktop.moment.unread"),
        "signature-algorithm": certificate.signature_algorithm or text("desktop.moment.unread"),
        "store": installed.store,
        "label": installed.label,
        "sha256": _spaced(certificate.sha256),
        "sha1": _spaced(certificate.sha1),
        "unread": _listed(certificate.unread_fields) if certificate.unread_fields else "",
    }
    pairs += [(text(f"desktop.detail.{name}"), value) for name, value in rows.items() if value]
    return (*pairs, *_standing(judged))


def _standing(judged: Judged) -> Facts:
    if judged.holder is None and is_authority(judged):
        return ((text("desktop.detail.standing"), text("desktop.state.authority")),)
    return tuple(
        (text("desktop.detail.reason", code=reason.code), reason.message())
        for reason in judged.reasons
    )


def as_plain_text(facts: Facts) -> str:
    """The same for the clipboard: one line a fact."""
    return "".join(f"{name}: {' '.join(value.split())}\n" for name, value in facts)


def _purpose(oid: str) -> str:
    """The name beside the OID, where it has one."""
    name = _PURPOSES.get(oid)
    return f"{text(f'desktop.purpose.{name}')} ({oid})" if name else oid


def _spaced(digits: str) -> str:
    return " ".join(digits[start : start + _GROUP] for start in range(0, len(digits), _GROUP))


def _listed(values: tuple[str, ...] | list[str] | None) -> str:
    if values is None:
        return text("desktop.detail.not-limited")
    return ", ".join(values) or text("desktop.detail.none")
