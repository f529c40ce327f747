"""The on-screen keyboard: what it takes, that it submits once, and that it leaves nothing."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Protocol

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from certhelper.look.theme import Theme
from certhelper.pad.pin_pad import DIGITS, LETTER_ROWS, PadTitle, PinPad
from certhelper.pad.screen_capture import Hiding, ScreenCapture
from certhelper.profile import PinRule
from certhelper.secret import Secret
from certhelper.windows.library import WindowsCallError

RULE = PinRule()
NOWHERE_HIDDEN = ScreenCapture(None)
TITLE = PadTitle((("契約法人ID", "12345678901234"), ("利用者ID", "user01")))


class Person:
    """Clicks the pad's own keys, and keeps what was submitted."""

    def __init__(self, pad: PinPad, qtbot: QtBot) -> None:
        self.pad = pad
        self.qtbot = qtbot
        self.submitted: list[Secret] = []
        pad.submitted.connect(lambda: self.submitted.append(pad.take_pin()))

    def press(self, caption: str) -> None:
        (key,) = (key for key in self.pad.findChildren(QPushButton) if key.text() == caption)
        self.qtbot.mouseClick(key, Qt.MouseButton.LeftButton)

    def click(self, *captions: str) -> None:
        for caption in captions:
            self.press(caption)

    def submit(self) -> None:
        self.qtbot.mouseClick(self.pad.logon_button, Qt.MouseButton.LeftButton)

    @property
    def pins(self) -> list[str]:
        return ["".join(secret.characters()) for secret in self.submitted]


class OpenPad(Protocol):
    """Opens a pad over a window; the window outlives it, as in the program."""

    def __call__(
        self,
        title: PadTitle = ...,
        rule: PinRule = ...,
        *,
        shuffle: bool = ...,
        capture: ScreenCapture = ...,
    ) -> Person: ...


@pytest.fixture
def open_pad(qtbot: QtBot, theme: Theme) -> OpenPad:
    window = QWidget()
    qtbot.addWidget(window)

    def open_it(
        title: PadTitle = TITLE,
        rule: PinRule = RULE,
        *,
        shuffle: bool = False,
        capture: ScreenCapture = NOWHERE_HIDDEN,
    ) -> Person:
        pad = PinPad(title, rule, capture, shuffle=shuffle, parent=window)
        pad.open()
        return Person(pad, qtbot)

    return open_it


@pytest.fixture
def person(open_pad: OpenPad) -> Person:
    return open_pad()


def words_on(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def test_a_pin_with_a_leading_zero_arrives_as_it_was_clicked(person: Person) -> None:
    """Digits, small letters and capitals in the order of the clicks, the zeros in front kept."""
    person.click("0", "0", "q", "大文字", "Z", "小文字", "z")
    person.submit()
    assert person.pins == ["00qZz"]


def test_every_character_of_the_rule_has_its_key(person: Person) -> None:
    """All ten digits and both cases of all letters can be clicked."""
    person.click(*"1234567890")
    with person.pad.take_pin() as pin:
        assert len(pin) == 10
    letters = "".join(LETTER_ROWS)
    assert sorted(letters) == [chr(code) for code in range(ord("a"), ord("z") + 1)]
    person.click("大文字", *letters.upper()[:12])
    person.submit()
    assert person.pins == [letters.upper()[:12]]


def test_pressing_log_on_twice_submits_once(person: Person) -> None:
    """A hurried second click or Enter must not count as a second try at the bank."""
    person.click(*"1234")
    button = person.pad.logon_button
    person.submit()
    person.submit()
    button.click()
    person.qtbot.keyClick(person.pad, Qt.Key.Key_Return)
    assert person.pins == ["1234"]


@pytest.mark.parametrize(("length", "enabled"), [(0, False), (3, False), (4, True), (12, True)])
def test_log_on_is_enabled_only_within_the_rule(person: Person, length: int, enabled: bool) -> None:
    """The button follows the profile's length, and says what is missing."""
    person.click(*"1" * length)
    assert person.pad.logon_button.isEnabled() is enabled
    assert bool(person.pad.logon_button.accessibleDescription()) is not enabled
    assert f"{length}文字(4～12文字)" in words_on(person.pad)


def test_no_more_than_the_maximum_is_taken(person: Person) -> None:
    """The thirteenth click changes nothing and is said."""
    person.click(*"1" * 12, "2")
    assert "12文字まで" in words_on(person.pad)
    person.submit()
    assert person.pins == ["1" * 12]


def test_delete_and_clear(person: Person) -> None:
    """1文字削除 takes the last one away, クリア all."""
    person.click(*"123", "1文字削除")
    assert person.pad.entry.count == 2
    person.press("クリア")
    assert person.pad.entry.count == 0
    assert not person.pad.logon_button.isEnabled()


@pytest.mark.parametrize("how", ["閉じる", "escape", "window"])
def test_closing_overwrites_what_was_entered(person: Person, how: str) -> None:
    """However the pad is closed, nothing is submitted and nothing stays."""
    person.click(*"1234")
    secret = person.pad.entry._secret
    if how == "escape":
        person.qtbot.keyClick(person.pad, Qt.Key.Key_Escape)
    elif how == "window":
        person.pad.close()
    else:
        person.press(how)
    assert person.pins == []
    assert not any(secret._buffer)


def test_the_keyboard_is_opt_in(person: Person) -> None:
    """Typed keys count only once キーボードで入力する is chosen; before, the pad says so."""
    person.qtbot.keyClicks(person.pad, "1234")
    assert person.pad.entry.count == 0
    assert "キーボードで入力する" in words_on(person.pad)
    person.pad.keyboard_choice.setChecked(True)
    person.qtbot.keyClicks(person.pad.entry, "01Ab")
    person.qtbot.keyClick(person.pad.entry, Qt.Key.Key_Backspace)
    person.qtbot.keyClicks(person.pad, "c")
    person.qtbot.keyClick(person.pad.entry, Qt.Key.Key_Return)
    assert person.pins == ["01Ac"]


def test_enter_on_a_key_presses_that_key_and_never_submits(person: Person) -> None:
    """Somebody who walks over the keys must not send an unfinished PIN."""
    person.click(*"1234")
    five = next(key for key in person.pad.findChildren(QPushButton) if key.text() == "5")
    five.setFocus()
    person.qtbot.keyClick(five, Qt.Key.Key_Return)
    assert person.pins == []
    assert person.pad.entry.count == 5


def press_enter(pad: PinPad) -> None:
    focused = pad.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, Qt.Key.Key_Return)


