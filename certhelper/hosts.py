"""How the hosts of a profile are written and matched."""

from __future__ import annotations

HTTPS_PORT = 443


def split(entry: str) -> tuple[str, int]:
    """Host and port of an entry such as ``bank.example:8443``, which passed the check."""
    host, _, port = entry.partition(":")
    return host, int(port) if port else HTTPS_PORT


def matches(entry: str, host: str, port: int) -> bool:
    """Whether an entry, ``*.bank.example`` among them, stands for this host and port."""
    wanted_host, wanted_port = split(entry.removeprefix("*."))
    if port != wanted_port:
        return False
    given = host.lower()
    if entry.startswith("*."):
        return given.endswith("." + wanted_host)
    return given == wanted_host
