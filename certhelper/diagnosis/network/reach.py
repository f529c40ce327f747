"""How far a connection came, and, without a proxy, by which of the two Internet protocols."""

from __future__ import annotations

import ipaddress
import socket
from enum import StrEnum
from typing import NamedTuple

from certhelper.logon import proxy
from certhelper.logon.proxy import ProxyRefusedError, ProxyUnreachableError, WayUnknownError

MOST_ADDRESSES = 4
"""How many of a name's addresses are tried; those behind them are the same service's."""

# Documentation addresses (RFC 5737, RFC 3849): nothing is ever sent to them.
_ELSEWHERE = {
    socket.AF_INET: ("192.0.2.1", 443),
    socket.AF_INET6: ("2001:db8::1", 443),
}


class Reach(StrEnum):
    """How far it came."""

    CONNECTED = "connected"
    NOT_FOUND = "not-found"
    NO_DNS = "no-dns"
    REFUSED = "refused"
    NO_ANSWER = "no-answer"
    UNREACHABLE = "unreachable"
    WAY_UNKNOWN = "way-unknown"
    PROXY_UNREACHABLE = "proxy-unreachable"
    PROXY_NOT_FOUND = "proxy-not-found"
    PROXY_REFUSED = "proxy-refused"
    PROXY_PASSWORD = "proxy-password"  # noqa: S105  # the name of an outcome
    PROXY_SILENT = "proxy-silent"
    FAULT = "fault"


class Line(NamedTuple):
    """One Internet protocol: the addresses that the name has there, and how far they led."""

    addresses: tuple[str, ...]
    reach: Reach


def of_error(error: OSError) -> Reach:
    """Return how far a connection came that ended with ``error``."""
    if isinstance(error, WayUnknownError):
        return Reach.WAY_UNKNOWN
    if isinstance(error, ProxyUnreachableError):
        return Reach.PROXY_UNREACHABLE if error.name_found else Reach.PROXY_NOT_FOUND
    if isinstance(error, ProxyRefusedError):
        return Reach.PROXY_PASSWORD if error.wants_authentication else Reach.PROXY_REFUSED
    if isinstance(error, socket.gaierror):
        return _of_resolver(error)
    if isinstance(error, TimeoutError):
        return Reach.NO_ANSWER
    if isinstance(error, ConnectionRefusedError):
        return Reach.REFUSED
    return Reach.UNREACHABLE


def _of_resolver(error: socket.gaierror) -> Reach:
    """Tell "there is no such name" from "nobody answers" (RFC 3493 section 6.1).

    Windows says the former, too, where it has no DNS server at all.
    """
    unanswered = {socket.EAI_AGAIN, socket.EAI_FAIL, getattr(socket, "EAI_SYSTEM", None)}
    return Reach.NO_DNS if error.errno in unanswered else Reach.NOT_FOUND


def families_of(host: str) -> tuple[socket.AddressFamily, ...]:
    """Return the protocols that a host may be asked for: an address has one only."""
    if proxy.is_here(host):
        return (socket.AF_INET,)
    try:
        version = ipaddress.ip_address(host).version
    except ValueError:
        return (socket.AF_INET, socket.AF_INET6)
    return (socket.AF_INET6 if version == 6 else socket.AF_INET,)


def directly(host: str, port: int, family: socket.AddressFamily, limit: float) -> Line:
    """Ask for the host's addresses and connect to them without a proxy, until one answers.

    ``limit`` is in seconds, for all addresses; the system's resolver has limits of its own.
    """
    # RFC 6761 section 6.3: *.localhost is the loopback; the C library's resolver does not know.
    name = "127.0.0.1" if proxy.is_here(host) else host
    try:
        found = socket.getaddrinfo(name, port, family, socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        reach = of_error(error) if isinstance(error, OSError) else Reach.NOT_FOUND
        return Line((), reach)
    addresses = tuple(dict.fromkeys(str(one[4][0]) for one in found))[:MOST_ADDRESSES]
    reach = Reach.NOT_FOUND
    for address in addresses:
        try:
            socket.create_connection((address, port), limit / len(addresses)).close()
        except OSError as error:
            reach = of_error(error)
        else:
            return Line(addresses, Reach.CONNECTED)
    return Line(addresses, reach)


def has_way_out(family: socket.AddressFamily) -> bool:
    """Say whether this PC knows a way to the Internet by this protocol; sends nothing."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as asked:
            asked.connect(_ELSEWHERE[family])
    except OSError:
        return False
    return True


def is_inner(address: str) -> bool:
    """Say whether an address is none of the Internet's (RFC 6890)."""
    try:
        return not ipaddress.ip_address(address.partition("%")[0]).is_global
    except ValueError:
        return True
