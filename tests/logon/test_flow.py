"""The state machine of the log-on, without a browser."""

from __future__ import annotations

import dataclasses
import inspect
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.flow_facts import (
    ASKED,
    FIELD,
    FRONT,
    FRONT_PAGE,
    LOGON_PAGE,
    MINE,
    MY_ISSUER,
    OTHER,
    OTHER_PAGE,
    PIN_PAGE,
    PIN_URL,
    SUBMITTED,
    TOP_PAGE,
    any_fact,
    at_pin_page,
    feed,
    plan,
    plans,
    stages,
)

from certhelper import failures
from certhelper.logon import errors, facts, pin_guard, steps, trouble
from certhelper.logon import flow as flow_module
from certhelper.logon.flow import Flow
from certhelper.logon.plan import LOOKS, Plan
from certhelper.logon.stages import Stage, Until


def test_the_whole_way_to_the_top_page() -> None:
    """From the home page to the top page every stage is told once, in order."""
    flow = Flow(plan())
    assert flow.begin() == [steps.Open(FRONT)]
    todo = feed(flow, FRONT_PAGE, LOGON_PAGE, ASKED, PIN_PAGE, SUBMITTED, TOP_PAGE)
    assert stages(todo) == [
        (Stage.LOGON_PAGE, None),
        (Stage.CERTIFICATE_REQUESTED, None),
        (Stage.CERTIFICATE_SENT, None),
        (Stage.PIN_PAGE, None),
        (Stage.PIN_SUBMITTED, None),
        (Stage.TOP_PAGE, None),
    ]
    assert steps.FollowLink(0, 0, "利用者ログオン") in todo
    assert steps.SendCertificate(MINE) in todo
    assert todo[-1] == steps.End(None)


def test_the_log_on_page_may_be_the_start_page() -> None:
    """A profile whose start page is CIBMU201 itself needs no home page."""
    todo = feed(Flow(plan()), LOGON_PAGE)
    assert isinstance(todo[-1], steps.FollowLink)
    assert todo[-1].link_index == 3


def test_a_pop_up_carries_on_in_the_new_window() -> None:
    """When the link opens a window, that window's page is the one that gets the PIN."""
    flow = at_pin_page()
    todo = feed(flow, dataclasses.replace(PIN_PAGE, window=1))
    enter = todo[-1]
    assert isinstance(enter, steps.EnterPin)
    assert enter.window == 1
    assert feed(flow, dataclasses.replace(LOGON_PAGE, window=0)) == []


def test_a_host_outside_the_profile_gets_no_certificate() -> None:
    """A request of any other host or port is answered with none, and the end names that host."""
    flow = Flow(plan())
    feed(flow, FRONT_PAGE, LOGON_PAGE)
    for host, port in (("www.bank.example", 443), ("login.bank.example", 8443)):
        todo = feed(flow, facts.CertificateRequested(host, port, (MINE,)))
        assert todo[-1] == steps.SendNoCertificate()
    page = facts.PageSeen(0, "https://login.bank.example/x", 403, "")
    assert stages(feed(flow, page)) == [(Stage.FAILED, "certificate-host-not-allowed")]


def test_another_certificate_is_never_sent_instead() -> None:
    """When the chosen certificate is not among the offered, none is sent."""
    todo = feed(
        Flow(plan()),
        LOGON_PAGE,
        facts.CertificateRequested("login.bank.example", 443, (OTHER,)),
    )
    assert todo[-1] == steps.SendNoCertificate()
    assert not any(isinstance(step, steps.SendCertificate) for step in todo)


@pytest.mark.parametrize(
    ("probed", "code"),
    [
        (facts.IssuersProbed(facts.ProbeOutcome.NEVER_ASKED), "certificate-not-requested"),
        (facts.IssuersProbed(facts.ProbeOutcome.UNKNOWN), "certificate-not-sent"),
        (
            facts.IssuersProbed(facts.ProbeOutcome.ASKED, (b"other",), ("Other CA",)),
            "no-certificate-fits",
        ),
        (
            facts.IssuersProbed(facts.ProbeOutcome.ASKED, (b"other", MY_ISSUER), ("A", "B")),
            "certificate-not-offered",
        ),
        (facts.IssuersProbed(facts.ProbeOutcome.ASKED), "certificate-not-offered"),
    ],
)
@pytest.mark.parametrize(
    "arrival",
    [
        facts.PageSeen(0, PIN_URL, 400, "No required SSL certificate was sent"),
        facts.LoadFailed(0, PIN_URL, -110),
        facts.LoadFailed(0, PIN_URL, -117),
    ],
)
def test_nothing_fitted_is_told_from_nobody_asked(
    arrival: facts.Fact, probed: facts.IssuersProbed, code: str
) -> None:
    """Without a certificate the server itself is asked, and its answer becomes the code."""
    flow = Flow(plan())
    todo = feed(flow, FRONT_PAGE, LOGON_PAGE, arrival)
    assert todo[-1] == steps.ProbeIssuers("login.bank.example", 443)
    assert stages(feed(flow, probed)) == [(Stage.FAILED, code)]


