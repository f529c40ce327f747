"""One look at each of the bank's servers: the connection, the handshake, and what time it says.

Nothing is sent but the handshake and a request for the head of the front page: no certificate, no
cookie, no path of the person's.  Nobody has verified the server by then; that is judged afterwards.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from certhelper.diagnosis.network import ways
from certhelper.diagnosis.network.parts import Part, Unfinished, side_by_side
from certhelper.diagnosis.network.reach import Reach, of_error
from certhelper.diagnosis.network.ways import Connector
from certhelper.diagnosis.scene import Scene
from certhelper.hosts import HTTPS_PORT
from certhelper.logon import server_clock
from certhelper.logon.facts import IssuersProbed, ProbeOutcome
from certhelper.logon.issuers import Secure, opened
from certhelper.logon.proxy import ProxyRefusedError, Route

if TYPE_CHECKING:
    from OpenSSL import SSL

Place = tuple[str, int]

LIMIT_S = 8.0
"""For the connection and the handshake together."""

BESIDE_S = 4.0
"""The same for a way that is not in force: firms' networks drop what does not go by the proxy."""

PATIENCE_S = 12.0
"""After which a look is given up that the system's resolver holds up."""

_NO_TLS = ("wrong version number", "http request", "packet length too long", "record layer")
"""OpenSSL's reasons for an answer that is no TLS (``ssl/ssl_err.c``), as parts of them."""

_OLD_VERSION = ("protocol version", "unsupported protocol", "handshake failure")


class Handshake(StrEnum):
    """What became of the handshake.

    ``NEEDS_CERTIFICATE``: it ended because no certificate was sent, as the server may want it.
    """

    DONE = "done"
    NEEDS_CERTIFICATE = "needs-certificate"
    OLD = "old"
    CUT = "cut"
    SILENT = "silent"
    NO_TLS = "no-tls"
    FAILED = "failed"
    NONE = "none"


_BEHIND_PROXY = {
    Reach.NO_ANSWER: Reach.PROXY_SILENT,
    Reach.REFUSED: Reach.PROXY_REFUSED,
    Reach.UNREACHABLE: Reach.PROXY_REFUSED,
}
"""What ends a connection that the proxy had taken is the proxy's doing."""

NOT_ASKED = IssuersProbed(ProbeOutcome.UNKNOWN)


class Seen(NamedTuple):
    """One look at one server.

    ``by`` is the route that led there.  ``status`` is what a proxy answered with.  ``chain`` is in
    DER, the server's own first, not verified.  ``ahead`` is how far this PC's clock is ahead of the
    server's.  ``detail`` is what the library said of a handshake that failed.
    """

    place: Place
    reach: Reach
    by: Route | None = None
    status: int = 0
    handshake: Handshake = Handshake.NONE
    version: str = ""
    chain: tuple[bytes, ...] = ()
    request: IssuersProbed = NOT_ASKED
    date: datetime | None = None
    ahead: timedelta | None = None
    detail: str = ""

    @property
    def shows_itself(self) -> bool:
        """Whether the server's certificate is there to be judged."""
        return bool(self.chain)


def label(place: Place) -> str:
    """Return the host, with its port where that is not 443."""
    host, port = place
    return host if port == HTTPS_PORT else f"{host}:{port}"


def version_shown(version: str) -> str:
    """Return ``TLS 1.0`` for what OpenSSL calls ``TLSv1``."""
    return "TLS 1.0" if version == "TLSv1" else version.replace("TLSv", "TLS ")


def in_force(scene: Scene) -> tuple[Seen, ...]:
    """Look at every server by the way that is in force, once for all checks."""
    return scene.once("network looks", lambda: _all(scene, ways.ways(scene).tries, LIMIT_S))


def directly(scene: Scene) -> tuple[Seen, ...]:
    """Look at every server without a proxy, once for all checks."""
    return scene.once("network looks directly", lambda: _all(scene, (ways.DIRECT,), BESIDE_S))


def by(scene: Scene, route: Route) -> tuple[Seen, ...]:
    """Look at every server by one route."""
    return _all(scene, (route,), BESIDE_S)


