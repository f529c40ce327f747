"""Who is asked about revocation: a web server on loopback, and OpenSSL's own OCSP responder.

The web server says what it is given, counts who asks, and plays every fault.  Behind it, or by
itself (``openssl ocsp -port``), stands the real responder with the index file of a real ``openssl
ca``.
"""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple, Self

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID
from support.pki import Authority, Issued

from certhelper.certificate import Certificate
from certhelper.checks import Revocation
from certhelper.revocation.asker import Asker

LOOPBACK = "127.0.0.1"
OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"
_INDEX_TIME = "%y%m%d%H%M%SZ"


class Heard(NamedTuple):
    """One request: its method, its target as it came, its body, its headers (lower case)."""

    method: str
    target: str
    body: bytes
    headers: dict[str, str]


class Reply(NamedTuple):
    """What is answered; with ``drip_s`` octet by octet, until the asker has gone.

    ``date`` is what the server takes for now, None: what is true.
    """

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    date: str | None = None
    drip_s: float | None = None
    hangs: bool = False


Answer = Callable[[Heard], Reply]


class RevocationServer:
    """Use as a context manager; ``answers`` are by path, ``heard`` is everything that was asked."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        """``tls`` makes it an ``https`` server."""
        self.answers: dict[str, Answer] = {}
        self.heard: list[Heard] = []
        self._stopped = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer._handle(self, b"")

            def do_POST(self) -> None:
                outer._handle(self, self.rfile.read(int(self.headers["Content-Length"])))

            def log_message(self, *given: object) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *given: object) -> None:
                """Whoever asked has gone."""

        self._server = Quiet((LOOPBACK, 0), Handler)
        self._scheme = "http" if tls is None else "https"
        if tls is not None:
            # The handshake is the thread's that serves: one that fails stops nobody else.
            listening = self._server.socket
            self._server.socket = tls.wrap_socket(
                listening, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *given: object) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def place(self) -> str:
        """``host:port``."""
        return f"{LOOPBACK}:{self._server.server_address[1]}"

    def address(self, path: str) -> str:
        return f"{self._scheme}://{self.place}{path}"

    def count(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(one.target.endswith(path) for one in self.heard)

    def _handle(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        headers = {name.lower(): value for name, value in handler.headers.items()}
        heard = Heard(handler.command, handler.path, body, headers)
        self.heard.append(heard)
        path = re.sub(r"^https?://[^/]+", "", handler.path)
        answer = self.answers.get(path)
        reply = Reply(status=404) if answer is None else answer(heard)
        if reply.hangs:
            self._stopped.wait(30)
            return
        handler.send_response_only(reply.status)
        handler.send_header("Date", reply.date or handler.date_time_string())
        for name, value in reply.headers:
            handler.send_header(name, value)
        if not any(name == "Content-Length" for name, _ in reply.headers):
            handler.send_header("Content-Length", str(len(reply.body)))
        handler.end_headers()
        if reply.drip_s is None:
            handler.wfile.write(reply.body)
            return
        for octet in reply.body:
            handler.wfile.write(bytes((octet,)))
            handler.wfile.flush()
            if self._stopped.wait(reply.drip_s):
                return


def always(body: bytes, **named: object) -> Answer:
    """Answer the same whatever is asked."""
    reply = Reply(body, **named)  # type: ignore[arg-type]  # a NamedTuple's own fields
    return lambda _heard: reply


def redirect(address: str, status: int = 302) -> Reply:
    """Send whoever asks somewhere else, with a cookie that must not come along."""
    headers = (("Location", address), ("Set-Cookie", "a=b; Path=/"))
    return Reply(status=status, headers=headers)


def names(
    *, ocsp: Sequence[str] = (), crl: Sequence[str] = (), issuers: Sequence[str] = ()
) -> list[tuple[x509.ExtensionType, bool]]:
    """Return the extensions that name who can be asked."""
    access = [(AuthorityInformationAccessOID.OCSP, one) for one in ocsp]
    access += [(AuthorityInformationAccessOID.CA_ISSUERS, one) for one in issuers]
    found: list[tuple[x509.ExtensionType, bool]] = []
    if access:
        described = [
            x509.AccessDescription(method, x509.UniformResourceIdentifier(one))
            for method, one in access
        ]
        found.append((x509.AuthorityInformationAccess(described), False))
    if crl:
        points = [
            x509.DistributionPoint([x509.UniformResourceIdentifier(one)], None, None, None)
            for one in crl
        ]
        found.append((x509.CRLDistributionPoints(points), False))
    return found


class Customer:
    """A certificate of ``authority`` that names OCSP at ``/ocsp`` and a list at ``/crl``."""

    def __init__(self, authority: Authority, server: RevocationServer, cache: Path) -> None:
        self.authority = authority
        self.server = server
        self.asker = Asker(cache)

    def issue(self, *kinds: str, serial: int | None = None) -> Issued:
        """``kinds`` are ``ocsp``, ``crl`` and ``issuer``, each at the path of its name."""
        extensions = names(
            ocsp=[self.server.address("/ocsp")] if "ocsp" in kinds else [],
            crl=[self.server.address("/crl")] if "crl" in kinds else [],
            issuers=[self.server.address("/issuer")] if "issuer" in kinds else [],
        )
        subject = "12345678901234 user01"
        return self.authority.issue(subject, serial=serial, extensions=extensions)

    def ask(self, issued: Issued, *, offline: bool = False, seconds: float = 10) -> Revocation:
        """Ask as the program does, with the issuer's certificate at hand."""
        return self.asker.ask(
            Certificate(issued.der), [self.authority.der], now(), seconds=seconds, offline=offline
        )


