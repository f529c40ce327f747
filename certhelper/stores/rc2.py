"""RC2 with keys of 40 bits (RFC 2268), to read what old Windows, macOS and Java wrote.

They encrypted the certificates of a PKCS#12 file with it.  ``cryptography`` knows RC2 with keys of
128 bits only, and which key is used cannot be changed any more: the file lies on the person's disk.
There is deliberately nothing here to encrypt with.
"""

from __future__ import annotations

import struct
from typing import Final

BLOCK_SIZE: Final = 8
"""Octets."""

_PI_TABLE: Final = bytes.fromhex(  # section 2: a permutation made from the digits of pi
    "d978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2"
    "179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82"
    "54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626"
    "6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7"
    "08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec"
    "c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731"
    "2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a9"
    "0d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad"
)
_ROUNDS: Final = 16
_MASHES_AFTER: Final = (5, 11)  # rounds of the encryption, counted from 1 (section 3.1)
_ROTATIONS: Final = (1, 2, 3, 5)


def decrypt_cbc(key: bytes | bytearray, vector: bytes | bytearray, octets: bytes) -> bytearray:
    """Decrypt whole blocks in CBC mode; all bits of ``key`` (1 to 128 octets) are effective.

    Raises ``ValueError`` for other sizes.
    """
    if len(octets) % BLOCK_SIZE or len(vector) != BLOCK_SIZE or not 1 <= len(key) <= 128:
        raise ValueError("size")
    words = _expanded(key)
    plain = bytearray(len(octets))
    before = struct.unpack("<4H", vector)
    for at in range(0, len(octets), BLOCK_SIZE):
        block = struct.unpack_from("<4H", octets, at)
        found = _decrypted(words, block)
        struct.pack_into("<4H", plain, at, *(a ^ b for a, b in zip(found, before, strict=True)))
        before = block
    return plain


def _expanded(key: bytes | bytearray) -> tuple[int, ...]:
    """Expand a key to 64 words of 16 bits (section 2)."""
    size = len(key)
    octets = bytearray(key) + bytearray(128 - size)
    for index in range(size, 128):
        octets[index] = _PI_TABLE[(octets[index - 1] + octets[index - size]) & 0xFF]
    octets[128 - size] = _PI_TABLE[octets[128 - size]]
    for index in range(127 - size, -1, -1):
        octets[index] = _PI_TABLE[octets[index + 1] ^ octets[index + size]]
    return struct.unpack("<64H", octets)


def _decrypted(words: tuple[int, ...], block: tuple[int, ...]) -> list[int]:
    """Decrypt one block of four words (section 4)."""
    r = list(block)
    at = 63
    for number in range(_ROUNDS, 0, -1):
        for i in (3, 2, 1, 0):
            turned = _ROTATIONS[i]
            value = (r[i] >> turned | r[i] << 16 - turned) & 0xFFFF
            last = r[i - 1]
            r[i] = (value - words[at] - (last & r[i - 2]) - (~last & r[i - 3])) & 0xFFFF
            at -= 1
        if number - 1 in _MASHES_AFTER:
            for i in (3, 2, 1, 0):
                r[i] = (r[i] - words[r[i - 1] & 63]) & 0xFFFF
    return r