@pytest.mark.parametrize(
    "answer",
    [
        facts.LoadFailed(0, PIN_URL, -117),
        facts.LoadFailed(0, PIN_URL, -15),
        facts.PageSeen(0, PIN_URL, 400, "The SSL certificate error"),
        facts.PageSeen(0, PIN_URL, 403, "forbidden"),
    ],
)
def test_a_refused_certificate_is_called_refused(answer: facts.Fact) -> None:
    """Refusal after the certificate was sent has one code, on TLS 1.2 and 1.3 and by page."""
    flow = at_pin_page()
    assert stages(feed(flow, answer)) == [(Stage.FAILED, "certificate-refused")]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ((FIELD, FIELD), "pin-field-ambiguous"),
        ((dataclasses.replace(FIELD, target="https://www.bank.example/pin"),), None),
        ((dataclasses.replace(FIELD, target="https://evil.example/pin"),), None),
        ((dataclasses.replace(FIELD, target="https://login.bank.example/other"),), None),
        ((dataclasses.replace(FIELD, target=""),), None),
        ((dataclasses.replace(FIELD, method="get"),), None),
    ],
)
def test_the_pin_goes_only_where_the_profile_says(
    fields: tuple[facts.PasswordField, ...], code: str | None
) -> None:
    """Two fields, another origin, another path, no form or GET: nothing is typed."""
    todo = feed(at_pin_page(), dataclasses.replace(PIN_PAGE, password_fields=fields))
    assert not any(isinstance(step, steps.EnterPin) for step in todo)
    assert stages(todo)[-1] == (Stage.FAILED, code or "pin-target-unexpected")


def test_a_missing_field_is_looked_for_again_and_then_called_missing() -> None:
    """A form that a script builds gets time; then the code is pin-field-missing."""
    flow = at_pin_page()
    bare = dataclasses.replace(PIN_PAGE, password_fields=())
    for _ in range(LOOKS):
        assert isinstance(feed(flow, bare)[-1], steps.LookAgain)
    assert stages(feed(flow, bare)) == [(Stage.FAILED, "pin-field-missing")]


def test_no_pin_on_a_page_that_came_without_the_certificate() -> None:
    """A page that looks like the PIN page gets nothing when no certificate was sent."""
    todo = feed(Flow(plan()), LOGON_PAGE, PIN_PAGE)
    assert stages(todo)[-1] == (Stage.FAILED, "pin-page-without-certificate")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (facts.LoadFailed(0, PIN_URL, -324), "connection-lost-after-pin"),
        (facts.LoadFailed(0, PIN_URL, -101, posting=True), "connection-lost-after-pin"),
        (facts.LoadFailed(0, PIN_URL, -102, posting=True), "pin-not-delivered"),
        (facts.LoadFailed(0, PIN_URL, -102), "connection-lost-after-pin"),
        (facts.LoadFailed(0, PIN_URL, -310), "load-failed-after-pin"),
        (facts.PasswordAsked(0, f"{PIN_URL}?realm"), "password-asked-after-pin"),
        (facts.TimedOut(), "no-answer-after-pin"),
        (facts.RendererEnded(0), "renderer-ended-after-pin"),
        (facts.PageSeen(0, PIN_URL, 500, "error"), "server-error-after-pin"),
        (facts.PageSeen(0, PIN_URL, 403, "no"), "page-refused-after-pin"),
        (facts.PageSeen(0, PIN_URL, 200, "暗証番号に誤りがあります CIBMU209"), "pin-wrong"),
        (
            facts.NavigationBlocked(0, "https://evil.example/?pin=1"),
            "outside-allowed-hosts-after-pin",
        ),
    ],
)
def test_what_goes_wrong_after_the_pin_is_said_and_nothing_is_done_again(
    answer: facts.Fact, code: str
) -> None:
    """Every fault after the PIN has its code and leads to no further step."""
    flow = at_pin_page()
    feed(flow, PIN_PAGE, SUBMITTED)
    todo = feed(flow, answer)
    assert stages(todo) == [(Stage.FAILED, code)]
    assert todo[1:] == [steps.End(code)]


