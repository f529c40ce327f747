"""The slicer of DER: strict, and never past the end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.der import identifier, tlv

from certhelper import der


def test_a_part_says_where_it_stands() -> None:
    """Tag, head, start and end of the content, within longer data."""
    data = b"\xff" + tlv(0x04, b"abc") + b"rest"
    assert der.part(data, 1, len(data)) == (0x04, 1, 3, 6)


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 65535, 65536])
def test_every_length_is_read(size: int) -> None:
    """Short lengths and those of one, two and three octets."""
    data = tlv(0x04, bytes(size))
    tag, _, start, stop = der.only(data, der.OCTET_STRING)
    assert (tag, stop - start) == (0x04, size)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x04",
        b"\x04\x01",
        b"\x04\x81",
        b"\x04\x80\x00\x00",  # indefinite length: BER only
        b"\x04\x81\x01a",  # not minimal
        b"\x04\x82\x00\x80" + bytes(128),  # not minimal
        b"\x04\x85\x00\x00\x00\x00\x01a",
        b"\x04\xff",
        b"\x1f\x81\x00\x00",  # a tag of more than one octet
    ],
)
def test_what_is_no_der_is_refused(data: bytes) -> None:
    """Neither a single part nor a list of parts is read from it."""
    with pytest.raises(der.DerError):
        der.part(data, 0, len(data))
    if data:
        with pytest.raises(der.DerError):
            der.split(data, 0, len(data))


def test_parts_before_a_fault_remain() -> None:
    """A list that is cut off keeps what stood before the cut."""
    data = tlv(0x02, b"\x01") + tlv(0x02, b"\x02") + b"\x02\x05"
    found: list[der.Part] = []
    with pytest.raises(der.DerError):
        der.split(data, 0, len(data), found)
    assert [data[start:stop] for _, _, start, stop in found] == [b"\x01", b"\x02"]


def test_nothing_may_follow_the_only_part() -> None:
    """``only`` is for data that must be one part."""
    with pytest.raises(der.DerError):
        der.only(tlv(0x30) + b"\0", der.SEQUENCE)


def test_a_sequence_longer_than_its_octets_ends_where_they_end() -> None:
    """What was cut off can still be opened."""
    assert der.opened(b"\x30\x10" + bytes(6), 0, 8) == (0x30, 0, 2, 8)


@given(st.binary(max_size=300))
def test_splitting_never_passes_the_end(data: bytes) -> None:
    """Whatever the octets are, parts touch one another and stay inside, or it is refused."""
    found: list[der.Part] = []
    try:
        der.split(data, 0, len(data), found)
    except der.DerError:
        end = None
    else:
        end = len(data)
    at = 0
    for _, head, start, stop in found:
        assert at == head < start <= stop <= len(data)
        at = stop
    assert end in (None, at)


@given(
    st.tuples(st.integers(0, 2), st.integers(0, 39)),
    st.lists(st.integers(0, 2**70), max_size=8),
)
def test_object_identifiers_are_read_as_they_were_written(
    first: tuple[int, int], rest: list[int]
) -> None:
    """The dotted form of what the test wrote."""
    text = ".".join(map(str, (*first, *rest)))
    assert der.dotted(identifier(text)[2:]) == text


@pytest.mark.parametrize("content", [b"", b"\x80\x01", b"\x55\x80\x01", b"\x55\x84", bytes(129)])
def test_wrong_object_identifiers_are_refused(content: bytes) -> None:
    """Empty, padded, cut off, or longer than any that exists."""
    with pytest.raises(der.DerError):
        der.dotted(content)


@pytest.mark.parametrize("content", [b"", b"\x08\x00", b"\x01", b"\x07\xff"])
def test_wrong_bit_strings_are_refused(content: bytes) -> None:
    """No count of unused bits, too many of them, or ones that are not zero."""
    with pytest.raises(der.DerError):
        der.bits(content)
