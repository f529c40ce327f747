"""The switches that keep the engine to the bank's hosts, for each way to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from certhelper.bank import Bank
from certhelper.logon import fence
from certhelper.logon.proxy import Route, Way

BANK = Bank.parse(
    b"""
schema = 1
id = "example"
name = "Example"
[site]
allowed_hosts = ["*.bank.example", "www.bank.example:8443", "login.bank.example"]
certificate_hosts = ["login.bank.example"]
""",
    Path("profile.toml"),
)


def test_without_a_proxy_every_other_place_has_one_that_does_not_exist() -> None:
    """The bank's hosts pass it by at their ports; this computer is no exception."""
    assert fence.switches(BANK, Route(Way.DIRECT)) == [
        "--proxy-server=http://outside-the-bank.invalid:1",
        (
            "--proxy-bypass-list=<-loopback>;*.bank.example:443;login.bank.example:443;"
            "www.bank.example:8443"
        ),
        "--host-resolver-rules=MAP outside-the-bank.invalid ~NOTFOUND",
    ]


@pytest.mark.parametrize("way", [Way.PROXY, Way.SCRIPT])
def test_with_a_proxy_every_other_name_becomes_one_that_does_not_exist(way: Way) -> None:
    """The proxy's own name and a script's look-ups are left alone."""
    assert fence.switches(BANK, Route(way)) == [
        (
            "--host-rules=MAP * outside-the-bank.invalid, EXCLUDE *.bank.example, "
            "EXCLUDE login.bank.example, EXCLUDE www.bank.example"
        ),
        "--host-resolver-rules=MAP outside-the-bank.invalid ~NOTFOUND",
    ]


@pytest.mark.parametrize("way", [Way.SYSTEM, Way.DETECT])
def test_where_the_way_is_not_known_nothing_is_broken(way: Way) -> None:
    """The engine may have to get a script from a host that nobody knows before."""
    assert fence.switches(BANK, Route(way)) == []
