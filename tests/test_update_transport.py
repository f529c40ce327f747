"""The one request that this program ever makes by itself, at a real TLS server on loopback."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from support.pki import Authority
from support.proxy_server import ProxyServer

from certhelper import update_check, update_transport
from certhelper.failures import FailedError
from certhelper.proxy_choice import ProxyChoice, ProxyMode

ANSWER = json.dumps({"schema": update_check.SCHEMA, "version": "9.0"}).encode()


class Server:
    """Answers as the test says and keeps what was asked."""

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        self.status = 200
        self.body = ANSWER
        self.headers: dict[str, str] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        told = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                told.requests.append((self.requestline, dict(self.headers)))
                self.send_response(told.status)
                for name, value in told.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(told.body)

            def do_CONNECT(self) -> None:
                self.do_GET()

            def log_message(self, *arguments: object) -> None:
                """Nothing is printed."""

        class Quiet(HTTPServer):
            def handle_error(self, *arguments: object) -> None:
                """A client that leaves early is what some tests are about."""

        self.http = Quiet(("127.0.0.1", 0), Handler)
        if tls is not None:
            self.http.socket = tls.wrap_socket(self.http.socket, server_side=True)
        self.url = f"https://localhost:{self.http.server_port}/certhelper.json"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def stop(self) -> None:
        if self.thread.is_alive():
            self.http.shutdown()
            self.thread.join()
            self.http.server_close()


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def server(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Server]:
    """A server whose root the system trusts, as a firm's own root is."""
    issued = authority.server("localhost")
    chain, root = tmp_path / "server.pem", tmp_path / "root.pem"
    chain.write_bytes(issued.key_pem + issued.chain_pem)
    root.write_bytes(authority.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(root))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(chain)
    made = Server(tls)
    yield made
    made.stop()


def refused(url: str) -> str:
    with pytest.raises(FailedError) as error:
        update_transport.fetch(url)
    assert error.value.code == "update-not-checked"
    return error.value.facts["detail"]


def test_one_plain_request_says_nothing_of_the_pc(
    server: Server, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No cookie, no version, no login; not even one that lies ready for this host."""
    (home / ".netrc").write_text("machine localhost login me password secret\n")
    (home / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(home / ".netrc"))
    server.headers = {"Set-Cookie": "who=me"}
    assert update_transport.fetch(server.url) == ANSWER
    assert update_transport.fetch(server.url) == ANSWER
    for line, headers in server.requests:
        assert line == "GET /certhelper.json HTTP/1.1"
        assert headers == {
            "Host": server.url.split("/")[2],
            "User-Agent": "certhelper",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
        }
    assert len(server.requests) == 2


def test_a_redirect_is_not_followed(server: Server) -> None:
    """Only the address that the administrator gave is asked."""
    server.status, server.headers = 302, {"Location": server.url.replace("certhelper", "other")}
    assert refused(server.url) == "HTTP 302"
    assert len(server.requests) == 1


def test_an_answer_without_end_is_left(server: Server) -> None:
    """It is read up to the limit and not kept."""
    server.body = b" " * (update_check.LONGEST_ANSWER * 4)
    assert refused(server.url) == "too long"


def test_a_packed_answer_is_not_unpacked(server: Server) -> None:
    """A few octets could otherwise become very many."""
    server.headers = {"Content-Encoding": "gzip"}
    assert refused(server.url) == "packed"


def test_an_answer_that_takes_too_long_is_left(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that never stops to send a little."""
    monkeypatch.setattr(update_transport, "_ALL_SECONDS", -1.0)
    assert refused(server.url) == "too slow"


def test_an_unknown_server_is_not_believed(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a root that is trusted there is no answer."""
    monkeypatch.delenv("SSL_CERT_FILE")
    assert refused(server.url) == "SSLError"
    assert server.requests == []


def test_a_server_that_is_away_is_a_failure_with_a_name(server: Server) -> None:
    """The detail names the kind of failure and neither the address nor a proxy."""
    server.stop()
    assert refused(server.url) == "ConnectionError"


def test_the_systems_proxy_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many firms let nothing out but through it."""
    proxy = Server(None)
    proxy.status, proxy.body = 403, b""
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:secret@127.0.0.1:{proxy.http.server_port}")
    detail = refused("https://updates.example.co.jp/certhelper.json")
    proxy.stop()
    assert detail == "ProxyError"
    asked = [line.rpartition(" ")[0] for line, _ in proxy.requests]
    assert asked == ["CONNECT updates.example.co.jp:443"]


def test_the_proxy_of_the_settings_is_used(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The given one, none at all, and with a script, which nobody runs here, nothing is asked."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with ProxyServer(places={"localhost": "127.0.0.1"}) as proxy:
        given = ProxyChoice(ProxyMode.MANUAL, proxy.address)
        assert update_transport.fetch(server.url, given) == ANSWER
        assert proxy.tunnels == [server.url.split("/")[2]]
    assert update_transport.fetch(server.url, ProxyChoice(ProxyMode.NONE)) == ANSWER
    with pytest.raises(FailedError) as failed:
        update_transport.fetch(server.url, ProxyChoice(ProxyMode.PAC, "", "http://a.example/p"))
    assert failed.value.facts["detail"] == "PAC"
