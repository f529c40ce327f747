"""Who is asked about revocation goes the way that sessions go: the proxy of the settings in force.

A PAC script, WPAD and SOCKS are the engine's to follow; with them nobody is asked from here.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from ipaddress import ip_address
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

from certhelper.failures import FailedError
from certhelper.logon import proxy
from certhelper.logon.proxy import Route, Way, WayUnknownError
from certhelper.proxy_choice import ProxyChoice
from certhelper.revocation.asker import Asker
from certhelper.revocation.cache import usual_folder
from certhelper.revocation.no_answer import NoAnswerError

_HOLDS_S: Final = 30.0
"""For how long the system is not asked again what it is set to."""

Choose = Callable[[], ProxyChoice]


def asker(choose: Choose) -> Asker:
    """Return who asks, with the user's cache; ``choose`` returns the proxy that is in force now."""
    return Asker(usual_folder(), SessionWay(choose))


class SessionWay:
    """A :data:`certhelper.revocation.way.Way`, for any number of threads."""

    def __init__(self, choose: Choose) -> None:
        self._choose = choose
        self._lock = threading.Lock()
        self._known: tuple[float, Route] | None = None

    def __call__(self, address: str) -> str | None:
        """Return ``http://host:port`` of the proxy, None for none.

        Raises :class:`~certhelper.revocation.no_answer.NoAnswerError` (``proxy-unknown``).
        """
        host = urlsplit(address).hostname or ""
        if _is_this_pc(host):
            return None
        try:
            way = self._route()
            if way.way is Way.DIRECT or (
                way.way is Way.PROXY and proxy.passes_by(host, way.bypass)
            ):
                return None
        except (FailedError, WayUnknownError) as error:
            raise NoAnswerError("proxy-unknown") from error
        if way.way is not Way.PROXY or way.scheme != "http":
            raise NoAnswerError("proxy-unknown")
        return f"http://{way.server}"

    def _route(self) -> Route:
        with self._lock:
            if self._known is None or monotonic() > self._known[0]:
                found = proxy.chosen(self._choose(), os.environ)
                self._known = (monotonic() + _HOLDS_S, found)
            return self._known[1]


def _is_this_pc(host: str) -> bool:
    if proxy.is_here(host):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
