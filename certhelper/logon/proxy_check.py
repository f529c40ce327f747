"""Trying a choice of proxy before anybody logs on with it: one connection, and nothing sent."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from certhelper import proxy_choice
from certhelper.failures import FailedError
from certhelper.logon import proxy
from certhelper.logon.proxy import (
    ProxyRefusedError,
    ProxyUnreachableError,
    Route,
    Way,
    WayUnknownError,
)
from certhelper.proxy_choice import ProxyChoice


class Outcome(StrEnum):
    """What a try that did not fail has shown.

    ``CONNECTED``: the bank answers this way.  ``ASKS``: the proxy answers, and will ask for a name
    and a password.  ``PROXY_ANSWERS``: it does; which bank to reach is not known yet.  ``SCRIPT``:
    the script could be got; whom it decides on shows at the log-on.  ``UNKNOWN``: only the engine
    knows the way.  ``NOT_USED``: the bank answers, but nobody goes to it by a proxy, and so nothing
    was found out about the one that was chosen.
    """

    CONNECTED = "connected"
    ASKS = "asks"
    PROXY_ANSWERS = "proxy-answers"
    SCRIPT = "script"
    UNKNOWN = "unknown"
    NOT_USED = "not-used"


def check(choice: ProxyChoice, bank: tuple[str, int] | None, outside: Mapping[str, str]) -> Outcome:
    """Try to reach ``bank`` (host and port; ``None``: not known) by ``choice``.

    Takes up to :data:`~certhelper.logon.proxy.TIME_LIMIT_S`, and about as long to get a script;
    not to be called in a window's thread.  Raises :class:`~certhelper.failures.FailedError`.
    """
    with tempfile.TemporaryDirectory(prefix="certhelper-proxy-") as folder:
        way = proxy.route(choice, Path(folder), outside)
    if bank is not None and proxy.is_here(bank[0]) and way.way not in (Way.DIRECT, Way.SYSTEM):
        _reach(bank, Route(Way.DIRECT))
        return Outcome.NOT_USED
    if way.way in (Way.SCRIPT, Way.DETECT):
        return Outcome.SCRIPT if way.way is Way.SCRIPT else Outcome.UNKNOWN
    if bank is None:
        return _proxy_alone(way)
    return _reach(bank, way)


def _reach(bank: tuple[str, int], way: Route) -> Outcome:
    try:
        way.connect(*bank).close()
    except WayUnknownError:
        return Outcome.UNKNOWN
    except ProxyUnreachableError as error:
        raise _unreachable(way, error) from error
    except ProxyRefusedError as error:
        if error.wants_authentication:
            return Outcome.ASKS
        facts = {"proxy": way.server, "error": str(error.status or "-")}
        raise FailedError("proxy-refused", **facts) from error
    except OSError as error:
        raise _bank_unreachable(bank[0], error) from error
    return Outcome.CONNECTED


def _proxy_alone(way: Route) -> Outcome:
    place = proxy_choice.place_of(way.server) if way.way is Way.PROXY else None
    if place is None:
        return Outcome.UNKNOWN
    try:
        proxy.to_proxy(place, proxy.TIME_LIMIT_S).close()
    except ProxyUnreachableError as error:
        raise _unreachable(way, error) from error
    return Outcome.PROXY_ANSWERS


def _unreachable(way: Route, error: ProxyUnreachableError) -> FailedError:
    code = "proxy-unreachable" if error.name_found else "proxy-not-found"
    return FailedError(code, proxy=way.server)


def _bank_unreachable(host: str, error: OSError) -> FailedError:
    codes: dict[type[OSError], str] = {
        socket.gaierror: "host-not-found",
        TimeoutError: "no-answer",
        ConnectionRefusedError: "connection-refused",
    }
    code = next((codes[kind] for kind in codes if isinstance(error, kind)), "host-unreachable")
    return FailedError(code, address=host, error=str(error.errno or "-"))
