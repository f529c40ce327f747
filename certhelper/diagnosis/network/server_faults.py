"""What is wrong with the certificates that a server showed of itself.

This explains; what the engine accepts is the engine's own judgement.  The roots that count are
those of this PC, of Mozilla's programme (Windows gets a public root when it first needs it), and
the profile's own.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple

from certhelper import moment, system_trust
from certhelper.bank import Bank
from certhelper.certificate import Certificate
from certhelper.chain import KnownIssuers, find_chain
from certhelper.checks import Chain, ChainStatus
from certhelper.diagnosis import bank_clock
from certhelper.diagnosis.network.looks import Seen
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import Facts, Kind, Told, Value, facts, joined, plain
from certhelper.logon import inspection
from certhelper.safe_text import safe

_MOST_NAMES = 3
_BY_KIND = {
    inspection.Kind.ANTIVIRUS: "network-inspected",
    inspection.Kind.NETWORK: "network-inspected-by-network",
    inspection.Kind.TOOL: "network-inspected-by-tool",
}


class ServerFault(NamedTuple):
    """``code`` is one of the public list."""

    code: str
    facts: Facts


class Examined(NamedTuple):
    """``is_known``: the names in the chain are known to everybody, none of them a firm's own."""

    faults: tuple[ServerFault, ...]
    is_known: bool


def examined(scene: Scene, seen: Seen) -> Examined:
    """As :func:`examine`, once for what several show of it."""
    host, port = seen.place
    name = f"network server {host}:{port}"
    return scene.once(name, lambda: examine(seen, scene.bank, scene.at))


def examine(seen: Seen, bank: Bank, at: datetime) -> Examined:
    """Return everything that is wrong, a product of inspection alone where one is in between.

    ``at`` is this PC's clock.  Costs some 0.1 s the first time.  Raises
    :class:`~certhelper.profile_reading.ProfileError`, ``OSError`` for the profile's own roots.
    """
    from certhelper.logon import server_trust

    leaf = Certificate(seen.chain[0])
    product = inspection.product_of(seen.chain)
    if product is not None:
        # Many products let the firm name its own authority: only the product's name is public.
        named = (("product", plain(product.shown())), ("issuer", shown_issuer(leaf)))
        return Examined((ServerFault(_BY_KIND[product.kind], named),), is_known=False)
    roots = server_trust.roots_of(bank)
    chain = _chain(leaf, seen.chain[1:], roots, at)
    way = {leaf.der, *chain.path}
    is_known = bool(way.intersection(roots)) or bool(way & _public())
    issuer = ("issuer", shown_issuer(leaf, Kind.PLAIN if is_known else Kind.NAME))
    other_host = _names(leaf.der, seen.place[0])
    found = other_host + _trust(leaf, chain, seen.chain, roots, issuer)
    found += _dates(leaf, chain, seen, at, issuer)
    if bank.expects_of_servers and not server_trust.is_as_expected(bank, seen.chain, roots):
        found.append(ServerFault("network-server-not-expected", (issuer,)))
    elif not found and not is_known:
        found.append(ServerFault("network-inspected-unnamed", (issuer,)))
    return Examined(tuple(found), is_known and not other_host)  # the other host may be the firm's


def shown_issuer(certificate: Certificate, kind: Kind = Kind.NAME) -> Value:
    """Return who issued it, for a text; ``NAME``: what stands there may be a firm's own."""
    name = certificate.issuer_name
    for attribute in ("CN", "O", "OU"):
        values = name.values(attribute) if name is not None else ()
        if values:
            return Value(kind, safe(values[0]))
    return Value(kind, certificate.issuer or "?")


def names_of(der: bytes) -> tuple[str, ...] | None:
    """Return the names and addresses that a certificate is good for; None: not to be read.

    Only the subject alternative name counts (RFC 9525 section 6.3), as for every browser.
    """
    from cryptography import x509

    from certhelper.logon.server_trust import UNREADABLE

    try:
        extensions = x509.load_der_x509_certificate(der).extensions
        found = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    except UNREADABLE:
        return None
    return tuple(str(one.value) for one in found if isinstance(one, (x509.DNSName, x509.IPAddress)))


def is_good_for(name: str, host: str) -> bool:
    """Compare as RFC 9525 section 6.3: ``*`` stands for one whole label, the first."""
    name, host = name.lower().rstrip("."), host.lower().rstrip(".")
    if name == host:
        return True
    try:
        return ipaddress.ip_address(name) == ipaddress.ip_address(host)
    except ValueError:
        pass
    first, _, rest = host.partition(".")
    return bool(first) and "." in rest and name == f"*.{rest}"


