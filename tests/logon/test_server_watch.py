"""A profile that expects something of the servers: nothing goes on before they were looked at."""

from __future__ import annotations

import dataclasses
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.flow_facts import (
    ASKED,
    BANK,
    FRONT,
    FRONT_PAGE,
    LOGON_PAGE,
    PIN_PAGE,
    PIN_URL,
    SUBMITTED,
    TOP_PAGE,
    any_fact,
    feed,
    plan,
    stages,
)
from support.pki import Authority, Issued
from support.raw_servers import AbsentServer
from support.tls_sites import HOST, TlsSite, site_of

from certhelper import failures
from certhelper.bank import Bank
from certhelper.logon import facts, server_look, server_trust, steps
from certhelper.logon.flow import Flow
from certhelper.logon.issuers import connect_directly
from certhelper.logon.server_watch import WatchedFlow, flow_of
from certhelper.logon.stages import Stage

SITE = BANK.site._replace(server_issuers=("CN=Example Server CA G4",))
EXPECTING = BANK._replace(site=SITE)
START = facts.ServerExamined("www.bank.example", 443)
PIN_HOST = facts.ServerExamined("login.bank.example", 443)
REFUSED = dataclasses.replace(
    PIN_HOST, code="server-not-as-expected", detail={"host": "login.bank.example", "issuer": "X"}
)


def watched(**changes: object) -> Flow:
    return flow_of(plan(bank=EXPECTING, **changes))


def test_without_an_expectation_it_is_the_plain_flow() -> None:
    """No look at any server, no cost."""
    assert type(flow_of(plan())) is Flow
    assert type(watched()) is WatchedFlow


def test_every_server_is_looked_at_before_the_first_page() -> None:
    """The start page's, then each that may be sent the certificate; only then is it loaded."""
    flow = watched()
    assert flow.begin() == [steps.ExamineServer("www.bank.example", 443)]
    assert flow.handle(START) == [steps.ExamineServer("login.bank.example", 443)]
    assert flow.handle(PIN_HOST) == [steps.Open(FRONT)]


def test_a_refused_server_ends_it_before_anything_is_loaded() -> None:
    """The code and its facts reach the person; no page was opened."""
    flow = watched()
    todo = [*flow.begin(), *feed(flow, START, REFUSED)]
    assert stages(todo) == [(Stage.FAILED, "server-not-as-expected")]
    assert not any(isinstance(step, steps.Open) for step in todo)
    assert feed(flow, PIN_HOST) == []


def started(**changes: object) -> Flow:
    flow = watched(**changes)
    flow.begin()
    feed(flow, START, PIN_HOST, FRONT_PAGE, LOGON_PAGE, ASKED)
    return flow


def test_the_pins_server_is_looked_at_again_right_before_the_entry() -> None:
    """The entry is held back until then, and carried out once."""
    flow = started()
    todo = flow.handle(PIN_PAGE)
    assert stages(todo) == [(Stage.PIN_PAGE, None)]
    assert todo[-1] == steps.ExamineServer("login.bank.example", 443)
    (entry,) = flow.handle(PIN_HOST)
    assert isinstance(entry, steps.EnterPin)
    assert flow.handle(PIN_HOST) == []
    assert stages(feed(flow, SUBMITTED, TOP_PAGE))[-1] == (Stage.TOP_PAGE, None)


@pytest.mark.parametrize("answer", [REFUSED, facts.TimedOut()])
def test_no_pin_is_entered_when_the_server_is_not_as_expected(answer: facts.Fact) -> None:
    """Nor when it does not answer in time; a later good answer changes nothing."""
    flow = started()
    flow.handle(PIN_PAGE)
    todo = feed(flow, answer, PIN_HOST, PIN_PAGE)
    code = REFUSED.code if answer == REFUSED else "server-not-examined"
    assert (Stage.FAILED, code) in stages(todo)
    assert not any(isinstance(step, steps.EnterPin) for step in todo)


def test_a_page_that_moves_meanwhile_is_left_to_the_entrys_own_guard() -> None:
    """The entry looks at the page once more, as ever."""
    flow = started()
    flow.handle(PIN_PAGE)
    assert feed(flow, TOP_PAGE) == []
    assert isinstance(flow.handle(PIN_HOST)[0], steps.EnterPin)


class TestThePersonTypes:
    """A person who types in the bank's page is guarded by the same look."""

    def flow(self) -> Flow:
        return started(until=None, pin_given=False)

    def test_the_form_is_shut_until_the_server_was_looked_at(self) -> None:
        """It could be sent while the look is under way."""
        flow = self.flow()
        todo = flow.handle(PIN_PAGE)
        assert todo[-2:] == [
            steps.GuardPin(0, ""),
            steps.ExamineServer("login.bank.example", 443),
        ]
        assert flow.handle(PIN_HOST) == [steps.GuardPin(0, PIN_URL), steps.HandOver("type-pin")]

    def test_it_stays_shut_when_the_server_is_refused(self) -> None:
        """And nothing is handed over."""
        flow = self.flow()
        flow.handle(PIN_PAGE)
        todo = flow.handle(REFUSED)
        assert steps.GuardPin(0, "") in todo
        assert stages(todo) == [(Stage.FAILED, "server-not-as-expected")]

    def test_a_page_that_has_gone_is_not_opened_by_a_late_answer(self) -> None:
        """What was held back for it is dropped."""
        flow = self.flow()
        flow.handle(PIN_PAGE)
        flow.handle(dataclasses.replace(TOP_PAGE, url=PIN_URL))
        assert not any(isinstance(step, steps.GuardPin) for step in flow.handle(PIN_HOST))


