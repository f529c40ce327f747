"""How a log-on is followed, and how its end is told."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certhelper import failures
from certhelper.desktop.attempt import STEPS, Attempt, Phase, StepState
from certhelper.failures import FailedError
from certhelper.logon.stages import Stage, StageReport


def attempt(*stages: Stage) -> Attempt:
    made = Attempt("12345678901234 / user01")
    made.pin_given()
    for stage in stages:
        made.report(StageReport(stage))
    return made


def states(made: Attempt) -> list[StepState]:
    return [state for _, state in made.steps()]


def test_each_stage_moves_the_steps_on() -> None:
    """Done steps stand before the one under way, and the rest follows."""
    made = attempt(Stage.OPENED, Stage.LOGON_PAGE, Stage.CERTIFICATE_REQUESTED)
    done, current, ahead = StepState.DONE, StepState.CURRENT, StepState.AHEAD
    assert states(made) == [done, done, current, ahead, ahead, ahead]
    assert made.headline == "証明書を送っています…"
    made.report(StageReport(Stage.CERTIFICATE_SENT))
    assert states(made)[2:4] == [done, current]


def test_another_authentication_is_the_persons_turn_and_not_yet_success() -> None:
    """After the PIN the person goes on; only the top page completes the last step."""
    made = attempt(Stage.OPENED, Stage.PIN_SUBMITTED, Stage.OTHER_AUTHENTICATION)
    assert made.phase is Phase.SESSION
    assert made.headline == "続きの認証が必要です"
    assert states(made)[-1] is StepState.CURRENT
    made.report(StageReport(Stage.TOP_PAGE))
    assert made.headline == "ログオンしました"
    assert set(states(made)) == {StepState.DONE}


def test_a_failure_is_told_with_cause_remedy_and_code() -> None:
    """The code of the child, with its facts put in, whatever kind of JSON they are."""
    made = attempt(Stage.OPENED)
    detail: dict[str, Any] = {"error": -117, "host": "logon.bank.test"}
    made.report(StageReport(Stage.FAILED, "certificate-refused", detail))
    assert made.phase is Phase.FAILED
    assert made.failure is not None
    assert made.failure.code == "certificate-refused"
    assert "-117" in made.failure.cause
    assert made.failure.remedy


@pytest.mark.parametrize(
    ("code", "again"),
    [
        ("certificate-refused", False),
        ("pin-locked", False),
        ("password-asked-after-pin", False),
        ("no-answer", True),
    ],
)
def test_another_try_is_offered_first_only_where_it_can_help(code: str, again: bool) -> None:
    """What only another certificate or a reissue can mend is not mended by trying again."""
    made = attempt(Stage.OPENED)
    made.report(StageReport(Stage.FAILED, code))
    assert made.may_succeed_again is again


def test_another_attempt_in_the_session_window_is_followed_from_its_beginning() -> None:
    """A failure there is not the end: opened anew, on to the top page, and no failure left."""
    made = attempt(Stage.OPENED, Stage.CERTIFICATE_SENT)
    made.report(StageReport(Stage.FAILED, "no-answer"))
    made.report(StageReport(Stage.OPENED))
    assert (made.phase, made.failure) == (Phase.RUNNING, None)
    assert states(made)[:2] == [StepState.DONE, StepState.CURRENT]
    for stage in (Stage.LOGON_PAGE, Stage.PIN_PAGE, Stage.PIN_SUBMITTED, Stage.TOP_PAGE):
        made.report(StageReport(stage))
    assert made.phase is Phase.SESSION
    assert made.headline == "ログオンしました"


def test_another_pin_after_a_wrong_one_goes_on() -> None:
    """The wrong one is told; the next press in the session's window takes that away."""
    made = attempt(Stage.OPENED, Stage.PIN_PAGE, Stage.PIN_SUBMITTED)
    made.report(StageReport(Stage.FAILED, "pin-wrong", {"words": "誤りがあります"}))
    assert made.phase is Phase.FAILED
    made.report(StageReport(Stage.PIN_SUBMITTED))
    assert (made.phase, made.failure) == (Phase.RUNNING, None)


