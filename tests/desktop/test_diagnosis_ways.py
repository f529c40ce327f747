"""「原因を調べる」: from the session's window and from every dialog, with the failure handed on."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QDialog, QPushButton
from pytestqt.qtbot import QtBot
from support.diagnoses import PlayedChecks
from support.diagnosis_window import (
    CARD,
    FIND_CAUSE,
    PATIENCE_MS,
    USER,
    choose_in_menu,
    ended,
    failed_log_on,
)
from support.listings import CONTRACT, installed, ready_store
from support.window import OpenWindow, Played, words_on

from certhelper import failures
from certhelper.cause_finding import has_cause_to_find
from certhelper.desktop.diagnosis_save_dialog import SaveDialog
from certhelper.desktop.diagnosis_way import CauseOffer
from certhelper.desktop.own_browser_dialog import OwnBrowserDialog
from certhelper.desktop.places_dialog import PlacesDialog
from certhelper.desktop.rows import Mark
from certhelper.desktop.self_test import SelfTestDialog
from certhelper.desktop.self_test_report import StepReport
from certhelper.desktop.settings_window import SettingsWindow
from certhelper.diagnosis import log
from certhelper.diagnosis.scene import Occasion
from certhelper.failures import FailedError
from certhelper.logon.cause_wanted import CauseWanted
from certhelper.logon.session_notice import SessionNotice
from certhelper.logon.stages import Stage
from certhelper.pad.pin_pad import PinPad
from certhelper.proxy_choice import ProxyChoice, ProxyMode


def notice_button(played: Played) -> QPushButton | None:
    return next(iter(notice_buttons(played)), None)


def notice_buttons(played: Played) -> list[QPushButton]:
    QApplication.processEvents()  # what was added is shown then
    buttons = played.frame.findChildren(QPushButton)
    return [one for one in buttons if FIND_CAUSE in one.text() and one.isVisible()]


def test_what_the_window_tells_by_itself_leaves_its_code_in_the_log(
    open_window: OpenWindow, tmp_path: Path
) -> None:
    """Above the list, in a dialog, in the place of the list: the code and nothing else."""
    played = open_window(ready_store(installed(USER)))
    secret = tmp_path / "hanako.p12"
    codes = ["file-unreadable", "proxy-failed", "no-database"]
    log.begin(detailed=False)
    try:
        played.program.way.tell(failures.told(FailedError("file-unreadable", where=str(secret))))
        CauseOffer(QDialog(played.window)).make(failures.told(FailedError("proxy-failed")))
        played.program._say_failure(FailedError("no-database", where=str(secret)))
    finally:
        log.end()
    kept = "\n".join(log.lines(100))
    assert [line.rpartition("failed: ")[2] for line in kept.splitlines()] == codes
    assert "hanako" not in kept


# From the session's window


def test_the_session_s_window_leads_to_its_own_failure_and_certificate(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """Two sessions are open; the main window, minimised, is restored with the right one."""
    one, other = installed(USER), installed(f"{CONTRACT} user02")
    played = open_window(ready_store(one, other))
    first = played.log_on(CARD)
    first.tell(Stage.OPENED, Stage.PIN_SUBMITTED, Stage.TOP_PAGE)
    second = played.log_on(f"{CONTRACT}/user02")
    second.tell(Stage.OPENED)
    second.tell(Stage.FAILED, code="no-answer")
    played.window.showMinimized()
    first.cause_wanted.emit(CauseWanted("renderer-ended-in-session", {"address": "x.test"}))
    page = ended(played, qtbot)
    assert not played.window.isMinimized()
    assert "renderer-ended-in-session" in words_on(page)
    assert {scene.chosen for scene in checks.scenes} == {one.certificate.sha256}
    occasions = {scene.occasion for scene in checks.scenes}
    assert occasions == {Occasion("renderer-ended-in-session", (("address", "x.test"),))}


def test_the_way_back_leads_the_keyboard_to_the_failure(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """The main window was not the active one when it was asked for in the session's."""
    played = open_window(ready_store(installed(USER)))
    process = failed_log_on(played, "pin-wrong")
    session = QPushButton("session")
    qtbot.addWidget(session)
    session.show()
    session.activateWindow()
    qtbot.waitUntil(session.isActiveWindow)
    process.cause_wanted.emit(CauseWanted("pin-wrong"))
    ended(played, qtbot).back_button.click()
    assert played.window.focusWidget() is played.program.body.attempt.retry_button


