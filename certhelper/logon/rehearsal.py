"""A rehearsal without a browser: from the start page up to the PIN page, by plain requests.

It carries out the same flow as the browser (flow.py), so the same rules guard it: which hosts may
be visited, which one may be sent the certificate, when to stop.  It never posts, runs no script,
follows each redirect through those rules, and keeps nothing.  A page that cannot be read or
followed without scripts ends it with ``rehearsal-needs-browser``.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from urllib.parse import quote, urljoin, urlsplit

from certhelper import distinguished_name
from certhelper.bank import Bank
from certhelper.der import DerError
from certhelper.failures import ExitStatus, find
from certhelper.hosts import HTTPS_PORT
from certhelper.logon import facts, issuers, rehearsal_page, server_clock, server_identity, steps
from certhelper.logon.facts import IssuersProbed, ProbeOutcome
from certhelper.logon.issuers import Connect, connect_directly
from certhelper.logon.plan import LOAD_LIMIT_MS, LOOK_AGAIN_MS, LOOKS, Plan
from certhelper.logon.rehearsal_fetch import (
    CertificateAnswer,
    CertificateWanted,
    Fetched,
    Fetcher,
    FetchFailed,
    Request,
    Response,
)
from certhelper.logon.rehearsal_page import PageRead
from certhelper.logon.server_look import examine
from certhelper.logon.server_watch import flow_of
from certhelper.logon.stages import Stage, StageReport, Until

MOST_REDIRECTS = 20
"""As in Chromium (``net/url_request/url_request.h``)."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PROXY_AUTHENTICATION = 407
_ERR_CLIENT_AUTH_CERT_NEEDED = -110
_ERR_PROXY_AUTH_REQUESTED = -127
_ERR_TOO_MANY_REDIRECTS = -310
_LONGEST_REFRESH_S = LOOKS * LOOK_AGAIN_MS // 1000
"""As long as the flow would wait for a page in a browser to go on by itself."""

_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
_PATH_SAFE = "/%:@!$&'()*+,;=~-._"  # RFC 3986 section 3.3; what is encoded already stays
_QUERY_SAFE = _PATH_SAFE + "?"

_Place = tuple[str, int]
Probe = Callable[[str, int], IssuersProbed]


