"""A real HTTP proxy on loopback, and a real server for PAC scripts: what firms put on the way.

The proxy takes CONNECT only (RFC 9110 section 9.3.6), as TLS needs; with ``users`` it asks for
Basic authentication (RFC 7617).  Whom it connects to by name is for ``places`` to say, as a firm's
own resolver would: a name that nobody on this PC knows still leads to the demo bank.
"""

from __future__ import annotations

import base64
import contextlib
import select
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple, Self

LOOPBACK = "127.0.0.1"
_CHUNK = 64 * 1024
_LONGEST_HEAD = 64 * 1024


class Fault(StrEnum):
    """What the proxy does instead of connecting."""

    NONE = "none"
    REFUSE = "403 Forbidden"
    BAD_GATEWAY = "502 Bad Gateway"
    HANG = "hang"
    CLOSE = "close"


class Asked(NamedTuple):
    """One request as the proxy has read it.  ``user`` is whose name and password were right."""

    method: str
    target: str
    user: str
    answered: int


class ProxyServer:
    """Use as a context manager; ``asked`` is the log of what was asked."""

    def __init__(
        self,
        *,
        users: Mapping[str, str] | None = None,
        fault: Fault = Fault.NONE,
        places: Mapping[str, str] | None = None,
    ) -> None:
        """``users`` are names with their passwords; ``places`` host → host of this machine."""
        self.users = dict(users or {})
        self.fault = fault
        self.places = dict(places or {})
        self.asked: list[Asked] = []
        self._lock = threading.Lock()
        self._listening = socket.create_server((LOOPBACK, 0))
        self._open: set[socket.socket] = set()
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []

    @property
    def address(self) -> str:
        """``host:port``."""
        return f"{LOOPBACK}:{self._listening.getsockname()[1]}"

    @property
    def tunnels(self) -> list[str]:
        """The targets that a tunnel was made to, in order."""
        return [asked.target for asked in self.asked if asked.answered == 200]

    def cut(self) -> None:
        """Break every tunnel at once with a reset, as a proxy that crashes does."""
        with self._lock:
            for one in self._open:
                with contextlib.suppress(OSError):
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    one.shutdown(socket.SHUT_RD)  # wakes the thread that carries it

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        with self._lock:
            for one in self._open:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        with self._kept(client), contextlib.suppress(OSError):
            while not self._stopped.is_set():
                head = _read_head(client)
                if head is None or not self._answer(client, head):
                    return

    def _answer(self, client: socket.socket, head: bytes) -> bool:
        """Answer one request; say whether the connection stays for another one."""
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        user = self._user(lines)
        if self.users and not user:
            self._note(method, target, "", 407)
            client.sendall(
                b"HTTP/1.1 407 Proxy Authentication Required\r\n"
                b'Proxy-Authenticate: Basic realm="the firm\'s proxy"\r\n'
                b"Content-Length: 0\r\n\r\n"
            )
            return True
        if self.fault is Fault.HANG:
            self._note(method, target, user, 0)
            self._stopped.wait()
            return False
        if self.fault is Fault.CLOSE:
            self._note(method, target, user, 0)
            return False
        if self.fault is not Fault.NONE or method != "CONNECT":
            answer = Fault.REFUSE if self.fault is Fault.NONE else self.fault
            self._note(method, target, user, int(answer[:3]))
            client.sendall(f"HTTP/1.1 {answer.value}\r\nContent-Length: 0\r\n\r\n".encode())
            return False
        self._tunnel(client, target, user)
        return False

    def _tunnel(self, client: socket.socket, target: str, user: str) -> None:
        name, _, port = target.rpartition(":")
        host = LOOPBACK if name.endswith(".localhost") else self.places.get(name, "")
        try:
            if not host:
                raise OSError("no such name")
            server = socket.create_connection((host, int(port)), timeout=10)
        except OSError:
            self._note("CONNECT", target, user, 502)
            client.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            return
        with self._kept(server):
            self._note("CONNECT", target, user, 200)
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            _carry(client, server)

    @contextlib.contextmanager
    def _kept(self, one: socket.socket) -> Iterator[None]:
        with self._lock:
            self._open.add(one)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(one)
                one.close()

    def _user(self, lines: list[str]) -> str:
        for line in lines[1:]:
            name, _, value = line.partition(":")
            if name.lower() == "proxy-authorization":
                given = base64.b64decode(value.strip().removeprefix("Basic ")).decode("utf-8")
                user, _, password = given.partition(":")
                return user if self.users.get(user) == password else ""
        return ""

    def _note(self, method: str, target: str, user: str, answered: int) -> None:
        self.asked.append(Asked(method, target, user, answered))


def _read_head(client: socket.socket) -> bytes | None:
    head = b""
    while b"\r\n\r\n" not in head:
        piece = client.recv(_CHUNK)
        if not piece or len(head) > _LONGEST_HEAD:
            return None
        head += piece
    return head


def _carry(one: socket.socket, other: socket.socket) -> None:
    while True:
        for ready in select.select([one, other], [], [])[0]:
            piece = ready.recv(_CHUNK)
            if not piece:
                return
            (other if ready is one else one).sendall(piece)


class PacServer:
    """Serves one PAC script over HTTP; ``asked`` counts how often it was got."""

    def __init__(self, script: str, *, status: int = 200) -> None:
        outer = self
        self.asked = 0

        class _Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked += 1
                body = script.encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/x-ns-proxy-autoconfig")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing is said: the tests ask ``asked``."""

        self._server = ThreadingHTTPServer((LOOPBACK, 0), _Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def address(self) -> str:
        return f"http://{LOOPBACK}:{self._server.server_port}/proxy.pac"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()


class ByPieces:
    """Answers one request over HTTP with ``first``, then with ``endless`` again and again."""

    def __init__(self, first: bytes, *, endless: bytes = b"") -> None:
        self._first, self._endless = first, endless
        self._is_over = threading.Event()
        self._listening = socket.create_server((LOOPBACK, 0))
        self._thread = threading.Thread(target=self._answer, daemon=True)

    @property
    def address(self) -> str:
        return f"http://{LOOPBACK}:{self._listening.getsockname()[1]}/proxy.pac"

    def _answer(self) -> None:
        with contextlib.suppress(OSError), self._listening.accept()[0] as connection:
            connection.recv(64 * 1024)
            connection.sendall(self._first)
            while self._endless and not self._is_over.wait(0.05):
                connection.sendall(self._endless)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join(10)
        self._listening.close()


def pac_script(proxy: str) -> str:
    """A script that sends the bank's hosts to ``proxy`` and everything else nowhere."""
    return f"""function FindProxyForURL(url, host) {{
  if (shExpMatch(host, "*.localhost") || shExpMatch(host, "*.test")) return "PROXY {proxy}";
  return "PROXY 127.0.0.1:9";
}}
"""
