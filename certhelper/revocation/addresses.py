"""Whom a certificate names to be asked (RFC 5280 sections 4.2.1.13 and 4.2.2.1).

Read without ``cryptography``: the list looks at every certificate.
"""

from __future__ import annotations

from typing import NamedTuple

from certhelper.der import (
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    DerError,
    Part,
    expect,
    only,
    part,
    split,
)

_AUTHORITY_ACCESS = bytes.fromhex("06082b06010505070101")  # 1.3.6.1.5.5.7.1.1
_CRL_POINTS = bytes.fromhex("0603551d1f")  # 2.5.29.31
_OCSP = bytes.fromhex("2b06010505073001")
_CA_ISSUERS = bytes.fromhex("2b06010505073002")
_URI = 0x86
_EXTENSIONS_TAG = 0xA3
_POINT_NAME, _FULL_NAME, _REASONS, _CRL_ISSUER = 0xA0, 0xA0, 0x81, 0xA2
_MOST = 4  # addresses of a kind; more are not looked at


class Addresses(NamedTuple):
    """Raw addresses in the order of the certificate; **not** safe to show.

    ``has_odd_points``: a list of a distribution point is somebody else's (an indirect CRL) or
    holds only some reasons, and is not among ``crl``.
    """

    ocsp: tuple[str, ...] = ()
    crl: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    has_odd_points: bool = False

    @property
    def is_empty(self) -> bool:
        """Nobody is named who could say whether it has been revoked."""
        return not (self.ocsp or self.crl or self.has_odd_points)


def names_anybody(der: bytes) -> bool:
    """Say whether it is worth asking; what cannot be read names nobody."""
    return (_AUTHORITY_ACCESS in der or _CRL_POINTS in der) and not addresses_of(der).is_empty


def addresses_of(der: bytes) -> Addresses:
    """Read both extensions of a certificate; one that cannot be read counts as absent."""
    try:
        found = _extensions(der)
    except DerError:
        return Addresses()
    ocsp, issuers = _authority_access(found.get(_AUTHORITY_ACCESS, b""))
    crl, is_odd = _crl_points(found.get(_CRL_POINTS, b""))
    return Addresses(ocsp, crl, issuers, is_odd)


def _extensions(der: bytes) -> dict[bytes, bytes]:
    """Return the values by the octets of their identifiers; one that is twice there counts not."""
    _, _, at, end = expect(der, SEQUENCE, 0, len(der))
    _, _, at, end = expect(der, SEQUENCE, at, end)
    found: dict[bytes, bytes] = {}
    for tag, _, start, stop in split(der, at, end):
        if tag != _EXTENSIONS_TAG:
            continue
        _, _, first, last = expect(der, SEQUENCE, start, stop)
        for _, _, begin, finish in split(der, first, last):
            name = expect(der, OBJECT_IDENTIFIER, begin, finish)
            value = split(der, name[3], finish)[-1]
            if value[0] == OCTET_STRING:
                identifier = der[name[1] : name[3]]
                twice = identifier in found
                found[identifier] = b"" if twice else der[value[2] : value[3]]
    return found


def _authority_access(value: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the addresses of OCSP responders and those of the issuer's certificate."""
    found: dict[bytes, list[str]] = {_OCSP: [], _CA_ISSUERS: []}
    try:
        for _, _, start, stop in _members(value):
            method = expect(value, OBJECT_IDENTIFIER, start, stop)
            where = part(value, method[3], stop)
            addresses = found.get(value[method[2] : method[3]])
            if where[0] == _URI and addresses is not None:
                addresses.append(_text(value, where))
    except DerError:
        return (), ()
    return tuple(found[_OCSP][:_MOST]), tuple(found[_CA_ISSUERS][:_MOST])


def _crl_points(value: bytes) -> tuple[tuple[str, ...], bool]:
    """Return the addresses of complete lists, and whether there are others."""
    found: list[str] = []
    is_odd = False
    try:
        for _, _, start, stop in _members(value):
            fields = {field[0]: field for field in split(value, start, stop)}
            if _REASONS in fields or _CRL_ISSUER in fields or _POINT_NAME not in fields:
                is_odd = True
                continue
            name = part(value, fields[_POINT_NAME][2], fields[_POINT_NAME][3])
            if name[0] != _FULL_NAME:
                is_odd = True
                continue
            uris = [where for where in split(value, name[2], name[3]) if where[0] == _URI]
            found += [_text(value, where) for where in uris]
    except DerError:
        return (), False
    return tuple(found[:_MOST]), is_odd


def _members(value: bytes) -> list[Part]:
    if not value:
        return []
    _, _, at, end = only(value, SEQUENCE)
    return split(value, at, end)


def _text(value: bytes, where: Part) -> str:
    return value[where[2] : where[3]].decode("latin-1")
