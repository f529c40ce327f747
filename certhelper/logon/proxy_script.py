"""Getting a PAC script, and making it one that is never passed over.

Chromium goes directly, without a word, where a script cannot be got, is no script, or throws
(tried with Qt WebEngine 6.11.3: HTTP 404, a server that hangs, a page instead of a script, a
mistake in it).  There the firm's rule would be broken unnoticed and the failure that follows would
name the bank.  So the script is got here first, and stands in a few lines of our own that send
everything to a proxy which cannot exist when the script fails.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from urllib.parse import urlsplit

from certhelper.failures import FailedError
from certhelper.safe_text import safe

FILE_NAME = "proxy.pac"
NOWHERE = "script-failed.invalid:1"
"""RFC 6761 section 6.4: a name below ``invalid`` never resolves."""

_LONGEST = 1024 * 1024  # octets, as in Chromium (net/proxy_resolution/pac_file_fetcher_impl.cc)
_WAIT_S = 5.0
_ALL_S = 10.0
_PIECE = 64 * 1024

_AROUND = """\
var FindProxyForURL = (function () {{
  var decides = null;
  try {{
    decides = new Function("var FindProxyForURL;" + {script} + "\\n;return FindProxyForURL;")();
  }} catch (error) {{}}
  return function (url, host) {{
    try {{
      var way = decides(url, host);
      if (typeof way === "string") return way;
    }} catch (error) {{}}
    return "PROXY {nowhere}";
  }};
}})();
"""
"""The script's own names are those of a function: what it calls FindProxyForURL is not the engine's
(``fence.py``)."""


def fetch(address: str) -> str:
    """Return the script at ``address`` (``http``, ``https`` or ``file``), got without a proxy.

    Raises :class:`~certhelper.failures.FailedError` (``pac-unreadable``).
    """
    try:
        octets, charset = _read(address)
        script = _text(octets, charset)
    except (OSError, ValueError, LookupError) as error:
        raise unreadable(address, type(error).__name__) from error
    if "FindProxyForURL" not in script:
        raise unreadable(address, "FindProxyForURL")
    return script


def keep(script: str, home: Path) -> str:
    """Write the script, in its frame, into the private home; return the file's address.

    Raises ``OSError``.
    """
    path = home / FILE_NAME
    path.write_text(_AROUND.format(script=json.dumps(script), nowhere=NOWHERE), encoding="ascii")
    return path.as_uri()


def unreadable(address: str, detail: str) -> FailedError:
    """Return the failure; ``address`` without what stands behind a question mark."""
    shown = address.partition("?")[0].partition("#")[0]
    return FailedError("pac-unreadable", address=safe(shown), detail=detail)


def _read(address: str) -> tuple[bytes, str]:
    parts = urlsplit(address)
    if parts.scheme == "file":
        from urllib.request import url2pathname

        octets = Path(url2pathname(parts.path)).read_bytes()
        if len(octets) > _LONGEST:
            raise ValueError("too long")
        return octets, ""
    return _get(address)


def _get(address: str) -> tuple[bytes, str]:
    """Get it directly: the way through a proxy is what it is to tell.  Raises ``OSError``."""
    import http.client
    from urllib.error import HTTPError
    from urllib.request import HTTPSHandler, ProxyHandler, build_opener

    from certhelper.system_trust import context

    opener = build_opener(ProxyHandler({}), HTTPSHandler(context=context()))
    deadline = time.monotonic() + _ALL_S
    octets = b""
    try:
        with opener.open(address, timeout=_WAIT_S) as answer:
            while piece := answer.read1(_PIECE):
                octets += piece
                if len(octets) > _LONGEST:
                    raise ValueError("too long")
                if time.monotonic() > deadline:
                    raise TimeoutError
            return octets, answer.headers.get_content_charset() or ""
    except HTTPError as error:
        error.close()
        raise
    except http.client.HTTPException as error:
        raise OSError(type(error).__name__) from error


def _text(octets: bytes, charset: str) -> str:
    """Decode as Chromium does: as told, by the byte order mark, else ISO 8859-1."""
    if charset:
        return octets.decode(charset, "replace")
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if octets.startswith(mark):
            return octets.decode(encoding, "replace")
    return octets.decode("latin-1")
