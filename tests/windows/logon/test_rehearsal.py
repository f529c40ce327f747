"""``rehearse`` by WinHTTP: the bank sees exactly the certificate that was chosen, and no PIN."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from OpenSSL import SSL
from support.raw_servers import AbsentServer, RawServer

from certhelper.bank import Bank
from certhelper.demo import profile
from certhelper.demo.authority import Authority, Issued
from certhelper.demo.client import Addresses
from certhelper.demo.scenario import Fault, Scenario
from certhelper.demo.server import LOGON_HOST, DemoServer, LoopbackServer, logon_context
from certhelper.logon import issuers as server_issuers
from certhelper.logon.plan import Plan
from certhelper.logon.rehearsal_fetch import CertificateAnswer, FetchFailed, Request, Response
from certhelper.logon.rehearsal_windows import WinHttpFetcher, rehearse
from certhelper.logon.server_trust import roots_of
from certhelper.logon.stages import Stage, StageReport, Until
from certhelper.windows import winhttp
from certhelper.windows.certificate_store import Place

Install = Callable[..., Issued]
WHOLE = ["opened", "logon-page", "certificate-requested", "certificate-sent", "pin-page"]


@dataclass
class Outcome:
    status: int = -1
    reports: list[StageReport] = field(default_factory=list)

    @property
    def stages(self) -> list[str]:
        return [report.stage.value for report in self.reports]

    @property
    def code(self) -> str | None:
        return self.reports[-1].code


def run(bank: Bank, chosen: Issued, *others: Issued, limit_ms: int = 20_000) -> Outcome:
    issuers = (chosen.certificate.issuer.public_bytes(),)
    plan = Plan(bank, chosen.sha256, issuers, Until.PIN, False, load_limit_ms=limit_ms)
    outcome = Outcome()
    candidates = {one.sha256: issuers for one in (chosen, *others)}
    outcome.status = rehearse(plan, Place.CURRENT_USER, candidates, outcome.reports.append)
    return outcome


@dataclass
class Impostor:
    """A server in the bank's place.

    ``requests`` are the paths that arrived, ``certificates`` what the clients' handshakes brought.
    """

    port: int = 0
    requests: list[str] = field(default_factory=list)
    certificates: list[object] = field(default_factory=list)


@contextmanager
def impostor_of(authority: Authority, kind: str) -> Iterator[Impostor]:
    now = authority.now
    identity = {
        "good": lambda: authority.issue_server([LOGON_HOST]),
        "stranger": lambda: authority.issue_server([LOGON_HOST], issuer=authority.stranger_root),
        "wrong-name": lambda: authority.issue_server(["other.demo-bank.localhost"]),
        "expired": lambda: authority.issue_server(
            [LOGON_HOST], not_before=now - timedelta(days=9), not_after=now - timedelta(days=1)
        ),
    }[kind]()
    found = Impostor()

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        if environ["REQUEST_METHOD"] != "HEAD":  # that asks for nothing but the server's clock
            found.requests.append(environ["PATH_INFO"])
        start_response("200 OK", [("Content-Length", "0")])
        return []

    context = logon_context(identity, authority.accepted)
    shaken = SSL.SSL_CB_HANDSHAKE_DONE

    def note(connection: SSL.Connection, where: int, _: int) -> None:
        if where & shaken:
            found.certificates.append(connection.get_peer_certificate())

    context.set_info_callback(note)
    server = LoopbackServer(application, context)
    found.port = server.port
    try:
        yield found
    finally:
        server.stop()


def test_of_two_with_one_name_the_chosen_one_arrives(
    bank: Bank, server: DemoServer, install: Install
) -> None:
    """The server's log shows the fingerprint and serial of each choice, on TLS 1.2 or better."""
    one, other = install(), install()
    assert one.certificate.subject == other.certificate.subject
    for chosen in (one, other, one):
        before = len(server.log.entries)
        outcome = run(bank, chosen, one, other)
        assert (outcome.status, outcome.stages) == (0, WHOLE)
        offered = outcome.reports[2].detail["offered"]
        assert set(offered) == {one.sha256, other.sha256}
        seen = [entry for entry in server.log.entries[before:] if entry.sha256]
        assert {entry.sha256 for entry in seen} == {chosen.sha256}
        assert {int(str(entry.serial), 16) for entry in seen} == {chosen.certificate.serial_number}
        assert {entry.tls_version for entry in seen} <= {"TLSv1.2", "TLSv1.3"}
    assert server.log.pin_posts() == 0


