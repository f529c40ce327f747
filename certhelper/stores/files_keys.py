"""Private keys in files: which certificate they belong to, and the key itself for a log-on.

``cryptography`` is loaded when there is a key, and not before.  It makes copies of a key that
nobody can overwrite; this module makes none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certhelper.stores.files_blocks import KeyPlace

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import (
        PrivateKeyTypes,
        PublicKeyTypes,
    )

    from certhelper.secret import Secret


class KeyUnreadableError(Exception):
    """A key that cannot be decoded; ``detail`` is plain text, not yet safe to show."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class WrongPassphraseError(KeyUnreadableError):
    """The passphrase does not open it."""


def public_key_of(octets: bytearray, place: KeyPlace) -> bytes:
    """Return the SubjectPublicKeyInfo of a key that is not encrypted.

    Raises :class:`KeyUnreadableError`.
    """
    return _public_octets(_loaded(octets, place, None).public_key())


def opened(
    octets: bytearray, place: KeyPlace, passphrase: Secret | None
) -> tuple[bytes, bytearray]:
    """Return the SubjectPublicKeyInfo and the key as PKCS #8 DER, which the caller must overwrite.

    Raises :class:`KeyUnreadableError`, of which :class:`WrongPassphraseError` is one.
    """
    from cryptography.hazmat.primitives import serialization

    key = _loaded(octets, place, passphrase)
    pkcs8 = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return _public_octets(key.public_key()), bytearray(pkcs8)


def usual_form(public_key: bytes) -> bytes:
    """Return a SubjectPublicKeyInfo as :func:`public_key_of` writes it, for comparing.

    A point may be compressed, RSA's parameters left out.  What cannot be read stays as it is.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        return _public_octets(load_der_public_key(public_key))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return public_key


def _public_octets(key: PublicKeyTypes) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _loaded(octets: bytearray, place: KeyPlace, passphrase: Secret | None) -> PrivateKeyTypes:
    with memoryview(octets) as whole, whole[place.start : place.stop] as encoded:
        if passphrase is None or not place.is_encrypted:
            return _decoded(encoded, place, None)
        with passphrase.view() as characters:
            return _decoded(encoded, place, characters)


def _decoded(
    encoded: memoryview, place: KeyPlace, passphrase: memoryview | None
) -> PrivateKeyTypes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    load = (
        serialization.load_pem_private_key if place.is_pem else serialization.load_der_private_key
    )
    try:
        # The primes are not tried: that takes long, and a wrong key shows at its first signature.
        return load(encoded, passphrase, unsafe_skip_rsa_key_validation=True)  # type: ignore[arg-type]  # any buffer works
    except UnsupportedAlgorithm as error:
        raise KeyUnreadableError(str(error)) from error
    except (ValueError, TypeError) as error:  # the latter of an empty passphrase
        # One wrong passphrase in some hundred gives octets that look decrypted and are no key.
        if passphrase is not None and "cipher" not in str(error):
            raise WrongPassphraseError(str(error)) from error
        raise KeyUnreadableError(str(error)) from error
