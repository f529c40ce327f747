"""What the network and a hostile server do: each has its own cause, and an end."""

from __future__ import annotations

import logging
import socket
import ssl
from pathlib import Path

import pytest
from support.pki import Authority
from support.proxy_server import ProxyServer
from support.revocation_servers import (
    LOOPBACK,
    Customer,
    Heard,
    Reply,
    RevocationServer,
    always,
    ask_through,
    free_port,
    names,
    now,
    redirect,
)

from certhelper import system_trust
from certhelper.certificate import Certificate
from certhelper.checks import RevocationStatus
from certhelper.revocation import transport
from certhelper.revocation.asker import Asker
from certhelper.revocation.crl import LONGEST_LIST
from certhelper.revocation.deadline import Deadline
from certhelper.revocation.no_answer import NoAnswerError
from certhelper.revocation.ocsp import LONGEST_RESPONSE

UNKNOWN = RevocationStatus.UNKNOWN


def ask_at(authority: Authority, *addresses: str, seconds: float = 10) -> tuple[str, str]:
    """Return cause and detail for a certificate that names these for OCSP."""
    issued = authority.issue("12345678901234 user01", extensions=names(ocsp=addresses))
    said = Asker(None).ask(Certificate(issued.der), [authority.der], now(), seconds=seconds)
    assert said.status is UNKNOWN
    assert said.source == "ocsp"
    return said.cause, said.detail


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b"", "unreadable"),
        (b"<html>Please sign in</html>", "unreadable"),
        (b"\x30\x03\x0a\x01\x03", "try-later"),  # RFC 6960 section 4.2.1: tryLater
        (b"\x30\x03\x0a\x01\x02", "try-later"),  # internalError
        (b"\x30\x03\x0a\x01\x06", "unauthorized"),
        (b"\x30\x03\x0a\x01\x00", "unreadable"),  # successful, and nothing said
        (b"\x30\x80" * 2000, "unreadable"),
        (b"\x00" * (LONGEST_RESPONSE + 1), "too-big"),
    ],
)
def test_what_is_no_answer_is_named(customer: Customer, body: bytes, cause: str) -> None:
    """Neither good nor revoked follows from it."""
    customer.server.answers["/ocsp"] = always(body)
    said = customer.ask(customer.issue("ocsp"))
    assert (said.status, said.cause) == (UNKNOWN, cause)


def test_a_status_is_told(customer: Customer) -> None:
    """With the host; no word of what the server said."""
    customer.server.answers["/ocsp"] = always(b"secret words", status=503)
    said = customer.ask(customer.issue("ocsp"))
    assert (said.cause, said.detail) == ("refused", f"{customer.server.place}: HTTP 503")


def test_a_list_without_end_is_left_at_the_limit(customer: Customer) -> None:
    """However much is sent: no more is kept in memory than the limit."""
    customer.server.answers["/crl"] = always(b"\x30" * (LONGEST_LIST + 4096))
    assert customer.ask(customer.issue("crl")).cause == "too-big"


def test_an_answer_that_drips_is_left_in_time(customer: Customer) -> None:
    """A server that sends an octet now and then keeps nobody waiting."""
    customer.server.answers["/ocsp"] = always(b"\x30" * 1000, drip_s=0.05)
    assert customer.ask(customer.issue("ocsp"), seconds=0.5).cause == "timeout"


def test_a_server_that_says_nothing_is_left_in_time(customer: Customer) -> None:
    """Not even a status."""
    customer.server.answers["/ocsp"] = always(b"", hangs=True)
    assert customer.ask(customer.issue("ocsp"), seconds=0.5).cause == "timeout"


def test_a_responder_that_hangs_leaves_time_for_the_list(customer: Customer) -> None:
    """The list is asked for with what is left."""
    customer.server.answers["/ocsp"] = always(b"", hangs=True)
    customer.server.answers["/crl"] = always(customer.authority.revocation_list())
    said = customer.ask(customer.issue("ocsp", "crl"), seconds=4)
    assert (said.status, said.source) == (RevocationStatus.GOOD, "crl")


