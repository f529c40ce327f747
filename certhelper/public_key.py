"""What kind of public key a certificate holds, in the words that support staff use."""

from __future__ import annotations

from functools import lru_cache

from certhelper.der import (
    BIT_STRING,
    INTEGER,
    OBJECT_IDENTIFIER,
    SEQUENCE,
    DerError,
    Part,
    bits,
    dotted,
    expect,
    only,
    split,
)

_RSA = "1.2.840.113549.1.1.1"
_EC = "1.2.840.10045.2.1"
_CURVES = {  # RFC 5480 section 2.1.1.1, RFC 5639: name, octets of a coordinate
    "1.2.840.10045.3.1.7": ("P-256", 32),
    "1.3.132.0.34": ("P-384", 48),
    "1.3.132.0.35": ("P-521", 66),
    "1.3.132.0.33": ("P-224", 28),
    "1.2.840.10045.3.1.1": ("P-192", 24),
    "1.3.132.0.10": ("secp256k1", 32),
    "1.3.36.3.3.2.8.1.1.7": ("brainpoolP256r1", 32),
    "1.3.36.3.3.2.8.1.1.11": ("brainpoolP384r1", 48),
    "1.3.36.3.3.2.8.1.1.13": ("brainpoolP512r1", 64),
}
_PLAIN = {  # algorithms whose name says it all; RFC 8410, RFC 3279
    "1.3.101.110": "X25519",
    "1.3.101.111": "X448",
    "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
    "1.2.840.10040.4.1": "DSA",
    "1.2.840.113549.1.1.10": "RSASSA-PSS",
}


# The two kinds that nearly every certificate holds are known by the octets around their numbers:
# before them, after them, octets in all.  What differs in any of these is read the long way.
_P_256_BEFORE = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
_P_256_SIZE = 91
_RSA_2048_BEFORE = bytes.fromhex(
    "30820122300d06092a864886f70d01010105000382010f003082010a0282010100"
)
_RSA_2048_AFTER = bytes.fromhex("0203010001")  # the exponent 65537
_RSA_2048_SIZE = 294


def describe(der: bytes, where: Part) -> str:
    """Return ``RSA 2048``, ``EC P-256``, ``Ed25519``, or the dotted OID of an unknown kind.

    ``where`` is the SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7).  Raises
    :class:`~certhelper.der.DerError`.  That a point lies on its curve is not checked.
    """
    tag, head, at, end = where
    if end - head == _P_256_SIZE and der.startswith(_P_256_BEFORE, head):
        return "EC P-256"
    if (
        end - head == _RSA_2048_SIZE
        and der.startswith(_RSA_2048_BEFORE, head)
        and der.endswith(_RSA_2048_AFTER, head, end)
        and der[head + len(_RSA_2048_BEFORE)] >= 0x80
    ):
        return "RSA 2048"
    found = split(der, at, end)
    if tag != SEQUENCE or len(found) != 2 or found[1][0] != BIT_STRING:
        raise DerError("no key")
    _, head, _, at = found[0]
    identifier, parameter = _algorithm(der[head:at])
    at, end = found[1][2:]
    if identifier == _EC:
        return _curve(parameter, der[at:end])
    octets, unused = bits(der[at:end])
    if unused:
        raise DerError("not whole octets")
    if identifier == _RSA:
        return f"RSA {_modulus_bits(octets)}"
    return _PLAIN.get(identifier, identifier)


@lru_cache(maxsize=256)
def _algorithm(octets: bytes) -> tuple[str, str | None]:
    """Return the algorithm and, where its parameter is an identifier, that (a named curve)."""
    _, _, at, end = only(octets, SEQUENCE)
    _, _, start, stop = expect(octets, OBJECT_IDENTIFIER, at, end)
    identifier = dotted(octets[start:stop])
    if stop == end or octets[stop] != OBJECT_IDENTIFIER:
        return identifier, None
    _, _, start, stop = expect(octets, OBJECT_IDENTIFIER, stop, end)
    return identifier, dotted(octets[start:stop])


def _curve(curve: str | None, content: bytes) -> str:
    if curve is None:
        return "EC"  # the curve's numbers are spelt out (RFC 3279 section 2.3.5)
    if curve not in _CURVES:
        return f"EC {curve}"
    name, size = _CURVES[curve]
    form, length = content[1:2], len(content) - 2  # the first octet counts unused bits: none
    fits = (form == b"\x04" and length == 2 * size) or (
        form in (b"\x02", b"\x03") and length == size
    )
    if content[:1] != b"\0" or not fits:
        raise DerError("no point of this curve")
    return f"EC {name}"


def _modulus_bits(octets: bytes) -> int:
    _, _, at, end = only(octets, SEQUENCE)
    _, _, start, stop = expect(octets, INTEGER, at, end)
    expect(octets, INTEGER, stop, end)
    modulus = int.from_bytes(octets[start:stop], "big", signed=True)
    if modulus <= 0:
        raise DerError("no modulus")
    return modulus.bit_length()
