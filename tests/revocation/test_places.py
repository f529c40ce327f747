"""Nobody's certificate makes the program knock at doors inside the firm or on this PC."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from support.pki import Authority
from support.revocation_servers import (
    LOOPBACK,
    Customer,
    RevocationServer,
    always,
    ask_through,
    names,
    now,
    redirect,
)

from certhelper.certificate import Certificate
from certhelper.checks import Revocation, RevocationStatus
from certhelper.revocation import line
from certhelper.revocation.address_rules import is_web_address
from certhelper.revocation.asker import Asker
from certhelper.revocation.places import Reach

GOOD, _, UNKNOWN = RevocationStatus
PUBLIC, PRIVATE = Reach.PUBLIC, Reach.PRIVATE


@pytest.fixture
def inner() -> Iterator[RevocationServer]:
    """A web server that nobody outside is to reach."""
    with RevocationServer() as running:
        running.answers["/reboot"] = always(b"done")
        yield running


def ask(authority: Authority, **addresses: list[str]) -> Revocation:
    """Ask directly about a certificate that names these."""
    issued = authority.issue("12345678901234 user01", extensions=names(**addresses))
    return Asker(None).ask(Certificate(issued.der), [authority.der], now(), seconds=10)


@pytest.mark.parametrize(
    "host",
    [
        "ocsp.bank.test",
        "8.8.8.8",
        "[2606:4700::1]",
        "intranet",
        "10.1.2.3",  # a firm's own responder
        "192.168.1.5:8080",
        "172.16.0.1",
        "100.64.0.1",
        "[fd00::1]",
        "localhost:8080",  # in plain words
        "127.0.0.1:9000",
        "[::1]:9000",
    ],
)
def test_hosts_that_may_be_asked(host: str) -> None:
    """The internet, the firm's own network, and this PC where the certificate says so."""
    assert is_web_address(f"http://{host}/crl")


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",  # a cloud's own service
        "[fe80::1]",
        "[fe80::1%25eth0]",
        "224.0.0.251",
        "[ff02::1]",
        "0.0.0.0:8080",
        "0.1.2.3",
        "[::]",
        "255.255.255.255",
        "240.0.0.1",
        "127.0.0.2",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.0.0.1.",
        "a.0x7f",
        "[::ffff:127.0.0.1]",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[0:0:0:0:0:0:0:1]",
        "localhost.",
        "demo.localhost",
        "ocsp.bank.test:0",
        "a..b",
        "%31%32%37.0.0.1",
        "bank.test,localhost",
    ],
)
def test_hosts_that_are_never_asked(host: str) -> None:
    """Whatever the way in which the number is written."""
    assert not is_web_address(f"http://{host}/crl")


def test_a_name_that_leads_to_this_pc_is_not_asked(
    authority: Authority, inner: RevocationServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody can let a name of theirs lead here."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (LOOPBACK, _port(inner)))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_given, **_named: found)
    said = ask(authority, ocsp=["http://ocsp.bank.test/reboot"])
    assert (said.status, said.cause) == (UNKNOWN, "other-scheme")
    assert inner.heard == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_leads_to_this_pc(
    customer: Customer, inner: RevocationServer, status: int
) -> None:
    """Neither a list's nor a posted question's, not even from here."""
    for path in ("/ocsp", "/crl", "/issuer"):
        customer.server.answers[path] = lambda _: redirect(inner.address("/reboot"), status)
    customer.ask(customer.issue("ocsp", "crl"))
    issued = customer.issue("issuer", "crl")
    customer.asker.ask(Certificate(issued.der), [], now(), seconds=10)
    assert {one.target for one in customer.server.heard} == {"/ocsp", "/crl", "/issuer"}
    assert inner.heard == []


@pytest.mark.parametrize(
    "address",
    [
        "http://10.0.0.1/reboot",
        "http://192.168.1.1/reboot",
        "http://[fd00::1]/reboot",
        "http://169.254.169.254/",
        "http://localhost/reboot",
        "http://127.0.0.1/reboot",
    ],
)
def test_no_redirect_leads_from_outside_into_the_network(
    authority: Authority, server: RevocationServer, address: str
) -> None:
    """By a proxy, which would go there."""
    server.answers["/crl"] = lambda _: redirect(address)
    said = ask_through(server, authority, crl=["http://crl.bank.test/crl"])
    assert (said.status, said.cause) == (UNKNOWN, "other-scheme")
    assert [one.target for one in server.heard] == ["http://crl.bank.test/crl"]


@pytest.mark.parametrize(
    ("first", "second", "is_followed"),
    [
        (PUBLIC, PUBLIC, True),
        (PRIVATE, PRIVATE, True),
        (PRIVATE, PUBLIC, True),
        (PUBLIC, PRIVATE, False),
        (PUBLIC, Reach.HERE, False),
        (PRIVATE, Reach.HERE, False),
    ],
)
def test_where_a_name_leads_decides_about_a_redirect(
    authority: Authority,
    server: RevocationServer,
    monkeypatch: pytest.MonkeyPatch,
    first: Reach,
    second: Reach,
    is_followed: bool,
) -> None:
    """A firm's responder may send on inside the firm; nobody outside may send in there."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (LOOPBACK, _port(server)))]
    reaches = iter((first, second))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_given, **_named: found)
    monkeypatch.setattr(line, "reach_of", lambda _address: next(reaches))
    server.answers["/crl"] = lambda _: redirect("http://other.bank.test/moved")
    server.answers["/moved"] = always(authority.revocation_list())
    said = ask(authority, crl=["http://crl.bank.test/crl"])
    assert said.status is (GOOD if is_followed else UNKNOWN)
    assert server.count("/moved") == (1 if is_followed else 0)


@pytest.mark.parametrize(
    ("status", "posts"), [(301, 1), (302, 1), (303, 1), (307, 2), (308, 2)], ids=str
)
def test_a_posted_question_is_repeated_only_where_the_answer_says_so(
    authority: Authority, server: RevocationServer, status: int, posts: int
) -> None:
    """RFC 9110 section 15.4: 307 and 308 keep the method, the others mean something else."""
    server.answers["/ocsp"] = lambda _: redirect("http://other.bank.test/moved", status)
    said = ask_through(server, authority, ocsp=["http://ocsp.bank.test/ocsp"])
    assert said.cause == "refused"
    assert [one.method for one in server.heard] == ["POST"] * posts


def _port(server: RevocationServer) -> int:
    return int(server.place.rpartition(":")[2])
