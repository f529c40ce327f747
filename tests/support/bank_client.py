"""A small client of the demo bank that sends a certificate: what a browser does, step by step."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlencode, urlsplit

from OpenSSL import SSL

from certhelper.demo.authority import Issued
from certhelper.demo.client import Addresses

_TOKEN = re.compile(r'name="token" value="([0-9a-f]+)"')
_CODE = re.compile(r'id="shown-code">([0-9]{6})<')


@dataclass(frozen=True)
class Page:
    """An answer; ``token`` is the number that the next form must carry."""

    status: int
    headers: dict[str, str]
    octets: bytes

    @property
    def text(self) -> str:
        return self.octets.decode()

    @property
    def token(self) -> str:
        found = _TOKEN.search(self.text)
        assert found, f"no form on this page: {self.text}"
        return found[1]

    @property
    def one_time_code(self) -> str:
        found = _CODE.search(self.text)
        assert found, f"no one-time code on this page: {self.text}"
        return found[1]


class _Connection(http.client.HTTPSConnection):
    """Connects to loopback whatever the name, because not every resolver knows ``*.localhost``."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=20, context=context)
        self._tls_context = context

    def connect(self) -> None:
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.sock = self._tls_context.wrap_socket(raw, server_hostname=self.host)
        except BaseException:
            raw.close()
            raise


class BankClient:
    """One session: keeps cookies and connections; a context manager.  ``server_root`` is a PEM."""

    def __init__(
        self,
        folder: Path,
        server_root: bytes,
        certificate: Issued | None = None,
        chain: Iterable[Issued] = (),
        tls_version: ssl.TLSVersion | None = None,
    ) -> None:
        self._context = ssl.create_default_context(cadata=server_root.decode())
        if tls_version is not None:
            self._context.minimum_version = self._context.maximum_version = tls_version
        if certificate is not None:
            file = folder / f"{certificate.sha256}.pem"
            chained = b"".join(issuer.pem for issuer in chain)
            file.write_bytes(certificate.pem + chained + certificate.key_pem)
            self._context.load_cert_chain(file)
        self._connections: dict[tuple[str, int], _Connection] = {}
        self.cookies: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.drop_connections()

    def drop_connections(self) -> None:
        """Close every connection; the next request makes a new one."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    def get(self, address: str) -> Page:
        """Fetch one page; redirects are not followed."""
        return self._send("GET", address, None)

    def post(self, address: str, **fields: str) -> Page:
        """Submit a form."""
        return self._send("POST", address, urlencode(fields))

    def to_pin_page(self, addresses: Addresses) -> Page:
        """Present the certificate."""
        return self.get(f"{addresses.logon}/biznet/certificate")

    def submit_pin(self, addresses: Addresses, pin: str, token: str) -> Page:
        return self.post(f"{addresses.logon}/biznet/pin", pin=pin, token=token)

    def log_on(self, addresses: Addresses, pin: str) -> Page:
        """The whole way to the top page."""
        answer = self.submit_pin(addresses, pin, self.to_pin_page(addresses).token)
        address = f"{addresses.logon}/biznet/other"
        assert self.post(address, code=answer.one_time_code, token=answer.token).status == 303
        return self.get(f"{addresses.logon}/biznet/top")

    def _send(self, method: str, address: str, body: str | None) -> Page:
        parts = urlsplit(address)
        assert parts.hostname
        assert parts.port
        place = (parts.hostname, parts.port)
        if place not in self._connections:
            self._connections[place] = _Connection(*place, self._context)
        connection = self._connections[place]
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, parts.path or "/", body, headers)
        answer = connection.getresponse()
        page = Page(answer.status, dict(answer.getheaders()), answer.read())
        for name, morsel in SimpleCookie(answer.getheader("Set-Cookie", "")).items():
            self.cookies[name] = morsel.value
        return page


def accepted_issuers(
    host: str, port: int, tls_version: int = SSL.TLS1_2_VERSION
) -> list[str | None]:
    """The CNs of the CAs that a server names when it asks for a certificate, in its order."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_max_proto_version(tls_version)
    with socket.create_connection(("127.0.0.1", port), timeout=20) as raw:
        raw.settimeout(None)
        connection = SSL.Connection(context, raw)
        connection.set_tlsext_host_name(host.encode())
        connection.set_connect_state()
        connection.do_handshake()
        return [name.CN for name in connection.get_client_ca_list()]
