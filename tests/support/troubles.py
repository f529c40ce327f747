"""Every trouble that a log-on is known to meet: how it is brought about, and what must come of it.

The list is data: tests run it with the real engine, and docs/troubles.md is written from it.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Literal

from OpenSSL import SSL
from support.engine_processes import EngineProcess
from support.forwarder import Forwarder
from support.log_on import Outcome, log_on
from support.raw_servers import AbsentServer, CertificateResetServer, Manner, RawServer
from support.scripted_bank import (
    LOGON_PAGE,
    PIN,
    Answer,
    Pages,
    ScriptedBank,
    Serve,
    Served,
    Site,
    by_its_own_server,
    pin_page,
)
from support.web_servers import NginxSite, through_apache

from certhelper.bank import Bank
from certhelper.demo import profile
from certhelper.demo import store as demo_store
from certhelper.demo.authority import Issued
from certhelper.demo.cases import Case
from certhelper.demo.customers import DEMO_PIN
from certhelper.demo.scenario import Fault, Scenario
from certhelper.demo.server import DemoServer, LoopbackServer, front_context, logon_context

LONG_MS = 8_000
SHORT_MS = 2_500


@dataclass(frozen=True)
class Scene:
    """A bank in trouble, and a PC with a certificate; ``pins`` counts the PINs that arrived."""

    bank: Bank
    store: str
    certificate: str
    pins: Callable[[], int]
    pin: str = PIN
    issuers: tuple[bytes, ...] = ()

    def log_on(self, **options: Any) -> Outcome:
        """Log on to the top page, without a person."""
        given = {"issuers": self.issuers, "pin": self.pin} | options
        return log_on(self.bank, self.store, self.certificate, **given)


Stage = Callable[[Path], AbstractContextManager[Scene]]
"""Sets the scene in an empty folder."""


@dataclass(frozen=True)
class Trouble:
    """``how`` is for people who know the trade.

    ``code`` is what it ends with, or ``or_code`` where the engine itself cannot always tell.
    ``pins`` is how many PINs may reach the bank: 0, or 1 where it may have been counted.
    tests/logon/test_troubles.py runs every one of them.
    """

    name: str
    how: str
    code: str
    stage: Stage
    pins: int = 0
    limit_ms: int = LONG_MS
    or_code: str = ""


# How a scene is set


def scripted(pages: Pages | None = None, serve: Serve = by_its_own_server, **options: Any) -> Stage:
    """A bank whose pages are written here."""

    @contextmanager
    def stage(folder: Path) -> Iterator[Scene]:
        with ScriptedBank(folder, pages or {}, serve=serve, **options) as bank:
            yield _scene(bank)

    return stage


def demo(
    name: str = "12345678901234 user01",
    before: Callable[[DemoServer, Issued], None] | None = None,
    **scenario: Any,
) -> Stage:
    """The demo bank with its own profile, which knows the bank's failure pages."""

    @contextmanager
    def stage(folder: Path) -> Iterator[Scene]:
        wanted: dict[str, Any] = {"other_authentication": False} | scenario
        pin = wanted.pop("pin", DEMO_PIN)
        with DemoServer(scenario=Scenario(**wanted)) as server:
            user = server.authority.issue_client(name)
            if before is not None:
                before(server, user)
            demo_store.write(folder / "store", server.authority, [Case("user", user)])
            path = profile.write(folder, server.addresses, server.authority.server_root)
            yield Scene(
                Bank.read(path), f"nss:{folder / 'store'}", user.sha256, lambda: _posts(server), pin
            )

    return stage


def _posts(server: DemoServer) -> int:
    """Every POST, wherever it went: without another authentication only the PIN is sent so."""
    return sum(entry.method == "POST" for entry in server.log.entries)


def _scene(bank: ScriptedBank) -> Scene:
    return Scene(
        bank.bank, f"nss:{bank.database}", bank.sha256, lambda: len(bank.pins), issuers=bank.issuers
    )


class Line:
    """A site at the end of a line that can be taken away."""

    def __init__(self, site: Site) -> None:
        self._server = by_its_own_server(site)
        self.forwarder = Forwarder(self._server.port)
        self.port = self.forwarder.port

    def stop(self) -> None:
        self.forwarder.stop()
        self._server.stop()


