"""What may be handed to the person's own browser as an address."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from certhelper.failures import FailedError
from certhelper.safe_text import safe

_LONGEST = 8000  # characters; servers answer 414 for less, and Windows takes 32,767 for a command
_SHOWN = 200
_SCHEMES = ("https", "http")
# Every character that RFC 3986 section 2 allows, the percent sign of what is encoded included.
_ALLOWED = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_RESERVED = ":/?#[]@!$&'()*+,;=%"


def checked(address: str) -> str:
    """Return the address as it can be handed over: ASCII, with nothing in it but RFC 3986's.

    Characters of other scripts behind the host are percent-encoded (RFC 3987 section 3.1).  Raises
    :class:`FailedError` (``address-refused``) for any other scheme than https and http, user-info,
    a host that is not plain ASCII, and control characters, white space or quotes.
    """
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise _refused(address) from error
    encoded = quote(address, safe=_RESERVED) if address.isprintable() else ""
    wrong = (
        parts.scheme not in _SCHEMES
        or not host
        or not host.isascii()
        or "@" in parts.netloc
        or len(address) > _LONGEST
        or any(character.isascii() and not _ALLOWED.fullmatch(character) for character in address)
        or not _ALLOWED.fullmatch(encoded)
    )
    if wrong:
        raise _refused(address)
    return encoded


def _refused(address: str) -> FailedError:
    shown = safe(address[:_SHOWN]) + ("…" if len(address) > _SHOWN else "")
    return FailedError("address-refused", address=shown)
