"""One press, one submission: every way to the PIN, the first time and after a wrong one."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from support.flow_facts import (
    ASKED,
    BANK,
    FIELD,
    FRONT,
    FRONT_PAGE,
    LOGON_PAGE,
    OTHER_PAGE,
    PIN_PAGE,
    PIN_URL,
    SUBMITTED,
    TOP_PAGE,
    WRONG_PAGE,
    WRONG_WORDS,
    any_fact,
    at_pin_page,
    feed,
    plan,
    stages,
)

from certhelper.bank import Bank
from certhelper.logon import facts, steps
from certhelper.logon.flow import Flow
from certhelper.logon.plan import LOOKS
from certhelper.logon.recognition import sentence_around
from certhelper.logon.stages import Stage, Until

GIVEN = facts.PinGiven()
DECLINED = facts.PinDeclined()
AGREED = steps.GuardPin(0, PIN_URL)
SHUT = steps.GuardPin(0, "")
OTHER_TARGET = dataclasses.replace(FIELD, target="https://login.bank.example/elsewhere")
TO_FRONT = dataclasses.replace(FIELD, target=f"{FRONT}steal")
UNMARKED = dataclasses.replace(PIN_PAGE, text="CIBMU999")
LOCKED_PAGE = dataclasses.replace(PIN_PAGE, text="CIBMU209 ご利用を中止しました")


def by(entry: str) -> Bank:
    """The bank of the tests with another way of entry."""
    return BANK._replace(pin=BANK.pin._replace(entry=entry))


def entered(todo: list[steps.Step]) -> list[steps.EnterPin]:
    return [step for step in todo if isinstance(step, steps.EnterPin)]


def after_wrong_pin(**changes: object) -> tuple[Flow, list[steps.Step]]:
    """A flow whose PIN the bank has called wrong, with a person there and the pad."""
    flow = at_pin_page(until=None, pad=True, **changes)
    feed(flow, PIN_PAGE, SUBMITTED)
    return flow, feed(flow, WRONG_PAGE)


def test_a_wrong_pin_leads_back_to_the_pad_with_the_bank_s_words() -> None:
    """The failure is told, and the pad opens; nothing is typed and no limit runs."""
    flow, todo = after_wrong_pin()
    assert stages(todo) == [(Stage.FAILED, "pin-wrong")]
    assert todo[-1] == steps.AskPin(WRONG_WORDS, after_wrong=True)
    assert entered(todo) == []
    assert flow.limit_ms is None


def test_after_a_press_the_page_is_looked_at_again_and_gets_one_submission() -> None:
    """The press itself types nothing: the page that stands now does, guarded anew."""
    flow, _ = after_wrong_pin()
    assert feed(flow, GIVEN) == [steps.LookAgain(0, 0)]
    todo = feed(flow, WRONG_PAGE)
    assert entered(todo) == todo
    assert len(todo) == 1
    assert feed(flow, GIVEN, PIN_PAGE, WRONG_PAGE) == []
    assert stages(feed(flow, SUBMITTED, WRONG_PAGE)) == [
        (Stage.PIN_SUBMITTED, None),
        (Stage.FAILED, "pin-wrong"),
    ]


def test_the_page_that_was_typed_into_is_not_its_own_answer() -> None:
    """While the bank takes its time the old page, wrong PIN and all, still stands."""
    flow = at_pin_page(until=None, pad=True)
    first, second = (dataclasses.replace(WRONG_PAGE, document=name) for name in ("1", "2"))
    feed(flow, dataclasses.replace(PIN_PAGE, document="0"), SUBMITTED, first, GIVEN, first)
    assert feed(flow, first) == []
    assert stages(feed(flow, SUBMITTED, first)) == [(Stage.PIN_SUBMITTED, None)]
    assert stages(feed(flow, second)) == [(Stage.FAILED, "pin-wrong")]


def test_a_right_pin_after_a_wrong_one_reaches_the_top_page() -> None:
    """The second press's PIN is judged like the first's."""
    flow, _ = after_wrong_pin()
    todo = feed(flow, GIVEN, WRONG_PAGE, SUBMITTED, TOP_PAGE)
    assert stages(todo) == [(Stage.PIN_SUBMITTED, None), (Stage.TOP_PAGE, None)]


def test_each_wrong_pin_asks_again_and_a_locked_one_does_not() -> None:
    """As long as the bank lets the person try; then there is no pad but what to do."""
    flow, _ = after_wrong_pin()
    for _ in range(3):
        assert isinstance(feed(flow, GIVEN, WRONG_PAGE, SUBMITTED, WRONG_PAGE)[-1], steps.AskPin)
    todo = feed(flow, GIVEN, WRONG_PAGE, SUBMITTED, LOCKED_PAGE)
    assert stages(todo)[-1] == (Stage.FAILED, "pin-locked")
    # Its field stands, and leads to the agreed target only.
    assert todo[-2:] == [steps.End("pin-locked"), AGREED]


def test_who_closes_the_pad_is_left_with_the_bank_s_page_under_the_same_guard() -> None:
    """What they type in the page may leave to the agreed target only."""
    flow, _ = after_wrong_pin()
    assert feed(flow, DECLINED) == [AGREED, steps.HandOver("pin-declined")]
    assert feed(flow, GIVEN, WRONG_PAGE) == [AGREED]
    todo = feed(flow, facts.PinPosted(), TOP_PAGE)
    assert stages(todo) == [(Stage.PIN_SUBMITTED, None), (Stage.TOP_PAGE, None)]
    assert steps.LiftGuard() in todo


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (TOP_PAGE, "pin-page-changed"),
        (dataclasses.replace(WRONG_PAGE, password_fields=()), "pin-field-missing"),
        (dataclasses.replace(WRONG_PAGE, password_fields=(FIELD, FIELD)), "pin-field-ambiguous"),
        (
            dataclasses.replace(WRONG_PAGE, password_fields=(OTHER_TARGET,)),
            "pin-target-unexpected",
        ),
        (
            dataclasses.replace(WRONG_PAGE, url="https://www.bank.example/pin"),
            "pin-host-not-allowed",
        ),
        (dataclasses.replace(WRONG_PAGE, text="ご利用を中止しました"), "pin-locked"),
    ],
)
def test_a_page_that_has_changed_since_the_pad_opened_gets_nothing(
    page: facts.PageSeen, code: str
) -> None:
    """The person pressed for the page that stood there; another one is not typed into."""
    flow, _ = after_wrong_pin()
    todo = feed(flow, GIVEN, page)
    assert entered(todo) == []
    assert stages(todo) == [(Stage.FAILED, code)]
    assert entered(feed(flow, WRONG_PAGE, PIN_PAGE, WRONG_PAGE)) == []


def test_a_page_that_goes_while_the_pad_is_open_takes_the_pad_with_it() -> None:
    """The failure that is told closes the pad."""
    flow, _ = after_wrong_pin()
    assert stages(feed(flow, facts.PageSeen(0, PIN_URL, 200, "何か")))[0][0] is Stage.FAILED


def test_without_a_person_a_wrong_pin_is_the_end() -> None:
    """On the command line: the code, and never a second try."""
    flow = at_pin_page(pad=True)
    todo = feed(flow, PIN_PAGE, SUBMITTED, WRONG_PAGE)
    assert todo[-1] == steps.End("pin-wrong")
    assert feed(flow, GIVEN, WRONG_PAGE, PIN_PAGE) == []


def test_the_pin_page_that_comes_again_without_a_word_asks_again_too() -> None:
    """A bank that shows the page anew and says nothing has not taken the PIN."""
    flow = at_pin_page(until=None, pad=True)
    feed(flow, PIN_PAGE, SUBMITTED)
    todo = [step for _ in range(LOOKS + 1) for step in feed(flow, PIN_PAGE)]
    assert stages(todo) == [(Stage.FAILED, "pin-page-again")]
    assert todo[-1] == steps.AskPin("", after_wrong=True)


def test_another_attempt_asks_for_the_pin_when_its_page_is_there() -> None:
    """No PIN is typed before the certificate has led to the page that wants it."""
    flow = Flow(plan(until=None, pin_given=False, pad=True))
    todo = feed(flow, FRONT_PAGE, LOGON_PAGE, ASKED, PIN_PAGE)
    assert todo[-1] == steps.AskPin()
    assert len(entered(feed(flow, GIVEN, PIN_PAGE))) == 1


def test_words_about_another_pin_later_in_the_session_never_open_the_pad() -> None:
    """「…暗証番号に誤りがあります」 of a 確認暗証番号 is none of the log-on's."""
    flow = at_pin_page(until=None, pad=True)
    feed(flow, PIN_PAGE, SUBMITTED, TOP_PAGE)
    wrong = facts.PageSeen(0, PIN_URL, 200, "利用者確認暗証番号に誤りがあります", (), (FIELD,))
    assert feed(flow, wrong) == []


