"""Reads the fields of a DER certificate (RFC 5280): fast when all is well, else one by one.

Written for lists of thousands: the octets are sliced once, and names, dates and usages, which
many certificates share, are remembered by their octets.

It is as strict as Chromium about dates, because a browser does not offer a certificate whose
dates it cannot read; and as lenient as Chromium about the kind of string in a name and about
serial numbers (``net/ssl/client_cert_store_win.cc``: ``printable_string_is_utf8``;
``net/cert/x509_certificate.cc``: ``allow_invalid_serial_numbers``).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from certhelper import distinguished_name, public_key
from certhelper.der import (
    BIT_STRING,
    BOOLEAN,
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    DerError,
    Part,
    bits,
    dotted,
    expect,
    only,
    opened,
    part,
    split,
)
from certhelper.distinguished_name import DistinguishedName

_UTC_TIME = 0x17
_GENERALIZED_TIME = 0x18
_VERSION_TAG = 0xA0
_EXTENSIONS_TAG = 0xA3
_FRAME = (SEQUENCE, SEQUENCE, _VERSION_TAG, BIT_STRING)
_VERSIONS = (b"\x02\x01\x00", b"\x02\x01\x01", b"\x02\x01\x02")  # INTEGER: versions 1, 2, 3

# Where the fields of a TBSCertificate stand after the optional version (RFC 5280 section 4.1).
_SERIAL, _, _ISSUER, _VALIDITY, _SUBJECT, _PUBLIC_KEY, _OPTIONAL = range(7)
_OUTER_ALGORITHM = -1

_KEY_USAGE_START = b"\x06\x03\x55\x1d\x0f"  # 2.5.29.15, as it stands in an extension
_EXTENDED_KEY_USAGE_START = b"\x06\x03\x55\x1d\x25"  # 2.5.29.37
_OPENING = len(_KEY_USAGE_START)

_KEY_USAGES = (  # RFC 5280 section 4.2.1.3, by bit
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
)

SIGNATURE_ALGORITHMS = {  # RFC 3279, 4055, 5758, 8410, 9814, 9881: the names used there
    "1.2.840.113549.1.1.4": "md5WithRSAEncryption",
    "1.2.840.113549.1.1.5": "sha1WithRSAEncryption",
    "1.2.840.113549.1.1.10": "RSASSA-PSS",
    "1.2.840.113549.1.1.11": "sha256WithRSAEncryption",
    "1.2.840.113549.1.1.12": "sha384WithRSAEncryption",
    "1.2.840.113549.1.1.13": "sha512WithRSAEncryption",
    "1.2.840.10045.4.1": "ecdsa-with-SHA1",
    "1.2.840.10045.4.3.2": "ecdsa-with-SHA256",
    "1.2.840.10045.4.3.3": "ecdsa-with-SHA384",
    "1.2.840.10045.4.3.4": "ecdsa-with-SHA512",
    "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
}


class Facts(NamedTuple):
    """What :class:`~certhelper.certificate.Certificate` says, field by field."""

    serial: bytes | None
    issuer: DistinguishedName | None
    not_before: datetime | None
    not_after: datetime | None
    subject: DistinguishedName | None
    public_key: str | None
    signature_algorithm: str | None
    key_usage: frozenset[str] | None
    extended_key_usage: tuple[str, ...] | None
    unread_fields: tuple[str, ...]


def read(der: bytes) -> Facts:
    """Read everything.  What cannot be read is None and named; nothing is raised."""
    try:
        return _read_sound(der)
    except ValueError:
        return _read_guarded(der)


def issuer_octets(der: bytes) -> bytes | None:
    """Return the issuer's octets with their tag, None when they cannot be cut out."""
    return _octets(der, _ISSUER)


def subject_octets(der: bytes) -> bytes | None:
    """Return the subject's octets with their tag, None when they cannot be cut out."""
    return _octets(der, _SUBJECT)


def public_key_octets(der: bytes) -> bytes | None:
    """Return the SubjectPublicKeyInfo with its tag, None when it cannot be cut out."""
    return _octets(der, _PUBLIC_KEY)


def _octets(der: bytes, index: int) -> bytes | None:
    where = _slice(der, []).fields[index]
    return None if where is None else der[where[1] : where[3]]


