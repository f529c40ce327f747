"""The demo's web servers: TLS on loopback, with an optional client certificate where it logs on.

cheroot serves; this module gives it TLS through pyOpenSSL, because the standard ``ssl`` module
sends no list of accepted CAs and ends the handshake at an expired client certificate, where a
bank shows a page.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import select
import socket
import struct
import threading
import weakref
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, NoReturn, Self

from cheroot import errors, wsgi
from cheroot.makefile import MakeFile
from cheroot.server import HTTPConnection
from cheroot.ssl import Adapter
from OpenSSL import SSL, crypto

from certhelper.demo.authority import Authority, Issued
from certhelper.demo.bank import Clock, DemoBank, utc_now
from certhelper.demo.client import (
    ABORT_KEY,
    CERTIFICATE_KEY,
    PROTOCOL_KEY,
    Addresses,
    from_own_server,
)
from certhelper.demo.log import AccessLog
from certhelper.demo.scenario import Scenario

LOOPBACK = "127.0.0.1"
FRONT_HOST = "www.demo-bank.localhost"
LOGON_HOST = "login.demo-bank.localhost"
ELSEWHERE_HOST = "elsewhere.demo-bank.localhost"

_LOGGER = logging.getLogger(__name__)
_IDLE_SECONDS = 60
_LARGEST_RECORD = 16 * 1024  # RFC 8446 section 5.1
# openssl/x509_vfy.h: dates are the application's to judge, so that it can show a page for them.
_DATE_ERRORS = frozenset({9, 10})  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED


def front_context(identity: Issued) -> SSL.Context:
    """TLS 1.2 and 1.3 with the server's certificate; no client certificate is asked for."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.use_privatekey(identity.key)
    context.use_certificate(identity.certificate)
    # OpenSSL refuses to resume a session with client authentication without a context id.
    context.set_session_id(b"certhelper-demo")
    return context


def logon_context(identity: Issued, accepted: Sequence[Issued]) -> SSL.Context:
    """As :func:`front_context`, and a client certificate of ``accepted`` CAs is asked for.

    A client may send none.  One of another CA ends the handshake; an expired one does not.
    """
    context = front_context(identity)
    store = context.get_cert_store()
    assert store is not None
    for issuer in accepted:
        store.add_cert(crypto.X509.from_cryptography(issuer.certificate))
        context.add_client_ca(issuer.certificate)
    context.set_verify(SSL.VERIFY_PEER, _date_errors_pass)
    return context


def _date_errors_pass(
    _connection: SSL.Connection, _certificate: crypto.X509, error: int, depth: int, good: int
) -> bool:
    return bool(good) or (depth == 0 and error in _DATE_ERRORS)


class _TlsSocket:
    """What cheroot needs of a socket, over pyOpenSSL; waits for the socket instead of polling."""

    def __init__(
        self, context: SSL.Context, raw: socket.socket, refused: Callable[[str], None]
    ) -> None:
        raw.setblocking(False)
        self._raw = raw
        self._tls = SSL.Connection(context, raw)
        self._tls.set_accept_state()
        self._refused = refused
        self._spoken = False
        self._lost = False

    def recv_into(self, buffer: bytearray | memoryview) -> int:
        """Read decrypted octets; 0 at the end."""
        try:
            count = self._carry_out(lambda: self._tls.recv_into(buffer, len(buffer)))
        except SSL.ZeroReturnError:
            return 0
        self._spoken = True
        return count

    def send(self, octets: bytes) -> int:
        """Write octets; return how many were taken."""
        return self._carry_out(lambda: self._tls.send(octets))

    def _carry_out(self, call: Callable[[], int]) -> int:
        ready: list[socket.socket] = []
        while not self._lost:
            try:
                return call()
            except SSL.WantReadError:
                ready, _, _ = select.select([self._raw], [], [], _IDLE_SECONDS)
            except SSL.WantWriteError:
                _, ready, _ = select.select([], [self._raw], [], _IDLE_SECONDS)
            except SSL.ZeroReturnError:
                raise
            except SSL.SysCallError:  # the peer ended it, with TCP RST or a bare FIN
                self._lost = True
            except SSL.Error as error:
                self._lost = True
                if not self._spoken:
                    self._refused(str(error))
                raise errors.FatalSSLAlert(*error.args) from error
            if not ready and not self._lost:
                raise TimeoutError("timed out")
        raise ConnectionResetError(errno.ECONNRESET, "connection lost")

    def peer_certificate(self) -> bytes | None:
        """The client's certificate as DER; known after the handshake."""
        found = self._tls.get_peer_certificate()
        return crypto.dump_certificate(crypto.FILETYPE_ASN1, found) if found else None

    def tls_version(self) -> str:
        """``TLSv1.2`` or ``TLSv1.3``."""
        return self._tls.get_protocol_version_name()

    def abort(self, reset: bool) -> NoReturn:
        """Break the connection off without an answer, with TCP RST or FIN.

        Raises ``ConnectionResetError``, which ends the request as a client that is gone does.
        """
        self._lost = True
        if reset:
            self._raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._raw.close()
        else:
            self._raw.shutdown(socket.SHUT_RDWR)
        raise ConnectionResetError(errno.ECONNRESET, "broken off on purpose")

    def shutdown(self, how: int = socket.SHUT_RDWR) -> None:
        """End the transport; may be called by another thread than the one that reads."""
        with contextlib.suppress(OSError):  # the peer, or an abort, was first
            self._raw.shutdown(how)

    def sock_shutdown(self, how: int) -> None:
        """Say goodbye in TLS (RFC 8446 section 6.1), then end the transport."""
        with contextlib.suppress(SSL.Error):  # not connected any more
            self._tls.shutdown()
        self.shutdown(how)

    def close(self) -> None:
        """Close the socket."""
        self._raw.close()

    def fileno(self) -> int:
        """The socket's descriptor."""
        return self._raw.fileno()

    def _decref_socketios(self) -> None:
        """``socket.SocketIO`` calls this when it is closed; the connection closes the socket."""


