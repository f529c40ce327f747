"""The way to the bank: what is set, what a script names, and what else this PC knows."""

from __future__ import annotations

import re
import socket
from typing import NamedTuple

from certhelper import proxy_choice
from certhelper.diagnosis.network import race
from certhelper.diagnosis.network.reach import Reach, of_error
from certhelper.diagnosis.scene import BY_SYSTEM, Scene
from certhelper.failures import FailedError
from certhelper.logon import proxy, proxy_script
from certhelper.logon.proxy import Route, Way, WayUnknownError
from certhelper.proxy_choice import ProxyMode

DIRECT = Route(Way.DIRECT)

# What a script may answer with; Chromium reads the same (net/base/proxy_string_util.cc).
_NAMED = re.compile(r"\bPROXY\s+([A-Za-z0-9._\[\]:-]+:[0-9]{1,5})")
_MOST_NAMED = 3


class Ways(NamedTuple):
    """``chosen`` is the way in force, ``None`` where ``trouble`` says why there is none.

    ``named`` are the routes that a script names; which of them it decides on only the engine
    finds out.  ``other`` is what this PC is set to where the person has chosen something else.
    """

    chosen: Route | None
    trouble: FailedError | None = None
    named: tuple[Route, ...] = ()
    other: Route | None = None

    @property
    def tries(self) -> tuple[Route, ...]:
        """The routes to try, one after the other, for the way in force."""
        if self.chosen is None:
            return ()
        if self.chosen.way is Way.SCRIPT:
            return self.named
        return (DIRECT,) if self.chosen.way is Way.DETECT else (self.chosen,)

    @property
    def proxies(self) -> tuple[Route, ...]:
        """The proxies that the way in force may go by."""
        return tuple(one for one in self.tries if one.way is Way.PROXY)


def ways(scene: Scene) -> Ways:
    """Find out the ways, once for all checks; takes as long as getting a script does."""
    return scene.once("network ways", lambda: _ways(scene))


def script(scene: Scene, address: str) -> str:
    """Get a PAC script, once for the network and the rehearsal.

    Raises as :func:`certhelper.logon.proxy_script.fetch`.
    """
    return scene.once(f"network script {address}", lambda: proxy_script.fetch(address))


def goes_by_proxy(host: str, route: Route) -> bool:
    """Say whether this route leads to the host by a proxy, as far as that can be known."""
    if route.way is not Way.PROXY or proxy.is_here(host):
        return False
    try:
        return not proxy.passes_by(host, route.bypass)
    except WayUnknownError:
        return False


def to_proxy(way: Route, limit: float) -> Reach:
    """Try to reach the proxy itself, of whatever kind; ``limit`` is in seconds."""
    place = proxy_choice.place_of(way.server)
    if place is None:
        return Reach.WAY_UNKNOWN
    try:
        proxy.to_proxy(place, limit).close()
    except OSError as error:
        return of_error(error)
    return Reach.CONNECTED


class Connector:
    """Connects by the first route that leads on, and remembers in ``by`` which that was."""

    def __init__(self, tries: tuple[Route, ...], limit: float) -> None:
        self._tries = tries
        self._limit = limit
        self.by: Route | None = None

    def is_by_proxy(self, host: str) -> bool:
        """Say whether the first route goes to this host by a proxy."""
        return bool(self._tries) and goes_by_proxy(host, self._tries[0])

    def __call__(self, host: str, port: int) -> socket.socket:
        """Connect.  Raises ``OSError``: what the first route met."""
        first: OSError = WayUnknownError("there is no way")
        for number, route in enumerate(self._tries):
            try:
                plain = _connect(host, port, self._limit, route)
            except OSError as error:
                first = error if number == 0 else first
            else:
                self.by = route
                return plain
        raise first


def _connect(host: str, port: int, limit: float, route: Route) -> socket.socket:
    is_plain = route.way is Way.DIRECT or (
        route.way is Way.PROXY and proxy.passes_by(host, route.bypass)
    )
    if is_plain and not proxy.is_here(host):
        return race.connect(host, port, limit)
    return proxy.connect(host, port, limit, route)


def _ways(scene: Scene) -> Ways:
    other = None
    if scene.proxy.mode is not ProxyMode.SYSTEM:
        other = _of_system(scene)
    try:
        chosen = proxy.chosen(scene.proxy, scene.environment)
        if chosen.way is not Way.SCRIPT:
            return Ways(chosen, other=other)
        return Ways(chosen, named=_named(script(scene, chosen.script_from)), other=other)
    except FailedError as error:
        return Ways(None, error, other=other)


def _of_system(scene: Scene) -> Route | None:
    try:
        found = proxy.chosen(BY_SYSTEM, scene.environment)
    except FailedError:
        return None  # it is not in force; what is wrong with it is told when it is chosen
    return found if found.way is Way.PROXY else None


def _named(script: str) -> tuple[Route, ...]:
    servers = dict.fromkeys(_NAMED.findall(script))
    known = [one for one in servers if proxy_choice.place_of(one) is not None]
    proxies = tuple(Route(Way.PROXY, one) for one in known[:_MOST_NAMED])
    return proxies if proxies and "DIRECT" not in script else (*proxies, DIRECT)