def test_enter_after_clicks_submits_what_was_clicked(person: Person) -> None:
    """Not the last key once more: a wrong PIN would go out, and count.  Too few do nothing."""
    person.pad.show()
    person.click(*"012")
    press_enter(person.pad)
    assert (person.pad.entry.count, person.pins) == (3, [])
    person.pad.shuffle_choice.setFocus(Qt.FocusReason.TabFocusReason)
    person.click("3", "a", "b")
    press_enter(person.pad)
    assert person.pins == ["0123ab"]


def test_the_arrow_keys_walk_over_the_keys_as_they_lie(person: Person) -> None:
    """Right of 1 is 2; below 1 is q; the edge holds."""
    pad, qtbot = person.pad, person.qtbot
    pad._digit_keys[0].setFocus()
    walked = []
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Down):
        focused = pad.focusWidget()
        assert focused is not None
        qtbot.keyClick(focused, key)
        now = pad.focusWidget()
        assert isinstance(now, QPushButton)
        walked.append(now.text())
    assert walked == ["1", "2", "1", "q"]
    qtbot.keyClick(pad._letter_keys[0], Qt.Key.Key_Space)
    assert pad.entry.count == 1


def test_nothing_can_be_pasted(person: Person) -> None:
    """The clipboard is no way into the pad, with the keyboard on or off."""
    QGuiApplication.clipboard().setText("1234")
    for on in (False, True):
        person.pad.keyboard_choice.setChecked(on)
        person.qtbot.keyClick(person.pad.entry, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert person.pad.entry.count == 0


def test_shuffled_digits_are_all_there_and_enter_what_they_show(open_pad: OpenPad) -> None:
    """Shuffling moves the caps with their meaning; letters stay."""
    orders = set()
    for _ in range(6):
        shuffled = open_pad(shuffle=True)
        order = "".join(key.text() for key in shuffled.pad._digit_keys)
        assert sorted(order) == sorted(DIGITS)
        orders.add(order)
        shuffled.click(*"0909")
        shuffled.submit()
        assert shuffled.pins == ["0909"]
    assert len(orders) > 1


def test_the_wish_to_shuffle_is_told(person: Person) -> None:
    """The pad's setting is handed on to be remembered, and holds at once."""
    with person.qtbot.waitSignal(person.pad.shuffle_changed) as changed:
        person.pad.shuffle_choice.setChecked(True)
    assert changed.args == [True]


def test_the_pad_names_the_certificate_and_the_pin(person: Person) -> None:
    """Whose PIN is asked for, and which of the many PINs, stands on the pad."""
    words = words_on(person.pad)
    for part in (
        "12345678901234",
        "user01",
        "利用者暗証番号",
        "データベースのパスワード",
        "パスフレーズではありません",
    ):
        assert part in words
    assert "デモ" not in words


def test_the_demos_pad_says_demo(open_pad: OpenPad) -> None:
    """Nobody takes the demo's pad for the bank's."""
    assert "デモ" in words_on(open_pad(PadTitle(TITLE.facts, demo=True)).pad)


def test_a_rule_of_digits_shows_digits_only(open_pad: OpenPad, qtbot: QtBot) -> None:
    """Keys that the bank would refuse are not offered."""
    rule = PinRule(minimum_length=6, maximum_length=6, characters="digits")
    pad = open_pad(rule=rule).pad
    caps = [k.text() for k in pad.findChildren(QPushButton) if k.isVisible() and len(k.text()) == 1]
    assert sorted(caps) == sorted(DIGITS)
    assert not pad.case_button.isVisible()
    pad.keyboard_choice.setChecked(True)
    qtbot.keyClicks(pad.entry, "a12345")
    pad.entry.enter("６")
    assert pad.entry.count == 5


def test_the_caps_announce_themselves(person: Person) -> None:
    """A screen reader tells capitals from small letters."""
    names = {key.accessibleName() for key in person.pad.findChildren(QPushButton)}
    assert {"1", "小文字 a"} <= names
    person.press("大文字")
    names = {key.accessibleName() for key in person.pad.findChildren(QPushButton)}
    assert "大文字 A" in names
    assert "小文字 a" not in names


def test_tab_reaches_everything_in_order(person: Person) -> None:
    """From the field over keys and choices to ログオン, without a trap."""
    person.click(*"1234")
    pad = person.pad
    pad.entry.setFocus()
    seen = []
    for _ in range(60):
        focused = pad.focusWidget()
        assert focused is not None
        seen.append(focused)
        if focused is pad.logon_button:
            break
        person.qtbot.keyClick(focused, Qt.Key.Key_Tab)
    assert seen[0] is pad.entry
    assert seen[1] is pad._digit_keys[0]
    assert seen[-2] is pad.close_button
    assert pad.keyboard_choice in seen
    assert len(seen) == 1 + 10 + 26 + 2 + 2 + 3


def texts_in_memory() -> Iterator[str]:
    """Every text that a dictionary, list or tuple of this process holds."""
    for thing in gc.get_objects():
        if isinstance(thing, dict | list | tuple):
            values = list(thing.values() if isinstance(thing, dict) else thing)
            yield from (value for value in values if isinstance(value, str))


def test_no_object_of_the_pad_holds_the_pin_as_text(person: Person) -> None:
    """While a PIN is on the pad, no string anywhere in Python holds it."""
    pin = "7x" + person.pad.objectName() + "Q9w0"  # made here, so that it is no constant
    person.click("7", "x", "大文字", "Q", "9", "小文字", "w", "0")
    assert person.pad.entry.count == len(pin)
    here = {id(value) for value in (*locals().values(), *globals().values())}
    holders = [value for value in texts_in_memory() if pin in value and id(value) not in here]
    assert not holders
    for widget in (person.pad, *person.pad.findChildren(QWidget)):
        told = (repr(widget), widget.accessibleName(), widget.accessibleDescription())
        assert not any(pin in words for words in told)
    assert pin not in words_on(person.pad)
    assert pin not in repr(person.pad.entry._secret)


# ---- those who look on from elsewhere


def test_every_native_window_of_the_pad_is_hidden_from_captures(open_pad: OpenPad) -> None:
    """Also one that Qt makes anew; the pad says so for who sees a black screen."""
    hidden: list[int] = []
    person = open_pad(capture=ScreenCapture(hidden.append))
    pad = person.pad
    assert hidden == [pad.winId()]
    assert pad.hiding is Hiding.HIDDEN
    assert "映らないように" in words_on(pad)
    pad.hide()
    pad.destroy()
    pad.show()
    assert len(hidden) == 2
    assert hidden[-1] == pad.winId()


def test_a_pad_that_cannot_be_hidden_says_so_and_works(open_pad: OpenPad) -> None:
    """The person decides whether somebody looks on; nothing is hushed up and nothing is blocked."""

    def refuse(window: int) -> None:
        raise WindowsCallError("SetWindowDisplayAffinity", 8)

    person = open_pad(capture=ScreenCapture(refuse))
    assert person.pad.hiding is Hiding.FAILED
    assert "隠せませんでした" in words_on(person.pad)
    person.click(*"1234")
    person.submit()
    assert person.pins == ["1234"]


def test_where_nothing_can_be_hidden_nothing_is_claimed(open_pad: OpenPad) -> None:
    """On Linux the pad shows in a capture; no line says otherwise."""
    person = open_pad()
    assert person.pad.hiding is Hiding.NOT_DONE
    assert "映ら" not in words_on(person.pad)
    assert "隠せ" not in words_on(person.pad)


def test_who_works_from_elsewhere_can_let_the_pad_show(open_pad: OpenPad) -> None:
    """They see this PC by a capture themselves, and could otherwise never enter a PIN."""
    hidden: list[int] = []
    capture = ScreenCapture(hidden.append)
    capture.is_allowed = True
    assert open_pad(capture=capture).pad.hiding is Hiding.NOT_DONE
    assert hidden == []


def test_the_pad_offers_to_make_way_for_remote_support(open_pad: OpenPad) -> None:
    """It covers the window's own switch while it is open."""
    person = open_pad()
    asked: list[bool] = []
    person.pad.remote_support_wanted.connect(lambda: asked.append(True))
    person.click("1", "遠隔サポートを受ける")
    assert asked == [True]
    assert person.pins == []
