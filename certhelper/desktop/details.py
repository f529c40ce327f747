"""Everything there is to say of one certificate, as names and values.  Free of Qt."""

from __future__ import annotations

from collections.abc import Sequence

from certhelper.desktop.moments import moment_text
from certhelper.desktop.place_names import NO_NAMES, PlaceNames, choices, tries_line
from certhelper.desktop.selection import Facts, certificate_facts
from certhelper.key_facts import key_facts
from certhelper.purposes import purpose_text
from certhelper.safe_text import safe
from certhelper.standing import Judged, is_authority
from certhelper.stores.base import Token
from certhelper.texts import text

_GROUP = 2  # hex digits


def details_of(
    judged: Judged,
    copies: Sequence[Judged] = (),
    names: PlaceNames = NO_NAMES,
    found_out: Facts = (),
) -> Facts:
    """All facts, the ones that people compare first.

    ``copies`` are the places of this certificate, which ``names`` calls by their names;
    ``found_out`` is what is known beyond the store.
    """
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
        "extended-key-usage": _listed(purposes and [purpose_text(oid) for oid in purposes]),
        "public-key": certificate.public_key or text("desktop.moment.unread"),
        "signature-algorithm": certificate.signature_algorithm or text("desktop.moment.unread"),
        "store": names.of(installed),
        "label": installed.label,
        "sha256": _spaced(certificate.sha256),
        "sha1": _spaced(certificate.sha1),
        "unread": _listed(certificate.unread_fields) if certificate.unread_fields else "",
    }
    pairs += [(text(f"desktop.detail.{name}"), value) for name, value in rows.items() if value]
    return (
        *pairs,
        *_places(judged, copies, names),
        *_token(installed.token),
        *key_facts(installed.key_details),
        *found_out,
        *_standing(judged, are_places_told=len(copies) > 1),
    )


def _places(judged: Judged, copies: Sequence[Judged], names: PlaceNames) -> Facts:
    """How the place is named on the command line, and where else the certificate is."""
    specification = (text("places.detail.specification"), safe(judged.installed.store))
    others = [place for place in choices(judged, copies, names) if not place.is_used]
    if not others:
        return (specification,)
    listed = "\n".join(f"{place.name}  {safe(place.store)}" for place in others)
    return (specification, (text("places.detail.others"), listed))


def _token(token: Token | None) -> Facts:
    if token is None:
        return ()
    pin = "on-reader" if token.is_protected_path else "needed" if token.needs_login else ""
    asked = text(f"places.token.{pin or 'not-needed'}")
    told = {
        "label": token.label.strip() or text("places.token.unnamed"),
        "device": " ".join(filter(None, (token.manufacturer.strip(), token.model.strip()))),
        "serial": token.serial.strip(),
        "pin": "\n".join(filter(None, (asked, tries_line(token)))),
    }
    return tuple((text(f"places.token.{name}"), value) for name, value in told.items() if value)


def _standing(judged: Judged, *, are_places_told: bool) -> Facts:
    if judged.holder is None and is_authority(judged):
        return ((text("desktop.detail.standing"), text("desktop.state.authority")),)
    return tuple(
        (text("desktop.detail.reason", code=reason.code), reason.message())
        for reason in judged.reasons
        if not (are_places_told and reason.code == "duplicate")
    )


def as_plain_text(facts: Facts) -> str:
    """The same for the clipboard: one line a fact."""
    return "".join(f"{name}: {' '.join(value.split())}\n" for name, value in facts)


def _spaced(digits: str) -> str:
    return " ".join(digits[start : start + _GROUP] for start in range(0, len(digits), _GROUP))


def _listed(values: tuple[str, ...] | list[str] | None) -> str:
    if values is None:
        return text("desktop.detail.not-limited")
    return ", ".join(values) or text("desktop.detail.none")
