"""One connection to a name of several addresses: whichever answers first, as browsers do.

One after the other, a dead address would use up the time of all (RFC 8305).
"""

from __future__ import annotations

import errno
import selectors
import socket
import time
from contextlib import ExitStack

from certhelper.diagnosis.network.reach import MOST_ADDRESSES

_BEGUN = frozenset({0, errno.EINPROGRESS, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", 0)})


def connect(host: str, port: int, limit: float) -> socket.socket:
    """Return a connection to the first address that answers within ``limit`` seconds.

    Raises ``OSError``: what the resolver said, what the last address met, ``TimeoutError``.
    """
    deadline = time.monotonic() + limit
    found = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)[:MOST_ADDRESSES]
    error: OSError = TimeoutError("no address answers")
    with ExitStack() as others, selectors.DefaultSelector() as selector:
        for family, kind, protocol, _, address in found:
            try:
                begun = others.enter_context(socket.socket(family, kind, protocol))
                begun.setblocking(False)
                number = begun.connect_ex(address)
            except OSError as met:  # this PC does not have the protocol
                error = met
                continue
            if number in _BEGUN:
                selector.register(begun, selectors.EVENT_WRITE)
            else:
                error = _error(number)
        while selector.get_map():
            ready = selector.select(max(0.0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError("no address answers")
            for key, _ in ready:
                answered = key.fileobj
                assert isinstance(answered, socket.socket)
                selector.unregister(answered)
                number = answered.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if number == 0:
                    return _kept(answered)
                error = _error(number)
    raise error


def _error(number: int) -> OSError:
    """Return the error of a number: Python makes the fitting kind of it."""
    return OSError(number, "the connection failed")


def _kept(connected: socket.socket) -> socket.socket:
    """Take it out of what is closed; it blocks again."""
    kept = connected.dup()
    kept.setblocking(True)
    return kept