def test_an_answer_without_a_page_is_told_from_no_answer() -> None:
    """A load that ends in nothing (204, a file) is not called a silent server."""
    nothing = facts.LoadFailed(0, "", errors.ABORTED)
    flow = at_pin_page()
    feed(flow, PIN_PAGE, SUBMITTED)
    assert feed(flow, nothing) == []
    assert stages(feed(flow, facts.TimedOut())) == [(Stage.FAILED, "no-page-after-pin")]
    assert stages(feed(Flow(plan()), nothing, facts.TimedOut())) == [(Stage.FAILED, "no-page")]
    # A page that came after it makes it an ordinary wait again.
    flow = Flow(plan())
    assert stages(feed(flow, nothing, FRONT_PAGE, facts.TimedOut())) == [
        (Stage.FAILED, "no-answer")
    ]


def test_a_session_outlives_a_network_that_is_gone_for_a_while() -> None:
    """After the top page a load that fails is said; nothing is called failed, nothing ends."""
    flow = at_pin_page(until=None)
    feed(flow, PIN_PAGE, SUBMITTED, TOP_PAGE)
    assert feed(flow, facts.LoadFailed(0, PIN_URL, -106)) == [steps.HandOver("load-failed")]
    # A request that was refused here has been told by whoever refused it.
    assert feed(flow, facts.LoadFailed(0, PIN_URL, -10)) == []
    assert feed(flow, facts.PasswordAsked(0, PIN_URL)) == [steps.HandOver("password-asked")]
    # A crash takes one page; what is half done in another is still there.
    assert feed(flow, facts.RendererEnded(0), facts.RendererEnded(1)) == []


@pytest.mark.parametrize(
    ("seen", "code"),
    [
        (facts.PageSeen(0, PIN_URL, 429, "slow down"), "server-error"),
        (facts.PasswordAsked(0, PIN_URL), "password-asked"),
        (facts.LoadFailed(0, PIN_URL, -310), "redirect-loop"),
        (facts.LoadFailed(0, PIN_URL, -330), "answer-unreadable"),
        (
            facts.PageSeen(
                0, PIN_URL, 403, "Reason: Cannot perform Post-Handshake Authentication."
            ),
            "certificate-asked-too-late",
        ),
    ],
)
def test_what_a_server_does_before_the_pin_has_its_own_code(seen: facts.Fact, code: str) -> None:
    """Each is told as what it is, before the certificate was asked for."""
    assert stages(feed(Flow(plan()), FRONT_PAGE, LOGON_PAGE, seen))[-1] == (Stage.FAILED, code)


def test_other_authentication_is_left_to_the_person_until_the_top_page() -> None:
    """With a person, 他の認証 hands over; the top page is recognised when it comes."""
    flow = at_pin_page(until=None)
    todo = feed(flow, PIN_PAGE, SUBMITTED, OTHER_PAGE)
    assert todo[-1] == steps.HandOver("other-authentication")
    assert stages(feed(flow, TOP_PAGE)) == [(Stage.TOP_PAGE, None)]


@pytest.mark.parametrize(
    ("until", "end"), [(Until.OTHER, None), (Until.TOP, "other-authentication")]
)
def test_other_authentication_without_a_person(until: Until, end: str | None) -> None:
    """--until other ends well there; --until top ends with the code other-authentication."""
    flow = at_pin_page(until=until)
    assert feed(flow, PIN_PAGE, SUBMITTED, OTHER_PAGE)[-1] == steps.End(end)


def test_an_unknown_page_after_the_pin_is_left_to_the_person() -> None:
    """A page without a marker is never taken for success."""
    flow = at_pin_page(until=None)
    feed(flow, PIN_PAGE, SUBMITTED)
    unknown = facts.PageSeen(0, PIN_URL, 200, "何か")
    for _ in range(LOOKS):
        assert isinstance(feed(flow, unknown)[-1], steps.LookAgain)
    todo = feed(flow, unknown)
    assert stages(todo) == [(Stage.OTHER_AUTHENTICATION, "page-not-recognised")]
    assert todo[-1] == steps.HandOver("page-not-recognised")


def test_a_rehearsal_ends_at_the_pin_page_without_a_pin() -> None:
    """--until pin ends well there and enters nothing."""
    flow = at_pin_page(until=Until.PIN, pin_given=False)
    todo = feed(flow, PIN_PAGE)
    assert stages(todo) == [(Stage.PIN_PAGE, None)]
    assert todo[-1] == steps.End(None)


def test_notices_stop_the_flow_once_when_the_person_wants_to_read_them() -> None:
    """New お知らせ wait for the person; those that were read do not."""
    flow = Flow(plan(until=None, stop_at_notices=True))
    todo = feed(flow, LOGON_PAGE)
    assert todo[-1] == steps.HandOver("notices")
    assert flow.limit_ms is None
    assert isinstance(feed(flow, facts.PersonContinued())[-1], steps.FollowLink)
    told = todo[0]
    assert isinstance(told, steps.Tell)
    read = Flow(plan(until=None, stop_at_notices=True, seen_notices=told.report.detail["notices"]))
    assert isinstance(feed(read, LOGON_PAGE)[-1], steps.FollowLink)


