"""The settings window, used as a person uses it: by keyboard and mouse."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import delete
from support.window import OpenWindow, Played, words_on

from certhelper import settings
from certhelper.browsers import places
from certhelper.browsers.kinds import Browser
from certhelper.browsers.places import Place
from certhelper.desktop.settings_draft import Draft
from certhelper.desktop.settings_window import SettingsWindow
from certhelper.diagnosis import log
from certhelper.failures import FailedError
from certhelper.look import theme
from certhelper.look.theme import Theme
from certhelper.machine_settings import MachineSettings
from certhelper.proxy_choice import ProxyChoice, ProxyMode
from certhelper.settings import Settings, TextSize
from certhelper.settings_in_force import in_force
from certhelper.texts import text

USUAL = Path("/home/user/Downloads")
LOG = Path("/home/user/.local/state/certhelper/log")
DECIDED = MachineSettings(
    proxy="manual",
    proxy_address="firm.example:8080",
    downloads_folder="/firm",
    own_browser="edge",
    stop_at_notices=True,
    check_revocation=False,
    log_detail=True,
)

Open = Callable[..., SettingsWindow]


def connects(choice: ProxyChoice) -> str:
    return "connected"


@pytest.fixture
def opened(qtbot: QtBot, theme: Theme) -> Iterator[Open]:
    """Open the window on these settings and wait until the browsers are listed.

    It has an owner, as in the program: whoever lets go of it last may be a thread.
    """
    owner = QWidget()

    def open_it(
        kept: Settings | None = None,
        decided: MachineSettings | None = None,
        try_proxy: Callable[[ProxyChoice], str] = connects,
        browsers: tuple[str, ...] = ("edge", "firefox"),
    ) -> SettingsWindow:
        kept = kept or Settings()
        counts = in_force(kept, decided or MachineSettings())
        window = SettingsWindow(
            kept, counts, USUAL, LOG, "bank.example", try_proxy, lambda: browsers, owner
        )
        # The test holds it: what was shown is looked at after it was closed.
        window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        window.open()
        wanted = len(browsers) + 1
        qtbot.waitUntil(lambda: window.browser.list.count() >= wanted)
        return window

    yield open_it
    delete(owner)


def saved(window: SettingsWindow, qtbot: QtBot) -> Draft:
    with qtbot.waitSignal(window.saved) as signal:
        qtbot.mouseClick(window.save_button, Qt.MouseButton.LeftButton)
    draft = signal.args[0] if signal.args else None
    assert isinstance(draft, Draft)
    return draft


def choose(window: SettingsWindow, mode: ProxyMode) -> None:
    window.proxy.buttons[mode].click()


def test_what_is_changed_is_given_to_be_kept(opened: Open, qtbot: QtBot) -> None:
    """Every value, as the person has left it."""
    window = opened()
    choose(window, ProxyMode.MANUAL)
    qtbot.keyClicks(window.proxy.address, "http://proxy.example:8080/")
    window.size_part.buttons[TextSize.LARGE].click()
    window.browser.list.setCurrentIndex(window.browser.list.findData("firefox"))
    window.logon.stop.click()
    window.logon.check.click()
    window.logon.shuffle.click()
    window.log.box.click()
    assert saved(window, qtbot) == Draft(
        proxy=ProxyChoice(ProxyMode.MANUAL, "proxy.example:8080"),
        downloads_folder="",
        text_size=TextSize.LARGE,
        own_browser="firefox",
        stop_at_notices=True,
        check_revocation=False,
        shuffle_digits=True,
        log_detail=True,
    )
    assert not window.isVisible()


def test_whoever_closes_it_changes_nothing(opened: Open, qtbot: QtBot) -> None:
    """Esc, as in every window here."""
    window = opened()
    choose(window, ProxyMode.NONE)
    with qtbot.assertNotEmitted(window.saved):
        qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.isVisible()


def test_a_field_is_open_only_for_the_choice_that_needs_it(opened: Open) -> None:
    """And what was typed into the other stays."""
    kept = Settings()
    kept.pac_address = "http://proxy.example/p"
    window = opened(kept)
    states = {}
    for mode in ProxyMode:
        choose(window, mode)
        states[mode] = (window.proxy.address.isEnabled(), window.proxy.pac_address.isEnabled())
    assert states == {
        ProxyMode.SYSTEM: (False, False),
        ProxyMode.NONE: (False, False),
        ProxyMode.MANUAL: (True, False),
        ProxyMode.PAC: (False, True),
    }
    assert window.draft.proxy == ProxyChoice(ProxyMode.PAC, "", "http://proxy.example/p")


def test_a_missing_address_is_said_and_nothing_is_kept_or_tried(opened: Open, qtbot: QtBot) -> None:
    """The word comes while the person types, and goes when it is right."""
    window = opened()
    choose(window, ProxyMode.MANUAL)
    assert window.problem.text() == text("settings.problem.address")
    assert window.problem.property("look") == "muted"  # nothing was typed: no reproach yet
    assert not window.save_button.isEnabled()
    assert not window.try_button.isEnabled()
    qtbot.keyClicks(window.proxy.address, "proxy")
    assert window.problem.property("look") == "bad"
    window.proxy.address.clear()
    qtbot.keyClicks(window.proxy.address, "proxy.example:8080")
    assert window.problem.isHidden()
    assert window.save_button.isEnabled()
    assert window.try_button.isEnabled()


def test_managed_values_are_shown_and_cannot_be_changed(opened: Open, qtbot: QtBot) -> None:
    """Each says who has decided it; the connection can be tried all the same."""
    window = opened(decided=DECIDED)
    for part in (window.proxy, window.folder, window.browser, window.log):
        assert part.managed.isVisibleTo(window)
        assert not part.body.isEnabled()
    assert window.proxy.address.text() == "firm.example:8080"
    assert Path(window.folder.path.text()) == Path("/firm")
    assert window.browser.list.currentData() == "edge"
    assert (window.logon.stop.isChecked(), window.logon.stop.isEnabled()) == (True, False)
    assert window.logon.stop_managed.isVisibleTo(window)
    assert (window.logon.check.isChecked(), window.logon.check.isEnabled()) == (False, False)
    assert (window.log.box.isChecked(), window.log.box.isEnabled()) == (True, False)
    assert window.logon.check_managed.isVisibleTo(window)
    assert text("settings.problem.tell-administrator") in window.folder.problem.text()
    assert window.try_button.isEnabled()
    assert not window.size_part.managed.isVisibleTo(window)
    assert window.logon.shuffle.isEnabled()


def test_without_an_administrator_nothing_is_called_managed(opened: Open) -> None:
    """The word would send people to somebody who has decided nothing."""
    window = opened()
    first = (window.proxy, window.folder, window.size_part)
    parts = (*first, window.browser, window.logon, window.log)
    assert not any(part.managed.isVisibleTo(window) for part in parts)
    assert not window.logon.stop_managed.isVisibleTo(window)
    assert not window.logon.check_managed.isVisibleTo(window)


def test_a_folder_is_chosen_and_given_back(
    opened: Open, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The usual one shows by its path; the way back is there once another is chosen."""
    window = opened()
    assert str(USUAL) in window.folder.path.text()
    assert window.folder.usual.isVisible()
    assert window.folder.reset_button.isHidden()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    window.folder.choose_button.click()
    assert window.draft.downloads_folder == str(tmp_path)
    assert window.folder.path.text() == str(tmp_path)
    assert window.folder.usual.isHidden()
    window.folder.reset_button.click()
    assert window.draft.downloads_folder == ""
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    window.folder.choose_button.click()
    assert window.draft.downloads_folder == ""


