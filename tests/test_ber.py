"""BER's open lengths and strings in pieces become what DER would have said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certhelper import ber
from certhelper.ber import Value
from certhelper.der import DerError


@pytest.mark.parametrize(
    ("octets", "definite"),
    [
        ("3003020101", "3003020101"),
        ("3080020101 0000", "3003020101"),
        ("30810302010100", "3003020101"),
        ("3080 2480 0401aa 0402bbcc 0000 0000", "3005 0403aabbcc"),
        ("24060401aa0401bb", "0402aabb"),
        ("a080 3080 0000 0000", "a0023000"),
        ("0400", "0400"),
        ("2400", "0400"),
        ("0401ff ffff", "0401ff"),
    ],
)
def test_the_definite_form(octets: str, definite: str) -> None:
    """Lengths are the shortest, strings in one piece; what follows is not looked at."""
    assert ber.written(ber.first(bytes.fromhex(octets))) == bytes.fromhex(definite)


@pytest.mark.parametrize(
    "octets",
    [
        *("", "30", "3003", "30030201", "3080020101", "308002010100", "0480", "1f010000"),
        *("30890000000000000000", "24030201aa", "3002040200"),
        "3080" * 60 + "0000" * 60,
    ],
)
def test_what_is_none(octets: str) -> None:
    """Cut off, without an end, nested without an end, or no pieces of a string."""
    with pytest.raises(DerError):
        ber.first(bytes.fromhex(octets))


@pytest.mark.parametrize(
    ("octets", "is_one"),
    [
        *(("3001ff", True), ("3080ff", True), ("308101ff", True), ("3002ff", False)),
        *(("0401ff", False), ("3001ffff", False), ("", False), ("30", False), ("308201", False)),
    ],
)
def test_one_value_by_its_head(octets: str, is_one: bool) -> None:
    """Enough to tell what was decrypted with the right key, though it may be damaged inside."""
    assert ber.is_one(bytes.fromhex(octets), 0x30) is is_one


def test_only_what_is_constructed_has_parts() -> None:
    """A string is not taken apart by accident."""
    assert ber.first(bytes.fromhex("3003020101")).parts == [Value(2, b"\1")]
    with pytest.raises(DerError):
        _ = ber.first(bytes.fromhex("0403020101")).parts


@given(st.binary(max_size=300))
def test_any_octets(octets: bytes) -> None:
    """Either a value in the definite form, which stays as it is, or an error."""
    try:
        found = ber.first(octets)
    except DerError:
        return
    again = ber.first(ber.written(found))
    assert again == found
