"""Whether one certificate was signed with the key of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certhelper.certificate_parts import Parts
from certhelper.der import OBJECT_IDENTIFIER, SEQUENCE, DerError, dotted, expect, only
from certhelper.stores import key_limits

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
    from cryptography.hazmat.primitives.hashes import HashAlgorithm

_HASHES = {  # RFC 3279, 4055, 5758: the hash of a signature with RSA (PKCS #1 v1.5) or ECDSA
    "1.2.840.113549.1.1.5": "SHA1",
    "1.2.840.113549.1.1.14": "SHA224",
    "1.2.840.113549.1.1.11": "SHA256",
    "1.2.840.113549.1.1.12": "SHA384",
    "1.2.840.113549.1.1.13": "SHA512",
    "1.2.840.10045.4.1": "SHA1",
    "1.2.840.10045.4.3.1": "SHA224",
    "1.2.840.10045.4.3.2": "SHA256",
    "1.2.840.10045.4.3.3": "SHA384",
    "1.2.840.10045.4.3.4": "SHA512",
}
_PSS = "1.2.840.113549.1.1.10"
_EDWARDS = ("1.3.101.112", "1.3.101.113")  # Ed25519, Ed448 (RFC 8410)

# RSASSA-PSS-params (RFC 4055 section 3.1) are written in few ways; these are the ones of the
# hashes above with a salt as long as the hash, told by the identifier of the hash.
_PSS_HASHES = {
    bytes.fromhex("0609608648016503040201"): "SHA256",
    bytes.fromhex("0609608648016503040202"): "SHA384",
    bytes.fromhex("0609608648016503040203"): "SHA512",
}


def is_signed_with(signed: Parts, public_key: bytes) -> bool | None:
    """Verify a certificate's signature with a SubjectPublicKeyInfo.

    None: a kind of signature or key that is not known here, so that nothing was proven.
    """
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        return _verify(signed, key_limits.load_public_key(public_key))
    except InvalidSignature:
        return False
    except (UnsupportedAlgorithm, ValueError):
        return None


def _verify(signed: Parts, key: PublicKeyTypes) -> bool | None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa

    name = _algorithm(signed.algorithm)
    octets = (signed.signature, signed.signed)
    if isinstance(key, (ed25519.Ed25519PublicKey, ed448.Ed448PublicKey)):
        if name not in _EDWARDS:
            return None
        key.verify(*octets)
        return True
    if isinstance(key, rsa.RSAPublicKey) and name == _PSS:
        found = _hash_of_pss(signed.algorithm)
        mask = padding.PSS(padding.MGF1(found), padding.PSS.AUTO)
        key.verify(*octets, mask, found)
        return True
    if name not in _HASHES:
        return None
    used: HashAlgorithm = getattr(hashes, _HASHES[name])()
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(*octets, padding.PKCS1v15(), used)
        return True
    if isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(*octets, ec.ECDSA(used))
        return True
    return None


def _algorithm(octets: bytes) -> str:
    _, _, at, end = only(octets, SEQUENCE)
    _, _, start, stop = expect(octets, OBJECT_IDENTIFIER, at, end)
    return dotted(octets[start:stop])


def _hash_of_pss(octets: bytes) -> HashAlgorithm:
    """Raises :class:`~certhelper.der.DerError` for parameters that are not known here."""
    from cryptography.hazmat.primitives import hashes

    for identifier, name in _PSS_HASHES.items():
        if identifier in octets:
            found: HashAlgorithm = getattr(hashes, name)()
            return found
    raise DerError("parameters")