def test_only_browsers_of_this_pc_are_offered_and_a_lost_one_is_told(opened: Open) -> None:
    """The choice is not changed behind the person's back."""
    kept = Settings()
    kept.own_browser = "chrome"
    window = opened(kept, browsers=("edge", "firefox", "chromium"))
    shown = window.browser.list
    ids = [shown.itemData(number) for number in range(shown.count())]
    assert ids == ["", "edge", "chrome", "firefox", "chromium"]
    assert window.draft.own_browser == "chrome"
    assert shown.currentText() == text("settings.browser.gone", name="Google Chrome")


def test_the_connection_is_tried_with_what_stands_in_the_window(opened: Open, qtbot: QtBot) -> None:
    """Not with what was kept before; the answer names the bank's host."""
    tried: list[ProxyChoice] = []

    def try_it(choice: ProxyChoice) -> str:
        tried.append(choice)
        return "connected"

    window = opened(try_proxy=try_it)
    choose(window, ProxyMode.NONE)
    window.try_button.click()
    said = text("settings.check.connected", host="bank.example")
    qtbot.waitUntil(lambda: window.answer.text() == said)
    assert tried == [ProxyChoice(ProxyMode.NONE)]
    choose(window, ProxyMode.SYSTEM)
    assert window.answer.text() == ""


