"""Whole log-ons over a real proxy: names that only the proxy knows, so nothing passes it by."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.log_on import Outcome, Site
from support.proxy_server import Fault, PacServer, ProxyServer, pac_script
from support.systems import not_under_wine

from certhelper.demo import server
from certhelper.demo.scenario import Fault as BankFault
from certhelper.failures import known
from certhelper.logon.stages import Until
from certhelper.proxy_choice import ProxyChoice, ProxyMode

pytestmark = not_under_wine("the browser engine")

FRONT, LOGON = "www.bank.test", "login.bank.test"
PLACES = {FRONT: "127.0.0.1", LOGON: "127.0.0.1"}
TO_TOP = [
    "opened",
    "logon-page",
    "certificate-requested",
    "certificate-sent",
    "pin-page",
    "pin-submitted",
    "top-page",
]


@pytest.fixture
def far_bank(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo bank under names that this PC cannot find: RFC 6761 keeps .test for that."""
    monkeypatch.setattr(server, "FRONT_HOST", FRONT)
    monkeypatch.setattr(server, "LOGON_HOST", LOGON)


@pytest.fixture
def site(tmp_path: Path, far_bank: None) -> Iterator[Site]:
    """That bank, whose top page follows the PIN."""
    with Site(tmp_path, other_authentication=False) as site:
        yield site


def manual(proxy: ProxyServer) -> ProxyChoice:
    return ProxyChoice(ProxyMode.MANUAL, proxy.address)


def log_on_as_stranger(site: Site, choice: ProxyChoice) -> Outcome:
    """With a certificate of an issuer that the bank does not take, so that the bank is asked."""
    issuers = (site.stranger.certificate.issuer.public_bytes(),)
    return site.log_on(proxy=choice, certificate=site.stranger.sha256, issuers=issuers)


def hosts(proxy: ProxyServer) -> set[str]:
    return {target.partition(":")[0] for target in proxy.tunnels}


def test_a_log_on_goes_through_the_proxy(site: Site) -> None:
    """Every connection of it, with the client certificate end to end."""
    with ProxyServer(places=PLACES) as proxy:
        outcome = site.log_on(proxy=manual(proxy))
    assert outcome.stages == TO_TOP
    assert hosts(proxy) == {FRONT, LOGON}
    assert {asked.method for asked in proxy.asked} == {"CONNECT"}


def test_the_variables_of_this_pc_are_followed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """«The system's» on a Linux without a desktop's settings."""
    with ProxyServer(places=PLACES) as proxy:
        monkeypatch.setenv("https_proxy", f"http://{proxy.address}")
        outcome = site.log_on(proxy=ProxyChoice(), until=Until.PIN)
    assert outcome.stages[-1] == "pin-page"
    assert hosts(proxy) == {FRONT, LOGON}


def test_none_means_none(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever this PC is set to; and these names cannot be found directly."""
    with ProxyServer(places=PLACES) as proxy:
        monkeypatch.setenv("https_proxy", f"http://{proxy.address}")
        outcome = site.log_on(proxy=ProxyChoice(ProxyMode.NONE))
    assert outcome.code == "host-not-found"
    assert proxy.asked == []


def test_a_script_decides(site: Site) -> None:
    """A PAC script from a web server; it sends everything but the bank nowhere."""
    with ProxyServer(places=PLACES) as proxy, PacServer(pac_script(proxy.address)) as pac:
        outcome = site.log_on(proxy=ProxyChoice(ProxyMode.PAC, "", pac.address))
    assert outcome.stages == TO_TOP
    assert hosts(proxy) == {FRONT, LOGON}
    assert pac.asked == 1


@pytest.mark.parametrize(
    "script",
    [
        "function FindProxyForURL(url, host) {",
        "function FindProxyForURL(url, host) { return unknown(); }",
        "function FindProxyForURL(url, host) { return null; }",
        "function FindProxyForURL(url, host) { return 'PROXY nowhere.invalid:8080'; }",
    ],
)
def test_a_script_that_fails_never_lets_the_session_go_directly(site: Site, script: str) -> None:
    """Chromium would look the bank's name up itself, and say that the bank is not found."""
    with PacServer(script) as pac:
        outcome = site.log_on(proxy=ProxyChoice(ProxyMode.PAC, "", pac.address))
    assert outcome.code == "pac-failed"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.REFUSE, "proxy-refused"),
        (Fault.BAD_GATEWAY, "proxy-refused"),
        (Fault.CLOSE, "connection-reset"),
    ],
)
def test_a_proxy_that_refuses_is_named(site: Site, fault: Fault, code: str) -> None:
    """With its place, so that somebody can be asked; the bank is not blamed."""
    with ProxyServer(fault=fault) as proxy:
        outcome, address = site.log_on(proxy=manual(proxy)), proxy.address
    assert outcome.code == code
    if code == "proxy-refused":
        told = known()[code].say({k: str(v) for k, v in outcome.detail("failed").items()})
        assert address in told.message