def _all(scene: Scene, tries: tuple[Route, ...], limit: float) -> tuple[Seen, ...]:
    began = time.monotonic()

    def work(place: Place) -> Seen:
        return look(place, tries, limit, scene.at, began)

    places = scene.bank.expected_places()
    parts = {place: Part(partial(work, place), PATIENCE_S) for place in places}
    found = side_by_side(parts, scene.stop)
    return tuple(
        _unfinished(place, seen) if isinstance(seen, Unfinished) else seen
        for place, seen in found.items()
    )


def _unfinished(place: Place, seen: Unfinished) -> Seen:
    """Nothing but the resolver has no limit of ours."""
    reach = Reach.FAULT if seen.fault else Reach.NO_DNS
    return Seen(place, reach, detail=seen.fault)


def look(place: Place, tries: tuple[Route, ...], limit: float, at: datetime, began: float) -> Seen:
    """Look once.

    ``limit`` is in seconds; ``at`` was this PC's clock at ``began`` of the monotonic one.
    """
    from OpenSSL import SSL

    connector = Connector(tries, limit)
    secure: Secure | None = None
    date = None
    try:
        with opened(*place, limit, connector) as secure:
            secure.shake_hands()
            seen = _shaken(place, connector, secure)
            date = _date(secure, place)
    except (OSError, SSL.Error, UnicodeError) as error:
        if secure is None:
            return _not_reached(place, connector, error)
        return _failed(place, connector, secure, error)
    passed = timedelta(seconds=time.monotonic() - began)
    ahead = None if date is None else at + passed - date
    return seen._replace(date=date, ahead=ahead)


def speaks(place: Place, route: Route, version: int, limit: float = LIMIT_S) -> bool:
    """Say whether the server takes this version of TLS alone; ``version`` as OpenSSL numbers it."""
    from OpenSSL import SSL

    secure: Secure | None = None
    try:
        with opened(*place, limit, Connector((route,), limit), version) as secure:
            secure.shake_hands()
    except (OSError, SSL.Error, UnicodeError):
        return secure is not None and bool(secure.chain()) and secure.asked
    return True


def _shaken(place: Place, connector: Connector, secure: Secure) -> Seen:
    return Seen(
        place,
        Reach.CONNECTED,
        connector.by,
        handshake=Handshake.DONE,
        version=secure.connection.get_protocol_version_name(),
        chain=secure.chain(),
        request=secure.wanted(),
    )


def _date(secure: Secure, place: Place) -> datetime | None:
    """What does not answer here may want a certificate first (RFC 8446 section 4.4.2.4)."""
    from OpenSSL import SSL

    try:
        return server_clock.ask_over(secure, *place)
    except (OSError, SSL.Error, UnicodeError):
        return None


def _not_reached(place: Place, connector: Connector, error: Exception) -> Seen:
    if connector.by is not None or not isinstance(error, OSError):
        return Seen(place, Reach.NOT_FOUND, connector.by)  # a name that is no name
    status = error.status if isinstance(error, ProxyRefusedError) else 0
    reach = of_error(error)
    if connector.is_by_proxy(place[0]):
        reach = _BEHIND_PROXY.get(reach, reach)
    return Seen(place, reach, status=status)


def _failed(place: Place, connector: Connector, secure: Secure, error: Exception) -> Seen:
    from OpenSSL import SSL

    reasons = _reasons(error) if isinstance(error, SSL.Error) else type(error).__name__
    handshake = _kind(error, reasons)
    request = NOT_ASKED
    if secure.asked and secure.chain():
        handshake, request = Handshake.NEEDS_CERTIFICATE, secure.wanted()
    return Seen(
        place,
        Reach.CONNECTED,
        connector.by,
        handshake=handshake,
        chain=secure.chain(),
        request=request,
        detail=reasons,
    )


def _kind(error: Exception, reasons: str) -> Handshake:
    from OpenSSL import SSL

    if isinstance(error, TimeoutError):
        return Handshake.SILENT
    if isinstance(error, (SSL.SysCallError, SSL.ZeroReturnError, OSError)):
        return Handshake.CUT
    if any(one in reasons for one in _NO_TLS):
        return Handshake.NO_TLS
    if any(one in reasons for one in _OLD_VERSION):
        return Handshake.OLD
    return Handshake.FAILED


def _reasons(error: SSL.Error) -> str:
    """Return what OpenSSL said; a fault of the transport has a number and a text instead."""
    first = error.args[0] if error.args else None
    if isinstance(first, list):
        return ", ".join(str(one[-1]) for one in first)
    return type(error).__name__
