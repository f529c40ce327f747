"""Whether a server's certificate is for the host that was asked."""

from __future__ import annotations

import pytest
from support import der

from certhelper.diagnosis.network.server_faults import is_good_for, names_of


@pytest.mark.parametrize(
    ("name", "host", "good"),
    [
        ("www.bank.example", "www.bank.example", True),
        ("WWW.Bank.Example", "www.bank.example", True),
        ("*.bank.example", "www.bank.example", True),
        ("*.bank.example", "a.www.bank.example", False),
        ("*.bank.example", "bank.example", False),
        ("*.example", "bank.example", False),
        ("w*.bank.example", "www.bank.example", False),
        ("www.bank.example", "login.bank.example", False),
        ("192.0.2.7", "192.0.2.7", True),
        ("2001:db8::7", "2001:0db8::0007", True),
        ("*.2.7", "192.0.2.7", False),
    ],
)
def test_names_are_compared_as_browsers_do(name: str, host: str, good: bool) -> None:
    """One whole label may be any, the first, and never of an address or a whole top level."""
    assert is_good_for(name, host) is good


def test_what_cannot_be_read_is_not_called_wrong() -> None:
    """A certificate of an odd version: nothing is said of its names."""
    odd = der.certificate(version=der.tlv(0xA0, der.integer(4)), subject=der.common_name("a.b.c"))
    assert names_of(odd) is None