class Rehearsal:
    """One rehearsal.

    ``candidates`` are what the store could offer: SHA-256 → the DER names that issued the
    certificate and its chain.  ``connect`` takes the way to the bank for whatever is asked of a
    server beside its pages.
    """

    def __init__(
        self,
        plan: Plan,
        fetcher: Fetcher,
        candidates: Mapping[str, Sequence[bytes]],
        on_report: Callable[[StageReport], None],
        probe: Probe | None = None,
        connect: Connect = connect_directly,
    ) -> None:
        self._bank = plan.bank
        self._flow = flow_of(replace(plan, until=Until.PIN, pin_given=False, stop_at_notices=False))
        self._fetcher = fetcher
        self._candidates = candidates
        self._on_report = on_report
        self._connect = connect
        self._probe = probe or (lambda host, port: issuers.probe(host, port, connect=connect))
        self._answers: dict[_Place, CertificateAnswer] = {}
        self._asked: dict[_Place, IssuersProbed] = {}
        self._page: PageRead | None = None
        self._own_error = ""
        self._last: StageReport | None = None

    def run(self) -> int:
        """Rehearse, telling every stage as it happens, and return the command's exit status."""
        self._tell(StageReport(Stage.OPENED))
        todo = deque(self._flow.begin())
        while todo:
            todo.extend(self._do(todo.popleft()))
        if self._last is not None and self._last.stage is Stage.PIN_PAGE:
            return ExitStatus.DONE
        code = self._last.code if self._last is not None else None
        return find(code).exit_status if code else ExitStatus.ACT

    def _do(self, step: steps.Step) -> Sequence[steps.Step]:
        match step:
            case steps.Open(url):
                return self._load(url, "")
            case steps.FollowLink(_, index, _):
                return self._follow(index)
            case steps.LookAgain():
                return self._look_again()
            case steps.ProbeIssuers(host, port):
                return self._flow.handle(self._probed(host, port))
            case steps.ExamineServer(host, port):
                return self._flow.handle(examine(self._bank, host, port, self._connect))
            case steps.Tell(report):
                self._tell(report)
                return []
            case steps.End():
                return []
            case _:
                raise AssertionError(f"a rehearsal has no {type(step).__name__}")

    def _tell(self, report: StageReport) -> None:
        if report.stage is Stage.FAILED and self._own_error:
            detail = {**report.detail, "system_error": self._own_error}
            report = StageReport(report.stage, report.code, detail)
        self._last = report
        self._on_report(report)

    # Pages

    def _follow(self, index: int) -> Sequence[steps.Step]:
        assert self._page is not None  # the flow follows what it was shown
        seen = self._page.seen
        href = next(link.href for link in seen.links if link.index == index)
        if urlsplit(href).scheme not in ("http", "https") or _bare(href) == _bare(seen.url):
            return self._needs_browser()
        return self._load(href, seen.url)

    def _look_again(self) -> Sequence[steps.Step]:
        """Nothing moves here but by a refresh, so the flow gets the same page without waiting."""
        assert self._page is not None
        if self._page.needs_script:
            return self._needs_browser()
        refresh = self._page.refresh
        if refresh is not None and refresh.seconds <= _LONGEST_REFRESH_S:
            return self._load(refresh.url, self._page.seen.url)
        return self._flow.handle(self._page.seen)

    def _needs_browser(self) -> Sequence[steps.Step]:
        assert self._page is not None
        detail = {"address": facts.without_query(self._page.seen.url)}
        failed = StageReport(Stage.FAILED, "rehearsal-needs-browser", detail)
        return [steps.Tell(failed), steps.End(failed.code)]

    def _load(self, url: str, referrer: str) -> Sequence[steps.Step]:
        for _ in range(MOST_REDIRECTS + 1):
            request = request_for(self._bank, url, referrer)
            if request is None:
                return self._flow.handle(facts.NavigationBlocked(0, facts.without_query(url)))
            fetched = self._fetch(request)
            if isinstance(fetched, FetchFailed):
                self._own_error = fetched.own_error
                if fetched.by_server_certificate:
                    return self._flow.handle(self._explained(url, fetched))
                return self._flow.handle(facts.LoadFailed(0, url, fetched.error))
            assert isinstance(fetched, Response)  # _fetch answers what is wanted
            if fetched.status == _PROXY_AUTHENTICATION:
                return self._flow.handle(facts.LoadFailed(0, url, _ERR_PROXY_AUTH_REQUESTED))
            if fetched.status in _REDIRECTS and fetched.location:
                url = _joined(url, fetched.location)
                continue
            self._page = rehearsal_page.read(
                url, fetched.status, fetched.content_type, fetched.body
            )
            return self._flow.handle(self._page.seen)
        return self._flow.handle(facts.LoadFailed(0, url, _ERR_TOO_MANY_REDIRECTS))

    def _explained(self, url: str, failed: FetchFailed) -> facts.ServerCertificateRejected:
        """What is known of a server that was refused; its clock, where that explains something."""
        fact = facts.ServerCertificateRejected(0, url, failed.error, failed.chain)
        place = facts.origin(url)
        if place is None:
            return fact
        if not fact.chain:
            fact = replace(fact, chain=issuers.look(*place[1:], connect=self._connect).chain)
        if not server_identity.asks_for_time(fact):
            return fact
        return replace(fact, server_time=server_clock.ask(*place[1:], self._connect))

    # Certificates

    def _fetch(self, request: Request) -> Fetched:
        place = request.host, request.port
        if not self._fetcher.tells_requests:
            self._ask_before(place)
        fetched = self._get(request)
        if isinstance(fetched, CertificateWanted) and place not in self._answers:
            self._note_asked(place, fetched)
            self._decide(place, fetched.issuers)
            fetched = self._get(request)
        if isinstance(fetched, CertificateWanted):
            return FetchFailed(_ERR_CLIENT_AUTH_CERT_NEEDED)
        return fetched

    def _get(self, request: Request) -> Fetched:
        limit_ms = self._flow.limit_ms or LOAD_LIMIT_MS
        answer = self._answers.get((request.host, request.port))
        return self._fetcher.get(request, answer, limit_ms / 1000)

    def _ask_before(self, place: _Place) -> None:
        """For a fetcher that cannot tell: ask the server itself, where it may have the certificate.

        Any other server is sent none, whether it asks or not.
        """
        if place in self._asked or not self._bank.may_send_certificate(*place):
            return
        self._asked[place] = probed = self._probe(*place)
        if probed.outcome is ProbeOutcome.ASKED:
            self._decide(place, probed.issuers)

    def _note_asked(self, place: _Place, wanted: CertificateWanted) -> None:
        if wanted.issuers is not None:
            names = tuple(map(_readable, wanted.issuers))
            self._asked[place] = IssuersProbed(ProbeOutcome.ASKED, wanted.issuers, names)

    def _decide(self, place: _Place, accepted: tuple[bytes, ...] | None) -> None:
        """Let the flow answer the server's request; the answer holds for this server."""
        offered = tuple(
            fingerprint
            for fingerprint, names in self._candidates.items()
            if not accepted or set(accepted) & set(names)
        )
        readable = None if accepted is None else tuple(map(_readable, accepted))
        fact = facts.CertificateRequested(*place, offered, readable)
        for step in self._flow.handle(fact):
            match step:
                case steps.SendCertificate(sha256):
                    self._answers[place] = CertificateAnswer(sha256)
                case steps.SendNoCertificate():
                    self._answers[place] = CertificateAnswer(None)
                case steps.Tell(report):
                    self._tell(report)
                case _:
                    raise AssertionError(f"no answer to a request: {type(step).__name__}")

    def _probed(self, host: str, port: int) -> IssuersProbed:
        place = host, port
        if place not in self._asked:
            self._asked[place] = self._probe(host, port)
        return self._asked[place]


