"""What the child that reads a PKCS #11 module writes, and how its parent takes it.

A message is its kind (1 octet), a length (4 octets, big-endian) and the octets; the octets are
fields, each a length (4 octets) and its octets.  Numbers have 8 octets.  The child has a foreign
library in it, so its parent believes nothing: see :func:`cut`.  Uses the standard library only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from hashlib import sha256
from typing import NamedTuple

LARGEST_MESSAGE = 1 << 18
"""Octets; a certificate of 64 KiB with its label and CKA_ID has room in it."""

_HEAD = 5
_SIZE = 4
_NUMBER = 8
_MASK = (1 << 8 * _NUMBER) - 1


class Kind(Enum):
    """What a message tells, and its fields.  ``KEY`` is the CKA_ID of a visible private key."""

    SLOT = b"S"  # slot, flags, description
    TOKEN = b"T"  # slot, flags, label, manufacturer, model, serial
    KEY = b"K"  # slot, CKA_ID
    CERTIFICATE = b"C"  # slot, label, CKA_ID, DER (empty: the module did not give it)
    READ = b"R"  # slot: all of it has been told
    TROUBLE = b"E"  # slot, function, code: what the module refused for this slot
    FAILED = b"F"  # what failed, in words; function, code: nothing more follows
    MARK = b"M"  # what a look saw, see :func:`mark_of`
    DONE = b"D"


_FIELDS = {
    Kind.SLOT: 3,
    Kind.TOKEN: 6,
    Kind.KEY: 2,
    Kind.CERTIFICATE: 4,
    Kind.READ: 1,
    Kind.TROUBLE: 3,
    Kind.FAILED: 3,
    Kind.MARK: 1,
    Kind.DONE: 0,
}


class MessageError(Exception):
    """What came is no message: a module wrote into the pipe, or means harm."""


class Message(NamedTuple):
    """One message with its fields."""

    kind: Kind
    fields: tuple[bytes, ...]

    def number(self, place: int) -> int:
        """Return a field that is a number.  Raises :class:`MessageError`."""
        octets = self.fields[place]
        if len(octets) != _NUMBER:
            raise MessageError(self.kind.name)
        return int.from_bytes(octets, "big")

    @property
    def octets(self) -> bytes:
        """The message as it came."""
        return message(self.kind, *self.fields)


def message(kind: Kind, *fields: bytes | int) -> bytes:
    """Return a message as octets."""
    octets = [
        field if isinstance(field, bytes) else (field & _MASK).to_bytes(_NUMBER, "big")
        for field in fields
    ]
    body = b"".join(len(one).to_bytes(_SIZE, "big") + one for one in octets)
    return kind.value + len(body).to_bytes(_SIZE, "big") + body


def mark_of(messages: Iterable[bytes]) -> bytes:
    """Return a digest of everything that was told, whatever the order of the objects."""
    digest = sha256()
    for one in sorted(messages):
        digest.update(one)
    return digest.digest()


def cut(received: bytearray) -> Iterator[Message]:
    """Take the whole messages from the front of ``received``; what is left has only begun.

    Raises :class:`MessageError` for an unknown kind, a size without sense, or fields that do not
    add up to it.
    """
    while len(received) >= _HEAD:
        size = int.from_bytes(received[1:_HEAD], "big")
        if size > LARGEST_MESSAGE:
            raise MessageError("too long")
        end = _HEAD + size
        if len(received) < end:
            return
        kind, body = bytes(received[:1]), bytes(received[_HEAD:end])
        del received[:end]
        yield _message(kind, body)


def _message(letter: bytes, body: bytes) -> Message:
    try:
        kind = Kind(letter)
    except ValueError as error:
        raise MessageError("unknown kind") from error
    fields = _fields(body)
    if len(fields) != _FIELDS[kind]:
        raise MessageError(kind.name)
    return Message(kind, tuple(fields))


def _fields(body: bytes) -> Sequence[bytes]:
    fields, at = [], 0
    while at < len(body):
        start = at + _SIZE
        at = start + int.from_bytes(body[at:start], "big")
        if start > len(body) or at > len(body):
            raise MessageError("cut off")
        fields.append(body[start:at])
    return fields
