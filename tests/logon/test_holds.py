"""What a person may send from pages that the log-on does not know: never a PIN by mistake."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.flow_facts import (
    ASKED,
    FIELD,
    FRONT,
    FRONT_PAGE,
    LOGON_PAGE,
    OTHER_PAGE,
    PIN_PAGE,
    PIN_URL,
    SUBMITTED,
    TOP_PAGE,
    any_fact,
    at_pin_page,
    feed,
    plan,
)

from certhelper.logon import facts, steps
from certhelper.logon.flow import Flow
from certhelper.logon.holds import Guard
from certhelper.logon.plan import LOOKS
from certhelper.logon.stages import Until

TO_FRONT = dataclasses.replace(FIELD, target=f"{FRONT}steal")
UNMARKED = dataclasses.replace(PIN_PAGE, text="CIBMU999")
STRAYING = dataclasses.replace(UNMARKED, password_fields=(TO_FRONT,))
PLAIN = facts.PageSeen(0, PIN_URL, 200, "お知らせの確認")
SHUT = steps.GuardPin(0, "")
AGREED = steps.GuardPin(0, PIN_URL)
FORMS = steps.GuardForms()
LIFTED = steps.LiftGuard()


class Watched:
    """A flow with a person there, and the guard that stands."""

    def __init__(self, flow: Flow | None = None) -> None:
        self.flow = flow or at_pin_page(until=None, pad=True)
        self.guard: Guard = LIFTED

    def sees(self, *seen: facts.Fact) -> Guard:
        for step in feed(self.flow, *seen):
            if isinstance(step, Guard):
                self.guard = step
            elif isinstance(step, steps.EnterPin):
                self.guard = LIFTED
        return self.guard


@pytest.mark.parametrize(
    "end",
    [
        facts.TimedOut(),
        facts.LoadFailed(0, PIN_URL, -101),
        facts.NavigationBlocked(0, "https://x.example/"),
        facts.PasswordAsked(0, PIN_URL),
        facts.RendererEnded(0),
    ],
    ids=lambda fact: type(fact).__name__,
)
@pytest.mark.parametrize(
    ("page", "guard"), [(STRAYING, SHUT), (UNMARKED, AGREED), (PLAIN, FORMS)], ids=str
)
def test_the_page_that_stands_is_held_however_the_log_on_ends(
    end: facts.Fact, page: facts.PageSeen, guard: Guard
) -> None:
    """Not only a page that is called unknown: any that is left standing before the PIN is out."""
    assert Watched().sees(page, end) == guard


def test_every_later_page_of_any_window_is_judged_when_it_is_seen() -> None:
    """Until the PIN has left; the form of another window's page never gets the PIN."""
    watched = Watched()
    assert watched.sees(*[PLAIN] * (LOOKS + 1)) == FORMS
    assert watched.sees(STRAYING) == SHUT
    assert watched.sees(PLAIN) == FORMS
    assert watched.sees(dataclasses.replace(UNMARKED, window=1)) == steps.GuardPin(1, "")
    assert watched.sees(UNMARKED) == AGREED
    assert watched.sees(PLAIN, facts.WindowClosed(1)) == FORMS


def test_a_page_in_disguise_whose_form_is_as_agreed_sends_the_pin_once_and_is_followed() -> None:
    """A bank that has changed its marker and nothing else."""
    watched = Watched()
    watched.sees(*[UNMARKED] * (LOOKS + 1))
    assert watched.sees(facts.PinPosted(), TOP_PAGE) == LIFTED


def test_the_words_of_the_top_page_let_nothing_out_beside_a_field_before_the_pin() -> None:
    """「利用者トップページ」 may stand on a page with a field for the PIN; without one it is it."""
    watched = Watched()
    watched.sees(facts.TimedOut())
    assert watched.sees(dataclasses.replace(STRAYING, text=TOP_PAGE.text)) == SHUT
    assert watched.sees(dataclasses.replace(STRAYING, text=OTHER_PAGE.text)) == SHUT
    assert watched.sees(TOP_PAGE) == LIFTED


