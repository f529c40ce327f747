"""Where an address leads: out, into the firm's own network, to this PC, or where nobody is asked.

Who issued a certificate chose the address, so a stranger; a question is sent from inside the firm.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

_NAME: Final = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LITERALLY_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_TRANSLATED: Final = IPv6Network("64:ff9b::/96")  # RFC 6052: the IPv4 address is in it
_THIS_NETWORK: Final = 0  # first octet (RFC 1122 section 3.2.1.3)


class Reach(Enum):
    """``PRIVATE`` is all that the internet does not carry (RFC 1918, 4193, 6598 and others).

    ``NOWHERE`` is where nobody answers about certificates: link-local addresses (routers, a cloud's
    own services), many at once, none, and what is reserved.
    """

    PUBLIC = auto()
    PRIVATE = auto()
    HERE = auto()
    NOWHERE = auto()


OUTSIDE: Final = frozenset({Reach.PUBLIC, Reach.PRIVATE})


def reach_of(address: IPv4Address | IPv6Address) -> Reach:
    """Return where an IP address leads; one inside another (mapped, translated, 6to4) counts."""
    inner = _inner(address) if isinstance(address, IPv6Address) else None
    if inner is not None:
        return reach_of(inner)
    if address.is_loopback:
        return Reach.HERE
    if (
        address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or address.is_reserved
        or (isinstance(address, IPv4Address) and address.packed[0] == _THIS_NETWORK)
    ):
        return Reach.NOWHERE
    return Reach.PUBLIC if address.is_global else Reach.PRIVATE


def reach_of_host(host: str) -> Reach | None:
    """Return where the host of an address leads (in lower case, without brackets), by its words.

    None for a name: only its resolution tells.  An IPv4 address has four plain numbers; the other
    forms that resolvers understand (one number, octal, hexadecimal: the URL standard, "ends in a
    number checker") lead nowhere, and so does what is no host.
    """
    if ":" not in host and not _ends_in_a_number(host):
        if _NAME.fullmatch(host) is None:
            return Reach.NOWHERE
        return Reach.HERE if f".{host.rstrip('.')}".endswith(".localhost") else None
    try:
        return reach_of(ip_address(host))
    except ValueError:
        return Reach.NOWHERE


def reaches_of_named(host: str) -> frozenset[Reach]:
    """Return where the host that a certificate names may lead.

    To this PC only where it says so in plain words (``localhost``, ``127.0.0.1``, ``::1``), and
    then to nobody else.
    """
    return frozenset({Reach.HERE}) if host in _LITERALLY_HERE else OUTSIDE


def reaches_of_redirect(reached: Reach) -> frozenset[Reach]:
    """Return where whoever was ``reached`` may send on: never to this PC, nor from outside in."""
    return frozenset({Reach.PUBLIC}) if reached is Reach.PUBLIC else OUTSIDE


def _ends_in_a_number(host: str) -> bool:
    return _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]) is not None


def _inner(address: IPv6Address) -> IPv4Address | None:
    if address in _TRANSLATED:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour
