"""A rehearsal without a browser: against the demo bank and nginx, and with scripted answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support.bank_fixtures import BankStore
from support.bank_servers import BankServers
from support.tls_fetcher import TlsFetcher

from certhelper.bank import Bank
from certhelper.demo import profile
from certhelper.demo.authority import Authority
from certhelper.demo.customers import DEMO_PIN
from certhelper.demo.scenario import Fault, Scenario
from certhelper.demo.server import DemoServer
from certhelper.logon.facts import IssuersProbed, ProbeOutcome
from certhelper.logon.plan import Plan
from certhelper.logon.rehearsal import MOST_REDIRECTS, Rehearsal, request_for
from certhelper.logon.rehearsal_fetch import (
    CertificateAnswer,
    CertificateWanted,
    Fetched,
    FetchFailed,
    Request,
    Response,
)
from certhelper.logon.stages import Stage, StageReport, Until

WHOLE = ["opened", "logon-page", "certificate-requested", "certificate-sent", "pin-page"]


@dataclass
class Outcome:
    """What a rehearsal said, and the exit status that follows from it."""

    status: int = -1
    reports: list[StageReport] = field(default_factory=list)

    @property
    def stages(self) -> list[str]:
        return [report.stage.value for report in self.reports]

    @property
    def code(self) -> str | None:
        return self.reports[-1].code

    def detail(self, stage: Stage) -> dict[str, object]:
        return dict(next(report.detail for report in self.reports if report.stage is stage))


@dataclass(frozen=True)
class Customer:
    """One PC: a store with the bank's certificates, and a folder for the fetcher."""

    authority: Authority
    store: BankStore
    folder: Path

    def rehearse(self, written: Path, name: str, limit_ms: int = 10_000) -> Outcome:
        """Rehearse against real servers with the certificate of this name."""
        bank = Bank.read(written)
        issued = {one.sha256: one for one in self.store.certificates.values()}
        chain = self.authority.biznet_g2.pem
        fetcher = TlsFetcher(self.folder, bank.trusted_files()[0], issued, chain)
        root = self.authority.root.certificate.subject.public_bytes()
        offered = {
            sha256: (one.certificate.issuer.public_bytes(), root)
            for sha256, one in issued.items()
            if one is not self.store["other-bank"]
        }
        chosen = self.store[name].sha256
        plan = Plan(bank, chosen, offered[chosen], Until.PIN, False, load_limit_ms=limit_ms)
        outcome = Outcome()
        outcome.status = Rehearsal(plan, fetcher, offered, outcome.reports.append).run()
        return outcome


@pytest.fixture
def customer(bank_authority: Authority, bank_store: BankStore, tmp_path: Path) -> Customer:
    return Customer(bank_authority, bank_store, tmp_path)


@pytest.fixture
def written(demo_server: DemoServer, tmp_path: Path) -> Path:
    """The profile of a running demo bank."""
    return profile.write(tmp_path, demo_server.addresses, demo_server.authority.server_root)


def test_it_goes_up_to_the_pin_page_and_sends_exactly_the_chosen_certificate(
    written: Path, customer: Customer, demo_server: DemoServer
) -> None:
    """The stages are the browser's; the bank sees one certificate and no PIN."""
    outcome = customer.rehearse(written, "user02")
    assert (outcome.status, outcome.stages) == (0, WHOLE)
    requested = outcome.detail(Stage.CERTIFICATE_REQUESTED)
    assert customer.store["user01"].sha256 in list(requested["offered"])  # type: ignore[call-overload]  # a list of JSON
    assert customer.store["other-bank"].sha256 not in str(requested["offered"])
    assert "CN=Example Bank Biznet CA - G2" in str(requested["issuers"])
    assert demo_server.log.certificates() == [customer.store["user02"].sha256]
    assert demo_server.log.pin_posts() == 0
    assert DEMO_PIN not in str(outcome.reports)


@pytest.mark.parametrize(
    "name",
    ["optional", "required", "tls12", "tls13", "required-tls12", "root-only", "any-issuer"],
)
def test_every_way_of_asking_gets_the_certificate(
    bank_servers: BankServers, customer: Customer, name: str
) -> None:
    """Whatever nginx is told to do, its log shows one certificate and no POST."""
    outcome = customer.rehearse(bank_servers[name].profile, "user01")
    assert (outcome.status, outcome.stages) == (0, WHOLE)
    assert bank_servers.bank.log.certificates() == [customer.store["user01"].sha256]
    assert bank_servers.log.of(bank_servers[name].host, "POST") == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("other-issuer", "no-certificate-fits"),
        ("never-asks", "certificate-not-requested"),
        ("expired", "server-certificate-expired"),
        ("untrusted", "server-authority-unknown"),
        ("wrong-name", "server-name-mismatch"),
        ("reset", "connection-reset"),
        ("close", "connection-reset"),
        ("absent", "connection-refused"),
    ],
)
def test_every_fault_has_the_code_of_the_browser_s_path(
    bank_servers: BankServers, customer: Customer, name: str, code: str
) -> None:
    """The same table as in test_matrix.py, told with status 1."""
    outcome = customer.rehearse(bank_servers[name].profile, "user01")
    assert (outcome.status, outcome.code) == (1, code)