def line_goes(key: str, page: str = "", *, cut: bool = True) -> Stage:
    """The network to the site goes while ``key`` is being answered with ``page``."""

    @contextmanager
    def stage(folder: Path) -> Iterator[Scene]:
        lines: dict[str, Line] = {}

        def serve(site: Site) -> Served:
            lines[site.name] = Line(site)
            return lines[site.name]

        def answer() -> str:
            name = key.split()[1].partition("/")[0]
            lines[name].forwarder.take_away(cut=cut)
            return page

        with ScriptedBank(folder, {key: answer}, serve=serve) as bank:
            yield _scene(bank)

    return stage


@contextmanager
def network_gone_in_session(folder: Path) -> Iterator[ScriptedBank]:
    """A bank whose top page is loaded once; when it is asked for again, the network is gone."""
    lines: list[Line] = []
    left = ["利用者トップページ"]

    def serve(site: Site) -> Served:
        lines.append(Line(site))
        return lines[-1]

    def top() -> str:
        if not left:
            for line in lines:
                line.forwarder.take_away()
        return left.pop() if left else ""

    pages: Pages = {"POST logon/pin": Answer(status=303, location="/top"), "GET logon/top": top}
    with ScriptedBank(folder, pages, serve=serve) as bank:
        yield bank


def logon_site(make: Callable[[Site], Served]) -> Serve:
    """The log-on site as ``make`` says, the front page by the demo's own server."""
    return lambda site: make(site) if site.name == "logon" else by_its_own_server(site)


def behind_nginx(act: Callable[[NginxSite], None], at: str, page: str) -> Stage:
    """The log-on site is behind nginx; ``act`` happens while ``at`` is being answered."""

    @contextmanager
    def stage(folder: Path) -> Iterator[Scene]:
        made: list[NginxSite] = []

        def serve(site: Site) -> Served:
            made.append(NginxSite(site, folder / "nginx", answer_within_s=1))
            return made[-1]

        def answer() -> str:
            act(made[0])
            return page

        with ScriptedBank(folder, {at: answer}, serve=logon_site(serve)) as bank:
            yield _scene(bank)

    return stage


def slow(key: str, *, nginx: bool = False) -> Stage:
    """The bank answers ``key`` only when everything is over."""

    @contextmanager
    def stage(folder: Path) -> Iterator[Scene]:
        over = threading.Event()

        def answer() -> str:
            over.wait()
            return ""

        def serve(site: Site) -> Served:
            return NginxSite(site, folder / "nginx", answer_within_s=1)

        served = logon_site(serve) if nginx else by_its_own_server
        with ScriptedBank(folder, {key: answer}, serve=served) as bank:
            try:
                yield _scene(bank)
            finally:
                over.set()

    return stage


def renderer_dies(key: str, page: str) -> Stage:
    """The processes that draw pages are killed while ``key`` is being answered."""

    def answer() -> str:
        drawing = EngineProcess.drawing_below(os.getpid())
        assert drawing, "nothing draws the page"
        for process in drawing:
            os.kill(process.pid, signal.Signals["SIGKILL"])
        return page

    return scripted({key: answer})


def apache(tls: Literal["1.2", "1.3"]) -> Stage:
    """Apache wants the certificate for one address alone."""

    @contextmanager
    def stage(folder: Path) -> Iterator[Scene]:
        with ScriptedBank(folder, {}, serve=through_apache(folder, tls)) as bank:
            yield _scene(bank)

    return stage


def reset_at_certificate(version: int) -> Serve:
    """The log-on site resets the connection as soon as it has the client's certificate."""

    def serve(site: Site) -> Served:
        context = logon_context(site.identity, site.authority.accepted)
        context.set_min_proto_version(version)
        context.set_max_proto_version(version)
        return CertificateResetServer(context)

    return logon_site(serve)


def raw(manner: Manner) -> Serve:
    """The log-on site does this with every handshake that has begun."""
    return logon_site(lambda _: RawServer(manner).__enter__())


