"""Private keys in files: which certificate they belong to, and the key itself for a log-on.

``cryptography`` is loaded when there is a key, and not before.  It makes copies of a key that
nobody can overwrite; this module makes none.
"""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING, Any, Final

from certhelper.der import DerError
from certhelper.stores import key_limits, pkcs12_encryption
from certhelper.stores.files_blocks import KeyPlace

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import (
        PrivateKeyTypes,
        PublicKeyTypes,
    )

    from certhelper.secret import Secret


_ENCRYPTED_PKCS8: Final = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"
_LARGEST_ENCODED: Final = 2 * key_limits.LARGEST_KEY  # base64, line ends and some spaces
_LARGEST_ENCRYPTED: Final = key_limits.LARGEST_KEY + 512  # octets; it says how it is encrypted
_WHITE_SPACE: Final = b" \t\r\n\v\f"
_PIECE: Final = 64  # characters of base64

WORK: Final = 20_000_000
"""Rounds of a hash function that a key may ask for, as a PKCS#12 file: about ten seconds."""


class KeyUnreadableError(Exception):
    """A key that cannot be decoded; ``detail`` is plain text, not yet safe to show."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class WrongPassphraseError(KeyUnreadableError):
    """The passphrase does not open it."""


class KeyTooLargeError(KeyUnreadableError):
    """A key whose numbers are too large to be calculated with."""

    def __init__(self) -> None:
        super().__init__("key too large")


class KeyTooCostlyError(KeyUnreadableError):
    """A key that asks for more work or memory to be decrypted than any key is given."""

    def __init__(self) -> None:
        super().__init__("decryption too costly")


def public_key_of(octets: bytearray, place: KeyPlace) -> bytes:
    """Return the SubjectPublicKeyInfo of a key that is not encrypted.

    Raises :class:`KeyUnreadableError`.
    """
    return _public_octets(_loaded(octets, place, None).public_key())


def opened(
    octets: bytearray, place: KeyPlace, passphrase: Secret | None
) -> tuple[bytes, bytearray]:
    """Return the SubjectPublicKeyInfo and the key as PKCS #8 DER, which the caller must overwrite.

    Raises :class:`KeyUnreadableError`, of which the others here are.
    """
    from cryptography.hazmat.primitives import serialization

    key = _loaded(octets, place, passphrase)
    pkcs8 = bytearray(
        key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    try:
        _check_size(pkcs8)  # how large one is that was encrypted is seen only now
        return _public_octets(key.public_key()), pkcs8
    except KeyUnreadableError:
        pkcs8[:] = bytes(len(pkcs8))
        raise


def usual_form(public_key: bytes) -> bytes:
    """Return a SubjectPublicKeyInfo as :func:`public_key_of` writes it, for comparing.

    A point may be compressed, RSA's parameters left out.  What cannot be read stays as it is.
    """
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        return _public_octets(key_limits.load_public_key(public_key))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return public_key


def _public_octets(key: PublicKeyTypes) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _loaded(octets: bytearray, place: KeyPlace, passphrase: Secret | None) -> PrivateKeyTypes:
    if place.is_pem and place.stop - place.start > _LARGEST_ENCODED:
        raise KeyTooLargeError
    encoded = octets[place.start : place.stop]
    try:
        if not place.is_pem:
            return _checked(encoded, place.is_encrypted, passphrase)
        if place.is_encrypted and not encoded.startswith(_ENCRYPTED_PKCS8):
            # OpenSSL's own form hashes the passphrase once: no file can make it costly.
            return _unlocked(encoded, passphrase, is_pem=True)
        der = _content(encoded)
        try:
            return _checked(der, place.is_encrypted, passphrase)
        finally:
            der[:] = bytes(len(der))
    finally:
        encoded[:] = bytes(len(encoded))


def _content(encoded: bytearray) -> bytearray:
    """Return what is in a PEM block; the caller overwrites it.  Raises :class:`KeyUnreadableError`.

    Taken piece by piece: the whole would be left behind as ``bytes``.
    """
    start = encoded.index(b"-----", 1) + 5
    body = encoded[start : encoded.rindex(b"-----END ")].translate(None, _WHITE_SPACE)
    der = bytearray()
    try:
        for at in range(0, len(body), _PIECE):
            der += binascii.a2b_base64(body[at : at + _PIECE], strict_mode=True)
    except ValueError as error:
        raise KeyUnreadableError("base64") from error
    finally:
        body[:] = bytes(len(body))
    return der


def _checked(der: bytearray, is_encrypted: bool, passphrase: Secret | None) -> PrivateKeyTypes:
    """Load a key if that is known to cost little.  Raises :class:`KeyUnreadableError`."""
    if not is_encrypted:
        _check_size(der)
        return _unlocked(der, None, is_pem=False)
    if len(der) > _LARGEST_ENCRYPTED:
        raise KeyTooLargeError
    try:
        pkcs12_encryption.check_cost(bytes(der), pkcs12_encryption.Work(WORK))
    except pkcs12_encryption.TooMuchWorkError as error:
        raise KeyTooCostlyError from error
    except ValueError as error:  # of which DerError is one
        detail = str(error) if isinstance(error, DerError) else "structure"
        raise KeyUnreadableError(detail) from error
    return _unlocked(der, passphrase, is_pem=False)


def _check_size(key: bytearray) -> None:
    try:
        key_limits.check_size(key)
    except key_limits.KeyTooLargeError as error:
        raise KeyTooLargeError from error
    except ValueError as error:
        raise KeyUnreadableError(str(error)) from error


def _unlocked(encoded: bytearray, secret: Secret | None, *, is_pem: bool) -> PrivateKeyTypes:
    if secret is None:
        return _decoded(encoded, None, is_pem=is_pem)
    with secret.view() as characters:
        return _decoded(encoded, characters, is_pem=is_pem)


def _decoded(encoded: bytearray, passphrase: memoryview | None, *, is_pem: bool) -> PrivateKeyTypes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    load: Any = (  # any buffer works
        serialization.load_pem_private_key if is_pem else serialization.load_der_private_key
    )
    try:
        with key_limits.library_faults():
            # The primes are not tried: that takes long, and a wrong key shows at its first
            # signature.
            key: PrivateKeyTypes = load(encoded, passphrase, unsafe_skip_rsa_key_validation=True)
            return key
    except UnsupportedAlgorithm as error:
        raise KeyUnreadableError(str(error)) from error
    except (ValueError, TypeError) as error:  # the latter of an empty passphrase
        # One wrong passphrase in some hundred gives octets that look decrypted and are no key.
        if passphrase is not None and "cipher" not in str(error):
            raise WrongPassphraseError(str(error)) from error
        raise KeyUnreadableError(str(error)) from error
