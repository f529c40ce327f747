"""Encryption and integrity of PKCS#12 files: from a passphrase to what lies under it.

RFC 7292 (its own key derivation and ciphers), RFC 8018 (PBES2, PBKDF2, PBMAC1), RFC 9579 (PBMAC1 in
PKCS#12).  Ciphers are ``cryptography``'s and hashes the standard library's; its own reader of such
files gives one key only, and refuses a file for one odd certificate in it.

How much work a file may ask for is written in the file, so all of it is counted beforehand.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from certhelper import ber
from certhelper.ber import Value
from certhelper.der import INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, DerError, dotted
from certhelper.secret import Secret
from certhelper.stores import rc2

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm, CipherAlgorithm

T = TypeVar("T")

_PBES2: Final = "1.2.840.113549.1.5.13"
_PBKDF2: Final = "1.2.840.113549.1.5.12"
_PBMAC1: Final = "1.2.840.113549.1.5.14"
_SCRYPT: Final = "1.3.6.1.4.1.11591.4.11"  # RFC 7914 section 7

_OWN_CIPHERS: Final = {  # RFC 7292 appendix C: cipher, octets of its key
    "1.2.840.113549.1.12.1.1": ("rc4", 16),
    "1.2.840.113549.1.12.1.2": ("rc4", 5),
    "1.2.840.113549.1.12.1.3": ("3des", 24),
    "1.2.840.113549.1.12.1.4": ("3des", 16),
    "1.2.840.113549.1.12.1.5": ("rc2", 16),
    "1.2.840.113549.1.12.1.6": ("rc2", 5),
}
_CIPHERS: Final = {  # of PBES2, each in CBC mode
    "1.2.840.113549.3.7": ("3des", 24),
    "2.16.840.1.101.3.4.1.2": ("aes", 16),
    "2.16.840.1.101.3.4.1.22": ("aes", 24),
    "2.16.840.1.101.3.4.1.42": ("aes", 32),
    "1.2.392.200011.61.1.1.1.2": ("camellia", 16),  # RFC 3657; NSS offers it
    "1.2.392.200011.61.1.1.1.3": ("camellia", 24),
    "1.2.392.200011.61.1.1.1.4": ("camellia", 32),
}
_VECTOR_SIZES: Final = {"3des": 8, "rc2": 8, "aes": 16, "camellia": 16, "rc4": 0}
_HASHES: Final = {
    "1.2.840.113549.2.5": "md5",
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "2.16.840.1.101.3.4.2.8": "sha3_256",
    "2.16.840.1.101.3.4.2.9": "sha3_384",
    "2.16.840.1.101.3.4.2.10": "sha3_512",
}
_HMAC_HASHES: Final = {  # RFC 8018 appendix B.1
    "1.2.840.113549.2.7": "sha1",
    "1.2.840.113549.2.8": "sha224",
    "1.2.840.113549.2.9": "sha256",
    "1.2.840.113549.2.10": "sha384",
    "1.2.840.113549.2.11": "sha512",
}
_KEY, _VECTOR, _MAC_KEY = 1, 2, 3  # what is derived (RFC 7292 appendix B.3)
_KEY_SIZES_OF_PBMAC1: Final = range(20, 65)
"""Octets.  A key of one would fit by chance; OpenSSL refuses short ones (``PKCS12_verify_mac``)."""
_STEPS_OF_AN_RC2_BLOCK: Final = 100
_LARGEST_MEMORY_OF_SCRYPT: Final = 64 << 20
"""Octets; ``openssl pkcs8 -scrypt`` asks for 16 MiB."""
_ROUNDS_OF_A_SCRYPT_BLOCK: Final = 2  # as costly as so many rounds of a hash function
_MOST_PIECES_OF_A_KEY: Final = 4  # that are derived one by one, each with all rounds
_CHARACTER_SETS_OF_TERMINALS: Final = ("utf-8", "cp932")


class TooMuchWorkError(Exception):
    """The file asks for more work than it is given."""


class NothingLeftError(TooMuchWorkError):
    """The file asks for no more than others, but those that were read with it took all."""


class UnknownAlgorithmError(ValueError):
    """Something that is not implemented; the text is its dotted OID."""


class NotDecryptedError(ValueError):
    """The passphrase is another one, or the octets are damaged."""


class Work:
    """How much a file may still cost, in rounds of a hash function (about half a µs each).

    ``of`` is what all files of one reading may cost together.
    """

    def __init__(self, rounds: int, of: Work | None = None) -> None:
        self._left = rounds
        self._of = of

    def has(self, rounds: int) -> bool:
        """Say whether so much is left."""
        return rounds <= self._left

    def spend(self, rounds: int) -> None:
        """Raise :class:`TooMuchWorkError` when there is not so much left.

        What all files have together is not touched then: the next one may ask for less.
        """
        self._left -= rounds
        if self._left < 0:
            raise TooMuchWorkError
        if self._of is not None:
            if not self._of.has(rounds):
                raise NothingLeftError
            self._of.spend(rounds)


@dataclass(frozen=True, slots=True)
class Passphrase:
    """One way of writing a passphrase down: for RFC 7292 (UTF-16 and a NUL) and for RFC 8018."""

    wide: bytearray
    plain: bytearray

    def wipe(self) -> None:
        for octets in (self.wide, self.plain):
            octets[:] = bytes(len(octets))


@contextmanager
def spellings(secret: Secret | None) -> Iterator[list[Passphrase]]:
    """Give every way in which programs write this passphrase down; all are wiped afterwards.

    None and the empty one: as a string of no characters and as no string at all, both are in use
    (RFC 7292 appendix B.1 leaves it open).  A passphrase that is not ASCII: as the RFC demands, and
    as OpenSSL 1.0 did, which widened each octet that the terminal sent (its own
    ``doc/man7/passphrase-encoding.pod``): of UTF-8, and of Shift_JIS in Japanese Windows.  For AES
    old versions of NSS took the wide form for both (``pk12util.c``, ``forceUnicode``).
    """
    found: list[Passphrase] = []
    try:
        if secret is None or not len(secret):
            found = [Passphrase(bytearray(2), bytearray()), Passphrase(bytearray(), bytearray())]
        else:
            found.append(_spelt(secret, "utf-16-be", "utf-8"))
            wide = found[0].wide
            found.append(Passphrase(wide[:], wide[:]))
            if any(not character.isascii() for character in secret.characters()):
                for encoding in _CHARACTER_SETS_OF_TERMINALS:
                    try:
                        found.append(_spelt(secret, None, encoding))
                    except UnicodeEncodeError:
                        continue  # nobody can have typed it there
        yield found
    finally:
        for one in found:
            one.wipe()


def _spelt(secret: Secret, wide_encoding: str | None, encoding: str) -> Passphrase:
    """Without a wide encoding each octet of the plain one is widened by itself."""
    wide = bytearray(4 * len(secret) + 2)  # at its full size at once, or old copies stay behind
    plain = bytearray(4 * len(secret))
    wide_size = plain_size = 0
    for character in secret.characters():
        octets = character.encode(encoding)
        plain[plain_size : plain_size + len(octets)] = octets
        plain_size += len(octets)
        if wide_encoding:
            octets = character.encode(wide_encoding)
        else:
            octets = b"".join(bytes((0, octet)) for octet in octets)
        wide[wide_size : wide_size + len(octets)] = octets
        wide_size += len(octets)
    del wide[wide_size + 2 :], plain[plain_size:]
    return Passphrase(wide, plain)


def mac_fits(mac_data: Value, content: bytes, passphrase: Passphrase, work: Work) -> bool:
    """Say whether ``MacData`` (RFC 7292 section 4) is that of ``content`` under a passphrase.

    Raises ``ValueError`` for what cannot be read, :class:`TooMuchWorkError`.
    """
    info, salt, *rest = mac_data.parts
    algorithm, digest = info.parts
    identifier, parameters = _algorithm(algorithm)
    if identifier == _PBMAC1:
        key, name = _key_of_pbmac1(parameters, passphrase, work)
    else:
        name = _known(_HASHES, identifier)
        rounds = _positive(rest[0]) if rest else 1
        size = hashlib.new(name, usedforsecurity=False).digest_size
        key = _derive(name, passphrase, _MAC_KEY, _octets(salt), rounds, size, work)
    expected = hmac.digest(key, content, name)
    _wipe(key)
    return hmac.compare_digest(expected, _octets(digest))


def rounds_of_mac(mac_data: Value) -> int:
    """Return how often the passphrase is hashed at least.  Raises ``ValueError``."""
    info, _, *rest = mac_data.parts
    identifier, parameters = _algorithm(info.parts[0])
    if identifier == _PBMAC1:
        derivation, _ = _constructed(parameters)
        return _positive(_constructed(_algorithm(derivation)[1])[1])
    return _positive(rest[0]) if rest else 1


def decrypt(algorithm: Value, octets: bytes, passphrase: Passphrase, work: Work) -> bytearray:
    """Decrypt what an ``AlgorithmIdentifier`` describes; the caller wipes it.

    Raises :class:`NotDecryptedError`, :class:`UnknownAlgorithmError`, another ``ValueError`` for
    what cannot be read, :class:`TooMuchWorkError`.
    """
    identifier, parameters = _algorithm(algorithm)
    if identifier == _PBES2:
        cipher, key, vector = _keys_of_pbes2(parameters, passphrase, work)
    else:
        cipher, size = _known(_OWN_CIPHERS, identifier)
        salt, count = _constructed(parameters)
        rest = _octets(salt), _positive(count)
        key = _derive("sha1", passphrase, _KEY, *rest, size, work)
        vector = _derive("sha1", passphrase, _VECTOR, *rest, _VECTOR_SIZES[cipher], work)
    try:
        return _decrypted(cipher, key, bytes(vector), octets, work)
    finally:
        _wipe(key)


def check_cost(octets: bytes, work: Work) -> None:
    """Look at what an ``EncryptedPrivateKeyInfo`` (DER) asks for, before a library decrypts it.

    Raises :class:`TooMuchWorkError`, ``ValueError`` for what cannot be read.
    """
    algorithm, *_ = _constructed(ber.first(octets))
    identifier, parameters = _algorithm(algorithm)
    if identifier == _PBES2:
        derivation, *_ = _constructed(parameters)
        identifier, parameters = _algorithm(derivation)
    if identifier == _SCRYPT:
        _, *numbers = _constructed(parameters)
        n, r, p = map(_positive, numbers[:3])
        if 128 * r * (n + p) > _LARGEST_MEMORY_OF_SCRYPT:  # RFC 7914 section 6
            raise TooMuchWorkError
        work.spend(_ROUNDS_OF_A_SCRYPT_BLOCK * n * r * p)
    else:  # PBKDF2 (RFC 8018 A.2), PBES1 (A.3) and PKCS#12's own begin with salt and count
        _, count, *_ = _constructed(parameters)
        work.spend(_MOST_PIECES_OF_A_KEY * _positive(count))


def _keys_of_pbes2(
    parameters: Value | None, passphrase: Passphrase, work: Work
) -> tuple[str, bytearray, bytearray]:
    derivation, scheme = _constructed(parameters)
    identifier, vector = _algorithm(scheme)
    cipher, size = _known(_CIPHERS, identifier)
    if vector is None or len(_octets(vector)) != _VECTOR_SIZES[cipher]:
        raise DerError("initialization vector")
    key = _derive_by_pbkdf2(derivation, passphrase, size, work)
    return cipher, key, bytearray(vector.content)


def _key_of_pbmac1(
    parameters: Value | None, passphrase: Passphrase, work: Work
) -> tuple[bytearray, str]:
    derivation, scheme = _constructed(parameters)
    name = _known(_HMAC_HASHES, _algorithm(scheme)[0])
    sizes = [one for one in _constructed(_algorithm(derivation)[1])[2:] if one.tag == INTEGER]
    if not sizes or _positive(sizes[0]) not in _KEY_SIZES_OF_PBMAC1:  # RFC 9579 demands one
        raise DerError("length of the key")
    return _derive_by_pbkdf2(derivation, passphrase, _positive(sizes[0]), work), name


def _derive_by_pbkdf2(
    derivation: Value, passphrase: Passphrase, size: int, work: Work
) -> bytearray:
    """Derive ``size`` octets (RFC 8018 section 5.2 and appendix A.2)."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

    identifier, parameters = _algorithm(derivation)
    if identifier != _PBKDF2:
        raise UnknownAlgorithmError(identifier)
    salt, count, *rest = _constructed(parameters)
    functions = [one for one in rest if one.tag == SEQUENCE]
    name = _known(_HMAC_HASHES, _algorithm(functions[0])[0]) if functions else "sha1"
    rounds = _positive(count)
    digest_size = hashlib.new(name, usedforsecurity=False).digest_size
    work.spend(rounds * -(-size // digest_size))
    # Twice as fast as the standard library's.
    function = PBKDF2HMAC(getattr(hashes, name.upper())(), size, _octets(salt), rounds)
    return bytearray(function.derive(passphrase.plain))


def _derive(
    name: str,
    passphrase: Passphrase,
    purpose: int,
    salt: bytes,
    rounds: int,
    size: int,
    work: Work,
) -> bytearray:
    """Derive ``size`` octets as RFC 7292 appendix B.2 says; the letters are its own."""
    v = hashlib.new(name, usedforsecurity=False).block_size
    d = bytes((purpose,)) * v
    i = _filled(salt, v) + _filled(passphrase.wide, v)
    derived = bytearray(size)
    done = 0
    while done < size:
        work.spend(rounds)
        make = getattr(hashlib, name)
        piece = make(d + i).digest()
        for _ in range(rounds - 1):
            piece = make(piece).digest()
        derived[done : done + len(piece)] = piece[: size - done]
        done += len(piece)
        b = int.from_bytes(_filled(piece, v)[:v], "big") + 1
        for at in range(0, len(i), v):
            number = int.from_bytes(i[at : at + v], "big") + b
            i[at : at + v] = (number % (1 << 8 * v)).to_bytes(v, "big")
    _wipe(i)
    return derived


def _filled(octets: bytes | bytearray, block: int) -> bytearray:
    """Repeat octets until they fill whole blocks; none stay none."""
    size = -(-len(octets) // block) * block
    filled = bytearray(size)
    for at in range(0, size, max(len(octets), 1)):
        filled[at : at + len(octets)] = octets[: size - at]
    return filled


def _decrypted(cipher: str, key: bytearray, vector: bytes, octets: bytes, work: Work) -> bytearray:
    if cipher == "rc4":
        return _by_library(cipher, key, vector, octets)
    if not octets or len(octets) % len(vector):
        raise NotDecryptedError("size")
    if cipher == "rc2" and len(key) != 16:
        work.spend(len(octets) // rc2.BLOCK_SIZE * _STEPS_OF_AN_RC2_BLOCK)
        plain = rc2.decrypt_cbc(key, vector, octets)
    else:
        plain = _by_library(cipher, key, vector, octets)
    padding = plain[-1]
    if not 1 <= padding <= len(vector) or plain[-padding:] != bytes((padding,)) * padding:
        _wipe(plain)
        raise NotDecryptedError("padding")
    plain[-padding:] = b""
    return plain


def _by_library(cipher: str, secret_key: bytearray, vector: bytes, octets: bytes) -> bytearray:
    from cryptography.hazmat.decrepit.ciphers import algorithms as old
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    key: Any = secret_key  # any buffer works, and this one can be overwritten
    block_size = len(vector)
    mode = modes.CBC(vector) if block_size else None
    chosen: CipherAlgorithm | BlockCipherAlgorithm
    match cipher:
        case "aes":
            chosen = algorithms.AES(key)
        case "3des":
            chosen = old.TripleDES(key + key[:8] if len(key) == 16 else key)
        case "camellia":
            chosen = old.Camellia(key)
        case "rc2":
            chosen = old.RC2(key)
        case _:
            chosen = old.ARC4(key)
    buffer = bytearray(len(octets) + max(block_size - 1, 0))
    decryptor = Cipher(chosen, mode).decryptor()
    size = decryptor.update_into(octets, buffer)
    decryptor.finalize()
    del buffer[size:]
    return buffer


def _algorithm(value: Value | None) -> tuple[str, Value | None]:
    """Return the OID and the parameters of an ``AlgorithmIdentifier``."""
    identifier, *parameters = _constructed(value)
    if identifier.tag != OBJECT_IDENTIFIER or len(parameters) > 1:
        raise DerError("algorithm")
    return dotted(identifier.content), parameters[0] if parameters else None


def _constructed(value: Value | None) -> list[Value]:
    if value is None or value.tag != SEQUENCE:
        raise DerError("no sequence")
    return value.parts


def _octets(value: Value) -> bytes:
    if value.tag != OCTET_STRING:
        raise DerError("no octet string")
    return value.content


def _positive(value: Value) -> int:
    number = int.from_bytes(value.content, "big", signed=True)
    if value.tag != INTEGER or number < 1:
        raise DerError("no positive number")
    return number


def _known(table: dict[str, T], identifier: str) -> T:
    if identifier not in table:
        raise UnknownAlgorithmError(identifier)
    return table[identifier]


def _wipe(octets: bytearray) -> None:
    octets[:] = bytes(len(octets))
