"""The way to the bank, as the engine takes it: switches, and what a failure on the way means.

Qt WebEngine 6.11.3 takes Chromium's own switches as long as Qt uses the system's configuration,
which is its default (tried on Linux; with ``setUseSystemConfiguration(False)`` they are passed
over).  They come from a :class:`~certhelper.logon.proxy.Route` that was read and checked; nothing
of the person's is ever put into them as it is.  Names of this computer (``localhost``) never go to
a proxy: ``net/proxy_resolution/proxy_bypass_rules.h``.
"""

from __future__ import annotations

import socket
from functools import partial

from PySide6.QtCore import QObject, Signal

from certhelper import texts
from certhelper.logon import facts
from certhelper.logon.proxy import Route, Way
from certhelper.proxy_choice import place_of
from certhelper.qt import background
from certhelper.secret import Secret

LONGEST_PASSWORD = 128  # characters
_UNREACHABLE = frozenset({-130, -131, -336})
"""ERR_PROXY_CONNECTION_FAILED (also for a name that is not found: tried), _CERTIFICATE_INVALID of
the proxy's own, ERR_NO_SUPPORTED_PROXIES."""
_REFUSED = -111
"""ERR_TUNNEL_CONNECTION_FAILED: the proxy answered CONNECT with something else than 200 or 407."""


def switches(route: Route) -> list[str]:
    """Return what Chromium is told of the way (``chrome/common/chrome_switches.cc``)."""
    match route.way:
        case Way.SYSTEM:
            return []
        case Way.DIRECT:
            return ["--no-proxy-server"]
        case Way.DETECT:
            return ["--proxy-auto-detect"]
        case Way.SCRIPT:
            return [f"--proxy-pac-url={route.script}"]
        case Way.PROXY:
            bypass = [f"--proxy-bypass-list={';'.join(route.bypass)}"] if route.bypass else []
            return [f"--proxy-server={route.scheme}://{route.server}", *bypass]


class SignIn:
    """What the person has given last for one proxy.

    ``password`` is empty as long as they have not, and after it was refused.
    """

    def __init__(self) -> None:
        self.user = ""
        self.password = Secret(LONGEST_PASSWORD * 4)


class Proxy:
    """What a session process knows of its way, from one attempt to the next."""

    def __init__(self, route: Route | None = None) -> None:
        self.route = route or Route()
        self._sign_ins: dict[str, SignIn] = {}

    def sign_in_at(self, host: str) -> SignIn:
        """What was given for the proxy at ``host``, and for no other."""
        return self._sign_ins.setdefault(host, SignIn())

    @property
    def name(self) -> str:
        """The proxy as a person is told of it."""
        return self.route.server or texts.text(f"proxy.{self.route.way.value}")


class ProxyFaults(QObject):
    """Tells a load that failed at the proxy from one that failed at the bank.

    ``found(ProxyFailed)`` follows a moment later: whether the proxy's name leads anywhere is
    looked up first, because the engine says the same of both.
    """

    found = Signal(object)

    def __init__(self, proxy: Proxy, parent: QObject) -> None:
        super().__init__(parent)
        self._proxy = proxy

    def takes(self, fact: facts.Fact) -> bool:
        """Whether ``fact`` failed at the proxy; then it is told by ``found`` instead."""
        if not isinstance(fact, facts.LoadFailed) or self._proxy.route.way is Way.DIRECT:
            return False
        if fact.error == _REFUSED:
            self.found.emit(facts.ProxyFailed(fact, "proxy-refused", self._proxy.name))
            return True
        if fact.error not in _UNREACHABLE:
            return False
        place = place_of(self._proxy.route.server)
        if place is None:
            code = "pac-failed" if self._proxy.route.way is Way.SCRIPT else "proxy-unreachable"
            self.found.emit(facts.ProxyFailed(fact, code, self._proxy.name))
        else:
            background.start("look for the proxy", partial(self._look_up, fact, place))
        return True

    def _look_up(self, fact: facts.LoadFailed, place: tuple[str, int]) -> None:
        try:
            socket.getaddrinfo(*place, type=socket.SOCK_STREAM)
            code = "proxy-unreachable"
        except (OSError, UnicodeError):
            code = "proxy-not-found"
        failed = facts.ProxyFailed(fact, code, self._proxy.name)
        background.deliver(self, lambda: self.found.emit(failed))
