"""The connections of one request: where they may lead, and that they end with it."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

from requests.adapters import HTTPAdapter

from certhelper.revocation.no_answer import NoAnswerError
from certhelper.revocation.places import Reach, reach_of
from certhelper.safe_text import safe


class Line:
    """Used by one request, one connection after the other; :meth:`end` is anybody's to call.

    ``allowed`` is where the next connection may lead, None where it is the proxy's; ``reached`` is
    where the last one led.
    """

    def __init__(self) -> None:
        self.allowed: frozenset[Reach] | None = frozenset()
        self.reached = Reach.PUBLIC
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._is_over = False

    def end(self) -> None:
        """Cut every connection, and let there be no other: whoever reads from one gets no more.

        A server can send headers, trailers or interim answers without end, which the library that
        reads HTTP takes in before anybody else is asked whether it is enough.
        """
        with self._lock:
            self._is_over = True
            for one in self._open:
                with suppress(OSError):  # the other side was faster
                    one.shutdown(socket.SHUT_RDWR)
                one.close()
            self._open.clear()

    def connect(self, host: str, port: int, seconds: float | None) -> socket.socket:
        """Connect to the first place of a name that may be gone to and answers.

        The place that was looked at is the one that is connected to: a name that leads elsewhere
        the next time it is looked up changes nothing.  Raises ``OSError`` (``TimeoutError`` after
        the end), ``UnicodeError`` and :class:`NoAnswerError` (``other-scheme``: all of its places
        are forbidden).
        """
        failed: OSError | None = None
        for family, kind, protocol, _, place in socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM
        ):
            reach = reach_of(ip_address(place[0]))
            if self.allowed is not None and reach not in self.allowed:
                continue
            opened = socket.socket(family, kind, protocol)
            try:
                opened.settimeout(seconds)
                opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                opened.connect(place)
                self._hold(opened)
            except OSError as error:
                opened.close()
                failed = error
            else:
                if self.allowed is not None:
                    self.reached = reach
                return opened
        raise failed or NoAnswerError("other-scheme", safe(host)[:80])

    def _hold(self, opened: socket.socket) -> None:
        # A second handle of the same connection: TLS takes the first one away.
        with self._lock:
            if self._is_over:
                raise TimeoutError
            self._open.append(opened.dup())


class LineAdapter(HTTPAdapter):
    """Lets ``requests`` connect by a :class:`Line`, and keeps no connection."""

    def __init__(self, line: Line, ssl_context: Any = None) -> None:
        """``ssl_context`` is for ``https``; making one is slow, so only where it is needed."""
        self._line = line
        self._named: dict[str, Any] = {} if ssl_context is None else {"ssl_context": ssl_context}
        super().__init__(max_retries=0)

    def init_poolmanager(self, *given: Any, **named: Any) -> None:
        super().init_poolmanager(*given, **(named | self._named))

    def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
        return super().proxy_manager_for(proxy, **(named | self._named))

    def get_connection_with_tls_context(self, *given: Any, **named: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*given, **named)

        def connected(connection: Any) -> socket.socket:
            host = connection._dns_host  # noqa: SLF001  # as it is looked up, with a final dot
            return self._line.connect(host, connection.port, connection.timeout)

        # The one method of urllib3's connections that opens a socket: urllib3's own SOCKS
        # connections override it, too.
        pool.ConnectionCls = type("_Line", (pool.ConnectionCls,), {"_new_conn": connected})
        return pool