class _TlsAdapter(Adapter):
    """Gives cheroot our TLS sockets."""

    def __init__(self, context: SSL.Context, refused: Callable[[str], None]) -> None:
        super().__init__("", "")
        self.context = context
        self._refused = refused
        self._open: weakref.WeakSet[_TlsSocket] = weakref.WeakSet()

    def bind(self, sock: socket.socket) -> socket.socket:
        return sock

    def wrap(self, sock: socket.socket) -> tuple[_TlsSocket, dict[str, Any]]:
        wrapped = _TlsSocket(self.context, sock, self._refused)
        self._open.add(wrapped)
        return wrapped, self.get_environ()

    def get_environ(self) -> dict[str, Any]:
        return {"wsgi.url_scheme": "https", "HTTPS": "on"}

    def makefile(self, sock: Any, mode: str = "r", bufsize: int = -1) -> Any:
        return MakeFile(sock, mode, bufsize)

    def interrupt(self) -> None:
        """Wake every thread that waits for a client."""
        for wrapped in list(self._open):
            wrapped.shutdown()


class _Gateway(wsgi.Gateway_10):
    """Puts the certificate of the connection into each request's environment."""

    def get_environ(self) -> dict[str, Any]:  # type: ignore[override]  # cheroot's stub says None
        environ: dict[str, Any] = super().get_environ()  # type: ignore[no-untyped-call]
        connection = self.req.conn.socket
        if isinstance(connection, _TlsSocket):
            environ[CERTIFICATE_KEY] = connection.peer_certificate()
            environ[PROTOCOL_KEY] = connection.tls_version()
            environ[ABORT_KEY] = connection.abort
        return environ


class _Connection(HTTPConnection):
    # A whole TLS record fits, so nothing decrypted waits where cheroot's selector cannot see it.
    rbufsize = _LARGEST_RECORD

    def close(self) -> None:
        super().close()
        # What could not be written must not be tried again when the object is collected.
        with contextlib.suppress(OSError, errors.FatalSSLAlert):
            self.wfile.close()


class _Server(wsgi.Server):
    ConnectionClass = _Connection
    expiration_interval = 0.1  # seconds; also how long stop() may take

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        _LOGGER.log(level, "%s", msg, exc_info=traceback)


class LoopbackServer:
    """One port of 127.0.0.1, chosen by the system; ``context`` None is plain HTTP.

    It serves from its construction until :meth:`stop`.
    """

    def __init__(
        self,
        application: Callable[..., Any],
        context: SSL.Context | None = None,
        refused: Callable[[str], None] = _LOGGER.info,
    ) -> None:
        self._server = _Server(
            (LOOPBACK, 0), application, numthreads=12, timeout=_IDLE_SECONDS, shutdown_timeout=2
        )
        self._server.gateway = _Gateway  # cheroot's constructor sets its own
        self._adapter = _TlsAdapter(context, refused) if context else None
        self._server.ssl_adapter = self._adapter
        self._server.prepare()
        self.port: int = self._server.bind_addr[1]
        self._thread = threading.Thread(target=self._server.serve, name="demo server")
        self._thread.start()

    def stop(self) -> None:
        """End every connection and thread of this server."""
        if self._adapter:
            self._adapter.interrupt()
        self._server.stop()
        self._thread.join()


class DemoServer:
    """The demo bank with its two sites, each on its own name and port; a context manager.

    ``bank``, ``addresses`` and the ports are there while it runs.
    """

    bank: DemoBank
    addresses: Addresses
    front_port: int
    logon_port: int

    def __init__(
        self,
        authority: Authority | None = None,
        *,
        scenario: Scenario | None = None,
        log: AccessLog | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self.authority = authority or Authority()
        self.log = log or AccessLog()
        self._scenario = scenario or Scenario()
        self._clock = clock
        self._running = contextlib.ExitStack()

    def start(self) -> None:
        """Begin to serve.  Raises ``OSError`` when no port can be had."""
        identity = self.authority.issue_server([FRONT_HOST, LOGON_HOST, ELSEWHERE_HOST])
        with contextlib.ExitStack() as started:
            front = self._serve(front_context(identity))
            started.callback(front.stop)
            logon = self._serve(logon_context(identity, self.authority.accepted))
            started.callback(logon.stop)
            self.front_port, self.logon_port = front.port, logon.port
            self.addresses = Addresses(
                front=f"https://{FRONT_HOST}:{front.port}",
                logon=f"https://{LOGON_HOST}:{logon.port}",
                elsewhere=f"https://{ELSEWHERE_HOST}:{logon.port}",
            )
            self.bank = DemoBank(
                self.authority,
                from_own_server(self.addresses),
                scenario=self._scenario,
                log=self.log,
                clock=self._clock,
            )
            started.callback(self.bank.close)
            self._running = started.pop_all()

    def stop(self) -> None:
        """End everything; nothing listens and no thread is left afterwards."""
        self._running.close()

    def _serve(self, context: SSL.Context) -> LoopbackServer:
        def application(environ: dict[str, Any], start_response: Any) -> Any:
            return self.bank(environ, start_response)

        return LoopbackServer(application, context, self.log.add_refused)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
