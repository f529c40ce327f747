"""Trying a choice of proxy before anybody logs on with it."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from support.proxy_server import Fault, PacServer, ProxyServer, pac_script

from certhelper.failures import FailedError, known
from certhelper.logon import proxy_check
from certhelper.logon.proxy_check import Outcome
from certhelper.proxy_choice import ProxyChoice, ProxyMode

NAME = "www.bank.test"
NONE = ProxyChoice(ProxyMode.NONE)


@pytest.fixture
def port() -> Iterator[int]:
    """A server that takes connections."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def manual(proxy: ProxyServer) -> ProxyChoice:
    return ProxyChoice(ProxyMode.MANUAL, proxy.address)


def test_what_leads_to_the_bank_is_said(port: int) -> None:
    """By a proxy, and without one."""
    with ProxyServer(places={NAME: "127.0.0.1"}) as proxy:
        assert proxy_check.check(manual(proxy), (NAME, port), {}) is Outcome.CONNECTED
        assert proxy.tunnels == [f"{NAME}:{port}"]
    assert proxy_check.check(NONE, ("127.0.0.1", port), {}) is Outcome.CONNECTED


def test_a_proxy_that_asks_for_a_password_is_no_fault() -> None:
    """The session asks the person; nothing is tried in their place."""
    with ProxyServer(users={"a": "b"}) as proxy:
        assert proxy_check.check(manual(proxy), (NAME, 443), {}) is Outcome.ASKS
        assert len(proxy.asked) == 1


def test_without_a_bank_the_proxy_alone_is_tried() -> None:
    """Before the log-on address is known."""
    with ProxyServer() as proxy:
        assert proxy_check.check(manual(proxy), None, {}) is Outcome.PROXY_ANSWERS
        assert proxy.asked == []
    assert proxy_check.check(NONE, None, {}) is Outcome.UNKNOWN


def test_a_script_that_can_be_got_is_not_called_a_way_to_the_bank() -> None:
    """What it decides on is the engine's to find out."""
    with PacServer(pac_script("127.0.0.1:9")) as pac:
        choice = ProxyChoice(ProxyMode.PAC, "", pac.address)
        assert proxy_check.check(choice, (NAME, 443), {}) is Outcome.SCRIPT


def test_a_dead_proxy_is_not_called_good_for_a_bank_that_is_here(port: int) -> None:
    """The engine goes to localhost directly, whatever was chosen: nothing is known of the proxy."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        dead = ProxyChoice(ProxyMode.MANUAL, f"127.0.0.1:{taken.getsockname()[1]}")
    here = ("login.bank.localhost", port)
    assert proxy_check.check(dead, here, {}) is Outcome.NOT_USED
    assert proxy_check.check(NONE, here, {}) is Outcome.CONNECTED


def test_each_trouble_has_its_code(port: int) -> None:
    """The proxy's and the bank's are told apart, with what to do for each."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = taken.getsockname()[1]
    with ProxyServer(fault=Fault.REFUSE) as refusing:
        troubles = {
            "proxy-refused": (manual(refusing), (NAME, 443)),
            "proxy-unreachable": (ProxyChoice(ProxyMode.MANUAL, f"127.0.0.1:{free}"), (NAME, 443)),
            "connection-refused": (NONE, ("127.0.0.1", free)),
            "pac-unreadable": (
                ProxyChoice(ProxyMode.PAC, "", f"http://127.0.0.1:{free}/"),
                (NAME, 443),
            ),
            "proxy-setting-wrong": (ProxyChoice(ProxyMode.MANUAL, "nowhere"), (NAME, 443)),
        }
        for code, (choice, bank) in troubles.items():
            with pytest.raises(FailedError) as failed:
                proxy_check.check(choice, bank, {})
            assert failed.value.code == code
            assert "?" not in known()[code].say(failed.value.facts).message
    unreachable = ProxyChoice(ProxyMode.MANUAL, f"127.0.0.1:{free}")
    with pytest.raises(FailedError) as failed:
        proxy_check.check(unreachable, None, {})
    assert failed.value.code == "proxy-unreachable"


@pytest.mark.parametrize(
    ("choice", "code"),
    [
        (ProxyChoice(ProxyMode.MANUAL, "proxy.invalid:8080"), "proxy-not-found"),
        (NONE, "host-not-found"),
    ],
)
def test_a_name_that_leads_nowhere_is_said(
    monkeypatch: pytest.MonkeyPatch, choice: ProxyChoice, code: str
) -> None:
    """Of the proxy, or of the bank; the resolver is played, for a test asks nobody outside."""

    def nowhere(place: object, *_: object, **__: object) -> socket.socket:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "create_connection", nowhere)
    with pytest.raises(FailedError) as failed:
        proxy_check.check(choice, ("bank.invalid", 443), {})
    assert failed.value.code == code
