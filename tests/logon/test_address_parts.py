"""What is shown of an address: whose page this is, and nothing that could be taken for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certhelper.logon.address_parts import AddressParts, parts_of


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (
            "https://login.bank.example/biznet/pin",
            AddressParts("https://", "login.bank.example", "/biznet/pin", is_secure=True),
        ),
        (
            "https://login.bank.example:443/",
            AddressParts("https://", "login.bank.example", "/", is_secure=True),
        ),
        (
            "https://login.bank.example:8443/x",
            AddressParts("https://", "login.bank.example", ":8443/x", is_secure=True),
        ),
        # A name in front of @ looks like a host and is none.
        (
            "https://www.bank.example@evil.example/",
            AddressParts("https://", "evil.example", "/", is_secure=True),
        ),
        # The engine hands hosts of other scripts out in this form, and so they stay.
        (
            "https://xn--bnk-8cd.example/",
            AddressParts("https://", "xn--bnk-8cd.example", "/", is_secure=True),
        ),
        ("about:blank", AddressParts("", "", "about:blank", is_secure=False)),
        ("https://[half", AddressParts("", "", "https://[half", is_secure=False)),
    ],
)
def test_the_host_stands_out(address: str, shown: AddressParts) -> None:
    """Host, and what stands before and behind it."""
    assert parts_of(address) == shown


@given(st.text())
def test_whatever_comes_can_be_shown(address: str) -> None:
    """Nothing that hides or turns the words around reaches the line, and no query does."""
    whole = parts_of(address).whole
    assert whole.replace("\u3000", "").isprintable()  # the wide space of Japanese names
    assert "?" not in parts_of(f"https://bank.example/a?{address}").whole
