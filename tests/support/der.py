"""Builds DER by hand, so that a test's certificate may be wrong in exactly one place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

SEQUENCE, SET, INTEGER, BIT_STRING, OCTET_STRING = 0x30, 0x31, 0x02, 0x03, 0x04
OBJECT_IDENTIFIER, UTF8, PRINTABLE, TELETEX, IA5, BMP = 0x06, 0x0C, 0x13, 0x14, 0x16, 0x1E
UTC_TIME, GENERALIZED_TIME = 0x17, 0x18

CN, ORGANIZATION, UNIT = "2.5.4.3", "2.5.4.10", "2.5.4.11"
CLIENT_AUTHENTICATION = "1.3.6.1.5.5.7.3.2"
SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1"

# A point of P-256 (its generator), so that the key is a real one.
_GENERATOR = bytes.fromhex(
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
)


def tlv(tag: int, *content: bytes) -> bytes:
    """One tag-length-value around the contents."""
    inside = b"".join(content)
    length = len(inside)
    if length < 0x80:
        return bytes((tag, length)) + inside
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + inside


def sequence(*content: bytes) -> bytes:
    return tlv(SEQUENCE, *content)


def integer(value: int) -> bytes:
    return tlv(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def identifier(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER."""
    first, second, *rest = map(int, dotted.split("."))
    content = b""
    for arc in (first * 40 + second, *rest):
        octets = [arc & 0x7F]
        while arc := arc >> 7:
            octets.append(0x80 | arc & 0x7F)
        content += bytes(reversed(octets))
    return tlv(OBJECT_IDENTIFIER, content)


def attribute(kind: str, value: str | bytes, tag: int = UTF8) -> bytes:
    """An AttributeTypeAndValue; text is encoded as UTF-8."""
    content = value.encode() if isinstance(value, str) else value
    return sequence(identifier(kind), tlv(tag, content))


def name(*attributes: bytes) -> bytes:
    """A Name with one attribute in each RDN."""
    return sequence(*(tlv(SET, one) for one in attributes))


def common_name(text: str) -> bytes:
    return name(attribute(CN, text))


def utc_time(text: str) -> bytes:
    return tlv(UTC_TIME, text.encode())


def generalized_time(text: str) -> bytes:
    return tlv(GENERALIZED_TIME, text.encode())


def time_of(moment: datetime) -> bytes:
    """A time as RFC 5280 wants it: UTCTime until 2049."""
    if 1950 <= moment.year < 2050:
        return utc_time(f"{moment:%y%m%d%H%M%S}Z")
    return generalized_time(f"{moment.year:04}{moment:%m%d%H%M%S}Z")


def extension(kind: str, value: bytes, *, critical: bool = False) -> bytes:
    mark = tlv(0x01, b"\xff") if critical else b""
    return sequence(identifier(kind), mark, tlv(OCTET_STRING, value))


def key_usage(bits: int = 0x80, unused: int = 7) -> bytes:
    """The key usage extension; the first octet's highest bit is digitalSignature."""
    return extension("2.5.29.15", tlv(BIT_STRING, bytes((unused, bits))), critical=True)


def extended_key_usage(*purposes: str) -> bytes:
    return extension("2.5.29.37", sequence(*map(identifier, purposes)))


EC_KEY = sequence(
    sequence(identifier("1.2.840.10045.2.1"), identifier("1.2.840.10045.3.1.7")),
    tlv(BIT_STRING, b"\0", _GENERATOR),
)
ECDSA_WITH_SHA256 = sequence(identifier("1.2.840.10045.4.3.2"))
VERSION_3 = tlv(0xA0, integer(2))
ISSUER = common_name("Example Bank Biznet CA - G2")
VALIDITY = sequence(utc_time("260101000000Z"), utc_time("271119235959Z"))
USAGES = (key_usage(), extended_key_usage(CLIENT_AUTHENTICATION))


def certificate(
    *,
    version: bytes = VERSION_3,
    serial: bytes = integer(0x1234),
    algorithm: bytes = ECDSA_WITH_SHA256,
    issuer: bytes = ISSUER,
    validity: bytes = VALIDITY,
    subject: bytes = common_name("12345678901234 user01"),
    key: bytes = EC_KEY,
    extensions: Sequence[bytes] | None = USAGES,
    after: bytes = b"",
) -> bytes:
    """A certificate; its signature is none, which no reader looks at."""
    block = b"" if extensions is None else tlv(0xA3, sequence(*extensions))
    fields = (version, serial, algorithm, issuer, validity, subject, key, block, after)
    return sequence(sequence(*fields), algorithm, tlv(BIT_STRING, b"\0" + bytes(8)))
