"""What stands above a page when something went wrong: all that is known, and the ways on."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QPushButton
from support.attended import Person, Play
from support.plays import play
from support.scripted_bank import PIN, Answer, Pages, ScriptedBank, pin_page
from support.systems import not_under_wine

from certhelper import failures, spoken_numbers, texts
from certhelper.logon.browser import outbox

pytestmark = not_under_wine("WebEngine never loads a page there")

STOP = texts.text("session.stop", "ja")
RETRY = texts.text("session.retry", "ja")
OWN_BROWSER = texts.text("session.own-browser", "ja")


def _looks(buttons: tuple[QPushButton, ...]) -> list[list[str]]:
    return [[button.text(), str(button.property("look") or "")] for button in buttons]


def reads_the_banner(person: Person) -> Play:
    banner = person.window.banner
    yield lambda: "コード: " in banner.words
    return {"words": banner.words, "buttons": _looks(banner.buttons)}


def told(tmp_path: Path, pages: Pages) -> Any:
    """What the banner says of a log-on with these pages."""
    with ScriptedBank(tmp_path, pages) as bank:
        return play(bank.bank, bank.database, bank.sha256, reads_the_banner, pin=PIN)


@pytest.mark.parametrize(
    ("code", "pages", "buttons"),
    [
        ("unknown-page", {"GET logon/pin": "CIBMU999"}, [[RETRY, "primary"]]),
        (
            "blank-page-after-pin",
            {"POST logon/pin": "<body> "},
            [[RETRY, "primary"], [OWN_BROWSER, ""]],
        ),
        (
            "pin-field-ambiguous",
            {"GET logon/pin": pin_page() * 2},
            [[OWN_BROWSER, "primary"], [RETRY, ""]],
        ),
        (
            "pin-target-unexpected",
            {"GET logon/pin": pin_page(form="method=post action={front}/steal")},
            [[RETRY, ""]],
        ),
        (
            "outside-allowed-hosts-after-pin",
            {"POST logon/pin": Answer(status=303, location="https://elsewhere.example/")},
            [[RETRY, ""]],
        ),
    ],
)
def test_the_banner_says_why_and_who_acts_and_offers_what_the_remedy_names(
    tmp_path: Path, code: str, pages: Pages, buttons: list[list[str]]
) -> None:
    """Whether the PIN may have counted stands in the cause; a try comes first where it helps.

    The code has its number for the phone.
    """
    said = told(tmp_path, pages)
    failure = failures.find(code)
    number = f"電話では {spoken_numbers.of_failure(code)}"
    who = texts.text(f"failure-page.who-{failure.actor.value}", "ja")
    cause = failure.cause["ja"].partition("{")[0].strip()
    for words in (failure.message["ja"], cause, failure.remedy["ja"], who, code, number):
        assert words.strip() in said["words"]
    assert said["buttons"] == buttons


def test_a_page_behind_the_pin_that_nobody_knows_is_told_with_its_code_and_a_way_back(
    tmp_path: Path,
) -> None:
    """It may be the 続きの認証, so it is no fault; where it leads nowhere, one can begin anew."""
    said = told(tmp_path, {"POST logon/pin": "何か"})
    failure = failures.find("page-not-recognised")
    for words in (failure.message["ja"], failure.remedy["ja"], "続きの認証", failure.code):
        assert words in said["words"]
    assert said["buttons"] == [[RETRY, ""]]


def waits_in_vain(person: Person) -> Play:
    header = person.window.header
    yield lambda: person.window.failure is not None
    yield lambda: STOP not in [one.text() for one in header.findChildren(QPushButton)]
    failure = person.window.failure
    return failure.told.code if failure is not None else ""


def test_what_did_not_answer_is_not_loaded_any_longer(tmp_path: Path) -> None:
    """Nothing moves as if it were still coming, and the page before is covered."""
    over = threading.Event()

    def answer() -> str:
        over.wait()
        return ""

    with ScriptedBank(tmp_path, {"GET logon/pin": answer}) as bank:
        try:
            code = play(
                bank.bank, bank.database, bank.sha256, waits_in_vain, pin=PIN, load_limit_ms=2500
            )
        finally:
            over.set()
    assert code == "no-answer"


def wishes_for_the_own_browser(person: Person) -> Play:
    wished: list[str] = []
    outbox.wish = lambda wanted: wished.append(wanted.value)
    yield lambda: "コード: " in person.window.banner.words
    button = next(one for one in person.window.banner.buttons if one.text() == OWN_BROWSER)
    button.click()
    question = yield from person.message()
    asked = question.words
    question.button("no").click()
    yield lambda: person.overlay() is None
    refused = wished[:]
    menu = person.window.header.menu.actions()
    next(one for one in menu if one.text() == OWN_BROWSER).trigger()
    question = yield from person.message()
    question.button("yes").click()
    yield lambda: wished
    return {
        "asked": asked,
        "refused": refused,
        "wished": wished,
        "words": person.window.banner.words,
    }


def test_the_own_browser_is_opened_from_the_banner_and_the_menu_after_a_question(
    tmp_path: Path,
) -> None:
    """The question shows the address and the certificate to choose there."""
    with ScriptedBank(tmp_path, {"GET logon/pin": pin_page() * 2}) as bank:
        result = play(bank.bank, bank.database, bank.sha256, wishes_for_the_own_browser, pin=PIN)
        start = bank.bank.site.start_url
    assert start in result["asked"]
    assert "12345678901234 user01" in result["asked"]
    assert result["refused"] == []
    assert result["wished"] == [start]
    assert start in result["words"]