def ask_through(
    server: RevocationServer, authority: Authority, **addresses: Sequence[str]
) -> Revocation:
    """Ask about a certificate that names these; ``server`` is the proxy and plays them all."""
    issued = authority.issue("12345678901234 user01", extensions=names(**addresses))
    asker = Asker(None, lambda _address: f"http://{server.place}")
    return asker.ask(Certificate(issued.der), [authority.der], now(), seconds=10)


class OpensslResponder:
    """``openssl ocsp`` with the index of one authority."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        program = shutil.which("openssl")
        assert program, "OpenSSL's program is needed: apt-get install openssl"
        self._program = program
        self._folder = folder
        folder.mkdir()
        self._lines: list[str] = []
        self._authority = authority
        (folder / "ca.pem").write_bytes(authority.pem)
        self.sign_with(authority.issued)
        self._write_index()

    def sign_with(self, signer: Issued) -> None:
        """Let the answers be signed by this certificate's key."""
        (self._folder / "signer.pem").write_bytes(signer.pem)
        (self._folder / "signer.key").write_bytes(signer.key_pem)

    def knows(self, issued: Issued) -> None:
        """Let a certificate be valid."""
        self._add("V", issued, "")

    def revoke(self, issued: Issued, at: datetime, reason: str = "keyCompromise") -> None:
        """Revoke it, as ``openssl ca -revoke -crl_reason`` writes it."""
        self._lines = [one for one in self._lines if f"\t{_serial(issued)}\t" not in one]
        self._add("R", issued, f"{at.strftime(_INDEX_TIME)},{reason}")

    def answer(self, *options: str) -> Answer:
        """Return what answers each request by a run of the program; ``-nmin 10`` and the like."""

        def answered(heard: Heard) -> Reply:
            request, response = self._folder / "request.der", self._folder / "response.der"
            request.write_bytes(heard.body)
            self._run(["-reqin", str(request), "-respout", str(response), *options])
            return Reply(response.read_bytes())

        return answered

    @contextmanager
    def serving(self, *options: str) -> Iterator[str]:
        """Run it as a server; yield its address."""
        command = [*self._command(), "-port", "0", *options]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=self._folder, text=True
        )
        try:
            assert process.stdout is not None
            for line in process.stdout:
                found = re.search(r"ACCEPT .*:([0-9]+) ", line)
                if found:
                    break
            assert found, "openssl ocsp did not start"
            yield f"http://{LOOPBACK}:{found[1]}/"
        finally:
            process.terminate()
            process.communicate()

    def _add(self, kind: str, issued: Issued, revoked: str) -> None:
        end = issued.certificate.not_valid_after_utc.strftime(_INDEX_TIME)
        self._lines.append(f"{kind}\t{end}\t{revoked}\t{_serial(issued)}\tunknown\t/CN=customer")
        self._write_index()

    def _write_index(self) -> None:
        (self._folder / "index.txt").write_text("".join(f"{one}\n" for one in self._lines))

    def _command(self) -> list[str]:
        options = ["-index", "index.txt", "-CA", "ca.pem"]
        signer = ["-rsigner", "signer.pem", "-rkey", "signer.key"]
        return [self._program, "ocsp", *options, *signer]

    def _run(self, options: list[str]) -> None:
        subprocess.run(
            [*self._command(), *options], cwd=self._folder, capture_output=True, check=True
        )


def _serial(issued: Issued) -> str:
    digits = f"{issued.certificate.serial_number:X}"
    return digits if len(digits) % 2 == 0 else f"0{digits}"


def free_port() -> int:
    """Return a port at which nobody listens."""
    with socket.create_server((LOOPBACK, 0)) as found:
        port: int = found.getsockname()[1]
        return port


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def ago(**named: float) -> datetime:
    return now() - timedelta(**named)
