"""Gets one address of a certificate over HTTP; imported only where somebody is asked.

The address is a stranger's word, and what comes back is believed only where its signature is
right.  So: no cookie, no name or version of anything, no login from a ``.netrc``, the environment's
proxies passed over (the way is given), few redirects and only to addresses that may be asked
(never to this PC, nor from outside into the firm's network), and an end to every answer in length
and in time.  Nothing is logged.
"""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from queue import Empty, SimpleQueue
from typing import Any, Final, NamedTuple
from urllib.parse import urljoin, urlsplit

import requests

from certhelper import system_trust
from certhelper.revocation.address_rules import is_web_address
from certhelper.revocation.deadline import Deadline
from certhelper.revocation.line import Line, LineAdapter
from certhelper.revocation.no_answer import NoAnswerError
from certhelper.revocation.places import (
    Reach,
    reach_of_host,
    reaches_of_named,
    reaches_of_redirect,
)
from certhelper.revocation.way import Way
from certhelper.safe_text import safe

_CONNECT_SECONDS: Final = 2.0
_MOST_REDIRECTS: Final = 3
_PIECE: Final = 1024  # octets
_MOST_DIGITS: Final = 15  # of a length: more octets than anybody has
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_REPEATS: Final = (307, 308)
_PROXY_REFUSED: Final = 407
_TUNNEL_REFUSED: Final = "Tunnel connection failed: 407"  # http.client's words
_NO_NETWORK: Final = frozenset({errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL})
_NOWHERE: Final = (("192.0.2.1", socket.AF_INET), ("2001:db8::1", socket.AF_INET6))
_HEADERS: Final = {"User-Agent": "certhelper", "Accept-Encoding": "identity"}


class Answer(NamedTuple):
    """``date`` is the server's own clock (aware), None where it told none or nonsense."""

    body: bytes
    date: datetime | None


class Request(NamedTuple):
    """``question`` (an OCSP request) is posted, without one the address is got.

    ``longest`` is the most octets of an answer.
    """

    address: str
    longest: int
    question: bytes | None = None


def host_of(address: str) -> str:
    """Return the host and port of an address, safe to show; no more of it goes anywhere."""
    try:
        return safe(urlsplit(address).netloc.rpartition("@")[2])[:80]
    except ValueError:
        return ""


