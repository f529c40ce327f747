"""A small slicer for DER (ITU-T X.690): just enough to read certificates fast.

It is strict where a lenient reading could differ from what browsers read: lengths are definite
and as short as possible, tags have one octet.  It never recurses, so no input can exhaust the
stack, and it looks at each octet at most once for each level of nesting.
"""

from __future__ import annotations

import sys
from functools import lru_cache

BOOLEAN = 0x01
INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
OBJECT_IDENTIFIER = 0x06
SEQUENCE = 0x30
SET = 0x31

_LONGEST_LENGTH = 4  # octets; four gigabytes are more than any store holds
_LONGEST_IDENTIFIER = 128  # octets


class DerError(ValueError):
    """Octets that are no DER, or not what was expected there."""


Part = tuple[int, int, int, int]
"""One tag-length-value: its tag, where it begins, where its content begins, where that ends."""


def part(data: bytes, at: int, end: int) -> Part:
    """Return the tag-length-value at ``at``, which must fit before ``end``.

    Raises :class:`DerError`.
    """
    try:
        tag = data[at]
        length = data[at + 1]
    except IndexError as error:
        raise DerError("truncated") from error
    start = at + 2
    if length >= 0x80:
        start, length = _long_length(data, at, end)
    stop = start + length
    if stop > end or tag & 0x1F == 0x1F:
        raise DerError("tag or length")
    return tag, at, start, stop


def _long_length(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Return where the content starts and how long it is, for a length of several octets."""
    count = data[at + 1] & 0x7F
    start = at + 2 + count
    if not 1 <= count <= _LONGEST_LENGTH or start > end:
        raise DerError("length")
    length = int.from_bytes(data[at + 2 : start], "big")
    if length < 0x80 or length >> 8 * (count - 1) == 0:
        raise DerError("length not minimal")
    return start, length


def expect(data: bytes, tag: int, at: int, end: int) -> Part:
    """Return the part at ``at`` when it has this tag.  Raises :class:`DerError`."""
    found = part(data, at, end)
    if found[0] != tag:
        raise DerError("another tag")
    return found


def opened(data: bytes, at: int, end: int) -> Part:
    """Return the SEQUENCE at ``at``; one that is longer than what is there stops at ``end``.

    For a certificate that is cut off: what stands before the cut can still be read.  Raises
    :class:`DerError`.
    """
    longest_head = 2 + _LONGEST_LENGTH
    if at + longest_head > end:
        raise DerError("truncated")
    tag, head, start, stop = part(data, at, sys.maxsize)
    if tag != SEQUENCE:
        raise DerError("no sequence")
    return tag, head, start, min(stop, end)


def split(data: bytes, at: int, end: int, found: list[Part] | None = None) -> list[Part]:
    """Return the parts from ``at`` to exactly ``end``, which is within ``data``.

    They are added to ``found`` where it is given: there, the parts before a fault remain.  Raises
    :class:`DerError`.  This is :func:`part` in a loop, written out because lists of thousands of
    certificates spend most of their time here.
    """
    if found is None:
        found = []
    add = found.append
    try:
        while at < end:
            tag = data[at]
            length = data[at + 1]
            start = at + 2
            if length == 0x82 and data[start]:  # nearly every long one: two octets, as needed
                length = data[start] << 8 | data[at + 3]
                start = at + 4
            elif length == 0x81 and data[start] >= 0x80:
                length = data[start]
                start = at + 3
            elif length >= 0x80:
                start, length = _long_length(data, at, end)
            stop = start + length
            if stop > end or tag & 0x1F == 0x1F:
                raise DerError("tag or length")
            add((tag, at, start, stop))
            at = stop
    except IndexError as error:
        raise DerError("truncated") from error
    return found


def only(data: bytes, tag: int) -> Part:
    """Return the one part that ``data`` consists of.  Raises :class:`DerError`."""
    found = expect(data, tag, 0, len(data))
    if found[3] != len(data):
        raise DerError("something follows")
    return found


def bits(content: bytes) -> tuple[bytes, int]:
    """Return a BIT STRING's octets and how many bits of the last one are unused.

    Raises :class:`DerError` when the unused bits are not zero (X.690 section 11.2.1).
    """
    if not content:
        raise DerError("empty bit string")
    unused, octets = content[0], content[1:]
    if unused > 7 or (unused and not octets):
        raise DerError("unused bits")
    if unused and octets[-1] & ((1 << unused) - 1):
        raise DerError("unused bits not zero")
    return octets, unused


@lru_cache(maxsize=1024)
def dotted(content: bytes) -> str:
    """Return an OBJECT IDENTIFIER's content as ``2.5.4.3``.  Raises :class:`DerError`."""
    if not content or len(content) > _LONGEST_IDENTIFIER or content[-1] & 0x80:
        raise DerError("object identifier")
    arcs: list[int] = []
    value = 0
    at_start = True
    for octet in content:
        if at_start and octet == 0x80:
            raise DerError("object identifier not minimal")
        value = value << 7 | octet & 0x7F
        at_start = not octet & 0x80
        if at_start:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))
