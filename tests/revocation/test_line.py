"""The connections of one request end with it, whatever the server sends."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from support.pki import Authority
from support.revocation_servers import LOOPBACK

from certhelper import system_trust
from certhelper.revocation import transport
from certhelper.revocation.deadline import Deadline
from certhelper.revocation.line import Line
from certhelper.revocation.no_answer import NoAnswerError
from certhelper.revocation.places import Reach
from certhelper.revocation.way import direct

TRAILERS = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n",
    b"a: b\r\n" * 1000,
)
INTERIM = (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)
END_S = 10


class EndlessServer:
    """Sends ``first``, then ``again`` for as long as somebody takes it."""

    def __init__(self, first: bytes, again: bytes, tls: ssl.SSLContext | None = None) -> None:
        self._stopped = False
        self._first, self._again, self._tls = first, again, tls
        self._listener = socket.create_server((LOOPBACK, 0))
        self._listener.settimeout(END_S)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, name="endless server")
        self._thread.start()

    def stop(self) -> None:
        self._stopped = True
        self._thread.join()

    def _serve(self) -> None:
        with self._listener:
            raw, _ = self._listener.accept()
        raw.settimeout(1)  # nobody reads any more, and nobody says so
        client = raw if self._tls is None else self._tls.wrap_socket(raw, server_side=True)
        with client, suppress(OSError):
            client.recv(64 * 1024)
            client.sendall(self._first)
            while not self._stopped:
                client.sendall(self._again)


@pytest.fixture(params=["http", "https"])
def tls(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> ssl.SSLContext | None:
    """How to serve ``https`` that this PC trusts, or None for ``http``."""
    if request.param == "http":
        return None
    web = Authority("A root of the web")
    identity = tmp_path / "identity.pem"
    served = web.server(LOOPBACK)
    identity.write_bytes(served.pem + served.key_pem)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(identity)
    trusting = ssl.create_default_context(cadata=web.pem.decode())
    trusting.verify_flags &= ~ssl.VERIFY_X509_STRICT  # as certhelper.system_trust
    monkeypatch.setattr(system_trust, "context", lambda: trusting)
    return made


@pytest.fixture(params=[TRAILERS, INTERIM], ids=["trailers", "interim"])
def endless(
    request: pytest.FixtureRequest, tls: ssl.SSLContext | None
) -> Iterator[tuple[EndlessServer, str]]:
    """The server and its address."""
    first, again = request.param
    server = EndlessServer(first, again, tls)
    scheme = "http" if tls is None else "https"
    yield server, f"{scheme}://{LOOPBACK}:{server.port}/"
    server.stop()


def test_whoever_sends_without_end_is_cut_off(endless: tuple[EndlessServer, str]) -> None:
    """At the deadline the connection goes, and with it the thread that was reading."""
    _, address = endless
    before = set(threading.enumerate())
    with pytest.raises(NoAnswerError) as failure:
        transport.fetch(transport.Request(address, 1000), direct, Deadline(1.0))
    assert failure.value.cause == "timeout"
    for one in set(threading.enumerate()) - before:
        one.join(END_S)
        assert not one.is_alive()


def test_no_connection_is_made_after_the_end() -> None:
    """A name that was found too late leads nobody anywhere any more."""
    line = Line()
    line.allowed = frozenset({Reach.HERE})
    line.end()
    with socket.create_server((LOOPBACK, 0)) as listener, pytest.raises(TimeoutError):
        line.connect(LOOPBACK, listener.getsockname()[1], 5)