@pytest.mark.parametrize(
    ("name", "code"),
    [("optional", "certificate-revoked-at-bank"), ("revocation", "certificate-refused")],
)
def test_a_revoked_certificate_is_refused_by_page_or_by_handshake(
    bank_servers: BankServers, customer: Customer, name: str, code: str
) -> None:
    """Whether the bank's page or its server says no: the certificate is said to be the reason."""
    assert customer.rehearse(bank_servers[name].profile, "revoked").code == code


@pytest.mark.parametrize(
    ("scenario", "code"),
    [
        (Scenario(fault=Fault("certificate", "hold")), "no-answer"),
        (Scenario(fault=Fault("logon", "error-500")), "server-error"),
        (Scenario(fault=Fault("certificate", "unknown-page")), "unknown-page"),
        (Scenario(fault=Fault("certificate", "empty-page")), "unknown-page"),
        (Scenario(fault=Fault("home", "reset")), "connection-reset"),
        (Scenario(maintenance=True), "maintenance"),
        (Scenario(pin_page="redirect-elsewhere"), "outside-allowed-hosts"),
    ],
)
def test_what_the_bank_s_pages_do_has_its_code(
    written: Path, customer: Customer, demo_server: DemoServer, scenario: Scenario, code: str
) -> None:
    """A page that hangs, fails, is unknown, or leads outside of the profile."""
    demo_server.bank.scenario = scenario
    outcome = customer.rehearse(written, "user01", limit_ms=1000)
    assert (outcome.status, outcome.code) == (1, code)
    assert demo_server.log.pin_posts() == 0


BANK = Bank.parse(
    """
schema = 1
id = "example"
name = "例"
[site]
start_url = "https://www.bank.example/"
allowed_hosts = ["www.bank.example", "*.static.bank.example"]
certificate_hosts = ["login.bank.example"]
[pages.logon]
markers = ["CIBMU201"]
link_text = "証明書でログオン"
[pages.pin]
markers = ["CIBMU209"]
""".encode(),
    Path("example.toml"),
)
START = "https://www.bank.example:443/"
PIN_PAGE = "https://login.bank.example:443/pin"
MINE, ISSUER = "ab" * 32, b"\x30\x00"


def html(body: str, status: int = 200, location: str = "") -> Response:
    return Response(status, "text/html; charset=utf-8", location, body.encode())


LOGON_PAGE = html('CIBMU201 <a href="https://login.bank.example/pin">証明書でログオン</a>')


class Scripted:
    """Answers each address with what a test wrote; ``seen`` is what was asked and answered."""

    tells_requests = True

    def __init__(self, answers: dict[str, Fetched | Sequence[Fetched]]) -> None:
        self._answers = {
            url: list(given) if isinstance(given, list) else [given]
            for url, given in answers.items()
        }
        self.seen: list[tuple[str, CertificateAnswer | None]] = []

    def get(self, request: Request, answer: CertificateAnswer | None, time_limit: float) -> Fetched:
        self.seen.append((request.url, answer))
        waiting = self._answers[request.url]
        found = waiting[0] if len(waiting) == 1 else waiting.pop(0)
        assert not isinstance(found, Sequence)
        return found


def scripted(answers: dict[str, Fetched | Sequence[Fetched]]) -> tuple[Outcome, Scripted]:
    """Rehearse with scripted answers; nobody may be asked beside them."""

    def no_probe(_host: str, _port: int) -> IssuersProbed:
        return IssuersProbed(ProbeOutcome.NEVER_ASKED)

    fetcher, outcome = Scripted(answers), Outcome()
    plan = Plan(BANK, MINE, (ISSUER,), Until.PIN, False)
    rehearsal = Rehearsal(plan, fetcher, {MINE: (ISSUER,)}, outcome.reports.append, no_probe)
    outcome.status = rehearsal.run()
    return outcome, fetcher


def test_a_request_that_the_fetcher_tells_of_is_answered_once() -> None:
    """WinHTTP says 12044: nothing is decided before, the certificate goes with the second GET."""
    wanted: list[Fetched] = [CertificateWanted((ISSUER,)), html("CIBMU209")]
    outcome, fetcher = scripted({START: LOGON_PAGE, PIN_PAGE: wanted})
    assert (outcome.status, outcome.stages) == (0, WHOLE)
    assert fetcher.seen == [(START, None), (PIN_PAGE, None), (PIN_PAGE, CertificateAnswer(MINE))]


@pytest.mark.parametrize(
    ("issuers", "code"),
    [((b"\x30\x02\x31\x00",), "no-certificate-fits"), (None, None), ((), None)],
)
def test_only_a_named_other_issuer_keeps_the_certificate_back(
    issuers: tuple[bytes, ...] | None, code: str | None
) -> None:
    """A server that names nobody, or whose names are not known, gets the chosen certificate."""
    answers: list[Fetched] = [
        CertificateWanted(issuers),
        html("CIBMU209" if code is None else "", 200),
    ]
    outcome, fetcher = scripted({START: LOGON_PAGE, PIN_PAGE: answers})
    assert outcome.code == code
    assert fetcher.seen[-1][1] == CertificateAnswer(MINE if code is None else None)


