"""What may be posted a second time: the rule by itself."""

from __future__ import annotations

from certhelper.logon.gate import Cause, Gate, Kind, Request, Verdict

ADDRESS = "https://login.bank.example/transfer"
RELOAD = Request(ADDRESS, "POST", Kind.PAGE)
SUBMIT = Request(ADDRESS, "POST", Kind.PAGE, Cause.FORM)


def logged_on() -> Gate:
    gate = Gate()
    gate.repeats.log_on_is_over()
    return gate


def test_what_was_posted_before_the_top_page_is_never_posted_again() -> None:
    """It may hold a PIN or a one-time password, ours or typed by the person: no yes helps."""
    gate = Gate()
    gate.judge(SUBMIT)
    gate.repeats.log_on_is_over()
    assert not gate.repeats.may_ask(ADDRESS)
    gate.repeats.allow(ADDRESS)
    assert gate.repeats.refuses(ADDRESS)
    assert gate.judge(RELOAD) is Verdict.REPEATED
    # The same address after the log-on: many banks have one address for everything.
    gate.judge(SUBMIT)
    assert not gate.repeats.may_ask(ADDRESS)


def test_a_form_after_the_log_on_is_posted_again_once_for_each_yes() -> None:
    """Without a yes it is refused; a yes lets one POST pass, and no second one."""
    gate = logged_on()
    gate.judge(SUBMIT)
    assert gate.repeats.refuses(ADDRESS)
    assert gate.judge(RELOAD) is Verdict.REPEATED
    gate.repeats.allow(ADDRESS)
    assert not gate.repeats.refuses(ADDRESS)
    assert gate.judge(RELOAD) is Verdict.PASS
    assert gate.repeats.refuses(ADDRESS)
    assert gate.judge(RELOAD) is Verdict.REPEATED


def test_a_form_with_a_secret_is_never_posted_again() -> None:
    """A 確認暗証番号 or a one-time password after the log-on: a yes must not spend it once more."""
    for asks in (True, False):
        gate = logged_on()
        gate.repeats.page_seen(SUBMIT.window, asks_for_secret=asks)
        if not asks:
            gate.repeats.secret_typed(SUBMIT.window)  # in a field that nobody saw before
        gate.judge(SUBMIT)
        gate.repeats.page_seen(SUBMIT.window, asks_for_secret=False)
        assert not gate.repeats.may_ask(ADDRESS)
        gate.repeats.allow(ADDRESS)
        assert gate.judge(RELOAD) is Verdict.REPEATED
        gate.judge(SUBMIT)
        assert not gate.repeats.may_ask(ADDRESS)


def test_the_next_page_of_a_window_has_no_secret_of_the_one_before() -> None:
    """Nor has another window's."""
    gate = logged_on()
    gate.repeats.page_seen(SUBMIT.window, asks_for_secret=True)
    gate.repeats.page_seen(SUBMIT.window, asks_for_secret=False)
    gate.repeats.page_seen(SUBMIT.window + 1, asks_for_secret=True)
    gate.judge(SUBMIT)
    assert gate.repeats.may_ask(ADDRESS)


def test_a_yes_does_not_wait_for_a_later_page() -> None:
    """When another page comes first, the answer to the question is used up."""
    gate = logged_on()
    gate.judge(SUBMIT)
    gate.repeats.allow(ADDRESS)
    gate.judge(Request("https://login.bank.example/top", "GET", Kind.PAGE))
    assert gate.judge(RELOAD) is Verdict.REPEATED


def test_a_yes_does_not_open_the_gate_of_a_pin() -> None:
    """While a PIN is typed nothing passes but what the gate agreed to."""
    gate = logged_on()
    gate.judge(SUBMIT)
    gate.repeats.allow(ADDRESS)
    gate.arm("https://login.bank.example/pin")
    assert gate.judge(RELOAD) is Verdict.STRAYED
