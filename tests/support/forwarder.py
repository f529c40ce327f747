"""A line to a server that can be taken away and come back: the network, as one PC sees it."""

from __future__ import annotations

import contextlib
import socket
import threading

_PIECE = 64 * 1024


class _Call:
    """One connection: what comes in on one side goes out on the other."""

    def __init__(self, near: socket.socket, far: socket.socket) -> None:
        self._ends = (near, far)
        self.has_spoken = False
        self._threads = [
            threading.Thread(target=self._carry, args=ends) for ends in ((near, far), (far, near))
        ]
        for thread in self._threads:
            thread.start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):  # the other side, or end(), was first
            while piece := source.recv(_PIECE):
                self.has_spoken = True
                target.sendall(piece)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def end(self) -> None:
        for one in self._ends:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.end()
        for thread in self._threads:
            thread.join()
        for one in self._ends:
            one.close()


class Forwarder:
    """Hands every connection to its port on to ``target`` (a port of this machine)."""

    def __init__(self, target: int) -> None:
        self._target = target
        with socket.create_server(("127.0.0.1", 0)) as found:
            self.port: int = found.getsockname()[1]
        # By its number: only then does Linux leave the port to a socket that was shut down.
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._calls: list[_Call] = []
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._back = threading.Event()
        self._back.set()
        self._thread = threading.Thread(target=self._accept, name="forwarder")
        self._thread.start()

    def take_away(self, *, cut: bool = True) -> None:
        """From now on connections are refused; ``cut``: those that are open end as well.

        Otherwise only those end over which nothing has gone yet (made in advance by a browser).
        """
        self._back.clear()
        self._listener.shutdown(socket.SHUT_RDWR)  # from then on it refuses
        with self._lock:
            for call in self._calls:
                if cut or not call.has_spoken:
                    call.end()

    def bring_back(self) -> None:
        """Take connections again, at the same port."""
        self._listener.listen()
        self._back.set()

    def lead_to(self, target: int) -> None:
        """Hand new connections on to another port."""
        self._target = target

    def stop(self) -> None:
        """End every connection and thread."""
        self._stopped.set()
        with contextlib.suppress(OSError):  # it was taken away
            self._listener.shutdown(socket.SHUT_RDWR)
        self._back.set()
        self._thread.join()
        self._listener.close()
        for call in self._calls:
            call.close()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            self._back.wait()
            try:
                near, _ = self._listener.accept()
            except OSError:  # taken away or stopped
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                near.close()
                continue
            with self._lock:
                self._calls.append(_Call(near, far))
