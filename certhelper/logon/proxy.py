"""The way to the bank: the person's choice made plain, and one connection that takes the same way.

The parent of a session finds the way out, because the desktop's settings are kept in the person's
own home and a session has another one.  The engine gets it as switches (``browser/proxy.py``).
Only HTTP proxies are connected through here (CONNECT, RFC 9110 section 9.3.6); who else decides
the way, a script or a SOCKS proxy, is the engine's to ask, and here the way is then not known.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Mapping
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from certhelper import proxy_choice
from certhelper.proxy_choice import ProxyChoice, ProxyMode

TIME_LIMIT_S = 8.0
_LONGEST_HEAD = 16 * 1024  # octets
_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})[ \r]")
_AUTHENTICATION_REQUIRED = 407
_ADDRESS = re.compile(r"[0-9.]+|.*:.*")
_NAME_RULE = re.compile(r"[a-z0-9.*_-]+")
_NET_RULE = re.compile(r"[0-9.]+/[0-9]+|\[?[0-9a-f:.]*:[0-9a-f:.]*\]?(/[0-9]+)?")


class Way(StrEnum):
    """Who decides the way.

    ``SYSTEM``: the engine asks the system itself, whose settings (Windows', macOS') were not
    understood.  ``DETECT``: it looks for a
    script in the network (WPAD).  ``SCRIPT``: a PAC script decides.
    """

    SYSTEM = "system"
    DIRECT = "direct"
    PROXY = "proxy"
    SCRIPT = "script"
    DETECT = "detect"


class Route(NamedTuple):
    """``server`` (``host:port``) is the proxy of ``PROXY``, spoken to by ``scheme``.

    ``bypass`` are the hosts that are gone to directly, as Chromium writes them
    (``net/proxy_resolution/proxy_bypass_rules.h``).  ``script`` is the address of the file that
    holds the script of ``SCRIPT``, ``script_from`` where it was got.
    """

    way: Way = Way.SYSTEM
    server: str = ""
    scheme: str = "http"
    bypass: tuple[str, ...] = ()
    script: str = ""
    script_from: str = ""

    def connect(self, host: str, port: int) -> socket.socket:
        """As :func:`connect`, in :data:`TIME_LIMIT_S`."""
        return connect(host, port, TIME_LIMIT_S, self)


class WayUnknownError(OSError):
    """The way is known to the engine only: nothing was connected."""


class ProxyRefusedError(OSError):
    """The proxy answered with something else than a tunnel; ``status`` is its HTTP status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the proxy answered {status}")
        self.status = status

    @property
    def wants_authentication(self) -> bool:
        return self.status == _AUTHENTICATION_REQUIRED


class ProxyUnreachableError(OSError):
    """The proxy does not answer; ``name_found`` says whether its name led anywhere."""

    def __init__(self, *, name_found: bool) -> None:
        super().__init__("the proxy cannot be reached")
        self.name_found = name_found


def route(
    choice: ProxyChoice,
    home: Path,
    outside: Mapping[str, str],
    fetch: Callable[[str], str] | None = None,
) -> Route:
    """Find out the way that ``choice`` means for a session with the private ``home``.

    ``outside`` is the environment of the person's desktop.  A script is got here, written into
    ``home`` and made to fail rather than to be passed over; ``fetch`` gets it from its address
    (None: :func:`certhelper.logon.proxy_script.fetch`).  Raises
    :class:`~certhelper.failures.FailedError` (``pac-unreadable``, ``proxy-setting-wrong``).
    """
    from certhelper.logon import proxy_script

    found = chosen(choice, outside)
    if found.way is not Way.SCRIPT:
        return found
    script = (fetch or proxy_script.fetch)(found.script_from)
    return found._replace(script=proxy_script.keep(script, home))


