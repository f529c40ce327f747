"""Why a server's certificate was refused, in a code and facts that help the person.

The engine, WinHTTP and our own look at a server agree on Chromium's numbers of certificate errors
(``net/base/net_error_list.h``); what they mean is decided here and nowhere else.  Nothing here ever
makes a refused server acceptable.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import NamedTuple
from urllib.parse import urlsplit

from certhelper import engine_age, moment, texts
from certhelper.certificate import Certificate
from certhelper.logon import errors, facts, inspection, server_clock
from certhelper.safe_text import safe

NOT_AS_EXPECTED = -150
"""``ERR_SSL_PINNED_KEY_NOT_IN_CERT_CHAIN``: the profile's expectation of the server is not met."""

_DATE_INVALID = -201
_NAMES_SHOWN = 3


class Verdict(NamedTuple):
    """A code of the failures' list, and the facts that its texts name."""

    code: str
    detail: dict[str, str]


def asks_for_time(fact: facts.ServerCertificateRejected) -> bool:
    """Whether the server's own clock would help to explain this refusal."""
    return fact.error == _DATE_INVALID and fact.server_time is None


def judge(fact: facts.ServerCertificateRejected, now: datetime) -> Verdict:
    """Explain a refusal.  ``now`` is this PC's clock, aware."""
    chain = [Certificate(der) for der in fact.chain]
    detail = _facts(fact.url, chain) | {"error": str(fact.error)}
    if fact.error == _DATE_INVALID:
        code, more = _dates(chain, now, fact.server_time)
        if code == "clock-wrong":
            return Verdict(code, detail | more)
        detail |= more
    else:
        code = errors.code_of(fact.error)
    product = inspection.product_of(fact.chain)
    if product is not None or code == "server-inspected":
        return Verdict("server-inspected", detail | inspected(product, detail["host"]))
    if code == "server-name-mismatch":
        detail["names"] = _names(fact.chain)
    return Verdict(code, detail)


def unexpected(url: str, chain: Sequence[bytes], *, by_own_root: bool) -> Verdict:
    """Explain a server that does not meet the profile's expectation.

    ``by_own_root`` says that its chain is trusted here by a root which is no public one: somebody
    put it on this PC, and that is what inspection needs.
    """
    detail = _facts(url, [Certificate(der) for der in chain]) | {"error": str(NOT_AS_EXPECTED)}
    product = inspection.product_of(chain)
    if product is not None or by_own_root:
        return Verdict("server-inspected", detail | inspected(product, detail["host"]))
    return Verdict("server-not-as-expected", detail)


def inspected(product: inspection.Product | None, host: str) -> dict[str, str]:
    """The facts of inspection: the product as a person knows it, and what to do about it."""
    if product is None:
        return {
            "product": texts.text("server.unknown-product"),
            "how": texts.text("server.how-unknown", host=host),
        }
    shown = product.shown()
    how = texts.text(f"server.how-{product.kind.value}", product=shown, host=host)
    return {"product": shown, "how": how}


def _facts(url: str, chain: Sequence[Certificate]) -> dict[str, str]:
    issuer = _shown_issuer(chain[0]) if chain else ""
    return {
        "address": facts.without_query(url),
        "host": safe(urlsplit(url).hostname or ""),
        "issuer": issuer or texts.text("server.not-known"),
    }


def _shown_issuer(certificate: Certificate) -> str:
    name = certificate.issuer_name
    for kind in ("CN", "O", "OU") if name is not None else ():
        values = name.values(kind) if name is not None else ()
        if values:
            return safe(values[0])
    return certificate.issuer


def _names(chain: Sequence[bytes]) -> str:
    """The names that the certificate is good for, as far as they can be read."""
    from cryptography import x509

    from certhelper.logon.server_trust import UNREADABLE

    found: list[str] = []
    try:
        certificate = x509.load_der_x509_certificate(chain[0])
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        found = [safe(str(one.value)) for one in extension.value]
    except (IndexError, *UNREADABLE, x509.ExtensionNotFound):
        found = [safe(name) for name in Certificate(chain[0]).common_names] if chain else []
    shown = "、".join(found[:_NAMES_SHOWN]) + ("…" if len(found) > _NAMES_SHOWN else "")
    return shown or texts.text("server.not-known")


# Dates


def _dates(
    chain: Sequence[Certificate], now: datetime, server_time: datetime | None
) -> tuple[str, dict[str, str]]:
    """Tell a wrong clock from a certificate that is really out of its time.

    The PC's clock is surely wrong when it is before this program was made.  It is most likely
    wrong when the certificates are in their time by the server's clock; that clock is the server's
    word and nobody has vouched for it, so the person is told to look at another one.
    """
    detail = {"now": moment.in_japan(now)}
    released = datetime.combine(engine_age.engine().built, time(), UTC)
    if now < released:
        return "clock-wrong", detail | {"difference": server_clock.at_least(now, released)}
    begin, end = _common_time(chain)
    if begin is not None and end is not None:
        detail |= {"begin": moment.in_japan(begin), "end": moment.in_japan(end)}
        if server_time is not None and begin <= server_time <= end:
            return "clock-wrong", detail | {"difference": server_clock.about(now, server_time)}
        if now > end:
            return "server-certificate-expired", detail
        if now < begin:
            return "server-certificate-not-yet-valid", detail
    return errors.code_of(_DATE_INVALID), detail


def _common_time(chain: Sequence[Certificate]) -> tuple[datetime | None, datetime | None]:
    """The time in which all of the chain is valid; ``None`` where a date cannot be read."""
    begins = [one.not_before for one in chain]
    ends = [one.not_after for one in chain]
    known_begins = [one for one in begins if one is not None]
    known_ends = [one for one in ends if one is not None]
    if not chain or len(known_begins) < len(begins) or len(known_ends) < len(ends):
        return None, None
    return max(known_begins), min(known_ends)
