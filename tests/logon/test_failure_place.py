"""Where a failure is told, and that nothing which is offered leads on to what was refused."""

from __future__ import annotations

import pytest

from certhelper import failures, texts
from certhelper.logon.failure_place import (
    Offer,
    is_in_place_of_page,
    may_succeed_again,
    offers,
    offers_in_tab,
)


@pytest.mark.parametrize(
    "code",
    [
        *(code for code in failures.known() if code.startswith("server-") and "error" not in code),
        "clock-wrong",
        "browser-not-supported",
    ],
)
def test_a_fault_of_the_server_is_shown_instead_of_any_page(code: str) -> None:
    """Its page may stand, with a field for the PIN: nothing is to be entered there any more."""
    assert is_in_place_of_page(code)
    assert set(offers(code)) >= {Offer.RETRY, Offer.CLOSE}
    assert Offer.BACK not in offers(code)


@pytest.mark.parametrize(
    "code", ["pin-wrong", "pin-locked", "maintenance", "unknown-page", "server-error", "page-asks"]
)
def test_a_page_of_the_banks_stays_to_be_read(code: str) -> None:
    """The bank's own words are there; what went wrong is said above them."""
    assert failures.is_known(code)
    assert not is_in_place_of_page(code)


def test_a_site_that_turns_the_browser_away_is_opened_in_the_persons_own_first() -> None:
    """The way out is the first button."""
    assert offers("browser-not-supported")[0] is Offer.OWN_BROWSER


def test_another_try_is_not_offered_first_where_somebody_must_act_before_it() -> None:
    """The 管理者, or whoever is to be asked whether it is the bank's and what it has counted."""
    asked_first = {
        "pin-locked",
        "certificate-refused",
        "password-asked-after-pin",
        "outside-allowed-hosts-after-pin",
        "pin-target-unexpected",
    }
    for code in asked_first:
        assert offers(code) == (Offer.CLOSE, Offer.RETRY)
    for code in ("no-answer", "no-answer-after-pin", "pin-wrong", "unknown-page"):
        assert offers(code)[0] is Offer.RETRY


@pytest.mark.parametrize("code", failures.known())
def test_what_is_offered_first_does_not_contradict_the_remedy(code: str) -> None:
    """「もう一度…」 beside a button that is not the first would leave the person in doubt."""
    remedy = failures.find(code).remedy["ja"]
    if failures.find(code).actor is not failures.Actor.ADMINISTRATOR and "もう一度" in remedy:
        assert may_succeed_again(code)
    if "何度も送らないでください" in remedy:
        assert not may_succeed_again(code)


def test_the_own_browser_is_offered_wherever_the_remedy_names_it() -> None:
    """And nowhere else; what has no session window to offer it in is said elsewhere."""
    without_window = {"session-not-started", "session-ended", "internal-error"}
    named = {code for code in failures.known() if _names_own_browser(code)} - without_window
    offered = {code for code in failures.known() if Offer.OWN_BROWSER in offers(code)}
    assert offered == named


def _names_own_browser(code: str) -> bool:
    return "ご自分のブラウザ" in failures.find(code).remedy["ja"]


def test_a_tab_goes_back_to_its_page_or_is_closed() -> None:
    """The last tab of a session stays; without a page before it there is nothing to offer."""
    assert offers_in_tab(has_page_before=True, is_last=True) == (Offer.BACK,)
    assert offers_in_tab(has_page_before=False, is_last=False) == (Offer.CLOSE_TAB,)
    assert offers_in_tab(has_page_before=False, is_last=True) == ()


def test_everything_that_is_offered_and_everybody_who_acts_has_words() -> None:
    """In both languages."""
    for language in ("ja", "en"):
        for offer in Offer:
            assert texts.text(f"failure-page.{offer.value}", language)
        for actor in failures.Actor:
            assert texts.text(f"failure-page.who-{actor.value}", language)