def _host(address: str) -> str:
    """Return the bare host in lower case; empty where there is none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def fetch(request: Request, way: Way, deadline: Deadline) -> Answer:
    """Return the answer of status 200.

    Raises :class:`NoAnswerError`: ``other-scheme``, ``offline``, ``name-not-found``,
    ``not-reached``, ``timeout``, ``refused`` (with the HTTP status), ``too-big``, ``unreadable``
    (packed, cut off, or so odd that the library that reads HTTP fails over it),
    ``proxy-not-reached``, ``proxy-refused``, ``proxy-unknown``.
    """
    # A resolver that hangs cannot be ended from here, only be left; connections can be cut.
    line = Line()
    told: SimpleQueue[Answer | BaseException] = SimpleQueue()

    def work() -> None:
        try:
            told.put(_fetch(request, way, line, deadline))
        except BaseException as error:  # noqa: BLE001  # judged by the one who waits
            told.put(error)

    threading.Thread(target=work, name="revocation fetch", daemon=True).start()
    try:
        answer = told.get(timeout=deadline.left)
    except Empty:
        raise NoAnswerError("timeout", host_of(request.address)) from None
    finally:
        line.end()
    if isinstance(answer, Answer):
        return answer
    if isinstance(answer, NoAnswerError):
        raise answer
    raise NoAnswerError("unreadable", host_of(request.address)) from answer


def _fetch(request: Request, way: Way, line: Line, deadline: Deadline) -> Answer:
    address = request.address
    allowed = reaches_of_named(_host(address))
    with requests.Session() as session:
        session.trust_env = False
        session.headers.clear()
        session.headers.update(_HEADERS)
        for _ in range(_MOST_REDIRECTS + 1):
            if not is_web_address(address) or reach_of_host(_host(address)) not in {*allowed, None}:
                raise NoAnswerError("other-scheme", safe(address.partition(":")[0])[:20])
            line.allowed = allowed
            with _send(session, request._replace(address=address), way, line, deadline) as response:
                session.cookies.clear()
                if not _leads_on(response, request):
                    return _answer(response, request.longest, deadline, host_of(address))
                address = urljoin(address, response.headers.get("Location", ""))
                allowed = reaches_of_redirect(line.reached)
    raise NoAnswerError("refused", f"{host_of(request.address)}: too many redirects")


def _leads_on(response: requests.Response, request: Request) -> bool:
    """Say whether the same is to be asked elsewhere.

    A question that was posted is repeated only where the answer says so (RFC 9110 section 15.4.8
    and 15.4.9); after the others it would be got, which no responder can mean.
    """
    return response.status_code in (_REDIRECTS if request.question is None else _REPEATS)


def _send(
    session: requests.Session, request: Request, way: Way, line: Line, deadline: Deadline
) -> requests.Response:
    address, question = request.address, request.question
    proxy = way(address)
    if proxy is not None:
        # Only the proxy knows where a name leads; whoever is behind it counts as outside.
        line.allowed = None
        line.reached = reach_of_host(_host(address)) or Reach.PUBLIC
    is_secured = urlsplit(address).scheme.lower() == "https"  # costs 40 ms, and most are plain
    scheme, trust = ("https", system_trust.context()) if is_secured else ("http", None)
    session.mount(f"{scheme}://", LineAdapter(line, trust))
    wait = min(_CONNECT_SECONDS, max(deadline.left, 0.01))
    try:
        return session.request(
            "GET" if question is None else "POST",
            address,
            data=question,
            headers={} if question is None else {"Content-Type": "application/ocsp-request"},
            proxies={} if proxy is None else {"http": proxy, "https": proxy},
            timeout=(wait, max(deadline.left, 0.01)),
            allow_redirects=False,
            stream=True,
        )
    except (requests.RequestException, OSError, ValueError) as error:
        raise _explained(error, host_of(address), has_proxy=proxy is not None) from error


def _answer(response: requests.Response, longest: int, deadline: Deadline, host: str) -> Answer:
    if response.status_code == _PROXY_REFUSED:
        raise NoAnswerError("proxy-refused", f"HTTP {response.status_code}")
    if response.status_code != requests.codes.ok:
        raise NoAnswerError("refused", f"{host}: HTTP {response.status_code}")
    if "Content-Encoding" in response.headers:  # not asked for; it could unpack to any length
        raise NoAnswerError("unreadable", host)
    body = bytearray()
    try:
        # In small pieces, so that the time is looked at however slow they come.
        for piece in response.iter_content(_PIECE):
            body += piece
            if len(body) > longest:
                raise NoAnswerError("too-big", host)
            if deadline.is_over:
                raise NoAnswerError("timeout", host)
    except (requests.RequestException, OSError, ValueError) as error:
        raise _explained(error, host, has_proxy=False) from error
    if _announced(response.headers.get("Content-Length", "")) > len(body):
        raise NoAnswerError("unreadable", host)
    return Answer(bytes(body), _date(response.headers.get("Date", "")))


def _announced(text: str) -> int:
    """Return a ``Content-Length`` (RFC 9110 section 8.6); 0 for nonsense.

    Python's ``int`` refuses some digits of other scripts, and very many digits.
    """
    if not (text.isascii() and text.isdigit()):
        return 0
    return int(text.lstrip("0")[:_MOST_DIGITS] or "0")


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _explained(error: Exception, host: str, *, has_proxy: bool) -> NoAnswerError:
    """Say what a failure of the network means."""
    causes = list(_causes(error))
    if isinstance(error, requests.exceptions.ProxyError):
        if any(_TUNNEL_REFUSED in str(one) for one in causes):
            return NoAnswerError("proxy-refused", "HTTP 407")
        return NoAnswerError("offline" if not has_network() else "proxy-not-reached")
    if any(isinstance(one, (requests.Timeout, TimeoutError)) for one in causes):
        return NoAnswerError("timeout", host)
    if any(isinstance(one, OSError) and one.errno in _NO_NETWORK for one in causes):
        return NoAnswerError("offline")
    if not has_proxy and not _is_of_this_pc(host) and not has_network():
        return NoAnswerError("offline")
    if any(isinstance(one, (socket.gaierror, UnicodeError)) for one in causes):
        return NoAnswerError("name-not-found", host)
    return NoAnswerError("not-reached", host)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and what was behind it."""
    seen: list[BaseException] = []
    open_ones: list[Any] = [error]
    while open_ones:
        one = open_ones.pop()
        if not isinstance(one, BaseException) or any(one is known for known in seen):
            continue
        seen.append(one)
        yield one
        open_ones += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]


def _is_of_this_pc(host: str) -> bool:
    name = host.rpartition(":")[0] or host
    return name in ("localhost", "127.0.0.1", "[::1]") or name.endswith(".localhost")


def has_network() -> bool:
    """Say whether this PC knows a way to the outside; nothing is sent (a datagram's ``connect``).

    The addresses are those of RFC 5737 and 3849, which lead nowhere.
    """
    for place, family in _NOWHERE:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((place, 9))
                return True
        except OSError:
            continue
    return False
