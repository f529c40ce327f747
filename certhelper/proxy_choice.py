"""Which way the program reaches the network: the four choices, and what an address must look like.

Light, because the settings are read before the first window shows.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import urlsplit

_LONGEST_ADDRESS = 2000
_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])"
_PROXY = re.compile(rf"({_HOST}):([0-9]{{1,5}})")
_HIGHEST_PORT = 65535


class ProxyMode(StrEnum):
    """``SYSTEM``: what this PC is set to.  ``NONE``: none, whatever this PC is set to.

    ``MANUAL``: one HTTP proxy for everything.  ``PAC``: a script of the firm's decides (proxy
    auto-configuration).
    """

    SYSTEM = "system"
    NONE = "none"
    MANUAL = "manual"
    PAC = "pac"


class ProxyChoice(NamedTuple):
    """``address`` (``host:port``) counts with ``MANUAL``, ``pac_address`` with ``PAC``."""

    mode: ProxyMode = ProxyMode.SYSTEM
    address: str = ""
    pac_address: str = ""


def place_of(address: str) -> tuple[str, int] | None:
    """Read ``host:port`` (``[2001:db8::1]:8080`` for IPv6); ``None`` when it is something else.

    No scheme and no user name: the settings keep no secret, and the proxy's name and password are
    asked for when the proxy asks.
    """
    found = _PROXY.fullmatch(address)
    if found is None or not 1 <= int(found[2]) <= _HIGHEST_PORT:
        return None
    return found[1].strip("[]"), int(found[2])


def is_pac_address(address: str) -> bool:
    """Say whether a script can be got from here: ``https``, ``http`` or a file of this PC.

    A firm's server for it speaks plain HTTP as a rule; the script decides on the way only, and
    what goes that way is TLS to the bank.
    """
    if len(address) > _LONGEST_ADDRESS or not address.isascii() or not address.isprintable():
        return False
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    if " " in address or parts.username is not None or parts.password is not None:
        return False
    if parts.scheme == "file":
        return parts.netloc in ("", "localhost") and len(parts.path) > 1
    return parts.scheme in ("http", "https") and bool(parts.hostname) and port != 0