def _chain(
    leaf: Certificate, above: Sequence[bytes], roots: Sequence[bytes], at: datetime
) -> Chain:
    """Only what is trusted may end the chain: roots that the server sends do not count.

    The public ones are read only where this PC's and the profile's do not do.
    """
    sent = [der for der in above if not _is_self_issued(der)]
    found = find_chain(leaf, KnownIssuers([*sent, *roots]), at)
    if found.status is ChainStatus.COMPLETE:
        return found
    return find_chain(leaf, KnownIssuers([*sent, *roots, *_public()]), at)


def _is_self_issued(der: bytes) -> bool:
    certificate = Certificate(der)
    return certificate.subject_der == certificate.issuer_der


@cache
def _public() -> frozenset[bytes]:
    """The roots of Mozilla's programme, as ``requests`` brings them (``certifi``)."""
    from pathlib import Path

    from requests import certs

    from certhelper.logon import server_trust

    path = Path(certs.where())  # type: ignore[attr-defined]  # handed on, as documented
    return frozenset(server_trust.roots_in(path.read_bytes()))


def _names(der: bytes, host: str) -> list[ServerFault]:
    names = names_of(der)
    if names is None or any(is_good_for(one, host) for one in names):
        return []
    shown: list[Told | str] = [Value(Kind.HOST, safe(one)) for one in names[:_MOST_NAMES]]
    shown += ["…"] if len(names) > _MOST_NAMES else []
    return [ServerFault("network-server-name", facts(names=joined(shown or ["-"])))]


def _trust(
    leaf: Certificate,
    chain: Chain,
    sent: Sequence[bytes],
    roots: Sequence[bytes],
    issuer: tuple[str, Value],
) -> list[ServerFault]:
    if chain.status is ChainStatus.SELF_SIGNED:
        if leaf.der in roots or leaf.der in system_trust.roots():
            return []
        return [ServerFault("network-server-self-signed", (issuer,))]
    if chain.status is ChainStatus.SIGNATURE_WRONG or chain.cause == "no-authority":
        return [ServerFault("network-server-forged", (issuer,))]
    if chain.status is not ChainStatus.ISSUER_MISSING:
        return []
    missing = ("missing", Value(Kind.NAME, chain.issuer or "?"))
    if len(sent) == 1 and _names_its_issuer(leaf.der):
        return [ServerFault("network-server-incomplete", (issuer, missing))]
    return [ServerFault("network-server-root-unknown", (issuer, missing))]


def _names_its_issuer(der: bytes) -> bool:
    """Say whether it tells where its issuer's certificate is got, as public ones do.

    RFC 5280 section 4.2.2.1.
    """
    from cryptography import x509
    from cryptography.x509.oid import AuthorityInformationAccessOID

    from certhelper.logon.server_trust import UNREADABLE

    try:
        extensions = x509.load_der_x509_certificate(der).extensions
        access = extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, *UNREADABLE):
        return False
    wanted = AuthorityInformationAccessOID.CA_ISSUERS
    return any(one.access_method == wanted for one in access)


def _dates(
    leaf: Certificate, chain: Chain, seen: Seen, at: datetime, issuer: tuple[str, Value]
) -> list[ServerFault]:
    """All below the root must be in its time; the server's clock tells whose fault it is."""
    above = (Certificate(der) for der in chain.path if not _is_self_issued(der))
    certificates = [leaf, *above]
    begins = [one.not_before for one in certificates if one.not_before is not None]
    ends = [one.not_after for one in certificates if one.not_after is not None]
    if not begins or not ends:
        return []
    begin, end = max(begins), min(ends)
    if begin <= at <= end:
        return []
    named = facts(begin=moment.in_japan(begin), end=moment.in_japan(end), now=moment.in_japan(at))
    told = (*named, issuer)
    if seen.date is not None and begin <= seen.date <= end:
        return [ServerFault("network-server-by-clock", told)]
    code = "network-server-expired" if at > end else "network-server-not-yet-valid"
    agrees = seen.ahead is not None and abs(seen.ahead) <= bank_clock.TOLERANCE
    return [ServerFault(code, (*told, ("compared", bank_clock.first(agrees=agrees))))]
