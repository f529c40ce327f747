"""The bank behind nginx: what each kind of server asks for, lets in and writes into its log."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from pathlib import Path

import pytest
from support.bank_client import BankClient, accepted_issuers
from support.bank_fixtures import BankStore
from support.bank_servers import KINDS, RAW_KINDS, BankServers, bank_behind_nginx

from certhelper.bank import Bank
from certhelper.demo.authority import Authority
from certhelper.demo.customers import DEMO_PIN
from certhelper.demo.scenario import Fault, FaultKind, Scenario

SUBSCRIBER_CAS = ["Example Bank Biznet CA - G2", "Example Bank Biznet CA - G3"]
ROOT = "Example Bank Root CA"
HANDSHAKES = ["optional", "required", "tls12", "tls13", "http2", "root-only", "any-issuer"]


@pytest.fixture
def user(bank_servers: BankServers, bank_store: BankStore, tmp_path: Path) -> BankClient:
    """A client with user01's certificate and its intermediate CA."""
    authority = bank_servers.authority
    return BankClient(
        tmp_path, authority.server_root.pem, bank_store["user01"], [authority.biznet_g2]
    )


def stranger(servers: BankServers, folder: Path) -> BankClient:
    """A client without a certificate."""
    return BankClient(folder, servers.authority.server_root.pem)


@pytest.mark.parametrize("name", HANDSHAKES)
def test_whole_log_on(bank_servers: BankServers, user: BankClient, name: str) -> None:
    """A good certificate leads to the top page, and nginx's log proves which one arrived."""
    server = bank_servers[name]
    with user:
        top = user.log_on(server.addresses, DEMO_PIN)
    assert "利用者トップページ" in top.text
    assert bank_servers.log.wait_for(lambda log: len(log.of(server.host)) == 4)
    posts = [e for e in bank_servers.log.of(server.host, "POST") if e.path == "/biznet/pin"]
    assert [post.verify for post in posts] == ["SUCCESS"]
    assert posts[0].sha256 == bank_servers.bank.log.certificates()[0]
    assert posts[0].serial.lstrip("0") == bank_servers.bank.log.entries[-1].serial
    assert DEMO_PIN not in bank_servers.log.text


@pytest.mark.parametrize(
    ("name", "issuers"),
    [
        ("optional", [*SUBSCRIBER_CAS, ROOT]),
        ("required", [*SUBSCRIBER_CAS, ROOT]),
        ("tls12", [*SUBSCRIBER_CAS, ROOT]),
        ("root-only", [ROOT]),
        ("any-issuer", []),
        ("other-issuer", ["Cybertrust DeviceiD Public CA G3h"]),
    ],
)
def test_named_issuers(bank_servers: BankServers, name: str, issuers: list[str]) -> None:
    """Each server names the CAs that its kind says, or none."""
    server = bank_servers[name]
    assert accepted_issuers(server.host, server.port) == issuers


def test_no_certificate(bank_servers: BankServers, tmp_path: Path) -> None:
    """Without a certificate ``optional`` shows the bank's page, ``required`` refuses by itself."""
    with stranger(bank_servers, tmp_path) as client:
        optional = client.to_pin_page(bank_servers["optional"].addresses)
        required = client.to_pin_page(bank_servers["required"].addresses)
    assert (optional.status, required.status) == (403, 400)
    assert "電子証明書が送信されませんでした" in optional.text
    assert "No required SSL certificate" in required.text


def test_chain_is_needed_where_only_the_root_is_named(
    bank_servers: BankServers, bank_store: BankStore, tmp_path: Path
) -> None:
    """A client that sends its certificate alone is refused where only the root is trusted."""
    server = bank_servers["root-only"]
    root = bank_servers.authority.server_root.pem
    with BankClient(tmp_path, root, bank_store["user01"]) as client:
        assert client.to_pin_page(server.addresses).status == 400
    assert bank_servers.log.wait_for(lambda log: len(log.of(server.host)) == 1)
    assert bank_servers.log.of(server.host)[0].verify.startswith("FAILED:")


def test_revoked_certificate(
    bank_servers: BankServers, bank_store: BankStore, tmp_path: Path
) -> None:
    """A revoked certificate meets the bank's page, or nginx itself where it has the CRL."""
    root = bank_servers.authority.server_root.pem
    with BankClient(tmp_path, root, bank_store["revoked"]) as client:
        shown = client.to_pin_page(bank_servers["optional"].addresses)
        refused = client.to_pin_page(bank_servers["revocation"].addresses)
    assert "電子証明書は失効しています" in shown.text
    assert refused.status == 400
    assert bank_servers.log.wait_for(lambda log: len(log.of("revocation.bank.localhost")) == 1)
    assert bank_servers.log.entries[-1].verify == "FAILED:certificate revoked"


def test_expired_certificate(
    bank_servers: BankServers, bank_store: BankStore, tmp_path: Path
) -> None:
    """Nginx refuses an expired client certificate and says so in its log."""
    root = bank_servers.authority.server_root.pem
    with BankClient(tmp_path, root, bank_store["expired"]) as client:
        assert client.to_pin_page(bank_servers["optional"].addresses).status == 400
    assert bank_servers.log.wait_for(lambda log: len(log.entries) == 1)
    assert bank_servers.log.entries[0].verify == "FAILED:certificate has expired"
    assert bank_servers.log.entries[0].sha256 == bank_store["expired"].sha256