def chosen(choice: ProxyChoice, outside: Mapping[str, str]) -> Route:
    """Return the way that ``choice`` means, without getting the script where one decides.

    Raises :class:`~certhelper.failures.FailedError` (``proxy-setting-wrong``).
    """
    from certhelper.logon import proxy_system

    if choice.mode is ProxyMode.SYSTEM:
        found = proxy_system.route(outside)
    elif choice.mode is ProxyMode.NONE:
        found = Route(Way.DIRECT)
    elif choice.mode is ProxyMode.MANUAL:
        found = Route(Way.PROXY, choice.address)
    else:
        found = Route(Way.SCRIPT, script_from=choice.pac_address)
    if found.way is Way.PROXY and proxy_choice.place_of(found.server) is None:
        raise proxy_system.setting_wrong(found.server)
    return found


def connect(host: str, port: int, time_limit: float, way: Route) -> socket.socket:
    """Open a connection to ``host`` the way the engine would; TLS is the caller's to begin.

    ``time_limit`` is in seconds, for all of it.  Raises :class:`WayUnknownError`,
    :class:`ProxyUnreachableError`, :class:`ProxyRefusedError`, and ``OSError`` otherwise.
    """
    deadline = time.monotonic() + time_limit
    if is_here(host):
        # RFC 6761 section 6.3: *.localhost is the loopback; the C library's resolver does not
        # know.  Chromium goes there directly, whatever the proxy (implicit bypass rules).
        return socket.create_connection(("127.0.0.1", port), time_limit)
    if way.way is Way.SYSTEM:
        from certhelper.logon import proxy_system

        way = proxy_system.as_the_engine_would()
    if way.way is Way.DIRECT or (way.way is Way.PROXY and passes_by(host, way.bypass)):
        return socket.create_connection((host, port), time_limit)
    place = proxy_choice.place_of(way.server)
    if way.way is not Way.PROXY or way.scheme != "http" or place is None:
        raise WayUnknownError("only the engine knows the way")
    plain = to_proxy(place, time_limit)
    try:
        _tunnel(plain, f"[{host}]:{port}" if ":" in host else f"{host}:{port}", deadline)
    except BaseException:
        plain.close()
        raise
    return plain


def is_here(host: str) -> bool:
    """Say whether a host is this computer, by its name (RFC 6761 section 6.3)."""
    return host == "localhost" or host.endswith(".localhost")


def passes_by(host: str, bypass: tuple[str, ...]) -> bool:
    """Say whether a rule names this host.

    The engine knows rules of nets, ports and schemes, this does not: where one could matter the
    way is not known.  Raises :class:`WayUnknownError`.
    """
    name = host.lower()
    if bypass and _ADDRESS.fullmatch(name):
        raise WayUnknownError("whether this address passes by the proxy")
    for rule in map(str.lower, bypass):
        if rule == "<local>":
            if "." not in name:
                return True
        elif _NAME_RULE.fullmatch(rule):
            if fnmatchcase(name, f"*{rule}" if rule.startswith(".") else rule):
                return True
        elif not _NET_RULE.fullmatch(rule):
            raise WayUnknownError("whether this host passes by the proxy")
    return False


def to_proxy(place: tuple[str, int], time_limit: float) -> socket.socket:
    """Connect to the proxy itself.  Raises :class:`ProxyUnreachableError`."""
    try:
        return socket.create_connection(place, time_limit)
    except (socket.gaierror, UnicodeError) as error:
        raise ProxyUnreachableError(name_found=False) from error
    except OSError as error:
        raise ProxyUnreachableError(name_found=True) from error


def _tunnel(plain: socket.socket, target: str, deadline: float) -> None:
    plain.settimeout(max(0.001, deadline - time.monotonic()))
    plain.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode("ascii"))
    head = b""
    while b"\r\n\r\n" not in head:
        plain.settimeout(max(0.001, deadline - time.monotonic()))
        # One octet at a time: what follows the head is the server's, and not for us to take.
        piece = plain.recv(1)
        if not piece or len(head) > _LONGEST_HEAD:
            raise ProxyRefusedError(0)
        head += piece
    found = _STATUS.match(head)
    status = int(found[1]) if found else 0
    if not 200 <= status <= 299:
        raise ProxyRefusedError(status)