BAD_PAGES = [
    ("pin-field-ambiguous", dataclasses.replace(PIN_PAGE, password_fields=(FIELD, FIELD))),
    ("pin-target-unexpected", dataclasses.replace(PIN_PAGE, password_fields=(OTHER_TARGET,))),
    (
        "pin-target-unexpected",
        dataclasses.replace(
            PIN_PAGE, password_fields=(dataclasses.replace(FIELD, target="https://evil.example/"),)
        ),
    ),
    (
        "pin-target-unexpected",
        dataclasses.replace(PIN_PAGE, password_fields=(dataclasses.replace(FIELD, target=""),)),
    ),
    (
        "pin-target-unexpected",
        dataclasses.replace(PIN_PAGE, password_fields=(dataclasses.replace(FIELD, method="get"),)),
    ),
    ("pin-host-not-allowed", dataclasses.replace(PIN_PAGE, url="https://www.bank.example/pin")),
    ("pin-field-missing", dataclasses.replace(PIN_PAGE, password_fields=())),
    ("unknown-page", dataclasses.replace(UNMARKED, password_fields=(TO_FRONT,))),
    ("unknown-page", dataclasses.replace(UNMARKED, password_fields=(OTHER_TARGET,))),
    ("unknown-page", dataclasses.replace(UNMARKED, password_fields=(FIELD, FIELD))),
    ("unknown-page", dataclasses.replace(UNMARKED, url=FRONT)),
    ("unknown-page", dataclasses.replace(UNMARKED, secret_in_frame=True)),
    ("unknown-page", dataclasses.replace(UNMARKED, password_fields=(), secret_in_frame=True)),
    (
        "unknown-page",
        dataclasses.replace(UNMARKED, password_fields=(dataclasses.replace(FIELD, matches=False),)),
    ),
    ("server-error", dataclasses.replace(PIN_PAGE, status=500, password_fields=(TO_FRONT,))),
    ("pin-locked", dataclasses.replace(LOCKED_PAGE, password_fields=(TO_FRONT,))),
    ("certificate-refused", dataclasses.replace(UNMARKED, status=403, password_fields=(TO_FRONT,))),
]


