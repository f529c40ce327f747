"""Builds PKCS#12 files by hand (RFC 7292), so that what is in them may be odd or hostile."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from support.der import (
    BMP,
    OCTET_STRING,
    SET,
    identifier,
    integer,
    sequence,
    tlv,
)

FEW_ROUNDS = 10
ENDLESS = 2**31 - 1
"""Rounds that keep a careless reader busy for half an hour."""

_DATA, _ENCRYPTED_DATA = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.6"
_BAG = "1.2.840.113549.1.12.10.1."
_FRIENDLY_NAME, _LOCAL_KEY_ID = "1.2.840.113549.1.9.20", "1.2.840.113549.1.9.21"


def certificate_bag(der: bytes, *attributes: bytes) -> bytes:
    """A certificate, whatever it holds, with the bag's attributes."""
    held = sequence(identifier("1.2.840.113549.1.9.22.1"), tlv(0xA0, tlv(OCTET_STRING, der)))
    return _bag("3", held, attributes)


def key_bag(pkcs8: bytes, *attributes: bytes) -> bytes:
    """A private key without encryption."""
    return _bag("1", pkcs8, attributes)


def shrouded_key_bag(
    pkcs8: bytes, passphrase: bytes, *attributes: bytes, rounds: int = FEW_ROUNDS
) -> bytes:
    """A private key under PBES2; with endless rounds nothing is really encrypted."""
    algorithm, octets = encrypted(pkcs8, passphrase, rounds)
    return _bag("2", sequence(algorithm, tlv(OCTET_STRING, octets)), attributes)


def safe_contents_bag(*bags: bytes) -> bytes:
    return _bag("6", sequence(*bags), ())


def friendly_name(octets: bytes, tag: int = BMP) -> bytes:
    return sequence(identifier(_FRIENDLY_NAME), tlv(SET, tlv(tag, octets)))


def local_key_id(octets: bytes) -> bytes:
    return sequence(identifier(_LOCAL_KEY_ID), tlv(SET, tlv(OCTET_STRING, octets)))


def data(*bags: bytes) -> bytes:
    """A part of the file that is not encrypted."""
    return sequence(identifier(_DATA), tlv(0xA0, tlv(OCTET_STRING, sequence(*bags))))


def encrypted_data(passphrase: bytes, *bags: bytes, rounds: int = FEW_ROUNDS) -> bytes:
    """A part of the file that is encrypted with PBES2 and AES-256."""
    algorithm, octets = encrypted(sequence(*bags), passphrase, rounds)
    info = sequence(identifier(_DATA), algorithm, tlv(0x80, octets))
    return sequence(identifier(_ENCRYPTED_DATA), tlv(0xA0, sequence(integer(0), info)))


def file(*parts: bytes, mac: bytes = b"") -> bytes:
    """A whole file of its parts."""
    content = sequence(*parts)
    outer = sequence(identifier(_DATA), tlv(0xA0, tlv(OCTET_STRING, content)))
    return sequence(integer(3), outer, mac)


def wrong_mac(rounds: int) -> bytes:
    """A ``MacData`` with SHA-256 that fits nothing."""
    algorithm = sequence(identifier("2.16.840.1.101.3.4.2.1"), tlv(0x05))
    info = sequence(algorithm, tlv(OCTET_STRING, bytes(32)))
    return sequence(info, tlv(OCTET_STRING, b"salt"), integer(rounds))


def of_certificates(ders: Sequence[bytes], passphrase: bytes | None = None) -> bytes:
    """A file with certificates only: in the clear, or encrypted."""
    bags = [certificate_bag(der) for der in ders]
    return file(data(*bags) if passphrase is None else encrypted_data(passphrase, *bags))


def encrypted(plain: bytes, passphrase: bytes, rounds: int) -> tuple[bytes, bytes]:
    """Return an ``AlgorithmIdentifier`` (PBES2, PBKDF2, SHA-256, AES-256-CBC) and the octets."""
    salt, vector = os.urandom(8), os.urandom(16)
    key = hashlib.pbkdf2_hmac("sha256", passphrase, salt, min(rounds, FEW_ROUNDS), 32)
    padder = padding.PKCS7(128).padder()
    padded = padder.update(plain) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    octets = encryptor.update(padded) + encryptor.finalize()
    function = sequence(identifier("1.2.840.113549.2.9"), tlv(0x05))
    derivation = sequence(
        identifier("1.2.840.113549.1.5.12"),
        sequence(tlv(OCTET_STRING, salt), integer(rounds), function),
    )
    scheme = sequence(identifier("2.16.840.1.101.3.4.1.42"), tlv(OCTET_STRING, vector))
    algorithm = sequence(identifier("1.2.840.113549.1.5.13"), sequence(derivation, scheme))
    return algorithm, octets


def _bag(number: str, value: bytes, attributes: Sequence[bytes]) -> bytes:
    held = tlv(SET, *attributes) if attributes else b""
    return sequence(identifier(f"{_BAG}{number}"), tlv(0xA0, value), held)
