"""What a diagnosis of the network meets in tests: profiles, resolvers, servers that go wrong."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID
from OpenSSL import SSL
from support import listings
from support.pki import SERVER_AUTH, Authority, Issued

from certhelper.bank import Bank
from certhelper.diagnosis.findings import Finding
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import as_they_are
from certhelper.listing import Listing, combine
from certhelper.proxy_choice import ProxyChoice, ProxyMode

NONE = ProxyChoice(ProxyMode.NONE)


def bank_at(
    folder: Path, *places: tuple[str, int], root: Authority | None = None, more: str = ""
) -> Bank:
    """A profile that starts at the first place and may send a certificate to all of them."""
    hosts = ", ".join(f'"{host}:{port}"' for host, port in places)
    start = f"https://{places[0][0]}:{places[0][1]}/" if places else ""
    roots = '["root.pem"]' if root is not None else "[]"
    if root is not None:
        (folder / "root.pem").write_bytes(root.pem)
    path = folder / "test-bank.toml"
    path.write_text(
        f'schema = 1\nid = "test-bank"\nname = "テスト銀行"\n[site]\nstart_url = "{start}"\n'
        f"certificate_hosts = [{hosts}]\ntrusted_certificates = {roots}\n{more}\n",
        encoding="utf-8",
    )
    return Bank.read(path)


def scene(
    bank: Bank,
    *certificates: Any,
    proxy: ProxyChoice = NONE,
    at: datetime | None = None,
    found: Callable[[], Listing] | None = None,
    environment: Mapping[str, str] | None = None,
    **words: Any,
) -> Scene:
    """This PC with these certificates, judged as of ``at``."""
    now = at or datetime.now(UTC).replace(microsecond=0)
    read = found or (lambda: combine([listings.reading(*certificates)], bank, now))
    return Scene(bank, now, read, proxy=proxy, environment=environment or {}, **words)


def codes(findings: Sequence[Finding]) -> list[str]:
    """The codes alone."""
    return [one.code for one in findings]


def said(finding: Finding) -> str:
    """Everything that is told of a finding, in both languages, with no fact missing."""
    known = as_they_are(finding.facts)
    entry = finding.entry
    texts = (entry.user, entry.helpdesk, entry.remedy, entry.causes, entry.bank)
    return "\n".join(one[language].format_map(known) for one in texts for language in one)


class Names:
    """The system's resolver, with names of the tests' own.

    A name leads to addresses of either protocol, or ends as the resolver's error says.
    """

    def __init__(self, real: Callable[..., Any]) -> None:
        self._real = real
        self.known: dict[str, tuple[str, ...] | int] = {}

    def __call__(
        self, host: Any, port: Any, family: int = 0, kind: int = 0, *rest: Any, **named: Any
    ) -> Any:
        answer = self.known.get(host) if isinstance(host, str) else None
        if answer is None:
            return self._real(host, port, family, kind, *rest, **named)
        if isinstance(answer, int):
            raise socket.gaierror(answer, "as the test says")
        found = []
        for address in answer:
            its = socket.AF_INET6 if ":" in address else socket.AF_INET
            if family in (0, its):
                at = (address, port, 0, 0) if its is socket.AF_INET6 else (address, port)
                found.append((its, socket.SOCK_STREAM, 6, "", at))
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "no address of this protocol")
        return found


@contextlib.contextmanager
def blackhole(address: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """A port where connections are never answered: its queue is full, and nobody takes from it."""
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind((address, port))
        listening.listen(0)
        place = listening.getsockname()
        waiting = False
        while not waiting:
            caller = stack.enter_context(socket.socket())
            caller.settimeout(0.2)
            try:
                caller.connect(place)
            except TimeoutError:
                waiting = True
        yield place[1]


class HandshakeServer:
    """Shakes hands as ``prepare`` sets its context up, and hangs up; ``versions`` are from, to."""

    def __init__(
        self,
        identity: Issued,
        versions: tuple[int, int] = (SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION),
        *,
        accepted: Sequence[Authority] = (),
        insists: bool = False,
        with_chain: bool = True,
    ) -> None:
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.set_cipher_list(b"ALL:@SECLEVEL=0")
        context.set_min_proto_version(versions[0])
        context.set_max_proto_version(versions[1])
        context.use_privatekey(identity.key)
        context.use_certificate(identity.certificate)
        for above in identity.chain if with_chain else ():
            if above.subject != above.issuer:
                context.add_extra_chain_cert(above)
        for one in accepted:
            context.add_client_ca(one.certificate)
        if accepted:
            must = SSL.VERIFY_FAIL_IF_NO_PEER_CERT if insists else 0
            context.set_verify(SSL.VERIFY_PEER | must, lambda *_: True)
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(20)

    def _start(self, target: Callable[..., None], *given: object) -> None:
        thread = threading.Thread(target=target, args=given, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self._start(self._shake_hands, self._listener.accept()[0])

    def _shake_hands(self, client: socket.socket) -> None:
        with client, contextlib.suppress(SSL.Error, OSError):
            connection = SSL.Connection(self._context, client)
            connection.set_accept_state()
            connection.do_handshake()
            connection.recv(1024)


def with_issuer_address(authority: Authority, host: str) -> Issued:
    """A server's certificate that says where its issuer's is got (RFC 5280 section 4.2.2.1)."""
    place = x509.AccessDescription(
        AuthorityInformationAccessOID.CA_ISSUERS,
        x509.UniformResourceIdentifier("http://ca.example/issuer.cer"),
    )
    access = x509.AuthorityInformationAccess([place])
    return authority.issue(
        host, extended=(SERVER_AUTH,), hosts=(host,), extensions=[(access, False)]
    )
