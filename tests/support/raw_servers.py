"""Servers that misbehave before or in TLS: they reset, close, stall, or are not there."""

from __future__ import annotations

import contextlib
import selectors
import socket
import struct
import threading
from types import TracebackType
from typing import Literal, Self

from OpenSSL import SSL

Manner = Literal["reset", "close", "stall"]

_CLIENT_HELLO_SIZE = 16 * 1024


class RawServer:
    """A loopback port that treats every connection in one manner, once the ClientHello is there.

    ``reset`` sends a TCP RST, ``close`` a FIN, ``stall`` never answers.  ``connections`` counts
    those that had begun a handshake.
    """

    def __init__(self, manner: Manner) -> None:
        self._manner = manner
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._waker, self._wake = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name=f"raw server {manner}")
        self.connections = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End every connection and the thread."""
        self._wake.close()
        self._thread.join()

    def _serve(self) -> None:
        held: list[socket.socket] = []
        with selectors.DefaultSelector() as selector, self._listener, self._waker:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._waker, selectors.EVENT_READ)
            while True:
                ready = {key.fileobj for key, _ in selector.select()}
                if self._waker in ready:
                    break
                for found in ready:
                    if found is self._listener:
                        client, _ = self._listener.accept()
                        held.append(client)
                        selector.register(client, selectors.EVENT_READ)
                    else:
                        assert isinstance(found, socket.socket)
                        selector.unregister(found)
                        self._treat(found)
            for client in held:
                client.close()

    def _treat(self, client: socket.socket) -> None:
        try:
            begun = bool(client.recv(_CLIENT_HELLO_SIZE))
        except ConnectionResetError:
            begun = False
        if not begun:  # a connection that was opened in advance and given up
            client.close()
            return
        self.connections += 1
        if self._manner == "reset":
            _reset_at_close(client)
        if self._manner != "stall":
            client.close()


def _reset_at_close(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class CertificateResetServer:
    """Shakes hands as ``context`` says until the client's certificate is there; then TCP RST."""

    def __init__(self, context: SSL.Context) -> None:
        context.set_verify(SSL.VERIFY_PEER, self._note)
        self._context = context
        self._shown = set[SSL.Connection]()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._clients: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def stop(self) -> None:
        """End every connection and thread."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        self._listener.close()
        for client in self._clients:
            with contextlib.suppress(OSError):  # reset already
                client.shutdown(socket.SHUT_RDWR)
        for thread in self._threads[1:]:
            thread.join()

    def _note(self, connection: SSL.Connection, *_: object) -> bool:
        self._shown.add(connection)
        return True

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # stopped
            while True:
                client, _ = self._listener.accept()
                self._clients.append(client)
                thread = threading.Thread(target=self._shake_hands, args=(client,))
                self._threads.append(thread)
                thread.start()

    def _shake_hands(self, client: socket.socket) -> None:
        # Without a socket of its own, so that nothing goes out after the certificate.
        tls = SSL.Connection(self._context, None)
        tls.set_accept_state()
        with client, contextlib.suppress(OSError, SSL.Error):  # the client went
            while True:
                with contextlib.suppress(SSL.WantReadError):
                    tls.do_handshake()
                if tls in self._shown:
                    _reset_at_close(client)
                    return
                with contextlib.suppress(SSL.WantReadError):
                    client.sendall(tls.bio_read(64 * 1024))
                received = client.recv(64 * 1024)
                if not received:
                    return
                tls.bio_write(received)


class AbsentServer:
    """A port that is taken but where nobody listens: a connection to it is refused."""

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]

    def stop(self) -> None:
        """Let the port go."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
