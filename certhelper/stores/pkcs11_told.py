"""Takes in what the child that reads a PKCS #11 module writes.

The child has a foreign library in it, which may write whatever it likes: nothing is believed here.
The form is that of :mod:`certhelper.stores.pkcs11_messages`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from certhelper.stores.pkcs11_messages import NUMBER_OCTETS, SIZE_OCTETS, Kind

LARGEST_MESSAGE = 1 << 18
"""Octets; a certificate of 64 KiB with its label and CKA_ID has room in it."""

_HEAD = 1 + SIZE_OCTETS

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
    """One message: its kind (of :class:`Kind`), its fields, and the whole of it as it came."""

    kind: bytes
    fields: Sequence[bytes]
    octets: bytes

    def number(self, place: int) -> int:
        """Return a field that is a number.  Raises :class:`MessageError`."""
        octets = self.fields[place]
        if len(octets) != NUMBER_OCTETS:
            raise MessageError("no number")
        return int.from_bytes(octets, "big")


def cut(received: bytearray) -> Iterator[Message]:
    """Take the whole messages from the front of ``received``; what is left has only begun.

    Raises :class:`MessageError` for an unknown kind, a size without sense, or fields that do not
    add up to it.
    """
    at = 0
    try:
        while len(received) >= at + _HEAD:
            size = int.from_bytes(received[at + 1 : at + _HEAD], "big")
            if size > LARGEST_MESSAGE:
                raise MessageError("too long")
            end = at + _HEAD + size
            if len(received) < end:
                return
            octets = bytes(received[at:end])
            at = end
            yield _message(octets)
    finally:
        del received[:at]


def _message(octets: bytes) -> Message:
    kind, fields, at = octets[:1], list[bytes](), _HEAD
    while at < len(octets):
        start = at + SIZE_OCTETS
        at = start + int.from_bytes(octets[at:start], "big")
        fields.append(octets[start:at])
    if at != len(octets) or len(fields) != _FIELDS.get(kind):
        raise MessageError("unknown kind, or not with these fields")
    return Message(kind, fields, octets)