def test_a_failure_is_told_with_its_cause_and_what_to_do(opened: Open, qtbot: QtBot) -> None:
    """In the same words as at the log-on."""

    def refuse(choice: ProxyChoice) -> str:
        raise FailedError("proxy-refused", proxy="proxy.example:8080", error="403")

    window = opened(try_proxy=refuse)
    window.try_button.click()
    qtbot.waitUntil(lambda: "proxy.example:8080" in window.answer.text())
    assert window.answer.property("look") == "bad"
    assert "403" in window.answer.text()
    assert window.answer.text().count("\n") == 3
    assert "proxy-refused" in window.answer.text()


def test_a_try_that_takes_long_can_be_stopped(opened: Open, qtbot: QtBot) -> None:
    """Its answer comes too late and is not shown; the window stays usable all the time."""
    go_on = threading.Event()

    def wait(choice: ProxyChoice) -> str:
        go_on.wait(10)
        return "connected"

    window = opened(try_proxy=wait)
    window.try_button.click()
    assert window.answer.text() == text("settings.check.running")
    assert window.try_button.text() == text("settings.check.stop")
    window.try_button.click()
    stopped = text("settings.check.stopped")
    assert window.answer.text() == stopped
    trying = [one for one in threading.enumerate() if one.name == "try-proxy"]
    go_on.set()
    for thread in trying:
        thread.join(10)
    QApplication.processEvents()  # its answer is on the way by now
    assert window.answer.text() == stopped


def test_the_keyboard_reaches_everything_in_the_order_of_the_picture(
    opened: Open, qtbot: QtBot
) -> None:
    """It begins at what is chosen; Tab goes down."""
    kept = Settings()
    kept.proxy_address = "proxy.example:8080"
    window = opened(kept)
    window.activateWindow()
    qtbot.waitUntil(window.proxy.buttons[ProxyMode.SYSTEM].hasFocus)

    def press(key: Qt.Key) -> QWidget:
        qtbot.keyClick(window.focusWidget(), key)
        return window.focusWidget()

    press(Qt.Key.Key_Down)
    assert window.proxy.buttons[ProxyMode.MANUAL].isChecked()
    passed = [press(Qt.Key.Key_Tab) for _ in range(12)]
    expected = [
        window.proxy.address,
        window.try_button,
        window.folder.choose_button,
        window.size_part.buttons[TextSize.SMALL],
        window.browser.list,
        window.logon.stop,
        window.logon.check,
        window.logon.shuffle,
    ]
    assert [widget for widget in passed if widget in expected][: len(expected)] == expected


@pytest.mark.parametrize("size", TextSize)
def test_everything_is_in_sight_on_a_small_screen(
    opened: Open, theme: Theme, qtbot: QtBot, size: TextSize
) -> None:
    """1366x768 at every text size: what lies below the fold is not looked for."""
    theme.set_text_size(size)
    theme.settle()
    window = opened()
    wanted = window.column.heightForWidth(window.column.geometry().width())
    around = window.height() - window._area.height()
    assert wanted + around <= 768 * 9 // 10


