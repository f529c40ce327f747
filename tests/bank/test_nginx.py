"""The bank behind nginx: what each kind of server asks for, lets in and writes into its log."""

from __future__ import annotations

from pathlib import Path

import pytest
from OpenSSL import SSL
from support.bank_client import BankClient
from support.bank_fixtures import BankStore
from support.bank_servers import BankServer, BankServers

from certhelper.demo.customers import DEMO_PIN


@pytest.fixture
def user(bank_servers: BankServers, bank_store: BankStore, tmp_path: Path) -> BankClient:
    """A client with user01's certificate and its intermediate CA."""
    authority = bank_servers.authority
    return BankClient(tmp_path, authority.server_root, bank_store["user01"], [authority.biznet_g2])


def named_issuers(server: BankServer) -> list[str]:
    """The CNs of the CAs that a server names when it asks for a certificate."""
    import socket

    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as raw:
        raw.settimeout(None)
        connection = SSL.Connection(context, raw)
        connection.set_tlsext_host_name(server.host.encode())
        connection.set_connect_state()
        connection.do_handshake()
        return [str(name.CN) for name in connection.get_client_ca_list()]


@pytest.mark.parametrize("name", ["optional", "required", "tls12", "tls13", "http2", "root-only"])
def test_whole_log_on(bank_servers: BankServers, user: BankClient, name: str) -> None:
    """A good certificate leads to the top page, and nginx's log proves which one arrived."""
    server = bank_servers[name]
    with user:
        top = user.log_on(server.addresses, DEMO_PIN)
    assert "利用者トップページ" in top.text
    assert bank_servers.log.wait_for(lambda log: len(log.of(server.host)) == 4)
    posts = [e for e in bank_servers.log.of(server.host, "POST") if e.path == "/biznet/pin"]
    assert len(posts) == 1
    assert posts[0].verify == "SUCCESS"
    assert bank_servers.log.certificates(server.host) == bank_servers.bank.log.certificates()
    assert DEMO_PIN not in bank_servers.log.text
