"""When a session ends without a word, and what is asked otherwise."""

from __future__ import annotations

import json

import pytest

from certhelper.logon.closing import (
    PageState,
    SessionStanding,
    has_logged_off,
    log_off_texts,
    question_for,
)
from certhelper.logon.stages import Stage, StageReport

TOP = PageState(0, 1, has_log_off=True, text="利用者トップページ ログオフ")
OVER = PageState(0, 2, text="ログ オフ しました。ご利用ありがとうございました。")
UNKNOWN = PageState(1, 3)


def stands_after(*reports: StageReport) -> SessionStanding:
    standing = SessionStanding()
    for report in reports:
        standing.follow(report)
    return standing


def failed(code: str) -> StageReport:
    return StageReport(Stage.FAILED, code)


def test_a_session_stands_from_the_pin_until_the_bank_says_that_there_is_none() -> None:
    """A failure that says nothing of the session leaves it standing, and its time running."""
    sent, top = StageReport(Stage.PIN_SUBMITTED), StageReport(Stage.TOP_PAGE)
    assert not stands_after(StageReport(Stage.PIN_PAGE)).logged_on
    assert stands_after(sent).logged_on
    assert stands_after(sent, failed("no-answer-after-pin")).logged_on
    assert stands_after(sent, top, failed("renderer-ended-in-session")).logged_on
    assert not stands_after(sent, failed("pin-wrong")).logged_on
    assert not stands_after(sent, top, failed("session-timed-out")).logged_on
    assert stands_after(sent, top, failed("session-timed-out"), sent).logged_on


def test_the_program_s_part_is_over_with_the_pin_or_a_failure() -> None:
    """Until then a page's own 閉じる means nothing."""
    assert not stands_after(StageReport(Stage.PIN_PAGE)).beyond_pin
    assert stands_after(StageReport(Stage.PIN_SUBMITTED)).beyond_pin
    assert stands_after(failed("connection-reset")).beyond_pin
    assert stands_after(StageReport(Stage.TOP_PAGE)).beyond_pin


def test_whoever_never_logged_on_is_not_asked() -> None:
    """Before the PIN, or after the bank has refused it, there is nothing to lose."""
    typed = PageState(0, 1, has_typed=True)
    assert question_for([TOP, typed], logged_on=False, downloading=False) is None


def test_whoever_has_logged_off_is_not_asked() -> None:
    """The bank's page says so; an older page with a log-off beside it says nothing any more."""
    assert question_for([OVER], logged_on=True, downloading=False) is None
    stale = PageState(1, 1, has_log_off=True, has_typed=True)
    assert question_for([OVER, stale], logged_on=True, downloading=False) is None


def test_a_new_log_on_beside_the_page_of_the_old_log_off_counts() -> None:
    """The page that came last says how it stands."""
    later = PageState(1, 5, has_log_off=True)
    question = question_for([OVER, later], logged_on=True, downloading=False)
    assert question is not None
    assert question.log_off_window == 1


def test_the_last_log_off_on_the_top_page_is_no_log_off() -> None:
    """「前回ログオフしました」 on a page that offers one speaks of another day."""
    top = PageState(0, 1, has_log_off=True, text="前回 10:30 にログオフしました ログオフ")
    question = question_for([top], logged_on=True, downloading=False)
    assert question is not None
    assert question.log_off_window == 0


def test_pages_that_show_nothing_of_it_are_asked_about() -> None:
    """A page that hangs, or one that is in no profile, may be in the middle of anything."""
    question = question_for([UNKNOWN], logged_on=True, downloading=False)
    assert question is not None
    assert question.log_off_window is None


def test_what_would_be_lost_is_named() -> None:
    """Typed text in any page, and files, the latter also when nobody is logged on."""
    typed = PageState(1, 2, has_typed=True)
    question = question_for([TOP, typed], logged_on=True, downloading=True)
    assert question is not None
    assert (question.typed, question.downloading) == (True, True)
    alone = question_for([OVER], logged_on=True, downloading=True)
    assert alone is not None
    assert (alone.logged_on, alone.typed, alone.downloading) == (False, False, True)


@pytest.mark.parametrize(
    ("pages", "answered"),
    [
        ([OVER], True),
        ([TOP], False),  # still there: the bank asks something itself
        ([PageState(0, 2, text="CIBMU201 利用者ログオン")], True),
        ([UNKNOWN], True),  # its window has gone
        ([TOP, PageState(1, 2, text="ログアウトしました")], True),
    ],
)
def test_the_answer_to_a_log_off(pages: list[PageState], answered: bool) -> None:
    """It is one when a page says so, or when the page has no log-off any more."""
    assert has_logged_off(pages, 0) is answered


def test_a_page_that_answers_nonsense_shows_nothing() -> None:
    """A script of the page's own cannot reach ours, but a page that has gone answers nothing."""
    for answer in ("", None, "[]", "{}", json.dumps({"logOff": True})):
        assert PageState.read(answer, 3, 7) == PageState(3, 7)


def test_the_profile_names_the_log_off_else_the_usual_words_do() -> None:
    """Banks say ログオフ or ログアウト; a profile that knows better is believed."""
    assert log_off_texts("取引を終了する") == ("取引を終了する",)
    assert log_off_texts("") == ("ログオフ", "ログアウト")
