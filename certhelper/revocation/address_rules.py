"""Which addresses may be asked: whoever issued a certificate chose them, so a stranger."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from certhelper.revocation.places import reach_of_host, reaches_of_named

_LONGEST_ADDRESS: Final = 2048  # characters
_USUAL_PORTS: Final = (80, 443)
_LOWEST_FREE_PORT: Final = 1024


def is_web_address(address: str) -> bool:
    """Say whether an address may be asked: plain ``http`` or ``https``, and nothing odd in it.

    No user name, no port that belongs to another service (as browsers hold it: the Fetch standard,
    "port blocking", here by the simpler rule that below 1024 only 80 and 443 count), nothing
    endless, and no host of which its words alone say that nobody is to be asked there
    (:mod:`~certhelper.revocation.places`).
    """
    if len(address) > _LONGEST_ADDRESS or not address.isascii() or not address.isprintable():
        return False
    if " " in address or "\\" in address:
        return False
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        return False
    reach = reach_of_host(parts.hostname)
    if reach is not None and reach not in reaches_of_named(parts.hostname):
        return False
    return port is None or port in _USUAL_PORTS or port >= _LOWEST_FREE_PORT