def clock_wrong(begins: timedelta, ends: timedelta) -> Serve:
    """The log-on site lives in other days than today: its certificate, and what it says of them."""

    def serve(site: Site) -> Served:
        now = site.authority.now
        identity = site.authority.issue_server(
            [site.host], not_before=now + begins, not_after=now + ends
        )
        day = timedelta(days=1)
        there = now + begins + day if begins > day else now + ends - day

        def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
            def start(status: str, headers: list[tuple[str, str]]) -> Any:
                return start_response(status, [*headers, ("Date", format_datetime(there))])

            return site.application(environ, start)

        return LoopbackServer(application, logon_context(identity, site.authority.accepted))

    return logon_site(serve)


def other_identity(*, by_stranger: bool) -> Serve:
    """The log-on site shows another certificate: of a stranger's, or for another name."""

    def serve(site: Site) -> Served:
        authority = site.authority
        identity = (
            authority.issue_server([site.host], issuer=authority.stranger_root)
            if by_stranger
            else authority.issue_server(["somebody-else.localhost"])
        )
        return LoopbackServer(site.application, logon_context(identity, authority.accepted))

    return logon_site(serve)


def never_asks(site: Site) -> Served:
    """The log-on site asks nobody for a certificate."""
    return LoopbackServer(site.application, front_context(site.identity))


# The list

_CSV = (("Content-Disposition", "attachment; filename=meisai.csv"),)
_BASIC = Answer("", 401, headers=(("WWW-Authenticate", 'Basic realm="bank"'),))
_DAMAGED = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n"
    b"Content-Length: 8\r\n\r\nnot gzip"
)
_HALF = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 800\r\n\r\nhalf"
_ELSEWHERE = "https://elsewhere.demo-bank.localhost/"


def _revoke(server: DemoServer, user: Issued) -> None:
    server.authority.revoke(user)


def _lock(server: DemoServer, user: Issued) -> None:
    for _ in range(server.bank.scenario.lock_after):
        server.bank.pins.check(user.sha256, "wrong", server.bank.scenario.lock_after)


@contextmanager
def _in_session(folder: Path) -> Iterator[Scene]:
    with network_gone_in_session(folder) as bank:
        yield _scene(bank)


NETWORK_GONE_IN_SESSION = Trouble(
    "network-gone-in-session",
    "the network goes while an open session loads its page again",
    "connection-reset",
    _in_session,
    pins=1,
)
"""The one trouble that does not end the log-on: the session goes on when the network is back."""