def _read_sound(der: bytes) -> Facts:
    """Read a certificate with which nothing is wrong, as almost all are.

    Raises ``ValueError`` (:class:`~certhelper.der.DerError` or too few fields) otherwise.
    """
    outer, _, at, end = part(der, 0, len(der))
    inner, _, at, stop = part(der, at, end)
    version, serial, _, issuer, validity, subject, key, *optional = split(der, at, stop)
    algorithm, signature = split(der, stop, end)
    issuer_name = distinguished_name.read_shared(der[issuer[1] : issuer[3]])
    subject_name = distinguished_name.read(der, subject)
    key_usage, extended_key_usage = _find_usages(der, optional)
    if (
        end != len(der)
        or (outer, inner, version[0], signature[0]) != _FRAME
        or der[version[2] : version[3]] not in _VERSIONS
        or not (issuer_name.sound and subject_name.sound)
        or serial[0] != INTEGER
        or serial[2] == serial[3]
        or len(key_usage) > 1
        or len(extended_key_usage) > 1
    ):
        raise DerError("not sound")
    not_before, not_after = _validity(der[validity[1] : validity[3]])
    return Facts(
        der[serial[2] : serial[3]],
        issuer_name,
        not_before,
        not_after,
        subject_name,
        public_key.describe(der, key),
        _algorithm_name(der[algorithm[1] : algorithm[3]]),
        _key_usage(key_usage[0]) if key_usage else None,
        _extended_key_usage(extended_key_usage[0]) if extended_key_usage else None,
        (),
    )


class _Sliced(NamedTuple):
    """The fields by position, the outer algorithm last; whether the TBSCertificate is whole."""

    fields: list[Part | None]
    whole: bool


def _read_guarded(der: bytes) -> Facts:
    """Read each field by itself, so that a wrong one hides no other."""
    unread: list[str] = []
    sliced = _slice(der, unread)
    values: list[Any] = []
    for name, read_field, index in _FIELDS:
        where = sliced.fields[index]
        try:
            if where is None:
                raise DerError("missing")
            values.append(read_field(der, where))
        except ValueError:  # what could not be read is part of the answer
            values.append(None)
            unread.append(name)
    for name, index in (("issuer", _ISSUER_FACT), ("subject", _SUBJECT_FACT)):
        if values[index] is not None and not values[index].sound:
            unread.append(name)
    values += _usages(der, sliced, unread)
    values.append(tuple(unread))
    return Facts._make(values)


def _slice(der: bytes, unread: list[str]) -> _Sliced:
    """Cut the TBSCertificate into its fields.  One that is cut off keeps those before the cut."""
    fields: list[Any] = []
    algorithm: Part | None = None
    whole = False
    try:
        _, _, at, end = opened(der, 0, len(der))
        _, _, at, stop = opened(der, at, end)
        split(der, at, stop, fields)
        algorithm = expect(der, SEQUENCE, stop, end)
        whole = True  # something follows, so nothing is cut off inside
        signature = expect(der, BIT_STRING, algorithm[3], end)
        if signature[3] != len(der):
            raise DerError("not one whole certificate")
    except DerError:
        unread.append("der")
    if fields and fields[0][0] == _VERSION_TAG:
        version = fields.pop(0)
        if der[version[2] : version[3]] not in _VERSIONS:
            unread.append("version")
    fields += [None] * (_OPTIONAL - len(fields))
    return _Sliced([*fields, algorithm], whole)


def _serial(der: bytes, where: Part) -> bytes:
    tag, _, start, stop = where
    if tag != INTEGER or start == stop:
        raise DerError("serial number")
    return der[start:stop]


@lru_cache(maxsize=4096)
def _validity(octets: bytes) -> tuple[datetime, datetime]:
    _, _, at, end = only(octets, SEQUENCE)
    begin, finish = split(octets, at, end)
    return _time_at(octets, begin), _time_at(octets, finish)


def _not_before(der: bytes, where: Part) -> datetime:
    return _time_at(der, part(der, where[2], where[3]))


def _not_after(der: bytes, where: Part) -> datetime:
    begin = part(der, where[2], where[3])
    finish = part(der, begin[3], where[3])
    if where[0] != SEQUENCE or finish[3] != where[3]:
        raise DerError("validity")
    return _time_at(der, finish)


def _time_at(der: bytes, where: Part) -> datetime:
    return _time(where[0], der[where[2] : where[3]])


@lru_cache(maxsize=1024)
def _time(tag: int, octets: bytes) -> datetime:
    """Read a time as RFC 5280 section 4.1.2.5 demands it: to the second, in UTC.

    Chromium reads no other form (``bssl::der::ParseUTCTime``, ``ParseGeneralizedTime``).
    """
    digits = octets[:-1]
    if octets[-1:] != b"Z" or not digits.isdigit():
        raise DerError("time")
    if tag == _UTC_TIME and len(digits) == 12:
        digits = (b"19" if digits[:2] >= b"50" else b"20") + digits
    elif tag != _GENERALIZED_TIME or len(digits) != 14:
        raise DerError("time")
    return datetime(
        int(digits[:4]),
        int(digits[4:6]),
        int(digits[6:8]),
        int(digits[8:10]),
        int(digits[10:12]),
        int(digits[12:14]),
        tzinfo=UTC,
    )


