"""The software keyboard for a field of the bank's page: played in the session's own window."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from support.attended import Person, Play
from support.plays import play
from support.scripted_bank import PIN, ScriptedBank
from support.systems import not_under_wine

from certhelper.logon.browser.field_entry import FieldEntry
from certhelper.logon.browser.pads import Pads
from certhelper.pad.pin_pad import PinPad
from certhelper.secret import Secret

pytestmark = not_under_wine("WebEngine never loads a page there")

CODE = "9a0B"
TOP = "利用者トップページ"
VALUES = "[...document.querySelectorAll('input')].map((one) => one.value).join()"


def words_of(pad: PinPad) -> str:
    return "\n".join(label.text() for label in pad.findChildren(QLabel))


def fills_the_field(person: Person) -> Play:
    yield from person.stage("top-page")
    yield from person.shows(TOP)
    person.window.pad_wanted.emit()
    pad = yield from person.pad()
    said = words_of(pad)
    yield from person.enter(pad, CODE)
    yield lambda: "まだ送信していません" in person.window.banner.words
    return [said, (yield from person.script(VALUES))]


@pytest.mark.parametrize("entry", ["fill", "keys"])
def test_the_only_field_is_filled_and_nothing_is_sent(tmp_path: Path, entry: str) -> None:
    """Named by the page's label; real keys or scripts; the person presses the page's button."""
    page = (
        f"{TOP}<form method=post action=/otp><label>ワンタイムパスワード"
        "<input type=password name=otp maxlength=8></label><button>実行</button></form>"
    )
    with ScriptedBank(tmp_path, {"POST logon/pin": page}, None, entry=entry) as bank:
        said, values = play(bank.bank, bank.database, bank.sha256, fills_the_field, pin=PIN)
        assert "「ワンタイムパスワード」の欄" in said
        assert "利用者暗証番号とは限りません" in said
        assert values == CODE
        assert "/otp" not in [seen.path for seen in bank.seen]


def fills_the_one_with_the_cursor(person: Person) -> Play:
    yield from person.stage("top-page")
    yield from person.shows(TOP)
    person.window.pad_wanted.emit()
    yield lambda: "いくつか" in person.window.banner.words
    yield from person.script("document.getElementById('b').focus()")
    person.window.pad_wanted.emit()
    pad = yield from person.pad()
    said = words_of(pad)
    yield from person.enter(pad, CODE)
    yield lambda: "まだ送信していません" in person.window.banner.words
    return [said, (yield from person.script(VALUES))]


def test_of_two_fields_the_one_with_the_cursor_is_filled(tmp_path: Path) -> None:
    """Without a cursor the person is asked to click one; a label in the cell before it counts."""
    page = (
        f"{TOP}<table><tr><th>契約法人暗証番号</th><td><input type=password></td></tr>"
        "<tr><th>利用者確認暗証番号</th><td><input type=password id=b></td></tr></table>"
    )
    with ScriptedBank(tmp_path, {"POST logon/pin": page}) as bank:
        said, values = play(
            bank.bank, bank.database, bank.sha256, fills_the_one_with_the_cursor, pin=PIN
        )
    assert "「利用者確認暗証番号」の欄" in said
    assert values == f",{CODE}"


def the_page_moves_on(person: Person) -> Play:
    yield from person.stage("top-page")
    yield from person.shows(TOP)
    person.window.pad_wanted.emit()
    pad = yield from person.pad()
    yield from person.script("location.href = '/next'")
    yield from person.shows("次の画面")
    yield from person.enter(pad, CODE)
    yield lambda: "画面が変わった" in person.window.banner.words
    return (yield from person.script(VALUES))


def test_a_page_that_has_changed_meanwhile_gets_nothing(tmp_path: Path) -> None:
    """Not even into a field that looks the same; and that is said."""
    field = "<label>ワンタイムパスワード<input type=password></label>"
    pages = {"POST logon/pin": TOP + field, "GET logon/next": "次の画面" + field}
    with ScriptedBank(tmp_path, pages) as bank:
        assert play(bank.bank, bank.database, bank.sha256, the_page_moves_on, pin=PIN) == ""


def kept_secret(pad: PinPad) -> list[Secret]:
    """What the pad hands over, to be looked at afterwards."""
    secrets: list[Secret] = []
    take = pad.take_pin

    def taken() -> Secret:
        secrets.append(take())
        return secrets[-1]

    pad.take_pin = taken  # type: ignore[method-assign]
    return secrets


def is_wiped(secret: Secret) -> bool:
    return len(secret) == 0 and not any(secret._buffer)


def the_page_never_answers(person: Person) -> Play:
    pads = person.window.findChild(Pads)
    assert pads is not None
    yield from person.stage("top-page")
    yield from person.shows(TOP)
    process = person.view.page().renderProcessPid()
    wiped = []
    for name in ("SIGSTOP", "SIGKILL"):
        person.window.pad_wanted.emit()
        pad = yield from person.pad()
        secrets = kept_secret(pad)
        os.kill(process, signal.Signals[name])
        yield from person.enter(pad, CODE)
        yield lambda: "画面が変わった" in person.window.banner.words
        yield lambda: not pads.findChildren(FieldEntry)
        wiped += [len(secrets), is_wiped(secrets[0])]
        person.window.banner.say("", "said")
        if name == "SIGSTOP":
            os.kill(process, signal.Signals["SIGCONT"])
            yield from person.shows(TOP)
    return wiped


def test_a_secret_for_a_page_that_hangs_or_has_crashed_is_wiped(tmp_path: Path) -> None:
    """Nobody waits for an answer that never comes, and the entry is gone with it."""
    field = "<label>ワンタイムパスワード<input type=password></label>"
    with ScriptedBank(tmp_path, {"POST logon/pin": TOP + field}) as bank:
        wiped = play(bank.bank, bank.database, bank.sha256, the_page_never_answers, pin=PIN)
    assert wiped == [1, True, 1, True]


def ends_while_it_waits(person: Person) -> Play:
    pads = person.window.findChild(Pads)
    assert pads is not None
    yield from person.stage("top-page")
    yield from person.shows(TOP)
    process = person.view.page().renderProcessPid()
    person.window.pad_wanted.emit()
    pad = yield from person.pad()
    secrets = kept_secret(pad)
    os.kill(process, signal.Signals["SIGSTOP"])
    yield from person.enter(pad, CODE)
    held = len(secrets[0])
    person.window.retry_wanted.emit()
    yield lambda: not pads.findChildren(FieldEntry)
    wiped = is_wiped(secrets[0])
    os.kill(process, signal.Signals["SIGKILL"])
    return [held, wiped]


def test_a_secret_that_waits_for_a_page_is_wiped_with_its_session(tmp_path: Path) -> None:
    """Another log-on takes its place at once."""
    field = "<label>ワンタイムパスワード<input type=password></label>"
    with ScriptedBank(tmp_path, {"POST logon/pin": TOP + field}) as bank:
        seen = play(bank.bank, bank.database, bank.sha256, ends_while_it_waits, pin=PIN)
    assert seen == [len(CODE), True]


def fills_three_times(person: Person) -> Play:
    pads = person.window.findChild(Pads)
    assert pads is not None
    yield from person.stage("top-page")
    yield from person.shows(TOP)
    for _ in range(3):
        person.window.pad_wanted.emit()
        pad = yield from person.pad()
        yield from person.enter(pad, CODE)
        yield lambda: "まだ送信していません" in person.window.banner.words
        person.window.banner.say("", "said")
    yield lambda: not pads.findChildren(FieldEntry)
    return True


def test_nothing_is_left_of_an_entry_that_is_done(tmp_path: Path) -> None:
    """However often the pad is used in one session."""
    field = "<label>ワンタイムパスワード<input type=password></label>"
    with ScriptedBank(tmp_path, {"POST logon/pin": TOP + field}) as bank:
        assert play(bank.bank, bank.database, bank.sha256, fills_three_times, pin=PIN)


def fills_a_field_in_a_frame(person: Person) -> Play:
    yield from person.stage("top-page")
    yield lambda: any(
        frame.url().path() == "/inner" for frame in person.view.page().mainFrame().children()
    )
    banner = person.window.banner
    while True:
        person.window.pad_wanted.emit()
        yield lambda: person.window.findChildren(PinPad) or "ありません" in banner.words
        if person.window.findChildren(PinPad):
            break
    pad = yield from person.pad()
    yield from person.enter(pad, CODE)
    yield lambda: "まだ送信していません" in person.window.banner.words
    return (yield from person.script("frames[0].document.querySelector('input').value"))


def test_a_field_in_a_frame_of_the_bank_is_filled_too(tmp_path: Path) -> None:
    """Pages made of frames are common at banks."""
    pages = {
        "POST logon/pin": f"{TOP}<iframe src=/inner></iframe>",
        "GET logon/inner": "<label>暗証番号<input type=password></label>",
    }
    with ScriptedBank(tmp_path, pages) as bank:
        filled = play(bank.bank, bank.database, bank.sha256, fills_a_field_in_a_frame, pin=PIN)
    assert filled == CODE