def test_a_proxy_that_is_not_there_and_one_without_a_name_are_told_apart(site: Site) -> None:
    """The engine says the same of both (-130)."""
    with ProxyServer() as proxy:
        gone = manual(proxy)
    assert site.log_on(proxy=gone).code == "proxy-unreachable"
    nameless = ProxyChoice(ProxyMode.MANUAL, "proxy.invalid:8080")
    assert site.log_on(proxy=nameless).code == "proxy-not-found"


def test_without_a_person_a_proxys_password_ends_the_log_on(site: Site) -> None:
    """At once, without a try: a wrong one may lock the account."""
    with ProxyServer(users={"staff": "secret"}, places=PLACES) as proxy:
        outcome = site.log_on(proxy=manual(proxy))
    assert outcome.code == "proxy-authentication"
    assert [asked.answered for asked in proxy.asked] == [407]


@pytest.mark.parametrize("kind", ["drop", "reset"])
def test_a_pin_goes_over_a_tunnel_once(tmp_path: Path, far_bank: None, kind: str) -> None:
    """The bank breaks the tunnel after it has read the PIN: Chromium must not send it again."""
    fault = BankFault("pin", kind)  # type: ignore[arg-type]
    with Site(tmp_path, fault=fault) as site, ProxyServer(places=PLACES) as proxy:
        outcome = site.log_on(proxy=manual(proxy))
    assert outcome.code == "connection-lost-after-pin"
    assert site.log.pin_posts() == 1


def test_a_proxy_that_breaks_while_the_pin_is_out_does_not_send_it_again(
    tmp_path: Path, far_bank: None
) -> None:
    """The bank has it and is silent; the proxy resets every tunnel, and stays for new ones."""
    fault = BankFault("pin", "hold")
    with Site(tmp_path, fault=fault) as site, ProxyServer(places=PLACES) as proxy:

        def cut_when_the_pin_is_there() -> None:
            assert site.server.bank.holding.wait(30)
            proxy.cut()

        cutting = threading.Thread(target=cut_when_the_pin_is_there)
        cutting.start()
        outcome = site.log_on(proxy=manual(proxy))
        cutting.join()
    assert outcome.code == "connection-lost-after-pin"
    assert site.log.pin_posts() == 1


def test_whose_certificates_the_bank_takes_is_asked_through_the_proxy(site: Site) -> None:
    """The probe of its own, which would not reach the bank directly."""
    with ProxyServer(places=PLACES) as proxy:
        outcome = log_on_as_stranger(site, manual(proxy))
    assert outcome.code == "no-certificate-fits"


def test_where_a_script_decides_the_probe_claims_nothing(site: Site) -> None:
    """It cannot run the script, so it does not say whom the bank takes."""
    with ProxyServer(places=PLACES) as proxy, PacServer(pac_script(proxy.address)) as pac:
        choice = ProxyChoice(ProxyMode.PAC, "", pac.address)
        outcome = log_on_as_stranger(site, choice)
    assert outcome.code == "certificate-not-sent"