TROUBLES: tuple[Trouble, ...] = (
    # On the way to the bank
    Trouble(
        "server-stopped",
        "nothing listens where the log-on site should be",
        "connection-refused",
        scripted(serve=logon_site(lambda _: AbsentServer())),
    ),
    Trouble(
        "nginx-stopped",
        "nginx ends between the log-on page and the PIN page",
        "connection-refused",
        behind_nginx(NginxSite.stop_nginx, "GET front/biznet", LOGON_PAGE),
    ),
    Trouble(
        "network-gone-at-start",
        "the line goes while the home page is being fetched",
        "connection-reset",
        line_goes("GET front/"),
    ),
    Trouble(
        "network-gone-before-pin",
        "the line goes while the PIN page is being fetched",
        "connection-reset",
        line_goes("GET logon/pin", pin_page()),
    ),
    Trouble(
        "reset-in-handshake",
        "TCP reset after the ClientHello",
        "connection-reset",
        scripted(serve=raw("reset")),
    ),
    Trouble(
        "stall-in-handshake",
        "the server takes the ClientHello and never answers",
        "no-answer",
        scripted(serve=raw("stall")),
        limit_ms=SHORT_MS,
    ),
    Trouble(
        "reset-at-certificate-tls12",
        "TCP reset as soon as the client's certificate has arrived, TLS 1.2",
        "connection-reset",
        scripted(serve=reset_at_certificate(SSL.TLS1_2_VERSION)),
    ),
    Trouble(
        "reset-at-certificate-tls13",
        "TCP reset as soon as the client's certificate has arrived, TLS 1.3",
        "connection-reset",
        scripted(serve=reset_at_certificate(SSL.TLS1_3_VERSION)),
        or_code="certificate-refused",
    ),
    Trouble(
        "bank-slow",
        "the PIN page is never answered",
        "no-answer",
        slow("GET logon/pin"),
        limit_ms=SHORT_MS,
    ),
    Trouble(
        "clock-behind",
        "the server's certificate begins next week, as a PC sees it whose clock is behind",
        "clock-wrong",
        scripted(serve=clock_wrong(timedelta(days=7), timedelta(days=90))),
    ),
    Trouble(
        "clock-ahead",
        "the server's certificate ended yesterday, as a PC sees it whose clock is ahead",
        "clock-wrong",
        scripted(serve=clock_wrong(-timedelta(days=90), -timedelta(days=1))),
    ),
    Trouble(
        "server-unknown-authority",
        "the server's certificate comes from an authority that nobody knows",
        "server-authority-unknown",
        scripted(serve=other_identity(by_stranger=True)),
    ),
    Trouble(
        "server-wrong-name",
        "the server's certificate names another site",
        "server-name-mismatch",
        scripted(serve=other_identity(by_stranger=False)),
    ),
    # What the bank's servers answer
    Trouble(
        "bank-stopped",
        "nginx runs and the bank behind it has stopped (502)",
        "server-error",
        behind_nginx(lambda nginx: nginx.way.take_away(), "GET front/biznet", LOGON_PAGE),
    ),
    Trouble(
        "bank-too-slow-for-nginx",
        "nginx gives up waiting for the bank behind it (504)",
        "server-error",
        slow("GET logon/pin", nginx=True),
    ),
    Trouble(
        "status-500",
        "the log-on page is answered with 500",
        "server-error",
        demo(fault=Fault("logon", "error-500")),
    ),
    Trouble(
        "status-503",
        "the home page is answered with 503",
        "server-error",
        scripted({"GET front/": Answer("Service Unavailable", 503)}),
    ),
    Trouble(
        "status-403-home",
        "the home page is answered with 403",
        "page-refused",
        scripted({"GET front/": Answer("Forbidden", 403)}),
    ),
    Trouble(
        "status-400-certificate",
        "400 after the certificate was sent",
        "certificate-refused",
        scripted({"GET logon/pin": Answer("Bad Request", 400)}),
    ),
    Trouble(
        "status-403-certificate",
        "403 after the certificate was sent",
        "certificate-refused",
        scripted({"GET logon/pin": Answer("Forbidden", 403)}),
    ),
    Trouble(
        "http-authentication",
        "401 with WWW-Authenticate: Basic",
        "password-asked",
        scripted({"GET front/biznet": _BASIC}),
    ),
    Trouble(
        "redirect-loop",
        "a page that redirects to itself for ever",
        "redirect-loop",
        scripted({"GET front/biznet": Answer(status=302, location="/biznet")}),
    ),
    Trouble(
        "redirect-to-http",
        "a redirect to the bank's own host without TLS",
        "outside-allowed-hosts",
        scripted(
            {"GET front/biznet": Answer(status=302, location="http://www.demo-bank.localhost/")}
        ),
    ),
    Trouble(
        "answer-damaged",
        "an answer that says gzip and is none",
        "answer-unreadable",
        scripted({"GET front/biznet": Answer(raw=_DAMAGED)}),
    ),
    Trouble(
        "answer-empty",
        "a connection that is closed without an answer",
        "connection-reset",
        scripted({"GET front/biznet": None}),
    ),
    Trouble(
        "answer-cut-short",
        "a page that breaks off in the middle",
        "connection-reset",
        scripted({"GET front/biznet": Answer(raw=_HALF)}),
    ),
    Trouble(
        "no-page",
        "204 for the home page",
        "no-page",
        scripted({"GET front/": Answer(status=204)}),
        limit_ms=SHORT_MS,
    ),
    # The certificate
    Trouble(
        "refused-in-handshake",
        "the server refuses the certificate with an alert",
        "certificate-refused",
        scripted(refusing=SSL.TLS1_3_VERSION),
    ),
    Trouble(
        "never-asked",
        "the log-on site does not ask for a certificate, and shows no PIN page",
        "certificate-not-requested",
        scripted(
            {"GET logon/pin": Answer("403", 403)},
            serve=logon_site(never_asks),
        ),
    ),
    Trouble(
        "pin-page-without-certificate",
        "a page that looks like the PIN page, from a server that asked for no certificate",
        "pin-page-without-certificate",
        scripted(serve=logon_site(never_asks)),
    ),
    Trouble(
        "asked-on-one-address-tls13",
        "Apache, SSLVerifyClient in a Location, TLS 1.3: no browser takes part in that",
        "certificate-asked-too-late",
        apache("1.3"),
    ),
    Trouble(
        "revoked",
        "the bank's page says that the certificate is revoked",
        "certificate-revoked-at-bank",
        demo(before=_revoke),
    ),
    Trouble(
        "administrator",
        "the administrator's certificate at the users' log-on",
        "administrator-certificate",
        demo("12345678901234"),
    ),
    Trouble(
        "unknown-customer",
        "a certificate whose name the bank does not know",
        "customer-unknown-at-bank",
        demo("no customer of this bank"),
    ),
    # Pages
    Trouble(
        "maintenance",
        "the bank's maintenance page",
        "maintenance",
        demo(maintenance=True),
    ),
    Trouble(
        "unknown-page",
        "a page that the profile does not know in the place of the log-on page",
        "unknown-page",
        demo(fault=Fault("logon", "unknown-page")),
    ),
    Trouble(
        "wrong-marker",
        "a PIN page without its screen ID",
        "unknown-page",
        demo(pin_page="wrong-marker"),
    ),
    Trouble(
        "link-gone",
        "a log-on page without the link for certificates",
        "logon-link-not-found",
        scripted({"GET front/biznet": "CIBMU201"}),
    ),
    Trouble(
        "two-password-fields",
        "a PIN page with two password fields",
        "pin-field-ambiguous",
        demo(pin_page="two-password-fields"),
    ),
    Trouble(
        "no-password-field",
        "a PIN page without a password field",
        "pin-field-missing",
        demo(pin_page="no-password-field"),
    ),
    Trouble(
        "short-field",
        "a password field that is shorter than the PIN",
        "pin-field-too-short",
        demo(pin_page="short-field"),
    ),
    Trouble(
        "foreign-form",
        "a PIN form that posts to another host",
        "pin-target-unexpected",
        demo(pin_page="foreign-form"),
    ),
    Trouble(
        "form-changes",
        "a form that gets another target when it is submitted, after we looked",
        "pin-target-unexpected",
        scripted(
            {
                "GET logon/pin": pin_page(
                    form="method=post action=/pin onsubmit=\"this.action='{front}/steal'\""
                )
            }
        ),
    ),
    Trouble(
        "pin-altered",
        "a page that changes what is typed",
        "pin-not-taken",
        scripted(
            {
                "GET logon/pin": pin_page(
                    field="<input type=password name=p "
                    'oninput="this.value=this.value.toUpperCase()">'
                )
            }
        ),
    ),
    Trouble(
        "redirect-elsewhere",
        "a redirect to a foreign host instead of the PIN page",
        "outside-allowed-hosts",
        demo(pin_page="redirect-elsewhere"),
    ),
    # After the PIN
    Trouble(
        "line-gone-at-pin",
        "the line goes between the PIN page and the sending of the PIN",
        "pin-not-delivered",
        line_goes("GET logon/pin", pin_page(), cut=False),
    ),
    Trouble(
        "reset-after-pin",
        "TCP reset in answer to the PIN",
        "connection-lost-after-pin",
        demo(fault=Fault("pin", "reset")),
        pins=1,
    ),
    Trouble(
        "network-gone-after-pin",
        "the line goes while the PIN is being answered",
        "connection-lost-after-pin",
        line_goes("POST logon/pin"),
        pins=1,
    ),
    Trouble(
        "bank-stops-at-pin",
        "nginx takes the PIN and the bank behind it has stopped (502)",
        "server-error-after-pin",
        behind_nginx(lambda nginx: nginx.way.take_away(cut=False), "GET logon/pin", pin_page()),
    ),
    Trouble(
        "bank-slow-after-pin",
        "the PIN is never answered",
        "no-answer-after-pin",
        slow("POST logon/pin"),
        pins=1,
        limit_ms=SHORT_MS,
    ),
    Trouble(
        "status-500-after-pin",
        "500 in answer to the PIN",
        "server-error-after-pin",
        demo(fault=Fault("pin", "error-500")),
        pins=1,
    ),
    Trouble(
        "status-403-after-pin",
        "403 in answer to the PIN",
        "page-refused-after-pin",
        scripted({"POST logon/pin": Answer("Forbidden", 403)}),
        pins=1,
    ),
    Trouble(
        "http-authentication-after-pin",
        "401 with WWW-Authenticate: Basic in answer to the PIN",
        "password-asked-after-pin",
        scripted({"POST logon/pin": _BASIC}),
        pins=1,
    ),
    Trouble(
        "foreign-host-after-pin",
        "a redirect to a foreign host in answer to the PIN",
        "outside-allowed-hosts-after-pin",
        scripted({"POST logon/pin": Answer(status=303, location=_ELSEWHERE)}),
        pins=1,
    ),
    Trouble(
        "script-to-foreign-host-after-pin",
        "a page that goes to a foreign host by script after the PIN",
        "outside-allowed-hosts-after-pin",
        scripted({"POST logon/pin": f"<script>location='{_ELSEWHERE}'</script>"}),
        pins=1,
    ),
    Trouble(
        "redirect-loop-after-pin",
        "redirects without end in answer to the PIN",
        "load-failed-after-pin",
        scripted(
            {
                "POST logon/pin": Answer(status=302, location="/round"),
                "GET logon/round": Answer(status=302, location="/round"),
            }
        ),
        pins=1,
    ),
    Trouble(
        "damaged-after-pin",
        "a damaged answer to the PIN",
        "load-failed-after-pin",
        scripted({"POST logon/pin": Answer(raw=_DAMAGED)}),
        pins=1,
    ),
    Trouble(
        "white-page-after-pin",
        "an empty page in answer to the PIN",
        "blank-page-after-pin",
        demo(fault=Fault("pin", "empty-page")),
        pins=1,
    ),
    Trouble(
        "closes-itself-after-pin",
        "a page that calls window.close() in answer to the PIN",
        "blank-page-after-pin",
        scripted({"POST logon/pin": "<script>window.close()</script>"}),
        pins=1,
    ),
    Trouble(
        "pop-up-closes-after-pin",
        "the log-on's own pop-up closes itself in answer to the PIN, and the page under it stays",
        "page-not-recognised",
        scripted(
            {
                "GET front/biznet": LOGON_PAGE.replace("<a ", "<a target=_blank rel=opener "),
                "POST logon/pin": "<script>window.close()</script>",
            }
        ),
        pins=1,
    ),
    Trouble(
        "no-page-after-pin",
        "204 in answer to the PIN",
        "no-page-after-pin",
        scripted({"POST logon/pin": Answer(status=204)}),
        pins=1,
        limit_ms=SHORT_MS,
    ),
    Trouble(
        "file-after-pin",
        "a file to save in answer to the PIN",
        "no-page-after-pin",
        scripted({"POST logon/pin": Answer("a,b", headers=_CSV)}),
        pins=1,
        limit_ms=SHORT_MS,
    ),
    Trouble(
        "unknown-page-after-pin",
        "a page that the profile does not know in answer to the PIN",
        "page-not-recognised",
        demo(fault=Fault("pin", "unknown-page")),
        pins=1,
    ),
    Trouble(
        "pin-wrong",
        "a wrong PIN",
        "pin-wrong",
        demo(pin="99999"),
        pins=1,
    ),
    Trouble(
        "pin-page-again",
        "the PIN page once more in answer to the PIN",
        "pin-page-again",
        scripted({"POST logon/pin": pin_page()}),
        pins=1,
    ),
    Trouble(
        "pin-locked",
        "a PIN at a bank that has suspended the user",
        "pin-locked",
        demo(before=_lock),
    ),
    Trouble(
        "timed-out-at-pin",
        "a PIN when the bank's session has ended already",
        "session-timed-out",
        demo(session_seconds=0.0),
        pins=1,
    ),
    # The program's own parts
    Trouble(
        "renderer-killed-at-log-on-page",
        "kill -9 of the process that draws the page while the log-on page is fetched",
        "renderer-ended",
        renderer_dies("GET front/biznet", LOGON_PAGE),
    ),
    Trouble(
        "renderer-killed-at-pin-page",
        "the same while the PIN page is fetched",
        "renderer-ended",
        renderer_dies("GET logon/pin", pin_page()),
    ),
    Trouble(
        "renderer-killed-after-pin",
        "the same while the PIN is being answered",
        "renderer-ended-after-pin",
        renderer_dies("POST logon/pin", "利用者トップページ"),
        pins=1,
    ),
)