def test_after_the_pin_an_unknown_page_s_secret_goes_to_hosts_for_the_certificate_only() -> None:
    """A 続きの認証 that the profile does not know goes on; a page without a field is free."""
    watched = Watched()
    watched.sees(PIN_PAGE, SUBMITTED)
    assert watched.sees(STRAYING) == FORMS
    assert watched.sees(*[STRAYING] * LOOKS) == FORMS
    assert watched.sees(PLAIN) == LIFTED
    assert watched.sees(dataclasses.replace(STRAYING, secret_in_frame=True)) == FORMS
    assert watched.sees(dataclasses.replace(PIN_PAGE, password_fields=(TO_FRONT,))) == SHUT


@pytest.mark.parametrize("known", [OTHER_PAGE, TOP_PAGE])
def test_what_the_profile_knows_behind_the_pin_is_the_person_s_own(known: facts.PageSeen) -> None:
    """A one-time password, and every 確認暗証番号 of the session, go where the bank's page says."""
    watched = Watched()
    watched.sees(PIN_PAGE, SUBMITTED)
    assert watched.sees(dataclasses.replace(known, password_fields=(TO_FRONT,))) == LIFTED
    assert watched.sees(STRAYING) == LIFTED


def test_the_id_log_on_beside_the_certificate_s_is_free_until_the_certificate_was_sent() -> None:
    """CIBMU201 has a field for it; a page that the log-on link led to has none that may be used."""
    with_id = dataclasses.replace(LOGON_PAGE, password_fields=(TO_FRONT,))
    watched = Watched(Flow(plan(until=None)))
    assert watched.sees(FRONT_PAGE, with_id, facts.TimedOut(), with_id) == LIFTED
    probed = facts.IssuersProbed(facts.ProbeOutcome.NEVER_ASKED)
    assert watched.sees(STRAYING, probed) == SHUT
    assert watched.sees(with_id) == LIFTED
    assert watched.sees(ASKED, with_id) == SHUT


def test_a_page_is_held_before_it_has_loaded_and_when_a_field_appears_later() -> None:
    """What it shows counts at any time, and nothing else comes of it."""
    watched = Watched()
    assert watched.sees(facts.PageWatched(STRAYING)) == SHUT
    assert watched.sees(*[PLAIN] * (LOOKS + 1)) == FORMS
    assert feed(watched.flow, facts.PageWatched(PIN_PAGE)) == [AGREED]
    looked_at = [watched.flow.holds_pages]
    watched.sees(facts.PinPosted(), TOP_PAGE)
    looked_at.append(watched.flow.holds_pages)
    assert looked_at == [True, False]
    assert watched.sees(facts.PageWatched(STRAYING)) == LIFTED


def test_without_a_person_nothing_is_guarded() -> None:
    """Nobody types."""
    flow = at_pin_page(until=Until.TOP)
    todo = feed(flow, *[STRAYING] * (LOOKS + 1))
    assert not any(isinstance(step, Guard) for step in todo)


def _says_behind_the_pin(fact: facts.Fact) -> bool:
    if isinstance(fact, facts.PageSeen):
        return fact.text in (TOP_PAGE.text, OTHER_PAGE.text)
    return isinstance(fact, facts.PinPosted)


@given(st.lists(any_fact.filter(lambda fact: not _says_behind_the_pin(fact)), max_size=25))
def test_before_the_pin_no_order_of_events_leaves_a_field_unguarded(
    seen: list[facts.Fact],
) -> None:
    """Whatever happened before, and in whichever window: its form goes as agreed or nowhere."""
    for window in (0, 1):
        watched = Watched(Flow(plan(until=None, pin_given=False)))
        page = dataclasses.replace(STRAYING, window=window)
        guard = watched.sees(FRONT_PAGE, LOGON_PAGE, ASKED, *seen, page)
        assert isinstance(guard, steps.GuardPin)
        assert guard.target in ("", PIN_URL)