def test_a_link_that_leads_to_two_places_is_not_followed() -> None:
    """Two links of the same text and different targets: nobody guesses."""
    twice = (*LOGON_PAGE.links, dataclasses.replace(LOGON_PAGE.links[0], href=FRONT))
    flow = Flow(plan())
    page = dataclasses.replace(LOGON_PAGE, links=twice)
    todo = [step for _ in range(LOOKS + 1) for step in feed(flow, page)]
    assert stages(todo)[-1] == (Stage.FAILED, "logon-link-not-found")


def test_no_page_is_the_answer_to_a_pin_that_has_not_left() -> None:
    """That it has left is what the gate saw, before any page can come for it."""
    flow = at_pin_page()
    feed(flow, PIN_PAGE)
    assert feed(flow, TOP_PAGE) == []
    todo = feed(flow, SUBMITTED, TOP_PAGE)
    assert stages(todo) == [(Stage.PIN_SUBMITTED, None), (Stage.TOP_PAGE, None)]


@given(plans, st.lists(any_fact, max_size=30))
def test_no_order_of_events_breaks_the_rules(chosen: Plan, seen: list[facts.Fact]) -> None:
    """Whatever comes, in whatever order, the three rules of the flow hold.

    The PIN is entered at most once a press, after the certificate, on an agreed page and target;
    the certificate goes to an allowed host only; after the PIN nothing is opened or clicked.
    """
    flow = Flow(chosen)
    sent = entered = False
    presses = int(chosen.pin_given)
    for fact in seen:
        presses = 1 if isinstance(fact, facts.PinGiven) else presses
        for step in flow.handle(fact):
            if isinstance(step, steps.SendCertificate):
                assert isinstance(fact, facts.CertificateRequested)
                assert (fact.host, fact.port) == ("login.bank.example", 443)
                assert step.sha256 == MINE
                assert MINE in fact.offered
                sent = True
            if isinstance(step, steps.EnterPin):
                assert sent
                presses -= 1
                assert presses >= 0
                assert chosen.until is not Until.PIN
                assert step.origin == "https://login.bank.example"
                assert step.target == PIN_URL
                entered = True
            elif entered:
                assert not isinstance(step, steps.Open | steps.FollowLink)


@given(plans, st.lists(any_fact, max_size=30))
def test_without_a_person_an_end_is_the_last_word(chosen: Plan, seen: list[facts.Fact]) -> None:
    """After End nothing is opened, clicked, typed or ended again, whatever comes.

    A request for the certificate is still answered, and told: the engine waits for an answer.
    """
    if chosen.until is None:
        return
    flow = Flow(chosen)
    ended = False
    for fact in seen:
        for step in flow.handle(fact):
            if ended:
                assert isinstance(fact, facts.CertificateRequested)
                answers = steps.SendCertificate | steps.SendNoCertificate | steps.Tell
                assert isinstance(step, answers)
            ended = ended or isinstance(step, steps.End)


def test_a_load_that_takes_too_long_is_given_up_but_never_one_with_the_pin() -> None:
    """The bank's answer to the PIN may still come, and tells whether it was taken."""
    flow = Flow(plan(until=None))
    feed(flow, FRONT_PAGE, LOGON_PAGE)
    assert feed(flow, facts.TimedOut())[0] == steps.StopLoading(0)
    flow = at_pin_page(until=None)
    todo = feed(flow, PIN_PAGE, SUBMITTED, facts.TimedOut())
    assert stages(todo)[-1] == (Stage.FAILED, "no-answer-after-pin")
    assert not any(isinstance(step, steps.StopLoading) for step in todo)


def test_a_fact_of_no_known_kind_is_a_mistake_of_the_program() -> None:
    """The flow never ignores what it does not understand."""
    with pytest.raises(TypeError):
        Flow(plan()).handle("a fact")  # type: ignore[arg-type]  # that is the mistake


def test_every_code_that_the_flow_can_end_with_is_on_the_public_list() -> None:
    """A code without texts would be a window without a sentence."""
    modules = (flow_module, trouble, pin_guard)
    source = "".join(inspect.getsource(module) for module in modules)
    written = set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', source))
    codes = {code for code in written if not hasattr(Stage, code.upper().replace("-", "_"))}
    handed_over = {"notices", "type-pin", "pin-declined"}
    loads = {errors.code_of(-number) for number in range(1, 500)}
    assert len(codes) > 20
    assert {code for code in (codes | loads) - handed_over if not failures.is_known(code)} == set()
