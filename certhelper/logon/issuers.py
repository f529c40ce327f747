"""Whose certificates does the server accept?  Asked with a plain TLS connection.

The engine does not tell "never asked" from "asked, and nothing fitted".  pyOpenSSL reads the list
of the server's certificate request, on TLS 1.2 and 1.3.  Nothing is sent over this connection but
the handshake, no certificate among it; whose server answers is not decided here, so the
server's own certificate is not verified and the answer is used for a sentence to the person only.
"""

from __future__ import annotations

import select
import socket
import time
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from certhelper.logon.facts import IssuersProbed, ProbeOutcome

if TYPE_CHECKING:
    from OpenSSL import SSL
    from OpenSSL.crypto import X509Name

TIME_LIMIT_S = 8.0
_REQUEST_STATE = b"certificate request"
"""OpenSSL's name of the state in which a client reads the server's request (``ssl/ssl_stat.c``);
needed for a server that asks and names no issuer at all."""


def probe(host: str, port: int, time_limit: float = TIME_LIMIT_S) -> IssuersProbed:
    """Connect once and return what was learnt; never raises for what the network does.

    ``time_limit`` is in seconds, for the connection and the handshake together.
    """
    return look(host, port, time_limit).probed


class Look(NamedTuple):
    """``chain`` is what the server showed of itself, in DER and not verified; the server's first.

    It is there, too, when the handshake failed after the server had shown it.
    """

    probed: IssuersProbed
    chain: tuple[bytes, ...] = ()


def look(host: str, port: int, time_limit: float = TIME_LIMIT_S) -> Look:
    """As :func:`probe`, with the server's own certificates."""
    from OpenSSL import SSL  # costs a start-up that a log-on without trouble never pays

    deadline = time.monotonic() + time_limit
    states: set[bytes] = set()
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_verify(SSL.VERIFY_NONE)
    context.set_info_callback(lambda connection, *_: states.add(connection.get_state_string()))
    connection: SSL.Connection | None = None
    try:
        with closing(_connect(host, port, time_limit)) as plain:
            connection = SSL.Connection(context, plain)
            connection.set_tlsext_host_name(host.encode("idna"))
            connection.set_connect_state()
            _handshake(connection, plain, deadline)
            names = connection.get_client_ca_list()
    except (OSError, SSL.Error, UnicodeError):
        return Look(IssuersProbed(ProbeOutcome.UNKNOWN), _chain(connection))
    if names:
        ders = tuple(name.der() for name in names)
        readable = tuple(_readable(name) for name in names)
        return Look(IssuersProbed(ProbeOutcome.ASKED, ders, readable), _chain(connection))
    asked = any(_REQUEST_STATE in state.lower() for state in states)
    outcome = ProbeOutcome.ASKED if asked else ProbeOutcome.NEVER_ASKED
    return Look(IssuersProbed(outcome), _chain(connection))


def _chain(connection: SSL.Connection | None) -> tuple[bytes, ...]:
    from OpenSSL import crypto

    shown = (connection.get_peer_cert_chain() or []) if connection is not None else []
    return tuple(crypto.dump_certificate(crypto.FILETYPE_ASN1, one) for one in shown)


def _connect(host: str, port: int, time_limit: float) -> socket.socket:
    # RFC 6761 section 6.3: *.localhost is the loopback; the C library's resolver does not know.
    place = "127.0.0.1" if host.endswith(".localhost") else host
    plain = socket.create_connection((place, port), timeout=time_limit)
    plain.setblocking(False)
    return plain


def _handshake(connection: SSL.Connection, plain: socket.socket, deadline: float) -> None:
    """Complete the handshake.  Raises ``TimeoutError`` at the deadline, ``SSL.Error``."""
    from OpenSSL import SSL

    while True:
        try:
            connection.do_handshake()
            return
        except SSL.WantReadError:
            ready = select.select([plain], [], [], max(0.0, deadline - time.monotonic()))[0]
        except SSL.WantWriteError:
            ready = select.select([], [plain], [], max(0.0, deadline - time.monotonic()))[1]
        if not ready:
            raise TimeoutError


def _readable(name: X509Name) -> str:
    parts = {key.decode("ascii"): value for key, value in name.get_components()}
    best = parts.get("CN") or parts.get("OU") or parts.get("O") or b"?"
    return best.decode("utf-8", "replace")
