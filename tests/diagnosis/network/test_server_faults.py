"""What is wrong with a server's certificate: its host, its issuers, its dates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support import der
from support.networks import bank_at
from support.pki import Authority
from support.tls_sites import HOST

from certhelper.diagnosis.network.looks import Seen
from certhelper.diagnosis.network.reach import Reach
from certhelper.diagnosis.network.server_faults import examine, is_good_for, names_of
from certhelper.diagnosis.values import Phrase

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
BELOW = "Example Server CA below"

Faults = Callable[..., list[str]]


@pytest.fixture(scope="module")
def root() -> Authority:
    return Authority("Example Root")


@pytest.fixture
def faults(root: Authority, tmp_path: Path) -> Faults:
    """Return what is wrong with a chain that the bank, whose root this is, shows now."""

    def of(*chain: bytes) -> list[str]:
        bank = bank_at(tmp_path, (HOST, 443), root=root)
        seen = Seen((HOST, 443), Reach.CONNECTED, chain=chain)
        return [one.code for one in examine(seen, bank, NOW).faults]

    return of


def test_a_chain_that_is_well(root: Authority, faults: Faults) -> None:
    """With an intermediate that the server sends."""
    below = root.intermediate(BELOW)
    assert faults(below.server(HOST).der, below.der) == []


def test_an_intermediate_that_is_out_of_its_time(root: Authority, faults: Faults) -> None:
    """No browser takes what it vouches for, though the server's own is in its time."""
    for begin, end, code in (
        (NOW - 9 * DAY, NOW - DAY, "network-server-expired"),
        (NOW + DAY, NOW + 9 * DAY, "network-server-not-yet-valid"),
    ):
        below = Authority(BELOW, issuer=root, not_before=begin, not_after=end)
        assert faults(below.server(HOST).der, below.der) == [code]


@pytest.mark.parametrize(
    ("ahead", "first"),
    [(timedelta(minutes=2), "right"), (timedelta(days=30), "compare"), (None, "compare")],
)
def test_the_clock_is_compared_where_no_server_vouches_for_it(
    ahead: timedelta | None, first: str, root: Authority, tmp_path: Path
) -> None:
    """Nobody need look at a telephone for what the server's own Date says."""
    old = root.server(HOST, not_before=NOW - 9 * DAY, not_after=NOW - DAY)
    date = None if ahead is None else NOW - ahead
    seen = Seen((HOST, 443), Reach.CONNECTED, chain=(old.der,), date=date, ahead=ahead)
    (fault,) = examine(seen, bank_at(tmp_path, (HOST, 443), root=root), NOW).faults
    assert fault.code == "network-server-expired"
    assert dict(fault.facts)["compared"] == Phrase(f"diagnosis-network.clock-first.{first}")


def test_the_dates_of_a_root_do_not_count(tmp_path: Path) -> None:
    """It is trusted for itself (RFC 5280 section 6.1): browsers do not look at them, either."""
    old = Authority("Example Old Root", not_before=NOW - 900 * DAY, not_after=NOW - DAY)
    seen = Seen((HOST, 443), Reach.CONNECTED, chain=(old.server(HOST).der,))
    bank = bank_at(tmp_path, (HOST, 443), root=old)
    assert examine(seen, bank, NOW).faults == ()


def test_who_is_no_authority_vouches_for_nobody(root: Authority, faults: Faults) -> None:
    """Else whoever has any certificate could play the bank."""
    somebody = Authority("somebody else")
    somebody.issued = root.server("somebody-else.example")
    assert faults(somebody.server(HOST).der, somebody.der) == ["network-server-forged"]


def test_what_is_wrong_anyway_is_not_called_inspection_too(faults: Faults) -> None:
    """A server without any authority is what it looks like; two remedies would confuse."""
    assert faults(Authority("stranger").server(HOST).der) == ["network-server-root-unknown"]


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
