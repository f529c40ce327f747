"""The facts of one DER certificate (RFC 5280), each field guarded.

Whatever the octets hold there is a :class:`Certificate`; a field that cannot be read is ``None``
(or empty) and named in ``unread_fields``.  The reader is written for lists of thousands: it
slices the octets once and remembers names, which many certificates share.

It is stricter than NSS and as strict as Chromium about dates, because a browser does not offer a
certificate whose dates it cannot read; and it is as lenient as Chromium about the kind of string
in a name and about serial numbers (``net/ssl/client_cert_store_win.cc``:
``printable_string_is_utf8``; ``net/cert/x509_certificate.cc``: ``allow_invalid_serial_numbers``).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha1, sha256
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
_VERSIONS = (b"\x00", b"\x01", b"\x02")  # X.509 versions 1, 2, 3

# Where the fields of a TBSCertificate stand after the optional version (RFC 5280 section 4.1).
_SERIAL, _, _ISSUER, _VALIDITY, _SUBJECT, _PUBLIC_KEY, _OPTIONAL = range(7)
_OUTER_ALGORITHM = -1

_KEY_USAGE_START = b"\x06\x03\x55\x1d\x0f"  # 2.5.29.15, as it stands in an extension
_EXTENDED_KEY_USAGE_START = b"\x06\x03\x55\x1d\x25"  # 2.5.29.37

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

_SIGNATURE_ALGORITHMS = {  # RFC 3279, 4055, 5758, 8410, 9814, 9881: the names used there
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


class _Facts(NamedTuple):
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


_Sliced = tuple[list[Part | None], bool]
"""The fields by position, the outer algorithm last; whether the TBSCertificate is whole."""


class Certificate:
    """One certificate.  Immutable; equal to another with the same octets."""

    __slots__ = ("_der", "_facts", "_sha256")

    def __init__(self, der: bytes) -> None:
        self._der = der
        self._sha256 = sha256(der).hexdigest()
        self._facts: _Facts | None = None

    def _read(self) -> _Facts:
        """Read on first use: what only fingerprints are compared of costs nothing more."""
        facts = self._facts
        if facts is None:
            facts = self._facts = _read(self._der)
        return facts

    def _name_octets(self, index: int) -> bytes | None:
        where = _slice(self._der, [])[0][index]
        return None if where is None else self._der[where[1] : where[3]]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Certificate):
            return NotImplemented
        return self._der == other._der

    def __hash__(self) -> int:
        return hash(self._sha256)

    def __repr__(self) -> str:
        return f"Certificate({self._sha256[:16]}…)"

    @property
    def der(self) -> bytes:
        """The octets as the store holds them."""
        return self._der

    @property
    def sha256(self) -> str:
        """Fingerprint of the octets, lower-case hex."""
        return self._sha256

    @property
    def sha1(self) -> str:
        """The older fingerprint that Windows shows (拇印), lower-case hex; nothing relies on it."""
        return sha1(self._der, usedforsecurity=False).hexdigest()

    @property
    def subject(self) -> str:
        """Whose certificate it is: RFC 4514-like text, safe to show; empty when not readable."""
        name = self._read().subject
        return "" if name is None else name.text

    @property
    def issuer(self) -> str:
        """Who issued it: RFC 4514-like text, safe to show; empty when not readable."""
        name = self._read().issuer
        return "" if name is None else name.text

    @property
    def issuer_name(self) -> DistinguishedName | None:
        """The issuer's attributes."""
        return self._read().issuer

    @property
    def subject_der(self) -> bytes | None:
        """The subject's octets with their tag, for matching; None when they cannot be cut out."""
        return self._name_octets(_SUBJECT)

    @property
    def issuer_der(self) -> bytes | None:
        """The issuer's octets with their tag, for matching; None when they cannot be cut out."""
        return self._name_octets(_ISSUER)

    @property
    def common_names(self) -> tuple[str, ...]:
        """Every CN of the subject in the order of the octets, raw: **not** safe to show."""
        return self.attribute("CN")

    def attribute(self, name: str) -> tuple[str, ...]:
        """Return every value of a subject attribute, raw: **not** safe to show.

        ``name`` is a short name such as ``CN`` (any case) or a dotted OID.  A value that is no
        text is given as ``#`` and hex (RFC 4514).
        """
        subject = self._read().subject
        return () if subject is None else subject.values(name)

    def sole_attribute(self, name: str) -> str | None:
        """Return the raw value when the subject holds exactly one such attribute, as text."""
        subject = self._read().subject
        return None if subject is None else subject.sole_value(name)

    @property
    def serial(self) -> int | None:
        """The serial number; negative and very long ones exist."""
        octets = self._read().serial
        return None if octets is None else int.from_bytes(octets, "big", signed=True)

    @property
    def serial_hex(self) -> str:
        """The serial number's octets in lower-case hex, without the leading sign octet."""
        octets = self._read().serial or b""
        return (octets[1:] if len(octets) > 1 and octets[0] == 0 else octets).hex()

    @property
    def not_before(self) -> datetime | None:
        """First second of validity, aware, UTC."""
        return self._read().not_before

    @property
    def not_after(self) -> datetime | None:
        """Last second of validity, aware, UTC."""
        return self._read().not_after

    @property
    def key_usage(self) -> frozenset[str] | None:
        """Names of RFC 5280 section 4.2.1.3; None when the extension is absent or not readable."""
        return self._read().key_usage

    @property
    def extended_key_usage(self) -> tuple[str, ...] | None:
        """Dotted OIDs; None when the extension is absent or not readable."""
        return self._read().extended_key_usage

    @property
    def public_key(self) -> str | None:
        """Text such as ``RSA 2048`` or ``EC P-256``; an unknown kind is its dotted OID."""
        return self._read().public_key

    @property
    def signature_algorithm(self) -> str | None:
        """The RFC's name such as ``sha256WithRSAEncryption``; an unknown one is its dotted OID."""
        return self._read().signature_algorithm

    @property
    def unread_fields(self) -> tuple[str, ...]:
        """Names of what could not be read: attributes of this class, ``version``, or ``der``.

        ``der`` means that the frame itself is wrong: cut off, or something follows it.
        """
        return self._read().unread_fields