def test_the_command_needs_no_browser(bank: Bank, server: DemoServer, install: Install) -> None:
    """``certhelper rehearse --store windows`` tells the stages as JSON and ends with status 0."""
    issued = install()
    words = ["rehearse", "--store", "windows", "--bank", str(bank.source), "--json"]
    program = "import sys; from certhelper.cli import main; sys.exit(main(sys.argv[1:]))"
    ran = subprocess.run(
        [sys.executable, "-c", program, *words, "--certificate", issued.sha256],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=100,
    )
    stages = [json.loads(line)["stage"] for line in ran.stdout.splitlines()]
    assert (ran.returncode, stages) == (0, WHOLE), ran
    assert server.log.entries[-1].sha256 == issued.sha256


@pytest.mark.parametrize("kind", ["stranger", "wrong-name", "expired"])
def test_a_server_that_is_not_the_bank_s_gets_neither_request_nor_certificate(
    kind: str, bank: Bank, tmp_path: Path, install: Install
) -> None:
    """A profile's own roots are checked before anything goes out; the code says what is wrong."""
    issued = install()
    codes = {
        "stranger": "server-authority-unknown",
        "wrong-name": "server-name-mismatch",
        "expired": "server-certificate-expired",
    }
    authority = Authority()
    with impostor_of(authority, kind) as impostor:
        folder = tmp_path / "impostor"
        folder.mkdir()
        host = f"https://{LOGON_HOST}:{impostor.port}"
        addresses = Addresses(front=host, logon=host, elsewhere=host)
        written = profile.write(folder, addresses, authority.server_root)
        outcome = run(Bank.read(written), issued)
    assert outcome.code == codes[kind]
    assert impostor.requests == []


@pytest.mark.parametrize(("kind", "is_sent"), [("good", True), ("stranger", False)])
def test_a_server_is_judged_before_it_is_sent_the_certificate(
    install: Install, authority: Authority, kind: str, is_sent: bool
) -> None:
    """Without own roots, too: WinHTTP by itself would judge it only afterwards."""
    issued = install()
    roots = [authority.server_root.der] if is_sent else []
    with (
        impostor_of(authority, kind) as impostor,
        WinHttpFetcher(Place.CURRENT_USER, roots) as fetcher,
    ):
        request = Request(LOGON_HOST, impostor.port, "/pin")
        found = fetcher.get(request, CertificateAnswer(issued.sha256), 20)
    arrived = [one for one in impostor.certificates if one is not None]
    if is_sent:
        assert isinstance(found, Response)
        assert len(arrived) == 1
    else:
        assert isinstance(found, FetchFailed)
        assert found.by_server_certificate
        assert (arrived, impostor.requests) == ([], [])


@pytest.mark.parametrize(
    ("answers", "asked", "arrived"), [([True, True], 2, ["/pin"]), ([False], 1, [])]
)
def test_a_server_that_is_not_expected_gets_no_request(
    authority: Authority, answers: list[bool], asked: int, arrived: list[str]
) -> None:
    """It is looked at first, and once more on the very connection that the request goes over."""
    shown: list[tuple[bytes, ...]] = []
    to_say = iter(answers)

    def expecting(host: str, port: int, chain: Sequence[bytes]) -> bool:
        assert (host, port) == (LOGON_HOST, impostor.port)
        shown.append(tuple(chain))
        return next(to_say)

    roots = [authority.server_root.der]
    with (
        impostor_of(authority, "good") as impostor,
        WinHttpFetcher(Place.CURRENT_USER, roots, expecting=expecting) as fetcher,
    ):
        found = fetcher.get(Request(LOGON_HOST, impostor.port, "/pin"), None, 20)
        own = server_issuers.look(LOGON_HOST, impostor.port).chain[0]
    assert [chain[0] for chain in shown] == [own] * asked
    assert impostor.requests == arrived
    if not arrived:
        assert isinstance(found, FetchFailed)
        assert (found.error, found.chain) == (-150, shown[0])


