"""「原因を調べる」 on its way from the session's window to the main window."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton
from support.attended import Person, Play
from support.plays import play
from support.scripted_bank import PIN, Pages, ScriptedBank, pin_page
from support.systems import not_under_wine

from certhelper import failures, starting
from certhelper.cli import logon
from certhelper.cli.errands import Errands
from certhelper.logon import session
from certhelper.logon.browser import outbox
from certhelper.logon.cause_wanted import CauseWanted
from certhelper.logon.failure_place import Offer
from certhelper.logon.request import SessionRequest
from certhelper.logon.stages import Stage, StageReport

WORDS = "原因を調べる"
OTHER_KEYS = [*range(Qt.Key.Key_0, Qt.Key.Key_9 + 1), *range(Qt.Key.Key_A, Qt.Key.Key_Z + 1)]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[]",
        '{"cause-wanted": null, "detail": {}}',
        '{"cause-wanted": "no-answer", "detail": []}',
        '{"stage": "failed", "code": "no-answer", "detail": {}}',
        '{"wish": "find-cause", "value": "no-answer"}',
    ],
)
def test_what_is_none_is_none(line: str) -> None:
    """A session's process shows pages of the net: nothing that it says is taken on trust."""
    assert CauseWanted.parse(line) is None


def test_the_failure_arrives_with_its_facts_as_text() -> None:
    """As a wish and as a line; what is no text becomes one."""
    told = failures.find("no-answer").say({"address": "銀行.test"})
    wanted = CauseWanted.of(told)
    assert CauseWanted.parse(wanted.wish().value) == wanted
    assert CauseWanted.parse(json.dumps(wanted.document())) == wanted
    of_numbers = CauseWanted.parse('{"cause-wanted": "x", "detail": {"error": -117}}')
    assert of_numbers == CauseWanted("x", {"error": "-117"})