def _read(der: bytes) -> _Facts:
    unread: list[str] = []
    sliced = _slice(der, unread)
    fields = sliced[0]
    values: list[Any] = []
    for name, read, index in _FIELDS:
        where = fields[index]
        try:
            if where is None:
                raise DerError("missing")
            values.append(read(der, where))
        except ValueError:  # what could not be read is part of the answer
            values.append(None)
            unread.append(name)
    for name, index in (("issuer", _ISSUER_FACT), ("subject", _SUBJECT_FACT)):
        if values[index] is not None and not values[index].sound:
            unread.append(name)
    values += _usages(der, sliced, unread)
    values.append(tuple(unread))
    return _Facts._make(values)


def _slice(der: bytes, unread: list[str]) -> _Sliced:
    """Cut the TBSCertificate into its fields.  One that is cut off keeps those before the cut."""
    fields: list[Any] = []
    algorithm: Part | None = None
    whole = False
    try:
        _, _, at, end = opened(der, 0, len(der))
        _, _, at, stop = opened(der, at, end)
        split(der, at, stop, fields)
        whole = True
        algorithm = expect(der, SEQUENCE, stop, end)
        signature = expect(der, BIT_STRING, algorithm[3], end)
        if signature[3] != len(der):
            raise DerError("not one whole certificate")
    except DerError:
        unread.append("der")
    if fields and fields[0][0] == _VERSION_TAG:
        version = fields.pop(0)
        if not _is_version(der, version):
            unread.append("version")
    if len(fields) < _OPTIONAL:
        fields += [None] * (_OPTIONAL - len(fields))
    fields.append(algorithm)
    return fields, whole


def _is_version(der: bytes, where: Part) -> bool:
    try:
        tag, _, start, stop = part(der, where[2], where[3])
    except DerError:
        return False
    return tag == INTEGER and stop == where[3] and der[start:stop] in _VERSIONS


def _serial(der: bytes, where: Part) -> bytes:
    tag, _, start, stop = where
    if tag != INTEGER or start == stop:
        raise DerError("serial number")
    return der[start:stop]


def _name(der: bytes, where: Part) -> DistinguishedName:
    return distinguished_name.read(der[where[1] : where[3]])


def _not_before(der: bytes, where: Part) -> datetime:
    tag, _, start, stop = part(der, where[2], where[3])
    return _time(tag, der[start:stop])


def _not_after(der: bytes, where: Part) -> datetime:
    _, _, _, at = part(der, where[2], where[3])
    tag, _, start, stop = part(der, at, where[3])
    if stop != where[3] or where[0] != SEQUENCE:
        raise DerError("validity")
    return _time(tag, der[start:stop])


@lru_cache(maxsize=4096)
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
    return _SIGNATURE_ALGORITHMS.get(identifier, identifier)


# Name, reader and place of the guarded fields, in the order of ``_Facts``.
_FIELDS: tuple[tuple[str, Callable[[bytes, Part], Any], int], ...] = (
    ("serial", _serial, _SERIAL),
    ("issuer", _name, _ISSUER),
    ("not_before", _not_before, _VALIDITY),
    ("not_after", _not_after, _VALIDITY),
    ("subject", _name, _SUBJECT),
    ("public_key", public_key.describe, _PUBLIC_KEY),
    ("signature_algorithm", _algorithm, _OUTER_ALGORITHM),
)
_ISSUER_FACT = 1
_SUBJECT_FACT = 4


def _usages(der: bytes, sliced: _Sliced, unread: list[str]) -> list[Any]:
    """Return key usage and extended key usage; what is absent is None and not unread."""
    names = ("key_usage", "extended_key_usage")
    try:
        found = _find_usages(der, sliced)
    except DerError:
        unread += names
        return [None, None]
    values: list[Any] = []
    for name, extensions, read in zip(names, found, (_key_usage, _extended_key_usage), strict=True):
        try:
            if len(extensions) > 1:
                raise DerError("twice")
            values.append(read(extensions[0]) if extensions else None)
        except DerError:
            values.append(None)
            unread.append(name)
    return values


def _find_usages(der: bytes, sliced: _Sliced) -> tuple[list[bytes], list[bytes]]:
    fields, whole = sliced
    blocks = [field for field in fields[_OPTIONAL:-1] if field and field[0] == _EXTENSIONS_TAG]
    if len(blocks) > 1 or not (blocks or whole):
        raise DerError("extensions")
    key_usage: list[bytes] = []
    extended_key_usage: list[bytes] = []
    for _, _, block_start, block_stop in blocks:
        _, _, at, end = expect(der, SEQUENCE, block_start, block_stop)
        if end != block_stop:
            raise DerError("something follows the extensions")
        for _, _, start, stop in split(der, at, end):
            if der.startswith(_KEY_USAGE_START, start):
                key_usage.append(der[start:stop])
            elif der.startswith(_EXTENDED_KEY_USAGE_START, start):
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
