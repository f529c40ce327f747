"""What was refused is told once, and a page that tries for ever does not flood the person."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certhelper import texts
from certhelper.bank import Bank
from certhelper.logon.only_bank import Reason
from certhelper.logon.refusals import Refusals

BANK = Bank.parse(
    b'schema = 1\nid = "a"\nname = "A"\n[site]\nallowed_hosts = ["www.bank.example"]\n',
    Path("profile.toml"),
)


@pytest.fixture
def refusals() -> Refusals:
    return Refusals(BANK)


def test_a_page_is_told_once_while_it_is_shown(refusals: Refusals) -> None:
    """Other addresses of the same place are no news."""
    told = refusals.take("https://other.example/a", is_page=True)
    assert told is not None
    assert (told.place, told.reason, told.may_be_opened) == (
        "other.example",
        Reason.OTHER_SITE,
        True,
    )
    assert refusals.take("https://other.example/b", is_page=True) is None
    assert refusals.take("https://third.example/", is_page=True) is not None


def test_who_puts_it_away_and_tries_again_is_told_again_but_not_for_ever(
    refusals: Refusals,
) -> None:
    """A click that does nothing at all would be a riddle; a script may click a thousand times."""
    told = 0
    for _ in range(50):
        told += refusals.take("https://other.example/", is_page=True) is not None
        refusals.put_away()
    assert told == 3


def test_parts_are_told_once_and_never_in_a_page_s_place(refusals: Refusals) -> None:
    """They are no loss that needs a decision."""
    refusals.take("https://other.example/", is_page=True)
    assert refusals.take("https://parts.example/a.js", is_page=False) is None
    refusals.put_away()
    told = refusals.take("https://parts.example/a.js", is_page=False)
    assert told is not None
    assert not told.may_be_opened
    refusals.put_away()
    assert refusals.take("https://more.example/b.js", is_page=False) is None
    assert refusals.take("https://other.example/", is_page=True) is not None


def test_many_places_are_not_told_for_ever(refusals: Refusals) -> None:
    """A page that makes up a new host each time is heard of twenty times."""
    told = [refusals.take(f"https://h{n}.example/", is_page=True) for n in range(100)]
    assert sum(one is not None for one in told) == 20


@given(st.lists(st.tuples(st.sampled_from(["https://a.example/", "data:x", "x"]), st.booleans())))
def test_what_is_told_is_always_something_new(tried: list[tuple[str, bool]]) -> None:
    """Twice in a row the same is never told."""
    refusals = Refusals(BANK)
    last = None
    for address, is_page in tried:
        told = refusals.take(address, is_page=is_page)
        if told is not None:
            assert last is None or (told.place, told.is_page) != (last.place, last.is_page)
            last = told


def test_what_is_inside_is_no_refusal(refusals: Refusals) -> None:
    """Blocked for another reason, such as a form posted twice: that is told elsewhere."""
    assert refusals.take("https://www.bank.example/", is_page=True) is None


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_reason_has_words(reason: Reason, language: texts.Language) -> None:
    """In both languages, with the place where there is one."""
    said = texts.text(f"outside.{reason.value}", language, place="other.example")
    assert ("other.example" in said) is (reason is not Reason.UNREADABLE)