def test_an_answer_that_is_cut_off_is_no_answer(customer: Customer) -> None:
    """Its announced length tells."""
    headers = (("Content-Length", "5000"),)
    customer.server.answers["/ocsp"] = always(b"\x30\x03\x0a\x01\x03", headers=headers)
    assert customer.ask(customer.issue("ocsp"), seconds=3).cause in {
        "unreadable",
        "not-reached",
        "timeout",
    }


@pytest.mark.parametrize(
    "length", ["\xb2", "9" * 5000, "-1", ""], ids=["odd", "endless", "negative", "empty"]
)
def test_an_odd_length_is_no_fault_of_the_program(customer: Customer, length: str) -> None:
    """Python takes a superscript two for a digit and then refuses to read it."""
    headers = (("Content-Length", length),)
    customer.server.answers["/ocsp"] = always(b"words", headers=headers)
    assert customer.ask(customer.issue("ocsp"), seconds=5).cause == "unreadable"


def test_whatever_goes_wrong_is_an_answer_that_cannot_be_read(server: RevocationServer) -> None:
    """So it is held like every other failure, and what was the matter stays with it."""

    def fail(_address: str) -> str | None:
        raise ZeroDivisionError

    request = transport.Request(server.address("/crl"), 1000)
    with pytest.raises(NoAnswerError) as failure:
        transport.fetch(request, fail, Deadline(5))
    assert failure.value.cause == "unreadable"
    assert isinstance(failure.value.__cause__, ZeroDivisionError)


def test_a_packed_answer_is_not_unpacked(customer: Customer) -> None:
    """It was not asked for, and could be of any length."""
    headers = (("Content-Encoding", "gzip"),)
    customer.server.answers["/ocsp"] = always(b"\x1f\x8b", headers=headers)
    assert customer.ask(customer.issue("ocsp")).cause == "unreadable"
    assert customer.server.heard[0].headers["accept-encoding"] == "identity"


def test_redirects_end(authority: Authority, server: RevocationServer) -> None:
    """A loop is left after a few."""
    server.answers["/crl"] = lambda _: redirect("/crl")
    said = ask_through(server, authority, crl=["http://crl.bank.test/crl"])
    assert said.cause == "refused"
    assert "redirects" in said.detail
    assert server.count("/crl") == 4


def test_a_redirect_is_followed_without_cookies(
    authority: Authority, server: RevocationServer
) -> None:
    """To another path or host of the web; nothing of the first answer goes along."""
    server.answers["/crl"] = lambda _: redirect("http://new.bank.test/moved")
    server.answers["/moved"] = always(authority.revocation_list())
    said = ask_through(server, authority, crl=["http://crl.bank.test/crl"])
    assert said.status is RevocationStatus.GOOD
    assert all("cookie" not in heard.headers for heard in server.heard)


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "ldap://directory.test/cn=x",
        "http://user:word@localhost/",
        "http://localhost:25/",
        "",
    ],
)
def test_no_redirect_leads_out_of_the_web(
    authority: Authority, server: RevocationServer, address: str
) -> None:
    """The same rules as for the first address."""
    server.answers["/crl"] = lambda _: redirect(address)
    said = ask_through(server, authority, crl=["http://crl.bank.test/crl"])
    assert said.cause in {"other-scheme", "refused"}
    if address:
        assert server.count("/crl") == 1


@pytest.mark.parametrize(
    "address",
    [
        "ldap://directory.test/cn=x?certificateRevocationList",
        "ftp://localhost/crl",
        "http://user@localhost/",
        "http://localhost:22/",
        "http://localhost:99999/",
        "http:///nowhere",
        "http://local host/",
        "http://localhost/" + "a" * 3000,
        "javascript:alert(1)",
    ],
)
def test_addresses_that_are_not_asked(authority: Authority, address: str) -> None:
    """A stranger chose them."""
    assert ask_at(authority, address)[0] == "other-scheme"


