"""RSA keys of any size, made at once of Mersenne primes; they are no secret to anybody."""

from __future__ import annotations

import math

from support import der
from support import pkcs12_files as made

RSA = der.sequence(der.identifier("1.2.840.113549.1.1.1"), der.tlv(0x05))
_E = 65537
_EXPONENTS = (4253, 4423)


def rsa_numbers(first: int, second: int, *, wrong: int = 0) -> bytes:
    """The key of the Mersenne primes with these exponents (RFC 8017, A.1.2).

    ``wrong`` is added to its private exponents: then the numbers do not fit together.
    """
    p, q = 2**first - 1, 2**second - 1
    d = pow(_E, -1, math.lcm(p - 1, q - 1))
    exponents = (d + wrong, p, q, d % (p - 1) + wrong, d % (q - 1), pow(q, -1, p))
    return der.sequence(*map(der.integer, (0, p * q, _E, *exponents)))


def pkcs8(key: bytes, algorithm: bytes = RSA) -> bytes:
    """A key in the frame of RFC 5958."""
    return der.sequence(der.integer(0), algorithm, der.tlv(der.OCTET_STRING, key))


def certificate(first: int, second: int) -> bytes:
    """The certificate of such a key."""
    numbers = der.sequence(der.integer((2**first - 1) * (2**second - 1)), der.integer(_E))
    return der.certificate(key=der.sequence(RSA, der.tlv(der.BIT_STRING, b"\0", numbers)))


LARGE = pkcs8(rsa_numbers(*_EXPONENTS))
"""8,676 bits: to try its primes takes half a minute."""

CERTIFICATE_OF_LARGE = certificate(*_EXPONENTS)


def pkcs12_file(passphrase: bytes | None = None) -> bytes:
    """A PKCS#12 file of the two; the key is encrypted where a passphrase is given."""
    key = made.key_bag(LARGE) if passphrase is None else made.shrouded_key_bag(LARGE, passphrase)
    return made.file(made.data(key, made.certificate_bag(CERTIFICATE_OF_LARGE)))
