"""The demo bank behind real nginx, one server for each way a bank may ask for a certificate."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from support.nginx import Nginx, NginxLog
from support.raw_servers import AbsentServer, RawServer

from certhelper.demo import profile
from certhelper.demo.authority import Authority, Issued
from certhelper.demo.bank import DemoBank
from certhelper.demo.client import Addresses, from_proxy_headers
from certhelper.demo.server import LoopbackServer

DOMAIN = "bank.localhost"
ELSEWHERE = f"elsewhere.{DOMAIN}"


@dataclass(frozen=True)
class Kind:
    """One nginx server: how it asks for a certificate and what it shows of itself.

    ``issuers`` None names no CA.  ``identity`` makes the server's own certificate.
    """

    verify: str = "optional"
    protocols: str = "TLSv1.2 TLSv1.3"
    http2: bool = False
    issuers: Callable[[Authority], list[Issued]] | None = lambda authority: list(authority.accepted)
    revocation: bool = False
    identity: Callable[[Authority, str], Issued] = lambda authority, host: authority.issue_server(
        [host]
    )


def _expired(authority: Authority, host: str) -> Issued:
    now = authority.now
    return authority.issue_server(
        [host], not_before=now - timedelta(days=30), not_after=now - timedelta(days=1)
    )


def _untrusted(authority: Authority, host: str) -> Issued:
    return authority.issue_server([host], issuer=authority.stranger_root)


def _wrong_name(authority: Authority, _host: str) -> Issued:
    return authority.issue_server([f"somebody-else.{DOMAIN}"])


KINDS: dict[str, Kind] = {
    "optional": Kind(),
    "required": Kind(verify="on"),
    "tls12": Kind(protocols="TLSv1.2"),
    "tls13": Kind(protocols="TLSv1.3"),
    "required-tls12": Kind(verify="on", protocols="TLSv1.2"),
    "http2": Kind(http2=True),
    # Names the root alone: the client must find the way from its certificate to it and send it.
    "root-only": Kind(issuers=lambda authority: [authority.root]),
    # Names nobody, so a browser offers everything it has.
    "any-issuer": Kind(verify="optional_no_ca", issuers=None),
    "other-issuer": Kind(issuers=lambda authority: [authority.unrelated]),
    "never-asks": Kind(verify="off"),
    # Refuses what the bank's CAs revoked by itself, before the bank's pages see it.
    "revocation": Kind(revocation=True),
    "expired": Kind(identity=_expired),
    "untrusted": Kind(identity=_untrusted),
    "wrong-name": Kind(identity=_wrong_name),
}
RAW_KINDS = ("reset", "close", "stall", "absent")


@dataclass(frozen=True)
class BankServer:
    """One way to the bank: the profile leads from its front page to ``host``:``port``."""

    name: str
    host: str
    port: int
    profile: Path
    addresses: Addresses


@dataclass
class BankServers:
    """Every server by name, the bank behind them all, and what nginx logged.

    ``bank.scenario`` may be replaced at any time; ``raw`` are the servers without TLS.
    """

    authority: Authority
    bank: DemoBank
    log: NginxLog
    raw: Mapping[str, RawServer]
    _servers: dict[str, BankServer] = field(default_factory=dict)

    def __getitem__(self, name: str) -> BankServer:
        return self._servers[name]

    def __iter__(self) -> Iterator[BankServer]:
        return iter(self._servers.values())


@contextmanager
def bank_behind_nginx(directory: Path, authority: Authority) -> Iterator[BankServers]:
    """Start all servers; everything they write is below ``directory``."""
    with ExitStack() as stack:
        bank = DemoBank(authority, from_proxy_headers)
        backend = LoopbackServer(bank)
        stack.callback(backend.stop)
        stack.callback(bank.close)
        raw = {
            "reset": stack.enter_context(RawServer("reset")),
            "close": stack.enter_context(RawServer("close")),
            "stall": stack.enter_context(RawServer("stall")),
        }
        absent = stack.enter_context(AbsentServer())
        listening = {name: socket.create_server(("127.0.0.1", 0)) for name in ("front", *KINDS)}
        ports = {name: listener.getsockname()[1] for name, listener in listening.items()}
        ports |= {name: server.port for name, server in raw.items()} | {"absent": absent.port}
        home = directory / "nginx"
        home.mkdir(parents=True)
        written = _Configuration(home, authority, ports, backend.port)
        nginx = stack.enter_context(Nginx(home, written.text(), list(listening.values())))
        servers = BankServers(authority, bank, nginx.log, raw)
        for name in (*KINDS, *RAW_KINDS):
            addresses = written.addresses(name)
            folder = directory / "profiles" / name
            folder.mkdir(parents=True)
            servers._servers[name] = BankServer(
                name=name,
                host=f"{name}.{DOMAIN}",
                port=ports[name],
                profile=profile.write(folder, addresses, authority.server_root),
                addresses=addresses,
            )
        yield servers


class _Configuration:
    """Writes nginx's configuration and the files that it names."""

    def __init__(
        self, home: Path, authority: Authority, ports: Mapping[str, int], backend: int
    ) -> None:
        self._home = home
        self._authority = authority
        self._ports = ports
        self._backend = backend

    def addresses(self, name: str) -> Addresses:
        """The addresses of one way to the bank."""
        front = self._ports["front"]
        return Addresses(
            front=f"https://www-{name}.{DOMAIN}:{front}",
            logon=f"https://{name}.{DOMAIN}:{self._ports[name]}",
            elsewhere=f"https://{ELSEWHERE}:{front}",
        )

    def text(self) -> str:
        """What stands in nginx's ``http`` block."""
        common = "ssl_session_cache shared:bank:1m;\nkeepalive_timeout 65;\n"
        fronts = [self._front(name) for name in (*KINDS, *RAW_KINDS)]
        logons = [self._logon(name, kind) for name, kind in KINDS.items()]
        return "\n".join([common, self._elsewhere(), *fronts, *logons])

    def _front(self, name: str) -> str:
        host = f"www-{name}.{DOMAIN}"
        lines = self._listen("front", [host], self._authority.issue_server([host]))
        return self._server([*lines, self._locations(name)])

    def _elsewhere(self) -> str:
        issued = self._authority.issue_server([ELSEWHERE])
        lines = self._listen("front", [ELSEWHERE], issued)
        return self._server([*lines, "location / { return 204; }"])

    def _logon(self, name: str, kind: Kind) -> str:
        host = f"{name}.{DOMAIN}"
        lines = self._listen(name, [host], kind.identity(self._authority, host), kind.http2)
        lines += [f"ssl_protocols {kind.protocols};", f"ssl_verify_client {kind.verify};"]
        lines.append("ssl_verify_depth 3;")
        named = kind.issuers(self._authority) if kind.issuers else []
        if named:
            lines.append(f"ssl_client_certificate {self._pem(f'{name}-issuers', named)};")
        # Trusted without being named.
        trusted = self._pem(f"{name}-trusted", self._trusted(kind))
        lines.append(f"ssl_trusted_certificate {trusted};")
        if kind.revocation:
            crl = self._home / f"{name}.crl"
            issuers = self._authority.accepted
            crl.write_bytes(b"".join(map(self._authority.revocation_list, issuers)))
            lines.append(f"ssl_crl {crl};")
        return self._server([*lines, self._locations(name)])

    def _trusted(self, kind: Kind) -> list[Issued]:
        if kind.issuers is None:
            return list(self._authority.accepted)
        return [self._authority.root]

    def _listen(
        self, port_name: str, hosts: list[str], identity: Issued, http2: bool = False
    ) -> list[str]:
        certificate = self._pem(hosts[0], [identity])
        key = self._home / f"{hosts[0]}.key"
        key.write_bytes(identity.key_pem)
        return [
            f"listen 127.0.0.1:{self._ports[port_name]} ssl{' http2' if http2 else ''};",
            f"server_name {' '.join(hosts)};",
            f"ssl_certificate {certificate};",
            f"ssl_certificate_key {key};",
        ]

    def _pem(self, name: str, issued: list[Issued]) -> Path:
        path = self._home / f"{name}.pem"
        path.write_bytes(b"".join(one.pem for one in issued))
        return path

    def _locations(self, name: str) -> str:
        addresses = self.addresses(name)
        headers = {
            "Host": "$http_host",
            "X-Client-Certificate": "$ssl_client_escaped_cert",
            "X-Client-Verify": "$ssl_client_verify",
            "X-TLS-Version": "$ssl_protocol",
            "X-Front-Address": addresses.front,
            "X-Logon-Address": addresses.logon,
            "X-Elsewhere-Address": addresses.elsewhere,
        }
        set_headers = " ".join(
            f'proxy_set_header {key} "{value}";' for key, value in headers.items()
        )
        return (
            f"location / {{ proxy_pass http://127.0.0.1:{self._backend}; {set_headers} }}\n"
            "location = /_drop { internal; return 444; }"
        )

    @staticmethod
    def _server(lines: list[str]) -> str:
        return "server {\n" + "\n".join(lines) + "\n}"
