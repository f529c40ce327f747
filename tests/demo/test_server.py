"""The demo's TLS servers: what they ask for, where they listen, how they end."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from pathlib import Path

import pytest
from OpenSSL import SSL
from support.bank_client import BankClient, accepted_issuers
from support.bank_fixtures import BankStore

from certhelper.demo.authority import Authority
from certhelper.demo.customers import DEMO_PIN
from certhelper.demo.scenario import Fault, Scenario
from certhelper.demo.server import FRONT_HOST, LOGON_HOST, DemoServer

SUBSCRIBER_CAS = ["Example Bank Biznet CA - G2", "Example Bank Biznet CA - G3"]
VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])
def test_accepted_issuers_are_named(demo_server: DemoServer, version: int) -> None:
    """The log-on server names the bank's CAs; the front page's server asks for nothing."""
    named = accepted_issuers(LOGON_HOST, demo_server.logon_port, version)
    assert named == [*SUBSCRIBER_CAS, "Example Bank Root CA"]
    assert accepted_issuers(FRONT_HOST, demo_server.front_port, version) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_both_tls_versions(
    demo_server: DemoServer, bank_store: BankStore, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    """A whole log-on works in TLS 1.2 and in TLS 1.3, over new connections too."""
    root = demo_server.authority.server_root.pem
    with BankClient(tmp_path, root, bank_store["user01"], tls_version=version) as client:
        client.log_on(demo_server.addresses, DEMO_PIN)
        client.drop_connections()
        assert "残高照会" in client.get(f"{demo_server.addresses.logon}/biznet/top").text
    assert {entry.tls_version for entry in demo_server.log.entries} == {
        version.name.replace("_", ".")
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_other_issuers_end_the_handshake(
    demo_server: DemoServer, bank_store: BankStore, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    """A certificate of another bank never reaches the pages."""
    root = demo_server.authority.server_root.pem
    with (
        BankClient(tmp_path, root, bank_store["other-bank"], tls_version=version) as client,
        pytest.raises((ssl.SSLError, OSError)),
    ):
        client.to_pin_page(demo_server.addresses)
    assert demo_server.log.wait_for(lambda log: len(log.refused) == 1)
    assert demo_server.log.entries == ()


def test_plain_http_is_refused(demo_server: DemoServer) -> None:
    """A client that does not speak TLS gets no page."""
    with socket.create_connection(("127.0.0.1", demo_server.logon_port), 20) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        try:
            answer = client.recv(4096)
        except ConnectionResetError:  # Windows throws away what came before the end
            answer = b""
    assert "デモ".encode() not in answer


def test_loopback_only(demo_server: DemoServer) -> None:
    """Every socket that listens is bound to 127.0.0.1."""
    if not Path("/proc/net/tcp").exists():
        pytest.skip("only on Linux: what listens is read from /proc")
    ports = {demo_server.front_port, demo_server.logon_port}
    listening = {}
    for table in ("tcp", "tcp6"):
        file = Path("/proc/net") / table
        for line in file.read_text().splitlines()[1:] if file.exists() else []:
            fields = line.split()
            address, _, port = fields[1].partition(":")
            if fields[3] == "0A" and int(port, 16) in ports:
                listening[int(port, 16)] = address
    assert listening == dict.fromkeys(ports, "0100007F")


def test_stop_leaves_nothing(
    bank_authority: Authority, bank_store: BankStore, tmp_path: Path
) -> None:
    """Open connections, idle ones and a held answer do not keep a server alive."""
    before = set(threading.enumerate())
    descriptors = open_descriptors()
    server = DemoServer(bank_authority, scenario=Scenario(fault=Fault("home", "hold")))
    client = BankClient(tmp_path, bank_authority.server_root.pem, bank_store["user01"])
    waiting = BankClient(tmp_path, bank_authority.server_root.pem)
    held = threading.Thread(target=_get_held, args=(waiting, server))
    with waiting:
        with server, client, socket.create_connection(("127.0.0.1", server.logon_port)):
            client.to_pin_page(server.addresses)
            held.start()
            assert server.bank.holding.wait(20)
        held.join()
    assert set(threading.enumerate()) <= before
    assert open_descriptors() <= descriptors
    for port in (server.front_port, server.logon_port):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), 5)


def open_descriptors() -> int:
    """How many descriptors this process has open (0 where that cannot be known)."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0


def _get_held(client: BankClient, server: DemoServer) -> None:
    try:
        client.get(f"{server.addresses.front}/")
    except (OSError, http.client.HTTPException):
        return  # the server was faster with its end than with its answer


def test_failed_start_leaves_nothing(
    bank_authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the second port cannot be had, the first is given back."""
    before = set(threading.enumerate())
    server = DemoServer(bank_authority)
    serve = server._serve
    made: list[object] = []

    def second_fails(context: SSL.Context) -> object:
        if made:
            raise OSError("no port")
        made.append(serve(context))
        return made[0]

    monkeypatch.setattr(server, "_serve", second_fails)
    with pytest.raises(OSError, match="no port"):
        server.start()
    assert set(threading.enumerate()) <= before
