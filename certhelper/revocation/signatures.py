"""Whether a key made a signature, and whether it is one that still proves something.

Imported only where there is an answer to be verified.
"""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.x509.oid import SignatureAlgorithmOID

from certhelper.revocation.no_answer import NoAnswerError

_WEAK = (hashes.MD5, hashes.SHA1)
"""Collisions can be made for these.

A responder that signs with SHA-1 what a stranger has part in (the nonce) can be made to sign
something else (CA/Browser Forum, ballot SC53), so such an answer proves nothing.
"""

UNREADABLE = (
    ValueError,
    TypeError,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""What ``cryptography`` raises for octets that it cannot read."""


def is_weak(used: hashes.HashAlgorithm | None) -> bool:
    """Say whether a signature with this hash proves nothing; None is one without a hash."""
    return isinstance(used, _WEAK)


def check_strength(used: hashes.HashAlgorithm | None) -> None:
    """Raise :class:`NoAnswerError` (``weak-signature``) for a signature that proves nothing."""
    if used is not None and is_weak(used):
        raise NoAnswerError("weak-signature", used.name)


def is_signed(
    key: PublicKeyTypes,
    signature: bytes,
    octets: bytes,
    algorithm: x509.ObjectIdentifier,
    used: hashes.HashAlgorithm | None,
) -> bool:
    """Verify a signature; one of a kind that is not known proves nothing."""
    try:
        if isinstance(key, (ed25519.Ed25519PublicKey, ed448.Ed448PublicKey)):
            key.verify(signature, octets)
        elif isinstance(key, rsa.RSAPublicKey) and used is not None:
            key.verify(signature, octets, _padding(algorithm, used), used)
        elif isinstance(key, ec.EllipticCurvePublicKey) and used is not None:
            key.verify(signature, octets, ec.ECDSA(used))
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def _padding(
    algorithm: x509.ObjectIdentifier, used: hashes.HashAlgorithm
) -> padding.AsymmetricPadding:
    if algorithm == SignatureAlgorithmOID.RSASSA_PSS:
        return padding.PSS(padding.MGF1(used), padding.PSS.AUTO)
    return padding.PKCS1v15()
