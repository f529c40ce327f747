"""Getting a PAC script, and making it one that is never passed over.

Chromium goes directly, without a word, where a script cannot be got, is no script, or throws
(tried with Qt WebEngine 6.11.3: HTTP 404, a server that hangs, a page instead of a script, a
mistake in it).  There the firm's rule would be broken unnoticed and the failure that follows would
name the bank.  So the script is got here first, and stands in a few lines of our own that send
everything to a proxy which cannot exist when the script fails.
"""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

from certhelper.failures import FailedError
from certhelper.safe_text import safe

if TYPE_CHECKING:
    from http.client import HTTPMessage
    from urllib.request import OpenerDirector

FILE_NAME = "proxy.pac"
NOWHERE = "script-failed.invalid:1"
"""RFC 6761 section 6.4: a name below ``invalid`` never resolves."""

_LONGEST = 1024 * 1024  # octets, as in Chromium (net/proxy_resolution/pac_file_fetcher_impl.cc)
_WAIT_S = 5.0  # for a connection, and for each piece
_ALL_S = 10.0

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

    Blocks for 10 seconds at most.  Raises :class:`~certhelper.failures.FailedError`
    (``pac-unreadable``).
    """
    try:
        octets, charset = _read_in_time(address)
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


def _read_in_time(address: str) -> tuple[bytes, str]:
    """Read it in a thread that is given up: no part of ``urllib`` has a limit for all of it.

    Neither the resolver, nor a head that comes octet by octet, nor a share that hangs ends by
    itself.  Raises what reading raised, or ``TimeoutError``.
    """
    answers: SimpleQueue[tuple[bytes, str] | BaseException] = SimpleQueue()

    def work() -> None:
        try:
            answers.put(_read(address))
        except BaseException as error:  # noqa: BLE001  # raised below, where it is waited for
            answers.put(error)

    threading.Thread(target=work, name="proxy script", daemon=True).start()
    try:
        answer = answers.get(timeout=_ALL_S)
    except Empty:
        raise TimeoutError from None
    if isinstance(answer, BaseException):
        raise answer
    return answer


def _read(address: str) -> tuple[bytes, str]:
    parts = urlsplit(address)
    if parts.scheme == "file":
        from urllib.request import url2pathname

        return _of_file(Path(url2pathname(parts.path))), ""
    return _get(address)


def _of_file(path: Path) -> bytes:
    """Read a file that is one: a device never ends, and a pipe waits for somebody to write."""

    def at_once(name: str, flags: int) -> int:
        return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))

    with open(path, "rb", opener=at_once) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError("no file")
        return _not_too_long(file.read(_LONGEST + 1))


def _get(address: str) -> tuple[bytes, str]:
    """Get it directly: the way through a proxy is what it is to tell.  Raises ``OSError``."""
    import http.client
    from urllib.error import HTTPError

    try:
        with _opener().open(address, timeout=_WAIT_S) as answer:
            octets = _not_too_long(answer.read(_LONGEST + 1))
            return octets, answer.headers.get_content_charset() or ""
    except HTTPError as error:
        error.close()
        raise
    except http.client.HTTPException as error:
        raise OSError(type(error).__name__) from error


def _opener() -> OpenerDirector:
    """Return what follows a redirect to nothing but HTTP, and from HTTPS to HTTPS alone.

    ``build_opener`` would bring FTP, files and ``data:`` along, and the proxies in force.
    """
    from urllib import request

    from certhelper.system_trust import context

    class Redirects(request.HTTPRedirectHandler):
        def redirect_request(
            self,
            req: request.Request,
            fp: IO[bytes],
            code: int,
            msg: str,
            headers: HTTPMessage,
            newurl: str,
        ) -> request.Request | None:
            if req.type == "https" and urlsplit(newurl).scheme != "https":
                return None
            return super().redirect_request(req, fp, code, msg, headers, newurl)

    opener = request.OpenerDirector()
    for handler in (
        request.UnknownHandler(),
        request.HTTPHandler(),
        request.HTTPSHandler(context=context()),
        request.HTTPDefaultErrorHandler(),
        request.HTTPErrorProcessor(),
        Redirects(),
    ):
        opener.add_handler(handler)
    return opener


def _not_too_long(octets: bytes) -> bytes:
    if len(octets) > _LONGEST:
        raise ValueError("too long")
    return octets


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
