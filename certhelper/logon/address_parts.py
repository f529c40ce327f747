"""An address as it is shown: the host stands out, because it says whose page this is."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from certhelper.hosts import HTTPS_PORT
from certhelper.safe_text import safe


class AddressParts(NamedTuple):
    """``before`` + ``host`` + ``after`` is what is shown; of the query nothing is."""

    before: str
    host: str
    after: str
    is_secure: bool

    @property
    def whole(self) -> str:
        return self.before + self.host + self.after


def parts_of(address: str) -> AddressParts:
    """Take an encoded address apart.

    A host in another script stays in its ASCII form (``xn--``, RFC 5890), so that it cannot look
    like another; a name in front of ``@`` is never shown, because it is not where one is.
    """
    try:
        found = urlsplit(address)
        host, port = found.hostname or "", found.port
    except ValueError:
        return AddressParts("", "", safe(address), is_secure=False)
    if not host:
        return AddressParts("", "", safe(address.partition("?")[0]), is_secure=False)
    usual = found.scheme == "https" and port in (None, HTTPS_PORT)
    where = "" if port is None or usual else f":{port}"
    return AddressParts(
        f"{found.scheme}://", safe(host), safe(where + found.path), found.scheme == "https"
    )