@pytest.mark.parametrize("entry", ["fill", "keys", "page"])
@pytest.mark.parametrize("pin_given", [True, False])
@pytest.mark.parametrize(("code", "page"), BAD_PAGES)
def test_the_same_guard_stands_before_every_way_of_entry(
    entry: str, pin_given: bool, code: str, page: facts.PageSeen
) -> None:
    """Typed by the program or by the person, with a PIN given or asked for: refused alike.

    A person who is there cannot send it either: no form of such a page may leave.
    """
    flow = at_pin_page(bank=by(entry), until=None, pin_given=pin_given, pad=True)
    todo: list[steps.Step] = []
    while not any(stage is Stage.FAILED for stage, _ in stages(todo)):
        todo += feed(flow, page)
    assert stages(todo)[-1] == (Stage.FAILED, code)
    assert not any(isinstance(step, steps.EnterPin | steps.AskPin) for step in todo)
    assert [step for step in todo if isinstance(step, steps.GuardPin)] == [SHUT]


@pytest.mark.parametrize("entry", ["fill", "keys", "page"])
def test_no_certificate_no_pin(entry: str) -> None:
    """A PIN page that came without the certificate is shut for every way of entry."""
    todo = feed(Flow(plan(bank=by(entry), until=None, pad=True)), LOGON_PAGE, PIN_PAGE)
    assert stages(todo)[-1] == (Stage.FAILED, "pin-page-without-certificate")
    assert SHUT in todo


def test_with_entry_page_the_person_types_under_the_guard_and_is_followed() -> None:
    """The page is handed over with its agreed target; sending it is told; a wrong one, too."""
    flow = at_pin_page(bank=by("page"), until=None, pin_given=False)
    todo = feed(flow, PIN_PAGE)
    assert todo[-2:] == [AGREED, steps.HandOver("type-pin")]
    assert feed(flow, PIN_PAGE) == [AGREED]
    todo = feed(flow, facts.PinPosted(), WRONG_PAGE)
    assert stages(todo) == [(Stage.PIN_SUBMITTED, None), (Stage.FAILED, "pin-wrong")]
    assert todo[-1] == AGREED
    todo = feed(flow, facts.PinPosted(), TOP_PAGE)
    assert stages(todo) == [(Stage.PIN_SUBMITTED, None), (Stage.TOP_PAGE, None)]


def test_a_pin_page_whose_form_changes_while_the_person_types_is_shut() -> None:
    """Seen again with another target, nothing of it may leave any more."""
    flow = at_pin_page(bank=by("page"), until=None, pin_given=False)
    feed(flow, PIN_PAGE)
    todo = feed(flow, dataclasses.replace(PIN_PAGE, password_fields=(OTHER_TARGET,)))
    assert todo[0] == SHUT
    assert stages(todo) == [(Stage.FAILED, "pin-target-unexpected")]