def test_what_a_failed_page_still_asks_for_does_not_make_it_a_log_on_again() -> None:
    """A request for the certificate after the failure leaves the failure told."""
    made = attempt(Stage.OPENED)
    made.report(StageReport(Stage.FAILED, "certificate-refused", {"error": "-117"}))
    made.report(StageReport(Stage.CERTIFICATE_REQUESTED))
    assert made.phase is Phase.FAILED


def test_another_attempt_after_any_failure_is_a_new_beginning() -> None:
    """Whatever the code was, nothing of it is left when the next attempt reaches the top page."""
    for code in failures.known():
        made = attempt(Stage.OPENED)
        made.report(StageReport(Stage.FAILED, code))
        assert made.phase is Phase.FAILED, code
        for stage in (Stage.OPENED, Stage.PIN_SUBMITTED, Stage.TOP_PAGE):
            made.report(StageReport(stage))
        assert (made.phase, made.failure) == (Phase.SESSION, None), code


def test_a_code_that_this_version_does_not_know_is_still_told() -> None:
    """A newer child's code must not break the window."""
    made = attempt()
    made.report(StageReport(Stage.FAILED, "from-the-future"))
    assert made.failure is not None
    assert "from-the-future" in made.failure.message


def test_a_child_that_dies_without_a_word_is_a_failure() -> None:
    """An exit status alone is told, never shown as success."""
    made = attempt(Stage.OPENED)
    made.end(139, "")
    assert made.phase is Phase.FAILED
    assert made.failure is not None
    assert "139" in made.failure.message


@pytest.mark.parametrize("code", ["fingerprint-unknown", "token-not-inserted"])
def test_a_certificate_that_is_gone_is_told_in_the_window_s_words(code: str) -> None:
    """No fingerprint and no command: the token and what to do with it."""
    made = Attempt("name", FailedError("token-gone", token="会社のカード"))
    made.report(StageReport(Stage.FAILED, code, {"fingerprint": "0" * 64, "where": "reader"}))
    assert made.failure is not None
    assert made.failure.code == "token-gone"
    assert "トークン「会社のカード」" in made.failure.message
    assert "差し直し" in made.failure.remedy


def test_the_code_in_the_last_words_is_used() -> None:
    """What the command line says on stderr ends with its code."""
    made = attempt()
    made.end(2, "noise\n証明書が見つかりません。 [fingerprint-unknown]")
    assert made.failure is not None
    assert made.failure.code == "fingerprint-unknown"


@pytest.mark.parametrize("stage", [Stage.TOP_PAGE, Stage.OTHER_AUTHENTICATION])
def test_a_session_that_ends_is_no_failure(stage: Stage) -> None:
    """Closing the session's window is the ordinary end, whatever status it has."""
    made = attempt(stage)
    made.end(1, "")
    assert made.phase is Phase.ENDED


def test_what_the_person_stopped_is_no_failure() -> None:
    """A cancelled log-on ends quietly."""
    made = attempt(Stage.OPENED)
    made.cancel()
    made.end(-15, "")
    assert (made.phase, made.failure) == (Phase.ENDED, None)


def test_a_person_who_goes_on_after_a_failure_is_followed() -> None:
    """A page that was not recognised may lead to the top page by the person's own hand."""
    made = attempt(Stage.PIN_SUBMITTED)
    made.report(StageReport(Stage.FAILED, "unknown-page"))
    made.report(StageReport(Stage.TOP_PAGE))
    assert (made.phase, made.failure) == (Phase.SESSION, None)


def test_a_log_on_that_could_not_be_started_is_told() -> None:
    """The reason stands in the same place as any other failure."""
    made = attempt()
    made.fail(FailedError("session-not-started", detail="no such file"))
    assert made.failure == failures.told(FailedError("session-not-started", detail="no such file"))


@given(st.lists(st.sampled_from([*Stage, "end"]), max_size=12), st.integers(-20, 255))
def test_no_order_of_events_breaks_the_view(events: list[Stage | str], status: int) -> None:
    """Whatever the child says in whatever order, there is a headline and a state for each step."""
    made = Attempt("name")
    for event in events:
        if isinstance(event, Stage):
            made.report(StageReport(event, "no-answer" if event is Stage.FAILED else None))
        else:
            made.end(status, "")
        assert made.headline
        assert made.short_state
        assert len(made.steps()) == len(STEPS)
        assert (made.phase is Phase.FAILED) == (made.failure is not None)