def test_another_host_that_asks_gets_no_certificate() -> None:
    """Only ``certificate_hosts`` are sent one; the start page's host is none of them."""
    answers: list[Fetched] = [CertificateWanted(()), html("no page of the log-on")]
    outcome, fetcher = scripted({START: answers})
    assert outcome.code == "certificate-host-not-allowed"
    assert fetcher.seen[-1] == (START, CertificateAnswer(None))


def test_a_server_that_asks_again_and_again_is_given_up() -> None:
    """No loop: the second request for a certificate ends it."""
    outcome, fetcher = scripted({START: LOGON_PAGE, PIN_PAGE: CertificateWanted(())})
    assert outcome.code == "certificate-needed"
    assert len(fetcher.seen) == 3


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.example/",
        "http://www.bank.example/",
        "https://www.bank.example:444/",
        "https://user@www.bank.example/",
        "https://www.bank.example.evil.example/",
        "https://evil.example\\.static.bank.example/",
        "//[::1",
        "javascript:alert(1)",
    ],
)
def test_a_redirect_goes_nowhere_that_the_profile_does_not_name(location: str) -> None:
    """Each hop is judged before anything is sent there."""
    outcome, fetcher = scripted({START: html("", 302, location)})
    assert outcome.code == "outside-allowed-hosts"
    assert [url for url, _ in fetcher.seen] == [START]


def test_redirects_within_the_profile_are_followed_and_counted() -> None:
    """A loop of redirects ends after as many as a browser follows."""
    outcome, fetcher = scripted({START: html("", 302, "/")})
    assert outcome.code == "redirect-loop"
    assert len(fetcher.seen) == MOST_REDIRECTS + 1


def test_a_refresh_is_followed_and_a_late_one_is_not() -> None:
    """A page that sends the browser on at once is no end; one that reloads later is a page."""
    soon = html('<meta http-equiv="refresh" content="1; URL=/next">')
    late = html('<meta http-equiv="refresh" content="600; URL=/next">')
    following = "https://www.bank.example:443/next"
    outcome, fetcher = scripted({START: soon, following: late})
    assert outcome.code == "unknown-page"
    assert [url for url, _ in fetcher.seen] == [START, following]


@pytest.mark.parametrize(
    "page",
    [
        "<title></title><body><script>show()</script>",
        'CIBMU201 <a href="#" onclick="go()">証明書でログオン</a>',
        'CIBMU201 <a href="javascript:go()">証明書でログオン</a>',
        "CIBMU201 <form method=post><button>証明書でログオン</button></form>",
    ],
)
def test_what_needs_a_script_or_a_form_is_left_to_the_browser(page: str) -> None:
    """Nothing is posted and nothing guessed: the person is told how to go on."""
    outcome, fetcher = scripted({START: html(page)})
    assert (outcome.status, outcome.code) == (1, "rehearsal-needs-browser")
    assert len(fetcher.seen) == 1


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (FetchFailed(-105, "12007"), "host-not-found"),
        (FetchFailed(-102, "12029"), "connection-refused"),
        (FetchFailed(-7, "12002"), "no-answer"),
        (FetchFailed(-201, "12175", by_server_certificate=True), "server-date-invalid"),
        (html("", 407), "proxy-authentication"),
        (html("", 503), "server-error"),
    ],
)
def test_the_helpdesk_hears_the_system_s_own_number_too(answer: Fetched, code: str) -> None:
    """The code is the browser path's; beside it stands what Windows said."""
    outcome, _ = scripted({START: answer})
    assert (outcome.status, outcome.code) == (1, code)
    own = answer.own_error if isinstance(answer, FetchFailed) else None
    assert outcome.detail(Stage.FAILED).get("system_error") == own


def test_a_refused_certificate_is_told_as_such() -> None:
    """A handshake that breaks after the certificate was sent means the certificate."""
    answers: list[Fetched] = [CertificateWanted(()), FetchFailed(-107, "12157")]
    outcome, _ = scripted({START: LOGON_PAGE, PIN_PAGE: answers})
    assert outcome.code == "certificate-refused"


def test_an_address_is_written_so_that_nothing_of_it_becomes_a_header() -> None:
    """Spaces, line ends and letters of other scripts are encoded; what is encoded stays."""
    request = request_for(BANK, "https://www.bank.example/é %41?q=\u3042 b#f", START)
    assert request is not None
    assert request.target == "/%C3%A9%20%41?q=%E3%81%82%20b"
    assert request.referrer == START


def test_another_site_hears_only_where_one_comes_from() -> None:
    """The page's path and query stay with its own site."""
    page = "https://www.bank.example/biznet/?session=1"
    request = request_for(BANK, "https://login.bank.example/pin", page)
    assert request is not None
    assert request.referrer == "https://www.bank.example/"