def test_the_guard_is_lifted_when_another_page_stands_or_the_window_is_gone() -> None:
    """A page without a field may send its forms to hosts for the certificate, as they are many."""
    flow = at_pin_page(bank=by("page"), until=None, pin_given=False)
    feed(flow, PIN_PAGE)
    unknown = facts.PageSeen(0, PIN_URL, 200, "何か")
    assert feed(flow, unknown) == [steps.LiftGuard(), steps.GuardForms()]
    flow = at_pin_page(bank=by("page"), until=None, pin_given=False)
    feed(flow, dataclasses.replace(PIN_PAGE, window=1))
    assert steps.LiftGuard() in feed(flow, facts.WindowClosed(1))


def test_a_person_who_goes_on_by_hand_after_a_failure_is_guarded_and_followed() -> None:
    """The PIN page that they reach themselves is guarded; the top page in another tab is said."""
    flow = at_pin_page(until=None, pad=True)
    feed(flow, facts.TimedOut())
    todo = feed(flow, PIN_PAGE)
    assert todo[-1] == steps.AskPin()
    feed(flow, DECLINED, facts.PinPosted(), OTHER_PAGE)
    todo = feed(flow, facts.PageSeen(1, PIN_URL, 200, "取引の確認"))
    todo += feed(flow, dataclasses.replace(TOP_PAGE, window=2))
    assert stages(todo) == [(Stage.TOP_PAGE, None)]


def test_other_authentication_after_a_failure_is_recognised_and_told() -> None:
    """A page that came late, or that the person reloaded, is still 他の認証; then the top page."""
    flow = at_pin_page(until=None)
    feed(flow, PIN_PAGE, SUBMITTED, facts.TimedOut())
    todo = feed(flow, OTHER_PAGE, OTHER_PAGE, TOP_PAGE, TOP_PAGE, OTHER_PAGE)
    assert stages(todo) == [(Stage.OTHER_AUTHENTICATION, None), (Stage.TOP_PAGE, None)]
    assert steps.HandOver("other-authentication") in todo


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("前。利用者暗証番号に誤りがあります。後", "利用者暗証番号に誤りがあります。"),
        ("題\n暗証\u3000番号に 誤りがあります\n次", "暗証 番号に 誤りがあります"),
        ("暗証番号に\n誤りがあります", ""),
        ("暗証番号に誤りがあります\u202eabc", "暗証番号に誤りがあります[U+202E]abc"),
        ("暗証番号に誤りがあります" + "あ" * 500, "暗証番号に誤りがあります" + "あ" * 148 + "…"),
    ],
)
def test_the_bank_s_words_are_one_sentence_as_plain_text(text: str, words: str) -> None:
    """The sentence with the marker, without what hides or reorders, and bounded."""
    assert sentence_around(text, "暗証番号に誤りがあります") == words


class Presses(RuleBasedStateMachine):
    """Anything may happen, in any order; a press is the one thing that a person adds."""

    @initialize(
        until=st.sampled_from([None, None, *Until]),
        pin_given=st.booleans(),
        pad=st.booleans(),
        entry=st.sampled_from(["fill", "keys", "page"]),
        way=st.booleans(),
    )
    def begin(self, until: Until | None, pin_given: bool, pad: bool, entry: str, way: bool) -> None:
        self.flow = Flow(plan(bank=by(entry), until=until, pin_given=pin_given, pad=pad))
        self.presses = int(pin_given)
        if way:
            self.see(FRONT_PAGE)
            self.see(LOGON_PAGE)
            self.see(ASKED)
            self.see(PIN_PAGE)

    @rule(fact=any_fact.filter(lambda fact: not isinstance(fact, facts.PinGiven)))
    def happens(self, fact: facts.Fact) -> None:
        self.see(fact)

    @rule(page=st.sampled_from([PIN_PAGE, WRONG_PAGE, TOP_PAGE, OTHER_PAGE]))
    def page_stands(self, page: facts.PageSeen) -> None:
        self.see(page)

    @precondition(lambda self: self.flow.limit_ms is not None)
    @rule()
    def entry_is_reported(self) -> None:
        self.see(SUBMITTED)

    @rule()
    def person_presses(self) -> None:
        self.presses = 1
        self.see(GIVEN)

    def see(self, fact: facts.Fact) -> None:
        """No entry without an unused press; a press does not add up with the one before."""
        for step in self.flow.handle(fact):
            if isinstance(step, steps.EnterPin):
                assert self.presses == 1
                assert isinstance(fact, facts.PageSeen)
                self.presses = 0


PressesTest = Presses.TestCase
PressesTest.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def test_the_flow_counts_no_press_that_nobody_asked_for() -> None:
    """A press while no pad is open does not lie in wait for the next PIN page."""
    flow = Flow(plan(until=None, pin_given=False, pad=True))
    todo = feed(flow, GIVEN, FRONT_PAGE, GIVEN, LOGON_PAGE, ASKED, GIVEN, PIN_PAGE)
    assert entered(todo) == []