def _algorithm(der: bytes, where: Part) -> str:
    return _algorithm_name(der[where[1] : where[3]])


@lru_cache(maxsize=256)
def _algorithm_name(octets: bytes) -> str:
    _, _, at, end = only(octets, SEQUENCE)
    _, _, start, stop = expect(octets, OBJECT_IDENTIFIER, at, end)
    identifier = dotted(octets[start:stop])
    return SIGNATURE_ALGORITHMS.get(identifier, identifier)


# Name, reader and place of the guarded fields, in the order of ``_Facts``.
_FIELDS: tuple[tuple[str, Callable[[bytes, Part], Any], int], ...] = (
    ("serial", _serial, _SERIAL),
    ("issuer", distinguished_name.read, _ISSUER),
    ("not_before", _not_before, _VALIDITY),
    ("not_after", _not_after, _VALIDITY),
    ("subject", distinguished_name.read, _SUBJECT),
    ("public_key", public_key.describe, _PUBLIC_KEY),
    ("signature_algorithm", _algorithm, _OUTER_ALGORITHM),
)
_ISSUER_FACT = 1
_SUBJECT_FACT = 4


def _usages(der: bytes, sliced: _Sliced, unread: list[str]) -> list[Any]:
    """Return key usage and extended key usage; what is absent is None and not unread."""
    names = ("key_usage", "extended_key_usage")
    optional = [field for field in sliced.fields[_OPTIONAL:-1] if field is not None]
    try:
        found = _find_usages(der, optional)
        if not (sliced.whole or any(field[0] == _EXTENSIONS_TAG for field in optional)):
            raise DerError("cut off before the extensions")
    except DerError:
        unread += names
        return [None, None]
    values: list[Any] = []
    for name, extensions, read_usage in zip(
        names, found, (_key_usage, _extended_key_usage), strict=True
    ):
        try:
            if len(extensions) > 1:
                raise DerError("twice")
            values.append(read_usage(extensions[0]) if extensions else None)
        except DerError:
            values.append(None)
            unread.append(name)
    return values


def _find_usages(der: bytes, optional: list[Part]) -> tuple[list[bytes], list[bytes]]:
    """Return every key usage extension and every extended one.  Raises :class:`DerError`."""
    key_usage: list[bytes] = []
    extended_key_usage: list[bytes] = []
    blocks = [field for field in optional if field[0] == _EXTENSIONS_TAG]
    if len(blocks) > 1:
        raise DerError("extensions twice")
    for _, _, block, block_stop in blocks:
        tag, _, at, end = part(der, block, block_stop)
        if tag != SEQUENCE or end != block_stop:
            raise DerError("extensions")
        for _, _, start, stop in split(der, at, end):
            opening = der[start : start + _OPENING]
            if opening == _KEY_USAGE_START:
                key_usage.append(der[start:stop])
            elif opening == _EXTENDED_KEY_USAGE_START:
                extended_key_usage.append(der[start:stop])
    return key_usage, extended_key_usage


@lru_cache(maxsize=256)
def _key_usage(extension: bytes) -> frozenset[str]:
    value = _extension_value(extension)
    _, _, start, stop = only(value, BIT_STRING)
    octets, _ = bits(value[start:stop])
    return frozenset(
        name
        for bit, name in enumerate(_KEY_USAGES)
        if bit // 8 < len(octets) and octets[bit // 8] & (0x80 >> bit % 8)
    )


@lru_cache(maxsize=256)
def _extended_key_usage(extension: bytes) -> tuple[str, ...]:
    value = _extension_value(extension)
    _, _, at, end = only(value, SEQUENCE)
    identifiers: list[str] = []
    for tag, _, start, stop in split(value, at, end):
        if tag != OBJECT_IDENTIFIER:
            raise DerError("no object identifier")
        identifiers.append(dotted(value[start:stop]))
    return tuple(identifiers)


def _extension_value(extension: bytes) -> bytes:
    """Return what the OCTET STRING after the identifier and the critical mark holds."""
    end = len(extension)
    _, _, _, at = expect(extension, OBJECT_IDENTIFIER, 0, end)
    tag, _, start, stop = part(extension, at, end)
    if tag == BOOLEAN:
        tag, _, start, stop = part(extension, stop, end)
    if tag != OCTET_STRING or stop != end:
        raise DerError("extension")
    return extension[start:stop]