def test_an_address_that_is_not_asked_is_told_offline_too(authority: Authority) -> None:
    """That nobody could be asked has nothing to do with the network."""
    extensions = names(crl=["ldap://directory.test/cn=x"])
    certificate = Certificate(authority.issue("name", extensions=extensions).der)
    said = Asker(None).ask(certificate, [authority.der], now(), offline=True)
    assert said.cause == "other-scheme"


def test_nobody_listens(authority: Authority) -> None:
    """The connection is refused."""
    port = free_port()
    assert ask_at(authority, f"http://{LOOPBACK}:{port}/") == ("not-reached", f"{LOOPBACK}:{port}")


def _no_such_name(*_given: object, **_named: object) -> object:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@pytest.mark.parametrize(
    ("has_network", "cause"), [(True, "name-not-found"), (False, "offline")], ids=str
)
def test_a_name_that_is_not_found(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, has_network: bool, cause: str
) -> None:
    """Without a network it is the network that is missing, and this is said plainly."""
    monkeypatch.setattr(socket, "getaddrinfo", _no_such_name)
    monkeypatch.setattr(transport, "has_network", lambda: has_network)
    detail = "" if cause == "offline" else "ocsp.bank.test"
    assert ask_at(authority, "http://ocsp.bank.test/") == (cause, detail)


