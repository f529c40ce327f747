"""Holds our fast reader of certificates against ``cryptography``, field by field.

The rule: where ``cryptography`` gives a value, ours gives the same, and does not call it unread.
Where it refuses one field, or the whole certificate, ours still gives the rest; what ours gives
then is compared with nothing.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa, x448, x25519
from support.der import BIT_STRING, tlv

from certhelper.certificate import Certificate

REFUSALS = (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion)
REFUSALS_OF_EXTENSIONS = (
    *REFUSALS,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
    x509.ExtensionNotFound,
)

FIELDS = (
    "der",
    "version",
    "serial",
    "issuer",
    "not_before",
    "not_after",
    "subject",
    "public_key",
    "signature_algorithm",
    "key_usage",
    "extended_key_usage",
)

KEY_USAGES = {
    "digital_signature": "digitalSignature",
    "content_commitment": "nonRepudiation",
    "key_encipherment": "keyEncipherment",
    "data_encipherment": "dataEncipherment",
    "key_agreement": "keyAgreement",
    "key_cert_sign": "keyCertSign",
    "crl_sign": "cRLSign",
}

CURVES = {
    "secp256r1": "P-256",
    "secp384r1": "P-384",
    "secp521r1": "P-521",
    "secp224r1": "P-224",
    "secp192r1": "P-192",
    "secp256k1": "secp256k1",
    "brainpoolP256r1": "brainpoolP256r1",
    "brainpoolP384r1": "brainpoolP384r1",
    "brainpoolP512r1": "brainpoolP512r1",
}

PLAIN_KEYS = {
    ed25519.Ed25519PublicKey: "Ed25519",
    ed448.Ed448PublicKey: "Ed448",
    x25519.X25519PublicKey: "X25519",
    x448.X448PublicKey: "X448",
}

SIGNATURE_NAMES = {"ed25519": "Ed25519", "ed448": "Ed448"}


def read_everything(der: bytes) -> dict[str, Any]:
    """Read every public attribute; the point is that none of them raises."""
    ours = Certificate(der)
    assert ours.der == der
    assert ours.sha256 == hashlib.sha256(der).hexdigest()
    assert ours.sha1 == hashlib.sha1(der).hexdigest()
    assert set(ours.unread_fields) <= set(FIELDS)
    assert len(set(ours.unread_fields)) == len(ours.unread_fields)
    names = (
        "subject",
        "issuer",
        "subject_der",
        "issuer_der",
        "common_names",
        "serial_hex",
        "unread_fields",
    )
    attributes = [name for name in FIELDS if name != "version"]
    everything = {name: getattr(ours, name) for name in (*attributes, *names)}
    assert everything["subject"].isprintable()
    assert everything["issuer"].isprintable()
    return everything


def compare(der: bytes) -> list[str]:
    """Compare one certificate; return the fields on which there was something to compare."""
    everything = read_everything(der)
    ours = Certificate(der)
    compared: list[str] = []

    def same(field: str, theirs: Callable[[], Any], given: Any) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # it warns of names and numbers that it gives all the same
            try:
                expected = theirs()
            except REFUSALS_OF_EXTENSIONS:
                return
        assert field not in ours.unread_fields, field
        assert given == expected, field
        compared.append(field)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            theirs = x509.load_der_x509_certificate(der)
        except REFUSALS:
            return compared
    same("der", lambda: None, None)
    same("version", lambda: theirs.version, theirs.version)
    same("serial", lambda: theirs.serial_number, everything["serial"])
    same("subject", lambda: _name(theirs.subject), _attributes(ours, "subject"))
    same("issuer", lambda: _name(theirs.issuer), _attributes(ours, "issuer"))
    same("not_before", lambda: theirs.not_valid_before_utc, everything["not_before"])
    same("not_after", lambda: theirs.not_valid_after_utc, everything["not_after"])
    same("key_usage", lambda: _key_usage(theirs), everything["key_usage"])
    same("extended_key_usage", lambda: _extended(theirs), everything["extended_key_usage"])
    same("public_key", lambda: _public_key(theirs), everything["public_key"])
    same(
        "signature_algorithm",
        lambda: _signature_algorithm(theirs),
        _known_algorithm(everything["signature_algorithm"]),
    )
    return compared


def _attributes(ours: Certificate, which: str) -> list[tuple[str, Any]]:
    name = ours.subject_name if which == "subject" else ours.issuer_name
    assert name is not None, which
    return [
        (identifier, value if is_text else None) for identifier, value, is_text in name.attributes
    ]


def _name(name: x509.Name) -> list[tuple[str, Any]]:
    return [(found.oid.dotted_string, _value(found.value)) for found in name]


def _value(value: str | bytes) -> str:
    """A BIT STRING's content, as RFC 4514 writes it: ``#`` and the DER."""
    return value if isinstance(value, str) else f"#{tlv(BIT_STRING, value).hex()}"


def _key_usage(theirs: x509.Certificate) -> frozenset[str] | None:
    try:
        usage = theirs.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return None
    names = {ours for attribute, ours in KEY_USAGES.items() if getattr(usage, attribute)}
    if usage.key_agreement:  # cryptography tells of these two only then
        names |= {"encipherOnly"} if usage.encipher_only else set()
        names |= {"decipherOnly"} if usage.decipher_only else set()
    return frozenset(names)


def _extended(theirs: x509.Certificate) -> tuple[str, ...] | None:
    try:
        usage = theirs.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return None
    return tuple(identifier.dotted_string for identifier in usage)


def _public_key(theirs: x509.Certificate) -> str:
    key = theirs.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        pss = theirs.public_key_algorithm_oid.dotted_string == "1.2.840.113549.1.1.10"
        return "RSASSA-PSS" if pss else f"RSA {key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        curve = key.curve.name
        if curve not in CURVES:
            raise ValueError(curve)  # difference: ours names it by its OID
        return "EC" if _spelt_out(theirs) else f"EC {CURVES[curve]}"
    for kind, name in PLAIN_KEYS.items():
        if isinstance(key, kind):
            return name
    return "DSA"


def _spelt_out(theirs: x509.Certificate) -> bool:
    """Difference: a curve whose numbers are spelt out has no name for us."""
    return b"\x2a\x86\x48\xce\x3d\x01\x01" in theirs.tbs_certificate_bytes  # prime-field


def _signature_algorithm(theirs: x509.Certificate) -> str:
    return theirs.signature_algorithm_oid.dotted_string


def _known_algorithm(ours: str | None) -> str | None:
    """Turn our name back into the OID, with cryptography's own list."""
    from certhelper.certificate_reader import SIGNATURE_ALGORITHMS

    back = {name: identifier for identifier, name in SIGNATURE_ALGORITHMS.items()}
    return back.get(ours, ours) if ours else None