def request_for(bank: Bank, url: str, referrer: str = "") -> Request | None:
    """Return the request for an address, or ``None`` where the profile does not let it be visited.

    An address that two programs could read differently (user names, odd hosts) is never visited.
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode("ascii").lower()
        port = HTTPS_PORT if parts.port is None else parts.port
    except ValueError:
        return None
    if not _HOST.fullmatch(host) or parts.username is not None or parts.password is not None:
        return None
    if not bank.allows(parts.scheme, host, port):
        return None
    target = quote(parts.path or "/", safe=_PATH_SAFE)
    if parts.query:
        target += "?" + quote(parts.query, safe=_QUERY_SAFE)
    return Request(host, port, target, _referrer(referrer, url))


def _referrer(page: str, url: str) -> str:
    """What may be said of the page before: ``strict-origin-when-cross-origin``, as browsers do."""
    here = facts.origin(page)
    if here is None:
        return ""
    if here == facts.origin(url):
        return quote(page.partition("#")[0], safe=_QUERY_SAFE)
    return f"https://{urlsplit(page).netloc}/"


def _joined(url: str, location: str) -> str:
    """The address that a redirect names; one that is none stays outside of every profile."""
    with suppress(ValueError):
        return urljoin(url, location.strip())
    return "about:invalid"


def _bare(url: str) -> str:
    return url.partition("#")[0]


def _readable(name: bytes) -> str:
    try:
        return distinguished_name.read_shared(name).text
    except DerError:
        return name.hex()