def test_a_resolver_that_hangs_is_left_in_time(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing can end it; the asker goes on without."""
    import threading

    over = threading.Event()

    def hang(*_given: object, **_named: object) -> object:
        over.wait(30)
        raise socket.gaierror(socket.EAI_AGAIN, "")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    try:
        assert ask_at(authority, "http://ocsp.bank.test/", seconds=0.3)[0] == "timeout"
    finally:
        over.set()


def test_whoever_failed_is_not_asked_again_at_once(customer: Customer) -> None:
    """No hammering: one host that does not answer is asked once for all its certificates."""
    customer.server.answers["/ocsp"] = always(b"", hangs=True)
    first = customer.ask(customer.issue("ocsp"), seconds=0.4)
    again = [customer.ask(customer.issue("ocsp")) for _ in range(5)]
    assert {one.cause for one in [first, *again]} == {"timeout"}
    assert customer.server.count("/ocsp") == 1
    customer.asker.forget_failures()
    customer.server.answers["/ocsp"] = always(b"", status=404)
    assert customer.ask(customer.issue("ocsp")).cause == "refused"


def test_who_was_not_asked_for_want_of_time_is_asked_the_next_time(customer: Customer) -> None:
    """The end of a budget is nobody's failure."""
    customer.server.answers["/crl"] = always(customer.authority.revocation_list())
    issued = customer.issue("crl")
    assert customer.ask(issued, seconds=0).cause == "no-time"
    assert customer.ask(issued).status is RevocationStatus.GOOD


def test_the_environments_proxy_is_passed_over(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The way is that of the settings, and nothing else."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://{LOOPBACK}:{free_port()}")
    customer.server.answers["/crl"] = always(customer.authority.revocation_list())
    assert customer.ask(customer.issue("crl")).status is RevocationStatus.GOOD


def test_the_given_proxy_is_used(authority: Authority, server: RevocationServer) -> None:
    """It gets the whole address, and looks up the name itself."""
    server.answers["/crl"] = always(authority.revocation_list())
    extensions = names(crl=["http://crl.bank.test/crl"])
    issued = authority.issue("12345678901234 user01", extensions=extensions)
    asker = Asker(None, lambda _address: f"http://{server.place}")
    said = asker.ask(Certificate(issued.der), [authority.der], now())
    assert (said.status, said.where) == (RevocationStatus.GOOD, "http://crl.bank.test/crl")
    assert [one.target for one in server.heard] == ["http://crl.bank.test/crl"]


def test_a_proxy_that_is_not_there_and_one_that_wants_a_name(
    authority: Authority, server: RevocationServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two causes; the proxy's own words are not told."""
    monkeypatch.setattr(transport, "has_network", lambda: True)
    server.answers["/crl"] = always(b"words", status=407)
    extensions = names(crl=["http://crl.bank.test/crl"])
    certificate = Certificate(authority.issue("name", extensions=extensions).der)
    for place, cause in (
        (f"{LOOPBACK}:{free_port()}", "proxy-not-reached"),
        (server.place, "proxy-refused"),
    ):
        asker = Asker(None, lambda _address, place=place: f"http://{place}")  # type: ignore[misc]
        assert asker.ask(certificate, [authority.der], now()).cause == cause


def test_a_proxy_that_wants_a_name_for_a_tunnel(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An ``https`` address goes through CONNECT, and the proxy says no to that."""
    monkeypatch.setattr(transport, "has_network", lambda: True)
    extensions = names(crl=["https://crl.bank.test/crl"])
    certificate = Certificate(authority.issue("name", extensions=extensions).der)
    with ProxyServer(users={"somebody": "word"}) as proxy:
        asker = Asker(None, lambda _address: f"http://{proxy.address}")
        assert asker.ask(certificate, [authority.der], now()).cause == "proxy-refused"


def test_a_way_that_only_the_engine_knows(authority: Authority) -> None:
    """Nobody is asked then."""

    def way(_address: str) -> str | None:
        raise NoAnswerError("proxy-unknown")

    extensions = names(crl=["http://crl.bank.test/crl"])
    certificate = Certificate(authority.issue("name", extensions=extensions).der)
    assert Asker(None, way).ask(certificate, [authority.der], now()).cause == "proxy-unknown"


def test_an_https_address_must_be_trusted_as_any_site(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the roots that this PC trusts; the issuer's own root need not be one of them."""
    web = Authority("A root of the web")
    identity = tmp_path / "identity.pem"
    served = web.server(LOOPBACK)
    identity.write_bytes(served.pem + served.key_pem)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(identity)
    with RevocationServer(tls) as server:
        server.answers["/crl"] = always(authority.revocation_list())
        extensions = names(crl=[server.address("/crl")])
        certificate = Certificate(authority.issue("name", extensions=extensions).der)
        said = Asker(None).ask(certificate, [authority.der], now())
        assert (said.status, said.cause) == (UNKNOWN, "not-reached")
        trusting = ssl.create_default_context(cadata=web.pem.decode())
        trusting.verify_flags &= ~ssl.VERIFY_X509_STRICT  # as certhelper.system_trust
        monkeypatch.setattr(system_trust, "context", lambda: trusting)
        said = Asker(None).ask(certificate, [authority.der], now())
        assert said.status is RevocationStatus.GOOD


def test_a_question_tells_nothing_of_the_person(
    customer: Customer, caplog: pytest.LogCaptureFixture
) -> None:
    """No cookie, no version, no login, and no address in the log."""
    caplog.set_level(logging.DEBUG, "certhelper")
    customer.server.answers["/ocsp"] = always(b"")
    customer.ask(customer.issue("ocsp"))
    [heard] = customer.server.heard
    told = set(heard.headers) - {"host", "content-length", "content-type", "connection"}
    assert told == {"user-agent", "accept-encoding"}
    assert heard.headers["user-agent"] == "certhelper"
    assert heard.headers["content-type"] == "application/ocsp-request"
    assert not [one for one in caplog.records if one.name.startswith("certhelper")]


def test_the_whole_time_counts_for_redirects(server: RevocationServer) -> None:
    """Not each step by itself."""

    def slow(_heard: Heard) -> Reply:
        return Reply(b"x" * 100, drip_s=0.05)

    server.answers["/slow"] = slow
    server.answers["/start"] = lambda _: redirect("/slow")
    request = transport.Request("http://crl.bank.test/start", 1000)
    with pytest.raises(NoAnswerError) as failure:
        transport.fetch(request, lambda _address: f"http://{server.place}", Deadline(0.5))
    assert failure.value.cause == "timeout"
