"""The signatures of a key test: which kinds are asked for, and whether one is right.

The kinds are those of a client's signature in TLS (RFC 8446 section 4.2.3) that every key of its
type can make.  Each test signs octets that were never signed before, behind words that no other
use of a key begins with: such a signature is good for nothing else.
"""

from __future__ import annotations

import secrets
from enum import StrEnum
from hashlib import sha1, sha256
from typing import TYPE_CHECKING, Any

from certhelper.certificate_parts import cut
from certhelper.der import DerError
from certhelper.stores import key_limits

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding
    from cryptography.hazmat.primitives.hashes import HashAlgorithm

_WORDS = b"certhelper: is this key usable? "
_ONCE = 32  # octets


class Scheme(StrEnum):
    """How a signature was made; of RSASSA-PSS the salt is as long as the hash."""

    RSA_PKCS1_SHA256 = "rsa-pkcs1-sha256"
    RSA_PSS_SHA256 = "rsa-pss-sha256"
    RSA_PKCS1_SHA1 = "rsa-pkcs1-sha1"  # all that an old provider of Windows makes
    ECDSA_SHA256 = "ecdsa-sha256"
    ED25519 = "ed25519"

    def prepared(self, message: bytes) -> bytes:
        """Return what the key itself is given: the hash, for Ed25519 the message."""
        if self is Scheme.ED25519:
            return message
        return (sha1 if self is Scheme.RSA_PKCS1_SHA1 else sha256)(message).digest()


_OF_KEYS = {
    "RSA": (Scheme.RSA_PKCS1_SHA256, Scheme.RSA_PSS_SHA256),
    "EC": (Scheme.ECDSA_SHA256,),
    "Ed25519": (Scheme.ED25519,),
}


def schemes_for(public_key: str | None) -> tuple[Scheme, ...]:
    """Return what a key may be asked for, the most usual first; nothing for an unknown kind.

    ``public_key`` is :attr:`certhelper.certificate.Certificate.public_key`.
    """
    return _OF_KEYS.get((public_key or "").partition(" ")[0], ())


def new_message() -> bytes:
    """Return octets to be signed once."""
    return _WORDS + secrets.token_bytes(_ONCE)


def sign(key: Any, scheme: Scheme, message: bytes) -> bytes:
    """Sign with a private key of ``cryptography``.

    Raises ``TypeError`` for a key of another kind, and as ``cryptography`` does.
    """
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    signature: bytes
    if scheme is Scheme.ED25519:
        _expect(key, ed25519.Ed25519PrivateKey)
        signature = key.sign(message)
    elif scheme is Scheme.ECDSA_SHA256:
        _expect(key, ec.EllipticCurvePrivateKey)
        signature = key.sign(message, ec.ECDSA(hashes.SHA256()))
    else:
        _expect(key, rsa.RSAPrivateKey)
        padding, used = _of_rsa(scheme)
        signature = key.sign(message, padding, used)
    return signature


def is_right(certificate: bytes, scheme: Scheme, message: bytes, signature: bytes) -> bool | None:
    """Verify a signature with the public key of a certificate (DER).

    ECDSA's is DER, or both numbers side by side as PKCS #11 and CNG give them.  None: the public
    key cannot be read, or is not of the kind that signs so.
    """
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        key = key_limits.load_public_key(cut(certificate).public_key)
        _verify(key, scheme, message, signature)
    except InvalidSignature:
        return False
    except (DerError, ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return True


def _verify(key: Any, scheme: Scheme, message: bytes, signature: bytes) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if scheme is Scheme.ED25519:
        _expect(key, ed25519.Ed25519PublicKey)
        key.verify(signature, message)
    elif scheme is Scheme.ECDSA_SHA256:
        _expect(key, ec.EllipticCurvePublicKey)
        key.verify(_as_der(signature, key.curve.key_size), message, ec.ECDSA(hashes.SHA256()))
    else:
        _expect(key, rsa.RSAPublicKey)
        padding, used = _of_rsa(scheme)
        key.verify(signature, message, padding, used)


def _of_rsa(scheme: Scheme) -> tuple[AsymmetricPadding, HashAlgorithm]:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    if scheme is Scheme.RSA_PSS_SHA256:
        used = hashes.SHA256()
        return padding.PSS(padding.MGF1(used), padding.PSS.DIGEST_LENGTH), used
    if scheme is Scheme.RSA_PKCS1_SHA1:
        return padding.PKCS1v15(), hashes.SHA1()  # noqa: S303
    return padding.PKCS1v15(), hashes.SHA256()


def _expect(key: object, kind: type) -> None:
    if not isinstance(key, kind):
        raise TypeError("another kind of key")


def _as_der(signature: bytes, bits: int) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    size = (bits + 7) // 8
    if len(signature) != 2 * size:
        return signature
    numbers = (signature[:size], signature[size:])
    return encode_dss_signature(*(int.from_bytes(one, "big") for one in numbers))
