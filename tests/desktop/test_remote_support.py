"""While somebody looks on from elsewhere, nobody is asked for a PIN, and both sides know why."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QPushButton
from pytestqt.qtbot import QtBot
from support import listings
from support.listings import CONTRACT, ready_store
from support.window import OpenWindow, Played, words_on

from certhelper.pad.pin_pad import PinPad
from certhelper.pad.screen_capture import ScreenCapture

USER = f"{CONTRACT}/user01"
SCREEN_IS_SHARED = "遠隔サポート中です"
PAD_IS_UNSEEN = "見えないときは Esc キーで閉じてください"


def opened(open_window: OpenWindow, capture: ScreenCapture | None = None) -> Played:
    played = open_window(
        ready_store(listings.installed(f"{CONTRACT} user01")),
        capture=capture or ScreenCapture(None),
    )
    played.choose(USER)
    return played


def press(played: Played, words: str) -> None:
    (button,) = (
        one
        for one in played.window.findChildren(QPushButton)
        if words in one.text() and one.isVisible()
    )
    button.click()


def test_the_switch_on_the_pad_puts_the_pad_away_and_shows_the_list(
    open_window: OpenWindow,
) -> None:
    """What was entered is gone, the child has ended, and a line says what is going on."""
    played = opened(open_window)
    played.program.body.selection.main_button.click()
    pad = played.dialog(PinPad)
    pad.entry.enter("1")
    pad.remote_button.click()
    assert played.dialogs() == []
    assert pad.entry.count == 0
    (process,) = played.processes
    assert (process.pins, process.cancelled) == ([], 1)
    assert played.program.remote.is_on
    assert SCREEN_IS_SHARED in words_on(played.frame)
    assert played.program.body.list.isVisible()


def test_a_log_on_first_asks_to_end_the_sharing(open_window: OpenWindow, qtbot: QtBot) -> None:
    """No pad, no child; the safe answer is the default, and the other one goes on."""
    played = opened(open_window)
    qtbot.mouseClick(played.frame.remote_button, Qt.MouseButton.LeftButton)
    played.program.body.selection.main_button.click()
    box = played.dialog(QMessageBox)
    default = box.defaultButton()
    assert default is not None
    qtbot.mouseClick(default, Qt.MouseButton.LeftButton)
    assert (played.dialogs(), played.processes) == ([], [])
    assert played.program.remote.is_on
    played.program.body.selection.main_button.click()
    box = played.dialog(QMessageBox)
    (go_on,) = (one for one in box.buttons() if one is not box.defaultButton())
    qtbot.mouseClick(go_on, Qt.MouseButton.LeftButton)
    assert played.dialog(PinPad).isVisible()
    assert not played.frame.remote_button.isChecked()
    assert SCREEN_IS_SHARED not in words_on(played.frame)


@pytest.mark.parametrize("way", ["banner", "switch"])
def test_it_ends_by_the_line_or_by_the_switch(open_window: OpenWindow, way: str) -> None:
    """Both lie before the person's eyes; then the pad opens as before."""
    played = opened(open_window)
    played.frame.remote_button.click()
    if way == "banner":
        press(played, "遠隔サポートを終える")
    else:
        played.frame.remote_button.click()
    assert SCREEN_IS_SHARED not in words_on(played.frame)
    played.program.body.selection.main_button.click()
    assert played.dialog(PinPad).isVisible()


def test_another_try_after_a_failure_asks_too(open_window: OpenWindow) -> None:
    """Every way to a PIN leads past the switch."""
    played = opened(open_window)
    process = played.log_on(USER)
    process.end(1, "x [session-ended]")
    played.frame.remote_button.click()
    played.program.body.attempt.retry_button.click()
    assert played.dialog(QMessageBox).isVisible()
    assert len(played.processes) == 1


def test_a_pad_that_others_cannot_see_is_spoken_of_on_the_window_behind(
    open_window: OpenWindow,
) -> None:
    """Whoever sees this PC from elsewhere learns why nothing reacts, and the way out."""
    played = opened(open_window, ScreenCapture(lambda window: None))
    assert PAD_IS_UNSEEN not in words_on(played.frame)
    played.program.body.selection.main_button.click()
    assert PAD_IS_UNSEEN in words_on(played.frame)
    played.dialog(PinPad).reject()
    assert PAD_IS_UNSEEN not in words_on(played.frame)


def test_a_pad_that_everybody_sees_is_not_spoken_of(open_window: OpenWindow) -> None:
    """The line would be wrong there."""
    played = opened(open_window)
    played.program.body.selection.main_button.click()
    assert PAD_IS_UNSEEN not in words_on(played.frame)


def test_who_works_from_elsewhere_can_let_the_pad_show_until_the_end(
    open_window: OpenWindow,
) -> None:
    """The menu offers it where pads are hidden, and nowhere else; it is not remembered."""
    hidden: list[int] = []
    played = opened(open_window, ScreenCapture(hidden.append))
    (allow,) = (
        one for one in played.frame.menu_button.menu().actions() if "遠隔操作で使う" in one.text()
    )
    assert not allow.isChecked()
    allow.trigger()
    played.program.body.selection.main_button.click()
    assert played.dialog(PinPad).isVisible()
    assert hidden == []
    assert PAD_IS_UNSEEN not in words_on(played.frame)
    other = opened(open_window)
    assert not [
        one for one in other.frame.menu_button.menu().actions() if "遠隔操作で使う" in one.text()
    ]