# In the program


def settings_window(played: Played) -> SettingsWindow:
    shown = played.window.findChildren(SettingsWindow)
    return next(one for one in shown if one.isVisible())


def test_the_menu_opens_it_and_what_is_saved_is_kept(open_window: OpenWindow, qtbot: QtBot) -> None:
    """With the size of the text in step in both windows, at once."""
    played = open_window()
    actions = played.program.frame.menu_button.menu().actions()
    entry = next(one for one in actions if one.text() == text("desktop.menu.settings"))
    assert entry.shortcut() == QKeySequence("Ctrl+,")
    entry.trigger()
    window = settings_window(played)
    window.size_part.buttons[TextSize.LARGE].click()
    window.logon.stop.click()
    window.save_button.click()
    kept = played.program.wishes.now
    assert (kept.text_size, kept.stop_at_notices) == (TextSize.LARGE, True)
    assert theme.current().text_size is TextSize.LARGE
    sizes = played.program.frame.findChildren(QPushButton)
    checked = [one.text() for one in sizes if one.isCheckable() and one.isChecked()]
    assert text("desktop.tools.size-large") in checked
    theme.current().set_text_size(TextSize.STANDARD)


def test_a_size_that_a_session_has_kept_shows_in_both_windows(
    open_window: OpenWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    """And saving something else does not undo it."""
    played = open_window()
    kept = played.program.wishes.now.document()
    (tmp_path / settings.FILE_NAME).write_text(json.dumps(kept | {"text_size": "large"}))
    played.program.menu.settings_wanted.emit()
    window = settings_window(played)
    assert window.draft.text_size is TextSize.LARGE
    assert theme.current().text_size is TextSize.LARGE
    window.save_button.click()
    assert played.program.wishes.now.text_size is TextSize.LARGE
    theme.current().set_text_size(TextSize.STANDARD)


def test_a_place_that_cannot_be_looked_into_hides_no_other_browser(
    open_window: OpenWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder on another computer that does not answer has none of them for us."""

    def find(browser: Browser, environment: object) -> Place | None:
        if browser is Browser.CHROME:
            raise PermissionError("no entry")
        return Place(Path("/edge"), ("/edge",)) if browser is Browser.EDGE else None

    monkeypatch.setattr(places, "find", find)
    played = open_window()
    played.program.menu.settings_wanted.emit()
    window = settings_window(played)
    qtbot.waitUntil(lambda: window.browser.list.count() == 2)
    assert window.browser.list.itemText(1) == "Microsoft Edge"


def test_the_administrators_word_reaches_the_window(open_window: OpenWindow, qtbot: QtBot) -> None:
    """And saving around it leaves the person's own choice alone."""
    played = open_window(decided=DECIDED)
    played.program.menu.settings_wanted.emit()
    window = settings_window(played)
    assert not window.proxy.body.isEnabled()
    window.save_button.click()
    assert played.program.wishes.now.proxy_choice == ProxyChoice()


def test_the_log_tells_more_from_the_moment_it_is_chosen(
    open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not only from the next start; the window says where it is and what is never in it."""
    log.begin(detailed=False)
    try:
        played = open_window()
        played.program.menu.settings_wanted.emit()
        window = settings_window(played)
        assert str(log.folder()) not in words_on(window.log)
        window.log.box.click()
        assert str(log.folder()) in words_on(window.log)
        for words in ("名前", "暗証番号", "パスワード", "管理者だけ"):
            assert words in words_on(window.log)
        logging.getLogger("certhelper.try").debug("before")
        window.save_button.click()
        logging.getLogger("certhelper.try").debug("after")
        written = "\n".join(log.lines(10))
    finally:
        log.end()
    assert played.program.wishes.now.log_detail
    assert "after" in written
    assert "before" not in written
