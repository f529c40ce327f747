"""Turns BER (ITU-T X.690) into the definite form that :mod:`certhelper.der` slices.

PKCS#12 files of NSS, of old Windows and of macOS have lengths that are left open and strings that
are written in pieces.  Only the frame is rewritten: the content of a value that is not constructed
stays as it is, octet by octet.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from certhelper.der import OCTET_STRING, DerError, split

_DEEPEST: Final = 48
"""Levels of nesting; a PKCS#12 file has about ten in each of its layers."""

_CONSTRUCTED: Final = 0x20
_OPEN: Final = 0x80
_LONGEST_LENGTH: Final = 8  # octets


class Value(NamedTuple):
    """One tag-length-value in definite form."""

    tag: int
    content: bytes

    @property
    def parts(self) -> list[Value]:
        """What a constructed value consists of.  Raises :class:`~certhelper.der.DerError`."""
        if not self.tag & _CONSTRUCTED:
            raise DerError("not constructed")
        content = self.content
        return [Value(tag, content[at:end]) for tag, _, at, end in split(content, 0, len(content))]


def first(octets: bytes) -> Value:
    """Return the first value in ``octets``; what follows it is not looked at.

    Raises :class:`~certhelper.der.DerError` for what is no BER or is nested too deeply.
    """
    tag, content, _ = _read(octets, 0, len(octets), _DEEPEST)
    return Value(tag, content)


def is_one(octets: bytes | bytearray, tag: int) -> bool:
    """Whether the octets begin as one value with this tag that fills them, whatever is inside."""
    try:
        found, _, stop = _head(octets, 0, len(octets))
    except DerError:
        return False
    return found == tag and stop in (None, len(octets))


def _read(data: bytes, at: int, end: int, levels: int) -> tuple[int, bytes, int]:
    """Return tag and rewritten content of the value at ``at``, and where it ends."""
    tag, at, stop = _head(data, at, end)
    if stop is not None and not tag & _CONSTRUCTED:
        return tag, data[at:stop], stop
    if not levels:
        raise DerError("nested too deeply")
    found, stop = _read_parts(data, at, stop, end, levels - 1)
    if tag == OCTET_STRING | _CONSTRUCTED:
        return OCTET_STRING, in_one_piece(found), stop
    return tag, b"".join(map(written, found)), stop


def _head(data: bytes | bytearray, at: int, end: int) -> tuple[int, int, int | None]:
    """Return the tag at ``at``, where its content begins and where it ends; None: left open."""
    if at + 2 > end:
        raise DerError("truncated")
    tag, length = data[at], data[at + 1]
    at += 2
    if tag & 0x1F == 0x1F:
        raise DerError("tag")
    if length == _OPEN and tag & _CONSTRUCTED:
        return tag, at, None
    if length >= _OPEN:
        count = length & 0x7F
        if not 1 <= count <= _LONGEST_LENGTH or at + count > end:
            raise DerError("length")
        length = int.from_bytes(data[at : at + count], "big")
        at += count
    if length > end - at:
        raise DerError("length")
    return tag, at, at + length


def _read_parts(
    data: bytes, at: int, stop: int | None, end: int, levels: int
) -> tuple[list[Value], int]:
    """Read values up to ``stop``, or to the end-of-contents octets where it is None."""
    found: list[Value] = []
    while at != stop:
        if stop is None and data[at : min(at + 2, end)] == b"\0\0":
            return found, at + 2
        tag, content, at = _read(data, at, end if stop is None else stop, levels)
        found.append(Value(tag, content))
    return found, at


def in_one_piece(pieces: list[Value]) -> bytes:
    """Join the pieces of an OCTET STRING.  Raises :class:`~certhelper.der.DerError`."""
    if any(piece.tag != OCTET_STRING for piece in pieces):
        raise DerError("not pieces of a string")
    return b"".join(piece.content for piece in pieces)


def written(value: Value) -> bytes:
    """Return the octets of a value, tag and length included."""
    size = len(value.content)
    if size < _OPEN:
        return bytes((value.tag, size)) + value.content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((value.tag, _OPEN | len(length))) + length + value.content