@pytest.mark.parametrize(("name", "version"), [("tls12", "TLSv1.2"), ("tls13", "TLSv1.3")])
def test_protocol_versions(
    bank_servers: BankServers, user: BankClient, name: str, version: str
) -> None:
    """A server of one TLS version speaks that version and writes it down."""
    with user:
        user.to_pin_page(bank_servers[name].addresses)
    assert bank_servers.log.wait_for(lambda log: len(log.entries) == 1)
    assert bank_servers.log.entries[0].tls_version == version
    assert bank_servers.bank.log.entries[0].tls_version == version


@pytest.mark.parametrize(("name", "protocol"), [("http2", "h2"), ("optional", "http/1.1")])
def test_http2(bank_servers: BankServers, name: str, protocol: str) -> None:
    """Only the server for HTTP/2 agrees to speak it."""
    context = ssl.create_default_context(cadata=bank_servers.authority.server_root.pem.decode())
    context.set_alpn_protocols(["h2", "http/1.1"])
    server = bank_servers[name]
    with (
        socket.create_connection(("127.0.0.1", server.port), 20) as raw,
        context.wrap_socket(raw, server_hostname=server.host) as tls,
    ):
        assert tls.selected_alpn_protocol() == protocol


def test_session_reuse_is_logged(bank_servers: BankServers) -> None:
    """The log tells a resumed TLS session from a new one."""
    context = ssl.create_default_context(cadata=bank_servers.authority.server_root.pem.decode())
    server = bank_servers["tls12"]
    session = None
    for _ in range(2):
        with (
            socket.create_connection(("127.0.0.1", server.port), 20) as raw,
            context.wrap_socket(raw, server_hostname=server.host, session=session) as tls,
        ):
            session = tls.session
            tls.sendall(b"GET /biznet/other HTTP/1.0\r\nHost: tls12\r\n\r\n")
            while tls.recv(4096):
                pass
    assert bank_servers.log.wait_for(lambda log: len(log.entries) == 2)
    assert [entry.session_reused for entry in bank_servers.log.entries] == [False, True]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("expired", "has expired"),
        ("untrusted", "unable to get local issuer"),
        ("wrong-name", "mismatch"),
    ],
)
def test_bad_server_certificates(
    bank_servers: BankServers, tmp_path: Path, name: str, code: str
) -> None:
    """The three servers with a bad certificate are refused, each for its own reason."""
    with (
        stranger(bank_servers, tmp_path) as client,
        pytest.raises(ssl.SSLCertVerificationError, match=code),
    ):
        client.to_pin_page(bank_servers[name].addresses)


def test_raw_servers(bank_servers: BankServers, tmp_path: Path) -> None:
    """Servers that reset, close, never answer or are not there do so."""
    with stranger(bank_servers, tmp_path) as client:
        with pytest.raises(ConnectionResetError):
            client.to_pin_page(bank_servers["reset"].addresses)
        # Which of the two depends on Python's and OpenSSL's versions.
        with pytest.raises((ssl.SSLEOFError, ssl.SSLZeroReturnError)):
            client.to_pin_page(bank_servers["close"].addresses)
        with pytest.raises(ConnectionRefusedError):
            client.to_pin_page(bank_servers["absent"].addresses)
    with socket.create_connection(("127.0.0.1", bank_servers["stall"].port)) as raw:
        raw.sendall(b"\x16\x03\x01")
        raw.settimeout(0.2)
        with pytest.raises(TimeoutError):
            raw.recv(1)
    assert [bank_servers.raw[name].connections for name in ("reset", "close", "stall")] == [1, 1, 1]


@pytest.mark.parametrize("kind", ["drop", "reset"])
def test_connection_dropped_at_the_pin(
    bank_servers: BankServers, user: BankClient, kind: FaultKind
) -> None:
    """A PIN that is answered by a closed connection is seen in both logs, once."""
    bank_servers.bank.scenario = Scenario(fault=Fault("pin", kind))
    addresses = bank_servers["optional"].addresses
    with user:
        token = user.to_pin_page(addresses).token
        with pytest.raises(http.client.RemoteDisconnected):
            user.submit_pin(addresses, DEMO_PIN, token)
    assert bank_servers.log.wait_for(lambda log: len(log.entries) == 2)
    first, second = bank_servers.log.entries
    assert (second.method, second.path, second.status) == ("POST", "/biznet/pin", 444)
    assert first.connection == second.connection
    assert bank_servers.bank.log.pin_posts() == 1


def test_front_page_leads_to_its_server(bank_servers: BankServers, tmp_path: Path) -> None:
    """Every server has a profile that the program reads and a front page that links to it."""
    with stranger(bank_servers, tmp_path) as client:
        for name in (*KINDS, *RAW_KINDS):
            server = bank_servers[name]
            site = Bank.read(server.profile).site
            assert site.certificate_hosts == (f"{server.host}:{server.port}",)
            assert client.get(site.start_url).status == 200
            logon = client.get(f"{server.addresses.front}/biznet/")
            assert f"{server.addresses.logon}/biznet/certificate" in logon.text


def test_nothing_is_left(bank_authority: Authority, bank_store: BankStore, tmp_path: Path) -> None:
    """When the servers have stopped, no port answers, no thread runs."""
    before = set(threading.enumerate())
    with bank_behind_nginx(tmp_path / "bank", bank_authority) as servers:
        ports = [server.port for server in servers]
    assert set(threading.enumerate()) <= before
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), 5)
