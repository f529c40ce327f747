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
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from certhelper.logon.facts import IssuersProbed, ProbeOutcome

if TYPE_CHECKING:
    from OpenSSL.crypto import X509Name

TIME_LIMIT_S = 8.0
_REQUEST_STATE = b"certificate request"
"""OpenSSL's name of the state in which a client reads the server's request (``ssl/ssl_stat.c``);
needed for a server that asks and names no issuer at all."""

Connect = Callable[[str, int], socket.socket]
"""Opens a connection to a host and port the way the engine does, by a proxy where there is one.

It raises ``OSError`` for what the network does and takes no longer than :data:`TIME_LIMIT_S`.
"""


def connect_directly(host: str, port: int) -> socket.socket:
    """Connect without a proxy.  Raises ``OSError``."""
    # RFC 6761 section 6.3: *.localhost is the loopback; the C library's resolver does not know.
    place = "127.0.0.1" if host.endswith(".localhost") else host
    return socket.create_connection((place, port), timeout=TIME_LIMIT_S)


def probe(
    host: str, port: int, time_limit: float = TIME_LIMIT_S, connect: Connect = connect_directly
) -> IssuersProbed:
    """Connect once and return what was learnt; never raises for what the network does.

    ``time_limit`` is in seconds, for the connection and the handshake together.
    """
    return look(host, port, time_limit, connect).probed


class Look(NamedTuple):
    """``chain`` is what the server showed of itself, in DER and not verified; the server's first.

    It is there, too, when the handshake failed after the server had shown it.
    """

    probed: IssuersProbed
    chain: tuple[bytes, ...] = ()


def look(
    host: str, port: int, time_limit: float = TIME_LIMIT_S, connect: Connect = connect_directly
) -> Look:
    """As :func:`probe`, with the server's own certificates."""
    from OpenSSL import SSL  # costs a start-up that a log-on without trouble never pays

    secure: Secure | None = None
    try:
        with opened(host, port, time_limit, connect) as secure:
            secure.shake_hands()
            probed = secure.wanted()
    except (OSError, SSL.Error, UnicodeError):
        probed = IssuersProbed(ProbeOutcome.UNKNOWN)
    return Look(probed, () if secure is None else secure.chain())


class Secure:
    """A TLS connection to a server that nobody has verified: nothing secret may go over it."""

    def __init__(
        self, host: str, plain: socket.socket, deadline: float, version: int | None = None
    ) -> None:
        from OpenSSL import SSL

        self.states: set[bytes] = set()
        self._plain = plain
        self._deadline = deadline
        context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        context.set_verify(SSL.VERIFY_NONE)
        # As browsers do; nothing that must be kept goes over this connection (RFC 5746).
        context.set_options(SSL.OP_LEGACY_SERVER_CONNECT)
        if version is not None:
            context.set_min_proto_version(version)
            context.set_max_proto_version(version)
            # TLS 1.0 and 1.1 sign with SHA-1, which OpenSSL has on its lowest level only.
            context.set_cipher_list(b"ALL:@SECLEVEL=0")
        context.set_info_callback(
            lambda connection, *_: self.states.add(connection.get_state_string())
        )
        self.connection = SSL.Connection(context, plain)
        self.connection.set_tlsext_host_name(host.encode("idna"))
        self.connection.set_connect_state()

    def shake_hands(self) -> None:
        """Complete the handshake.  Raises as :meth:`insist`."""
        self.insist(self.connection.do_handshake)

    @property
    def asked(self) -> bool:
        """Whether the server has asked for a certificate so far."""
        return any(_REQUEST_STATE in state.lower() for state in self.states)

    def wanted(self) -> IssuersProbed:
        """Return whether the server asked for a certificate in the handshake, and of whom."""
        names = self.connection.get_client_ca_list()
        if names:
            ders = tuple(name.der() for name in names)
            return IssuersProbed(ProbeOutcome.ASKED, ders, tuple(map(_readable, names)))
        return IssuersProbed(ProbeOutcome.ASKED if self.asked else ProbeOutcome.NEVER_ASKED)

    def chain(self) -> tuple[bytes, ...]:
        """Return what the server has shown of itself so far, as in :class:`Look`."""
        from OpenSSL import crypto

        shown = self.connection.get_peer_cert_chain() or []
        return tuple(crypto.dump_certificate(crypto.FILETYPE_ASN1, one) for one in shown)

    def insist(self, act: Callable[[], Any]) -> Any:
        """Call ``act`` of the connection until it has done its work, and return its answer.

        Raises ``TimeoutError`` at the deadline, ``OpenSSL.SSL.Error``.
        """
        from OpenSSL import SSL

        while True:
            left = max(0.0, self._deadline - time.monotonic())
            try:
                return act()
            except SSL.WantReadError:
                ready = select.select([self._plain], [], [], left)[0]
            except SSL.WantWriteError:
                ready = select.select([], [self._plain], [], left)[1]
            if not ready:
                raise TimeoutError


@contextmanager
def opened(
    host: str, port: int, time_limit: float, connect: Connect, version: int | None = None
) -> Iterator[Secure]:
    """Connect, without the handshake.

    ``version`` is the only one of TLS to be spoken, as OpenSSL numbers it; ``None``: the usual
    ones.  Raises ``OSError``, ``UnicodeError``.
    """
    deadline = time.monotonic() + time_limit
    with closing(connect(host, port)) as plain:
        plain.setblocking(False)
        yield Secure(host, plain, deadline, version)


def _readable(name: X509Name) -> str:
    parts = {key.decode("ascii"): value for key, value in name.get_components()}
    best = parts.get("CN") or parts.get("OU") or parts.get("O") or b"?"
    return best.decode("utf-8", "replace")
