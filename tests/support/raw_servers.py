"""Servers that misbehave before there is any TLS: they reset, close, stall, or are not there."""

from __future__ import annotations

import selectors
import socket
import struct
import threading
from types import TracebackType
from typing import Literal, Self

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
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if self._manner != "stall":
            client.close()


class AbsentServer:
    """A port that is taken but where nobody listens: a connection to it is refused."""

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._socket.close()