def test_a_closed_window_comes_back_for_it(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """Sessions go on without the list; this process is there for them."""
    played = open_window(ready_store(installed(USER)))
    process = failed_log_on(played, "unknown-page")
    with qtbot.waitSignal(played.window.dismissed):
        played.window.close()
    process.cause_wanted.emit(CauseWanted("unknown-page"))
    ended(played, qtbot)
    assert played.window.isVisible()
    process.cause_wanted.emit(CauseWanted("of-a-newer-version"))  # nothing is known of it
    assert "unknown-page" in words_on(ended(played, qtbot))


def test_a_pin_that_is_being_typed_is_left_alone(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """Another log-on's pad keeps its digits and its keyboard focus; the way waits in a line."""
    played = open_window(ready_store(installed(USER), installed(f"{CONTRACT} user02")))
    first = failed_log_on(played, "unknown-page")
    played.choose(f"{CONTRACT}/user02")
    played.program.body.selection.main_button.click()
    pad = played.dialog(PinPad)
    qtbot.waitUntil(pad.isActiveWindow)
    qtbot.keyClicks(pad, "12")
    focused = pad.focusWidget()
    others = notice_buttons(played)  # of the log-on that has failed
    for _ in range(3):
        first.cause_wanted.emit(CauseWanted("unknown-page"))
    assert checks.begun == []
    (button,) = (one for one in notice_buttons(played) if one not in others)
    assert pad.isVisible()
    assert pad.isModal()
    assert pad.isActiveWindow()
    assert pad.focusWidget() is focused
    button.click()
    ended(played, qtbot)
    assert "rehearsal" not in checks.begun  # a log-on is under way
    pad.reject()


def test_a_report_that_is_being_saved_stays(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """The page below the dialog is not taken away, with the dialog and what it asks."""
    played = open_window(ready_store(installed(USER)))
    process = failed_log_on(played, "unknown-page")
    choose_in_menu(played)
    page = ended(played, qtbot)
    page.save_button.click()
    dialog = played.dialog(SaveDialog)
    qtbot.waitUntil(dialog.save_button.isEnabled, timeout=PATIENCE_MS)
    process.cause_wanted.emit(CauseWanted("unknown-page"))
    assert played.program.way.diagnoses.page is page
    assert dialog.isVisible()
    assert notice_button(played) is not None
    dialog.reject()


def test_what_is_asked_again_and_again_is_found_out_once(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """While it is under way; and whoever has taken a session over cannot have it without end."""
    played = open_window(ready_store(installed(USER)))
    process = failed_log_on(played, "unknown-page")
    release = checks.hold("network")
    for _ in range(3):
        process.cause_wanted.emit(CauseWanted("unknown-page"))
    qtbot.waitUntil(lambda: "network" in checks.begun, timeout=PATIENCE_MS)
    release.set()
    ended(played, qtbot)
    assert checks.begun.count("network") == 1
    checks.works.clear()
    process.cause_wanted.emit(CauseWanted("unknown-page"))  # something may have been changed
    ended(played, qtbot)
    assert checks.begun.count("network") == 2
    asked: list[object] = []
    played.program.logons.cause_wanted.connect(lambda row, told: asked.append(told))
    for number in range(50):
        process.cause_wanted.emit(CauseWanted("unknown-page", {"address": f"{number}.test"}))
    ended(played, qtbot)
    assert 0 < len(asked) < 20


@pytest.mark.parametrize(
    ("stages", "code", "is_rehearsed"),
    [
        ((Stage.OPENED,), "connection-reset", True),
        ((Stage.OPENED, Stage.PIN_PAGE, Stage.PIN_SUBMITTED), "pin-wrong", True),
        ((Stage.OPENED, Stage.PIN_PAGE, Stage.PIN_SUBMITTED), "blank-page-after-pin", False),
        ((Stage.OPENED, Stage.PIN_SUBMITTED, Stage.TOP_PAGE), "session-timed-out", True),
        ((Stage.OPENED, Stage.PIN_SUBMITTED, Stage.TOP_PAGE), None, False),
        ((Stage.OPENED,), None, False),
    ],
)
def test_the_rehearsal_is_left_out_only_where_it_could_disturb(
    stages: tuple[Stage, ...],
    code: str | None,
    is_rehearsed: bool,
    open_window: OpenWindow,
    qtbot: QtBot,
    checks: PlayedChecks,
) -> None:
    """A failed log-on's window stays open to be read; where the PIN may have counted, it waits."""
    played = open_window(ready_store(installed(USER)))
    process = played.log_on(CARD)
    process.tell(*stages)
    if code is not None:
        process.tell(Stage.FAILED, code=code)
    choose_in_menu(played)
    page = ended(played, qtbot)
    assert ("rehearsal" in checks.begun) is is_rehearsed
    assert ("省きました" not in words_on(page)) is is_rehearsed


# What is told in a line


def test_what_a_session_could_not_have_done_leads_there(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """With the certificate of that session; a folder that did not open has no cause to find."""
    one = installed(USER)
    played = open_window(ready_store(one))
    process = played.log_on(CARD)
    process.tell(Stage.TOP_PAGE)
    process.noticed.emit(SessionNotice("folder-not-opened", {"folder": "/x"}))
    assert notice_button(played) is None
    process.noticed.emit(SessionNotice("browser-not-opened", {"address": "https://x.test/"}))
    button = notice_button(played)
    assert button is not None
    button.click()
    assert "browser-not-opened" in words_on(ended(played, qtbot))
    assert {scene.chosen for scene in checks.scenes} == {one.certificate.sha256}


def test_what_has_no_cause_to_find_is_on_the_list_of_failures() -> None:
    """A code that was renamed would silently count as something else."""
    from certhelper import cause_finding

    assert set(cause_finding._TELLS_ALL) <= set(failures.known())
    assert has_cause_to_find("no-answer")


# From dialogs


def test_the_own_browser_hands_its_failure_on(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """Back in the dialog it stands as before; a policy that is not written leads nowhere."""
    one = installed(USER)
    played = open_window(ready_store(one))
    played.choose(CARD)
    played.program.body.selection.browser_button.click()
    dialog = played.dialog(OwnBrowserDialog)
    qtbot.waitUntil(lambda: dialog.check is not None)
    dialog.show_problem(failures.find("policy-not-written").say({"file": "x", "reason": "y"}))
    assert not dialog.cause_button.isVisible()
    played.browser_works = False
    dialog.open_button.click()
    qtbot.waitUntil(dialog.cause_button.isVisible)
    said = words_on(dialog)
    dialog.cause_button.click()
    page = ended(played, qtbot)
    assert not dialog.isVisible()
    assert "browser-not-opened" in words_on(page)
    assert {scene.chosen for scene in checks.scenes} == {one.certificate.sha256}
    page.back_button.click()
    assert dialog.isVisible()
    assert words_on(dialog) == said
    played.browser_works = True
    dialog.open_button.click()
    qtbot.waitUntil(lambda: not dialog.cause_button.isVisible())
    dialog.reject()


STEP = StepReport(
    "put", "selftest-not-put", Mark.BAD, 1, "だめ", "訳", "策", (("detail", "-8190"),)
)


@pytest.mark.parametrize(
    ("last_words", "code", "facts"),
    [
        ("", "selftest-not-put", (("detail", "-8190"),)),
        ("銀行プロファイルに誤りがあります。 [machine-settings-mistake]", "", ()),
    ],
)
def test_the_self_test_hands_its_first_failure_on(
    last_words: str,
    code: str,
    facts: tuple[tuple[str, str], ...],
    open_window: OpenWindow,
    qtbot: QtBot,
    checks: PlayedChecks,
) -> None:
    """A step that failed, or what was said where the run broke off."""
    played = open_window(ready_store(installed(USER)))
    choose_in_menu(played, "自己診断")
    dialog = played.dialog(SelfTestDialog)
    if code:
        dialog.show_step(STEP)
    dialog.show_end(last_words)
    dialog.cause_button.click()
    page = ended(played, qtbot)
    expected = code or "machine-settings-mistake"
    assert expected in words_on(page)
    assert {scene.occasion for scene in checks.scenes} == {Occasion(expected, facts)}
    page.back_button.click()
    assert dialog.isVisible()
    dialog.reject()


def test_a_proxy_that_failed_is_the_one_that_is_looked_at(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the one in force: what was typed is not kept yet, and is there after the way back."""
    from certhelper.desktop import settings_opening

    def fail(choice: ProxyChoice) -> str:
        raise FailedError("proxy-unreachable", proxy=choice.address)

    monkeypatch.setattr(settings_opening, "_trying", lambda bank: fail)
    played = open_window(ready_store(installed(USER)))
    played.program.menu.settings_wanted.emit()
    dialog = played.dialog(SettingsWindow)
    dialog.proxy.buttons[ProxyMode.MANUAL].setChecked(True)
    dialog.proxy.address.setText("proxy.test:3128")
    assert not dialog.cause_button.isVisible()
    dialog.try_button.click()
    qtbot.waitUntil(dialog.cause_button.isVisible)
    assert "proxy-unreachable" in dialog.answer.text()
    dialog.cause_button.click()
    page = ended(played, qtbot)
    assert "proxy-unreachable" in words_on(page)
    assert {scene.proxy.address for scene in checks.scenes} == {"proxy.test:3128"}
    page.back_button.click()
    assert dialog.isVisible()
    assert dialog.proxy.address.text() == "proxy.test:3128"
    dialog.proxy.address.setText("another.test:3128")
    assert not dialog.cause_button.isVisible()
    dialog.reject()
    checks.scenes.clear()
    choose_in_menu(played)
    ended(played, qtbot)
    assert {scene.proxy.mode for scene in checks.scenes} == {ProxyMode.SYSTEM}


def test_a_place_without_certificates_leads_there(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks, tmp_path: Path
) -> None:
    """Whoever adds a file misses a certificate; the failure has its code, and can be read again."""
    played = open_window(ready_store(installed(USER)))
    choose_in_menu(played, "証明書を探す場所")
    dialog = played.dialog(PlacesDialog)
    assert not dialog.cause_button.isVisible()
    nothing = tmp_path / "nothing.txt"
    nothing.write_text("no certificate")
    dialog.take(nothing)
    qtbot.waitUntil(dialog.cause_button.isVisible, timeout=PATIENCE_MS)
    said = words_on(dialog)
    assert "place-without-certificates" in said
    dialog.cause_button.click()
    page = ended(played, qtbot)
    assert "place-without-certificates" in words_on(page)
    page.back_button.click()
    assert dialog.isVisible()
    assert words_on(dialog) == said
    dialog.reject()
