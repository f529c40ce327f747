"""Which keys are given to a library: how large a private one may be, of what kind a public one.

Whoever makes a file chooses its numbers, and the time that arithmetic with them takes grows with
the cube of their length.  ``cryptography`` keeps the whole process waiting meanwhile, so no time
limit of a thread would help.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, cast

from certhelper.der import INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, DerError, part, split
from certhelper.stores.base import KeyTrouble

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

LARGEST_RSA: Final = 8192
"""Bits of the modulus.  OpenSSL verifies with at most 16,384 (``OPENSSL_RSA_MAX_MODULUS_BITS``)."""

LARGEST_KEY: Final = 6000
"""Octets of PKCS #8; RSA of 8,192 bits has about 4,700."""

TOO_LARGE: Final = KeyTrouble("key-too-large")

_LARGEST_DSA: Final = 4096  # bits of p
_LARGEST_SECRET_OF_DSA: Final = 512  # bits; FIPS 186-4 section 4.2 has at most 256
_FEWEST_NUMBERS_OF_RSA: Final = 9  # RFC 8017, A.1.2
_DIFFIE_HELLMAN: Final = (  # cannot sign, and its parameters are costly to look at
    bytes.fromhex("2a864886f70d010301"),  # RFC 3370 4.1.1
    bytes.fromhex("2a8648ce3e0201"),  # RFC 3279 2.3.3
)
_PANIC: Final = "PanicException"


class KeyTooLargeError(ValueError):
    """A key with larger numbers than are calculated with."""

    def __init__(self) -> None:
        super().__init__("key too large")


def check_size(key: bytes | bytearray) -> None:
    """Look at a key (DER of PKCS #8, PKCS #1, SEC 1 or DSA's own) that is not encrypted.

    Raises :class:`KeyTooLargeError`, and another ``ValueError`` for a kind that cannot sign.  What
    is no such DER is left to the library, which refuses it at once.
    """
    if len(key) > LARGEST_KEY:
        raise KeyTooLargeError
    data = cast("bytes", key)  # it is only looked at, and a key must not be copied
    try:
        _, _, at, end = part(data, 0, len(data))
        parts = split(data, at, end)
    except DerError:
        return
    parameters: list[int] = []
    if [one[0] for one in parts[:3]] == [INTEGER, SEQUENCE, OCTET_STRING]:
        if _identifier(data, parts[1][2], parts[1][3]) in _DIFFIE_HELLMAN:
            raise ValueError("a key for Diffie-Hellman")
        parameters = _sizes(data, parts[1][2], parts[1][3])
        numbers = _sizes(data, parts[2][2], parts[2][3])
    else:
        numbers = _sizes(data, at, end)
    if len(numbers) >= _FEWEST_NUMBERS_OF_RSA:
        is_too_large = max(numbers) > LARGEST_RSA
    else:
        is_too_large = (
            max([*parameters, *numbers], default=0) > _LARGEST_DSA
            or max(numbers[-1:], default=0) > _LARGEST_SECRET_OF_DSA
        )
    if is_too_large:
        raise KeyTooLargeError


def load_public_key(octets: bytes) -> PublicKeyTypes:
    """Load a SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7), which anybody may have made.

    Raises ``ValueError``, also for a kind that cannot sign: OpenSSL looks whether the numbers of a
    key for Diffie-Hellman (RFC 3279 section 2.3.3) are primes, which takes seconds where they are
    large, and ``cryptography`` keeps the whole process waiting meanwhile.  Keys of RSA and DSA are
    read without arithmetic, and a public exponent is short where the modulus is long.  Raises
    ``UnsupportedAlgorithm``.
    """
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    check_kind(octets)
    with library_faults():
        return load_der_public_key(octets)


def check_kind(public_key: bytes) -> None:
    """Raise ``ValueError`` for a SubjectPublicKeyInfo for Diffie-Hellman."""
    try:
        _, _, at, end = part(public_key, 0, len(public_key))
        _, _, at, end = part(public_key, at, end)
    except DerError:
        return  # the library refuses it at once
    if _identifier(public_key, at, end) in _DIFFIE_HELLMAN:
        raise ValueError("a key for Diffie-Hellman")


def is_too_large(public_key: str | None) -> bool:
    """Say whether a certificate's key is one that is not used for its size.

    ``public_key`` is :attr:`certhelper.certificate.Certificate.public_key`.
    """
    kind, _, bits = (public_key or "").partition(" ")
    return kind == "RSA" and bits.isdecimal() and int(bits) > LARGEST_RSA


def _identifier(data: bytes, at: int, end: int) -> bytes:
    try:
        tag, _, start, stop = part(data, at, end)
    except DerError:
        return b""
    return data[start:stop] if tag == OBJECT_IDENTIFIER else b""


def _sizes(data: bytes, at: int, end: int) -> list[int]:
    """Return the bits of every number, those in sequences as well, as far as it is DER."""
    found: list[int] = []
    waiting = [(at, end)]
    while waiting:
        try:
            parts = split(data, *waiting.pop())
        except DerError:
            continue
        for tag, _, start, stop in parts:
            if tag == INTEGER and start < stop:
                first = data[start]
                found.append(8 * (stop - start - 1) + first.bit_length())
            elif tag == SEQUENCE:
                waiting.append((start, stop))
    return found


@contextmanager
def library_faults() -> Iterator[None]:
    """Turn what no caller of ``cryptography`` expects into ``ValueError``.

    A fault in its Rust part is a ``BaseException``, which would pass every other handler; an error
    of OpenSSL that it does not know is none of its usual ones either.
    """
    from cryptography.exceptions import InternalError

    try:
        yield
    except InternalError as error:
        raise ValueError("refused by OpenSSL") from error
    except BaseException as error:
        if type(error).__name__ != _PANIC:
            raise
        raise ValueError("fault in the library") from error
