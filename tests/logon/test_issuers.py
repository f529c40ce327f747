"""Asking a real server whose certificates it accepts."""

from __future__ import annotations

import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from OpenSSL import SSL
from support import pki

from certhelper.logon.facts import ProbeOutcome
from certhelper.logon.issuers import probe


@contextmanager
def server(version: int, *, asks: bool, names: list[pki.Authority]) -> Iterator[int]:
    """A TLS server for one handshake; yields its port."""
    authority = pki.Authority("Server CA")
    identity = authority.issue("localhost", hosts=["localhost"], extended=[pki.SERVER_AUTH])
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(version)
    context.set_max_proto_version(version)
    context.use_privatekey(identity.key)
    context.use_certificate(identity.certificate)
    if asks:
        context.set_verify(SSL.VERIFY_PEER, lambda *_: True)
        for ca in names:
            with tempfile.TemporaryDirectory() as folder:
                (Path(folder) / "ca.pem").write_bytes(ca.pem)
                context.load_client_ca(str(Path(folder) / "ca.pem").encode())
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def serve() -> None:
            peer, _ = listener.accept()
            with closing(peer):
                connection = SSL.Connection(context, peer)
                connection.set_accept_state()
                try:
                    connection.do_handshake()
                    connection.recv(1)
                except SSL.Error:
                    pass  # the probe hangs up without a word

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])
class TestOnBothVersions:
    def test_the_names_are_read(self, version: int) -> None:
        """The DER names of the list come back as they were sent."""
        bank = pki.Authority("Example Bank Biznet CA - G2")
        with server(version, asks=True, names=[bank]) as port:
            found = probe("127.0.0.1", port)
        assert found.outcome is ProbeOutcome.ASKED
        assert found.issuers == (bank.certificate.subject.public_bytes(),)
        assert found.issuer_names == ("Example Bank Biznet CA - G2",)

    def test_a_server_that_takes_any_issuer_has_asked(self, version: int) -> None:
        """An empty list is not the same as no request."""
        with server(version, asks=True, names=[]) as port:
            found = probe("127.0.0.1", port)
        assert found.outcome is ProbeOutcome.ASKED
        assert found.issuers == ()

    def test_a_server_that_does_not_ask(self, version: int) -> None:
        """No request is told as never asked."""
        with server(version, asks=False, names=[]) as port:
            assert probe("127.0.0.1", port).outcome is ProbeOutcome.NEVER_ASKED


def test_a_server_that_stalls_or_is_gone_is_unknown() -> None:
    """Silence, a closed port and a name that does not exist end within the limit."""
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        port = silent.getsockname()[1]
        assert probe("127.0.0.1", port, time_limit=0.2).outcome is ProbeOutcome.UNKNOWN
    assert probe("127.0.0.1", port, time_limit=0.2).outcome is ProbeOutcome.UNKNOWN
    assert probe("a" * 70, 443, time_limit=0.2).outcome is ProbeOutcome.UNKNOWN