@given(st.lists(any_fact | st.sampled_from([START, PIN_HOST, REFUSED]), max_size=30))
def test_in_no_order_does_a_pin_pass_a_server_that_was_not_looked_at(
    seen: list[facts.Fact],
) -> None:
    """An entry or an open form comes only in answer to a look that went well."""
    flow = watched(until=None)
    flow.begin()
    for fact in seen:
        for step in flow.handle(fact):
            lets_out = isinstance(step, steps.EnterPin) or (
                isinstance(step, steps.GuardPin) and step.target
            )
            assert not lets_out or (isinstance(fact, facts.ServerExamined) and fact.code is None)


class TestRealServers:
    """Looks at servers on the loopback."""

    def bank(self, folder: Path, site: str, root: Authority | None = None) -> Bank:
        trusted = "[]"
        if root is not None:
            (folder / "root.pem").write_bytes(root.pem)
            trusted = '["root.pem"]'
        path = folder / "bank.toml"
        head = f'schema = 1\nid = "x"\nname = "X"\n[site]\ntrusted_certificates = {trusted}\n'
        path.write_text(head + site, "utf-8")
        return Bank.read(path)

    def code(self, bank: Bank, identity: Issued) -> str | None:
        with TlsSite(identity) as site:
            seen = server_look.examine(bank, HOST, site.port)
            assert site.asked == []  # nothing but the handshake
        if seen.code is not None:
            told = failures.find(seen.code).say(dict(seen.detail))
            assert "?" not in f"{told}"
        return seen.code

    def test_as_expected_by_issuer_and_by_key(self, tmp_path: Path) -> None:
        """The answer is plain yes."""
        identity = site_of(Authority("Example Root").intermediate("Example Server CA G4"))
        pin = server_trust.pin_of(identity.der)
        for site in ('server_issuers = ["CN=Example Server CA G4"]', f'server_keys = ["{pin}"]'):
            assert self.code(self.bank(tmp_path, site), identity) is None

    @pytest.mark.parametrize("trusted", [False, True])
    def test_an_antivirus_product_is_named_trusted_or_not(
        self, trusted: bool, tmp_path: Path
    ) -> None:
        """Trusted by a root on this PC the engine would let it pass; the expectation does not."""
        product = Authority("ESET SSL Filter CA")
        site = 'server_issuers = ["CN=Example Server CA G4"]'
        bank = self.bank(tmp_path, site, product if trusted else None)
        assert self.code(bank, site_of(product)) == "server-inspected"

    def test_an_unnamed_product_is_told_by_its_root_on_this_pc(self, tmp_path: Path) -> None:
        """A company's own CA, trusted here, in the bank's place."""
        company = Authority("Kitakami Shoji Internal CA")
        bank = self.bank(tmp_path, 'server_issuers = ["CN=Example Server CA G4"]', company)
        assert self.code(bank, site_of(company)) == "server-inspected"

    def test_a_stranger_is_not_as_expected(self, tmp_path: Path) -> None:
        """Self-signed, or by a CA that nobody here trusts."""
        bank = self.bank(tmp_path, 'server_issuers = ["CN=Example Server CA G4"]')
        stranger = Authority("Somebody")
        for identity in (site_of(stranger), stranger.issued):
            assert self.code(bank, identity) == "server-not-as-expected"

    def test_a_server_that_cannot_be_looked_at_is_refused(self, tmp_path: Path) -> None:
        """It fails closed: without a look nothing goes on."""
        bank = self.bank(tmp_path, 'server_issuers = ["CN=Example Server CA G4"]')
        with AbsentServer() as absent:
            seen = server_look.examine(bank, HOST, absent.port)
        assert seen.code == server_look.NOT_EXAMINED
        assert failures.is_known(server_look.NOT_EXAMINED)

    def test_the_look_takes_the_way_that_it_is_given(self, tmp_path: Path) -> None:
        """Through the same proxy as the engine: the connection is the caller's to make."""
        identity = site_of(Authority("Example Server CA G4"))
        asked: list[tuple[str, int]] = []
        with TlsSite(identity) as site:
            bank = self.bank(tmp_path, 'server_issuers = ["CN=Example Server CA G4"]')

            def by_proxy(host: str, port: int) -> socket.socket:
                asked.append((host, port))
                return connect_directly("127.0.0.1", site.port)

            seen = server_look.examine(bank, "bank.invalid", 443, by_proxy)
        assert seen.code is None
        assert asked == [("bank.invalid", 443)]