@pytest.mark.parametrize("has_main_window", [True, False])
def test_the_command_hands_it_on_to_the_main_window_alone(
    has_main_window: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    """A program that follows ``logon --json`` gets stages and notices, and nothing besides."""
    wanted = CauseWanted("no-answer", {"address": "login.bank.test"})
    lines = [
        wanted.wish().line(),
        '{"wish": "find-cause", "value": "something else"}',
        StageReport(Stage.TOP_PAGE).line(),
    ]
    said = tmp_path / "said"
    said.write_text("\n".join(lines) + "\n", "utf-8")
    script = f"import sys; sys.stdout.buffer.write(open({str(said)!r}, 'rb').read())"
    monkeypatch.setattr(starting, "part", lambda _: [sys.executable, "-c", script])
    request = SessionRequest(
        Path("bank"), "", "", (), "", (), None, False, tmp_path, has_main_window=has_main_window
    )
    heard: list[StageReport] = []
    with Errands(lambda notice: pytest.fail(notice.code)) as errands:
        take = logon._wish_taker(request, errands)
        session.follow(request, tmp_path, dict(os.environ), heard.append, take)
    written = capfdbinary.readouterr().out.decode().splitlines()
    assert [CauseWanted.parse(line) for line in written] == ([wanted] if has_main_window else [])
    assert [report.stage for report in heard] == ["top-page"]


# In the session's window, with the real engine


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[ScriptedBank]:
    with ScriptedBank(tmp_path, {"GET logon/pin": "CIBMU999"}) as running:
        yield running


def _button(person: Person) -> QPushButton | None:
    buttons = person.window.banner.buttons
    return next((one for one in buttons if one.text() == WORDS), None)


def asks_above_the_page(person: Person) -> Play:
    wished: list[str] = []
    outbox.wish = lambda wanted: wished.append(wanted.value)
    yield lambda: "unknown-page" in person.window.banner.words
    button = _button(person)
    assert button is not None
    for key in OTHER_KEYS:
        person.press(Qt.Key(key), person.window)
    untouched = not wished and not button.hasFocus() and button.shortcut().isEmpty()
    button.click()
    return {
        "untouched": untouched,
        "wished": wished,
        "stays": "unknown-page" in person.window.banner.words and _button(person) is button,
    }


@not_under_wine("WebEngine never loads a page there")
def test_the_banner_leads_there_and_what_it_says_stays(bank: ScriptedBank) -> None:
    """With the failure's code and facts; no key of a PIN presses it."""
    done = play(
        bank.bank, bank.database, bank.sha256, asks_above_the_page, pin=PIN, has_main_window=True
    )
    assert done["untouched"]
    assert done["stays"]
    (value,) = done["wished"]
    wanted = CauseWanted.parse(value)
    assert wanted is not None
    assert wanted.code == "unknown-page"
    assert "login.demo-bank.localhost" in wanted.detail["address"]


def asks_in_place_of_the_page(person: Person) -> Play:
    wished: list[str] = []
    outbox.wish = lambda wanted: wished.append(wanted.value)
    yield lambda: person.window.failure is not None
    page = person.window.failure
    assert page is not None
    button = page.button(Offer.FIND_CAUSE)
    focused = QApplication.focusWidget()
    for key in OTHER_KEYS:
        person.press(Qt.Key(key), page)
    untouched = not wished and not button.hasFocus() and button.shortcut().isEmpty()
    button.click()
    return {
        "untouched": untouched,
        "focused": focused.text() if isinstance(focused, QPushButton) else "",
        "look": button.property("look"),
        "wished": wished,
        "stays": person.window.failure is page,
        "words": page.words,
    }


@not_under_wine("WebEngine never loads a page there")
def test_the_page_of_a_failure_leads_there_and_stays(tmp_path: Path) -> None:
    """It is never the button that a key presses which was typed before the failure came."""
    with ScriptedBank(tmp_path, {"GET logon/pin": None}) as bank:
        done = play(
            bank.bank,
            bank.database,
            bank.sha256,
            asks_in_place_of_the_page,
            pin=PIN,
            has_main_window=True,
        )
    assert done["untouched"]
    assert done["focused"] != WORDS
    assert done["look"] != "primary"
    assert done["stays"]
    assert "certhelper diagnose" not in done["words"]
    (value,) = done["wished"]
    wanted = CauseWanted.parse(value)
    assert wanted is not None
    assert wanted.code in done["words"]


def sees_no_way(person: Person) -> Play:
    yield lambda: person.window.failure is not None
    page = person.window.failure
    assert page is not None
    return [page.words, [button.text() for button in page.findChildren(QPushButton)]]


@not_under_wine("WebEngine never loads a page there")
def test_without_a_main_window_the_command_is_named(tmp_path: Path) -> None:
    """A button that nobody hears would be a lie; the helpdesk's question has an answer."""
    with ScriptedBank(tmp_path, {"GET logon/pin": None}) as bank:
        words, buttons = play(bank.bank, bank.database, bank.sha256, sees_no_way, pin=PIN)
    assert f"certhelper diagnose --certificate {bank.sha256[:8]}" in words
    assert WORDS not in buttons


def types_on_the_pad(person: Person) -> Play:
    wished: list[str] = []
    outbox.wish = lambda wanted: wished.append(wanted.value)
    pad = yield from person.pad()
    yield lambda: _button(person) is not None  # the failure is told beside the pad, before or after
    for key in (Qt.Key.Key_1, Qt.Key.Key_A, Qt.Key.Key_Space):
        person.press(key, pad)
        person.press(key, person.window)
    yield from person.enter(pad, PIN)
    yield from person.stage("top-page")
    return wished


@not_under_wine("WebEngine never loads a page there")
def test_beside_a_pad_it_takes_no_key_and_no_pin(tmp_path: Path) -> None:
    """After a wrong PIN it stands behind the pad, and the next PIN goes to the bank, once."""
    answers = iter(["暗証番号に誤りがあります" + pin_page(), "利用者トップページ"])
    pages: Pages = {"POST logon/pin": lambda: next(answers)}
    with ScriptedBank(tmp_path, pages) as bank:
        done = play(
            bank.bank,
            bank.database,
            bank.sha256,
            types_on_the_pad,
            pin=PIN,
            has_main_window=True,
        )
        sent = [one for one in bank.seen if one.holds_pin]
    assert done == []
    assert len(sent) == 2
