"""Who is asked about revocation goes the way of the sessions."""

from __future__ import annotations

import pytest

from certhelper.logon import proxy_system
from certhelper.logon.proxy import Route, Way
from certhelper.logon.revocation_way import SessionWay
from certhelper.proxy_choice import ProxyChoice, ProxyMode
from certhelper.revocation.no_answer import NoAnswerError

MANUAL = ProxyChoice(ProxyMode.MANUAL, "proxy.firm.test:8080")


def test_the_persons_choice_is_the_way() -> None:
    """One proxy for everything, or none."""
    address = "http://ocsp.bank.test/"
    assert SessionWay(lambda: MANUAL)(address) == "http://proxy.firm.test:8080"
    assert SessionWay(lambda: ProxyChoice(ProxyMode.NONE))(address) is None


@pytest.mark.parametrize("host", ["localhost:8080", "demo.localhost", "127.0.0.1", "[::1]:80"])
def test_this_pc_is_reached_directly(host: str) -> None:
    """No proxy knows its own way back, and none is asked for the demo."""
    assert SessionWay(lambda: MANUAL)(f"http://{host}/") is None


def test_what_the_system_is_set_to_is_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """With its exceptions; it is asked once for many addresses."""
    asked: list[object] = []

    def system(outside: object) -> Route:
        asked.append(outside)
        return Route(Way.PROXY, "proxy.firm.test:3128", bypass=("*.firm.test",))

    monkeypatch.setattr(proxy_system, "route", system)
    way = SessionWay(ProxyChoice)
    assert way("http://ca.firm.test/crl") is None
    assert way("http://ocsp.bank.test/") == "http://proxy.firm.test:3128"
    assert len(asked) == 1


@pytest.mark.parametrize(
    "found",
    [
        Route(Way.SCRIPT, script_from="http://firm.test/proxy.pac"),
        Route(Way.DETECT),
        Route(Way.SYSTEM),
        Route(Way.PROXY, "proxy.firm.test:1080", scheme="socks5"),
        Route(Way.PROXY, "no address"),
    ],
    ids=lambda found: f"{found.way}-{found.scheme}",
)
def test_what_only_the_engine_understands_is_not_guessed(
    monkeypatch: pytest.MonkeyPatch, found: Route
) -> None:
    """Nobody is asked past a firm's proxy; no script is fetched either."""
    monkeypatch.setattr(proxy_system, "route", lambda _outside: found)
    with pytest.raises(NoAnswerError) as failure:
        SessionWay(ProxyChoice)("http://ocsp.bank.test/")
    assert failure.value.cause == "proxy-unknown"