def test_a_chain_that_changes_on_the_connection_of_the_request_is_refused(
    authority: Authority,
) -> None:
    """Its answer is never taken; on Wine the request is on its way by then."""
    to_say = iter([True, False])
    roots = [authority.server_root.der]
    with (
        impostor_of(authority, "good") as impostor,
        WinHttpFetcher(Place.CURRENT_USER, roots, expecting=lambda *_: next(to_say)) as fetcher,
    ):
        found = fetcher.get(Request(LOGON_HOST, impostor.port, "/pin"), None, 20)
    assert isinstance(found, FetchFailed)
    assert found.error == -150


def test_a_root_that_is_none_is_a_mistake_of_the_profile(bank: Bank) -> None:
    """An empty file of roots is told, not passed over."""
    bank.trusted_files()[0].write_bytes(b"no certificate")
    with pytest.raises(Exception, match="profile-mistake"):
        roots_of(bank)


@pytest.mark.parametrize(
    ("scenario", "code"),
    [
        (Scenario(fault=Fault("logon", "hold")), "no-answer"),
        (Scenario(fault=Fault("logon", "error-500")), "server-error"),
        (Scenario(fault=Fault("certificate", "unknown-page")), "unknown-page"),
        (Scenario(fault=Fault("certificate", "drop")), "connection-reset"),
        (Scenario(fault=Fault("certificate", "reset")), "connection-reset"),
        (Scenario(maintenance=True), "maintenance"),
        (Scenario(pin_page="redirect-elsewhere"), "outside-allowed-hosts"),
    ],
)
def test_what_the_bank_does_has_its_code(
    bank: Bank, server: DemoServer, install: Install, scenario: Scenario, code: str
) -> None:
    """The same codes as by the browser; nothing waits longer than the flow's limit."""
    server.bank.scenario = scenario
    outcome = run(bank, install(), limit_ms=4000 if code == "no-answer" else 20_000)
    server.bank.release.set()
    server.bank.release.clear()
    assert (outcome.status, outcome.code) == (1, code)


def test_a_revoked_certificate_is_the_bank_s_to_refuse(
    bank: Bank, authority: Authority, install: Install
) -> None:
    """The page that the bank answers with is recognised."""
    issued = install()
    authority.revoke(issued)
    assert run(bank, issued).code == "certificate-revoked-at-bank"


def test_a_certificate_that_is_gone_from_the_store_is_not_sent(
    bank: Bank, authority: Authority, server: DemoServer
) -> None:
    """Between choice and use it was deleted: said as such, and the bank sees none."""
    before = len(server.log.entries)
    outcome = run(bank, authority.issue_client("12345678901234 user09", key="rsa"))
    assert outcome.code == "certificate-key-missing"
    assert {entry.sha256 for entry in server.log.entries[before:]} == {None}


@pytest.mark.parametrize(
    ("manner", "code"), [("absent", "connection-refused"), ("stall", "no-answer")]
)
def test_a_server_without_an_answer_has_its_code(
    bank: Bank,
    server: DemoServer,
    authority: Authority,
    tmp_path: Path,
    manner: str,
    code: str,
    install: Install,
) -> None:
    """Nobody listens there, or nobody ever says anything."""
    folder = tmp_path / "other"
    folder.mkdir()
    with AbsentServer() if manner == "absent" else RawServer("stall") as raw:
        host = f"https://{LOGON_HOST}:{raw.port}"
        addresses = Addresses(front=host, logon=host, elsewhere=host)
        written = Bank.read(profile.write(folder, addresses, authority.server_root))
        outcome = run(written, install(), limit_ms=3000)
    assert outcome.code == code
    assert "system_error" in outcome.reports[-1].detail or code == "no-answer"
    assert outcome.reports[0].stage is Stage.OPENED


def test_notices_find_their_request_by_what_it_was_sent_with(
    bank: Bank, server: DemoServer, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each call that takes a context is given the same one: nothing says which of them wins."""
    whole = winhttp.set_option

    def without_context(handle: int, option: int, *value: Any) -> None:
        if option != winhttp.WINHTTP_OPTION_CONTEXT_VALUE:
            whole(handle, option, *value)

    monkeypatch.setattr(winhttp, "set_option", without_context)
    assert run(bank, install()).stages == WHOLE
