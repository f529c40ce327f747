"""「原因を調べる」: from every failure to the page, results as they come, cancel, the way back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from support.diagnoses import ALL, PlayedChecks, finding
from support.diagnosis_window import (
    CARD,
    PATIENCE_MS,
    USER,
    choose_in_menu,
    ended,
    failed_log_on,
    page_of,
)
from support.listings import CONTRACT, HeldStore, installed, ready_store
from support.systems import not_under_wine
from support.window import MadeUpPlaces, OpenWindow, Played, words_on

from certhelper import banks, failures
from certhelper.banks import Found
from certhelper.desktop import diagnosis_run
from certhelper.desktop.diagnosis_faces import (
    FindingFace,
    State,
    faces_of,
    finding_face,
    verdict,
)
from certhelper.desktop.diagnosis_findings_view import FindingCard
from certhelper.desktop.diagnosis_page import DiagnosisPage
from certhelper.desktop.diagnosis_way import Start
from certhelper.desktop.failure_page import FailurePage
from certhelper.desktop.import_dialog import ImportDialog
from certhelper.desktop.own_browser_dialog import OwnBrowserDialog
from certhelper.desktop.self_test import SelfTestDialog
from certhelper.diagnosis.code import code_of, decode, grouped
from certhelper.diagnosis.course import CRASHED
from certhelper.diagnosis.findings import Finding, Outcome, Status
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.telling import tell_check
from certhelper.failures import FailedError, WrongUseError
from certhelper.logon.stages import Stage
from certhelper.look import theme
from certhelper.proxy_choice import ProxyChoice
from certhelper.settings import TextSize
from certhelper.stores.base import Store, StoreReading, StoreStatus


def activate(played: Played, qtbot: QtBot) -> None:
    """Keys that are shortcuts count in the active window alone."""
    played.window.activateWindow()
    qtbot.waitUntil(played.window.isActiveWindow)


def focused(played: Played) -> QWidget:
    """What has the keyboard whenever the window is the active one."""
    found = played.window.focusWidget()
    assert found is not None
    return found


def without_bank(played: Played) -> None:
    """As where no profile could be read."""
    way = played.program.way
    way._surroundings = way._surroundings._replace(bank=lambda: None)


def choose_whose(page: DiagnosisPage, qtbot: QtBot, name: str) -> None:
    """By the keyboard: a key opens the people, Enter takes one."""
    qtbot.waitUntil(lambda: page.whose.findText(name) >= 0, timeout=PATIENCE_MS)
    page.whose.setFocus()
    qtbot.keyClick(page.whose, Qt.Key.Key_Down)
    view = page.whose.view()
    qtbot.waitUntil(view.isVisible)
    view.setCurrentIndex(view.model().index(page.whose.findText(name), 0))
    qtbot.keyClick(view, Qt.Key.Key_Return)


def test_what_cannot_even_be_begun_says_why(open_window: OpenWindow, checks: PlayedChecks) -> None:
    """The administrator's settings have broken since the start: the page has the failure."""

    def broken() -> ProxyChoice:
        raise FailedError("machine-settings-unreadable", file="settings.toml", detail="line 1")

    played = open_window(ready_store(installed(USER)))
    way = played.program.way
    way._surroundings = way._surroundings._replace(proxy=broken)
    choose_in_menu(played)
    page = page_of(played)
    assert "settings.toml" in words_on(page.verdict)
    assert page.again_button.isVisible()
    assert not page.save_button.isVisible()
    assert not checks.begun


def test_after_a_failed_log_on_it_is_about_that_certificate_and_the_failure_stays(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """The page names the failure and its code; the way back shows it as it was."""
    one, other = installed(USER), installed(f"{CONTRACT} user02")
    played = open_window(ready_store(one, other))
    process = failed_log_on(played, "certificate-refused")
    process.end(1)
    attempt = played.program.body.attempt
    failure = words_on(attempt)
    attempt.cause_button.click()
    page = ended(played, qtbot)
    words = words_on(page)
    assert "certificate-refused" in words
    assert page.whose.currentText() == f"{CONTRACT} / user01"
    assert {scene.chosen for scene in checks.scenes} == {one.certificate.sha256}
    assert not played.program.body.isVisible()
    page.back_button.click()
    assert played.program.body.isVisible()
    assert words_on(attempt) == failure


def test_while_places_hang_it_says_so_and_what_is_known(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """Nothing is called well of which nothing is known; what is waited for has a name."""
    checks.hold("present", "name")
    played = open_window(ready_store(installed(USER)))
    played.program.way.begin(Start())
    page = page_of(played)
    qtbot.waitUntil(lambda: "保管場所" in page.verdict.beside.text(), timeout=PATIENCE_MS)
    assert "終わった項目では" in page.verdict.beside.text()


def reading_the_stores(scene: Scene) -> Sequence[Finding]:
    scene.found()
    return [finding("present", Status.OK)]


def test_a_place_that_takes_long_is_named(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """By its name, not by its path; and no longer than it is waited for."""
    card = HeldStore(StoreReading("pkcs11", "/usr/lib/card/hung.so", StoreStatus.OK))
    card.go.set()
    checks.works["present"] = reading_the_stores
    checks.hold("name")
    played = open_window(card)
    card.go.clear()
    played.program.way.begin(Start())
    page = page_of(played)
    beside = page.verdict.beside
    waited_for = "hung.soの応答を待っています"
    qtbot.waitUntil(lambda: waited_for in beside.text(), timeout=PATIENCE_MS)
    assert "/usr/lib" not in beside.text()
    card.go.set()
    qtbot.waitUntil(lambda: waited_for not in beside.text(), timeout=PATIENCE_MS)


def test_people_of_an_earlier_diagnosis_replace_none(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """A store that hung may answer when the diagnosis has been begun anew, and knows others."""
    played = open_window(ready_store(installed(USER), installed(f"{CONTRACT} user02")))
    choose_in_menu(played)
    page = ended(played, qtbot)
    qtbot.waitUntil(lambda: page.whose.count() == 3, timeout=PATIENCE_MS)
    diagnoses = played.program.way.diagnoses
    assert diagnoses.run is not None
    earlier = diagnoses.run.scene
    page.again_button.click()
    diagnoses._show_people(page, earlier, ())
    assert page.whose.count() == 3
    ended(played, qtbot)
    diagnoses._show_people(page, diagnoses.run.scene, ())
    assert page.whose.count() == 1


def test_what_answers_at_once_is_not_waited_for(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """Lines that came and went would move what stands below them, on a PC where all is well."""
    checks.hold("present")
    played = open_window(ready_store(installed(USER)))
    diagnoses = played.program.way.diagnoses
    diagnoses._again.setInterval(PATIENCE_MS)
    played.program.way.begin(Start())
    beside = page_of(played).verdict.beside
    qtbot.waitUntil(lambda: "終わった項目では" in beside.text(), timeout=PATIENCE_MS)
    assert "待って" not in beside.text()
    diagnoses._again.setInterval(0)
    qtbot.waitUntil(lambda: "待って" in beside.text(), timeout=PATIENCE_MS)


def test_what_is_still_being_checked_is_named(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """The network may take half a minute."""
    checks.hold("network")
    played = open_window(ready_store(installed(USER)))
    played.program.way.begin(Start())
    page = page_of(played)
    waiting = "まだ銀行のサイトへの接続を確認しています"
    qtbot.waitUntil(lambda: waiting in page.verdict.beside.text(), timeout=PATIENCE_MS)


def test_after_a_wrong_pin_it_never_says_just_log_on(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """The failure leads the page while the checks run and at the end, in the code, and again."""
    played = open_window(ready_store(installed(USER)))
    process = failed_log_on(played, "pin-wrong")
    process.end(1)
    played.program.body.attempt.cause_button.click()
    page = page_of(played)
    assert "利用を中止します" in page.verdict.beside.text()
    page = ended(played, qtbot)
    for _ in range(2):
        assert page.verdict.sentence.text() == "利用者暗証番号に誤りがあると、銀行が答えました。"
        assert "利用を中止します" in page.verdict.remedy.text()
        assert "そのまま" not in page.verdict.remedy.text()
        assert decode(page.code.digits.text()).failure == 3081
        page.again_button.click()
        page = ended(played, qtbot)


def test_a_certificate_that_cannot_be_used_offers_it_and_one_that_can_does_not(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """The button stands below the reason; from there everybody's can be checked as well."""
    expired = installed(f"{CONTRACT} user02", days=-3)
    played = open_window(ready_store(installed(USER), expired))
    button = played.program.body.selection.cause_button
    played.choose(CARD)
    assert not button.isVisible()
    played.choose(f"{CONTRACT}/user02")
    assert button.isVisible()
    button.click()
    page = ended(played, qtbot)
    everybody = page.whose.itemText(0)
    choose_whose(page, qtbot, everybody)
    page = ended(played, qtbot)
    assert [scene.chosen for scene in checks.scenes] == (
        [expired.certificate.sha256] * len(ALL) + [""] * len(ALL)
    )
    assert page.whose.currentText() == everybody


def test_one_of_several_people_can_be_chosen_on_the_page(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """On the phone it is nearly always about one; a key alone begins no diagnosis."""
    one, other = installed(USER, days=-3), installed(f"{CONTRACT} user02")
    played = open_window(ready_store(one, other))
    played.program.way.begin(Start())
    page = ended(played, qtbot)
    name = f"{CONTRACT} / user02"
    qtbot.waitUntil(lambda: page.whose.count() == 3, timeout=PATIENCE_MS)
    qtbot.keyClick(page.whose, Qt.Key.Key_Down)
    qtbot.waitUntil(page.whose.view().isVisible)
    qtbot.keyClick(page.whose.view(), Qt.Key.Key_Escape)
    assert page_of(played) is page
    choose_whose(page, qtbot, name)
    page = ended(played, qtbot)
    assert checks.scenes[-1].chosen == other.certificate.sha256
    assert page.whose.currentText() == name
    qtbot.waitUntil(lambda: page.whose.count() == 3, timeout=PATIENCE_MS)
    assert page.whose.currentText() == name


def test_anothers_failure_is_not_told_of_who_is_chosen_then(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """It was the first one's log-on that failed."""
    played = open_window(ready_store(installed(USER), installed(f"{CONTRACT} user02")))
    process = failed_log_on(played, "pin-wrong")
    process.end(1)
    played.program.body.attempt.cause_button.click()
    page = ended(played, qtbot)
    assert "pin-wrong" in words_on(page)
    choose_whose(page, qtbot, f"{CONTRACT} / user02")
    page = ended(played, qtbot)
    assert "pin-wrong" not in words_on(page)
    assert checks.scenes[-1].occasion is None


def test_only_the_first_sentence_alarms(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """What to do is in the colour of all text, in both schemes."""
    checks.find("network", Status.FAULT)
    played = open_window(ready_store(installed(USER)))
    choose_in_menu(played)
    verdict = ended(played, qtbot).verdict

    def colour(label: QLabel) -> str:
        return label.palette().color(label.foregroundRole()).name()

    for scheme in (Qt.ColorScheme.Light, Qt.ColorScheme.Dark):
        theme.current().set_scheme(scheme)
        colours = theme.current().colours
        assert QColor(colours.bad).name() == colour(verdict.sentence)
        assert QColor(colours.text).name() == colour(verdict.remedy)


def test_the_empty_page_offers_it(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """Where no certificate is, the diagnosis is about everybody's."""
    played = open_window(ready_store())
    played.program.body.empty.cause_button.click()
    ended(played, qtbot)
    assert {scene.chosen for scene in checks.scenes} == {""}


def test_the_page_that_stands_in_place_of_the_list_offers_it(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure without any list is still there on the way back."""

    def none(_: object) -> Sequence[Store]:
        raise WrongUseError("store-not-found", where="nss:/nowhere")

    monkeypatch.setattr(MadeUpPlaces, "find", none)
    played = open_window(ready_store(), wait=False)
    qtbot.waitUntil(lambda: bool(played.window.findChildren(FailurePage)))
    (shown,) = played.window.findChildren(FailurePage)
    shown.cause_button.click()
    page = ended(played, qtbot)
    assert "store-not-found" in words_on(page)
    page.back_button.click()
    assert shown.isVisible()


def test_the_menu_and_f9_lead_there(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """Both are about the chosen certificate."""
    one = installed(USER)
    played = open_window(ready_store(one))
    played.choose(CARD)
    choose_in_menu(played)
    ended(played, qtbot).back_button.click()
    activate(played, qtbot)
    played.program.body.list.setFocus()
    qtbot.keyClick(played.program.body.list, Qt.Key.Key_F9)
    page = ended(played, qtbot)
    activate(played, qtbot)
    qtbot.keyClick(page.verdict, Qt.Key.Key_Escape)
    assert played.window.focusWidget() is played.program.body.list
    assert {scene.chosen for scene in checks.scenes} == {one.certificate.sha256}


def test_a_failed_import_makes_way_and_comes_back(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks, tmp_path: Path
) -> None:
    """A dialog would stand before the page; its failure can be read again afterwards."""
    played = open_window(ready_store(installed(USER)))
    broken = tmp_path / "broken.p12"
    broken.write_bytes(b"no certificate")
    played.program.changes.importing.open(broken)
    dialog = played.dialog(ImportDialog)
    qtbot.waitUntil(dialog.cause_button.isVisible, timeout=PATIENCE_MS)
    failure = words_on(dialog)
    dialog.cause_button.click()
    page = ended(played, qtbot)
    assert not dialog.isVisible()
    page.back_button.click()
    assert dialog.isVisible()
    assert words_on(dialog) == failure
    dialog.reject()
    assert focused(played) is played.program.body.list


def test_a_self_test_that_failed_and_the_own_browser_lead_there(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """From both dialogs, and back to them; where nothing failed they do not offer it."""
    played = open_window(ready_store(installed(USER)))
    played.choose(CARD)
    choose_in_menu(played, "自己診断")
    self_test = played.dialog(SelfTestDialog)
    assert not self_test.cause_button.isVisible()
    self_test.show_failure(FailedError("session-not-started", detail="x"))
    self_test.cause_button.click()
    ended(played, qtbot).back_button.click()
    assert self_test.isVisible()
    self_test.reject()
    played.program.body.selection.browser_button.click()
    browser = played.dialog(OwnBrowserDialog)
    qtbot.waitUntil(lambda: browser.check is not None)
    assert not browser.cause_button.isVisible()
    played.browser_works = False
    browser.open_button.click()
    qtbot.waitUntil(browser.cause_button.isVisible)
    browser.cause_button.click()
    ended(played, qtbot).back_button.click()
    assert browser.isVisible()
    browser.reject()


def test_results_appear_as_they_come(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """While one check is at work, the others stand there with the verdict so far, in words."""
    release = checks.hold("network")
    fault = checks.find("network", Status.FAULT)
    release = checks.hold("rehearsal")
    played = open_window(ready_store(installed(USER)))
    choose_in_menu(played)
    page = page_of(played)
    qtbot.waitUntil(lambda: page.verdict.progress.value() == len(ALL) - 1, timeout=PATIENCE_MS)
    told = tell_check(Outcome("network", (fault,), 0.1)).findings[0]
    states = {one.check: one.state for one in page.checks.faces}
    assert states["network"] is State.FAULT
    assert states["rehearsal"] is State.RUNNING
    assert "確認中" in page.checks.faces[-1].spoken()
    words = words_on(page)
    assert told.user in page.verdict.beside.text()
    assert str(told.number) in words
    assert page.cancel_button.isVisible()
    assert not page.save_button.isVisible()
    release.set()
    ended(played, qtbot)
    outcomes = played.program.way.diagnoses._progress.outcomes
    assert page.verdict.sentence.text() == verdict(outcomes).sentence == told.user
    assert page.verdict.remedy.text() == told.remedy
    assert page.code.digits.text() == grouped(code_of(outcomes))
    assert len(page.code.digits.text().split()) == 3
    assert [card.face.check for card in page.findings.cards] == ["network"]
    assert page.findings.folded is not None
    assert "問題なし(15項目)" in page.findings.folded.button.text()


def test_cancel_works_at_once_although_a_check_hangs(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """What has come stays; what has not is said to be unchecked, never to be well."""
    checks.hold("key-usable", "network")
    played = open_window(ready_store(installed(USER)))
    choose_in_menu(played)
    page = page_of(played)
    qtbot.waitUntil(lambda: page.verdict.progress.value() == len(ALL) - 2, timeout=PATIENCE_MS)
    page.cancel_button.click()
    ended(played, qtbot)
    states = {one.check: one.state for one in page.checks.faces}
    assert states["key-usable"] is states["network"] is State.NOT_CHECKED
    assert states["period"] is State.OK
    assert page.findings.folded is not None
    assert "取り消しで未確認(2項目)" in page.findings.folded.button.text()
    page.again_button.click()
    assert page.cancel_button.isVisible()
    qtbot.waitUntil(lambda: checks.begun.count("period") == 2, timeout=PATIENCE_MS)


def test_a_check_that_hangs_keeps_neither_the_window_nor_the_program(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """Closing the window ends the program at once; whoever can hear it is told to stop."""
    checks.hold("key-usable")
    played = open_window(ready_store(installed(USER)))
    choose_in_menu(played)
    page_of(played)
    qtbot.waitUntil(lambda: "key-usable" in checks.begun, timeout=PATIENCE_MS)
    with qtbot.waitSignal(played.program.finished):
        played.window.close()
    assert checks.scenes[0].stop.is_set()


def test_going_back_gives_up_what_is_still_being_checked(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """Nobody waits for it any more, and its late answer changes nothing."""
    release = checks.hold("key-usable")
    played = open_window(ready_store(installed(USER)))
    choose_in_menu(played)
    page = page_of(played)
    qtbot.waitUntil(lambda: "key-usable" in checks.begun, timeout=PATIENCE_MS)
    activate(played, qtbot)
    qtbot.keyClick(page.verdict, Qt.Key.Key_Escape)
    assert played.program.body.isVisible()
    assert checks.scenes[0].stop.is_set()
    release.set()
    QApplication.processEvents()
    assert played.program.way.diagnoses.page is None


def test_nothing_is_checked_before_somebody_asks(
    open_window: OpenWindow, checks: PlayedChecks
) -> None:
    """Not at the start, nor when a failure shows."""
    played = open_window(ready_store(installed(USER, days=-3)))
    played.choose(CARD)
    assert played.program.body.selection.cause_button.isVisible()
    assert checks.begun == []


def test_the_window_starts_without_it() -> None:
    """What the diagnosis needs is loaded when somebody asks for it, and never before."""
    code = (
        "import sys, certhelper.desktop.program\n"
        "loaded = [one for one in sys.modules if one.startswith('certhelper.diagnosis')"
        " or one.startswith('certhelper.desktop.diagnosis_')]\n"
        "print(loaded)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout.strip() == "['certhelper.desktop.diagnosis_way']"


def test_a_log_on_that_is_open_is_not_disturbed(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """The rehearsal is left out beside it, and the page says so and what to do about it."""
    played = open_window(ready_store(installed(USER)))
    process = played.log_on(CARD)
    process.tell(Stage.OPENED)
    choose_in_menu(played)
    page = ended(played, qtbot)
    assert "rehearsal" not in checks.begun
    assert page.checks.faces[-1].state is State.LEFT_OUT
    assert "ログオン画面を閉じてから" in words_on(page)
    process.end(0)
    page.again_button.click()
    ended(played, qtbot)
    assert checks.begun.count("rehearsal") == 1


def test_it_is_used_by_keyboard_alone(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """From the list of checks to a finding, unfolded, and everything says what it is."""
    fault = checks.find("network", Status.FAULT)
    played = open_window(ready_store(installed(USER)))
    activate(played, qtbot)
    choose_in_menu(played)
    page = ended(played, qtbot)
    assert page.verdict.accessibleName() == page.verdict.sentence.text()
    digits = page.code.digits.text().split()
    assert "、".join(" ".join(group) for group in digits) in page.code.digits.accessibleName()
    visited = []
    for _ in range(4):
        qtbot.keyClick(played.window, Qt.Key.Key_Tab)
        visited.append(played.window.focusWidget())
    assert page.findings.folded is not None
    (card,) = page.findings.cards
    expected = [card.unfolding, page.findings.folded]
    assert visited[:2] == [one.button for one in expected]
    assert visited[2:] == [page.code.copy_button, page.checks]
    for _ in range(len(ALL)):
        qtbot.keyClick(page.checks, Qt.Key.Key_Down)
    qtbot.keyClick(page.checks, Qt.Key.Key_Up)
    current = page.checks.currentItem()
    assert current is not None
    assert current.data(0, Qt.ItemDataRole.AccessibleTextRole) == page.checks.faces[14].spoken()
    qtbot.keyClick(page.checks, Qt.Key.Key_Return)
    assert card.unfolding.is_open
    told = finding_face(tell_check(Outcome("network", (fault,), 0.1)).findings[0])
    words = words_on(card)
    for part in (told.remedy, told.causes, told.who, told.helpdesk, str(told.number)):
        assert part in words
    card.copy_button.click()
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith(told.line)
    assert told.sentence in copied
    page.code.copy_button.click()
    assert QGuiApplication.clipboard().text() == page.code.digits.text()


def test_what_is_read_or_unfolded_stays_so_while_others_come(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """The keyboard stays where it is, too."""
    checks.find("present", Status.ATTENTION)
    checks.find("network", Status.FAULT)
    release = checks.hold("rehearsal")
    played = open_window(ready_store(installed(USER)))
    activate(played, qtbot)
    choose_in_menu(played)
    page = page_of(played)
    qtbot.waitUntil(lambda: page.verdict.progress.value() == len(ALL) - 1, timeout=PATIENCE_MS)
    first, second = page.findings.cards
    qtbot.keyClick(second.unfolding.button, Qt.Key.Key_Return)
    second.unfolding.button.setFocus()
    release.set()
    ended(played, qtbot)
    assert page.findings.cards == [first, second]
    assert second.unfolding.is_open
    assert not first.unfolding.is_open
    assert played.window.focusWidget() is second.unfolding.button


def test_hundreds_of_findings_are_shown_as_they_are_wanted(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """The worst at once, the others on request; a check leads to its own all the same."""
    many = checks.find("period", Status.FAULT)
    checks.works["period"] = lambda _: [many._replace(about=str(one)) for one in range(300)]
    last = checks.find("network", Status.NOT_CHECKED)
    played = open_window(ready_store(installed(USER)))
    choose_in_menu(played)
    page = ended(played, qtbot)
    at_once = len(page.findings.cards)
    assert at_once < 20
    assert f"ほか{301 - at_once}件" in page.findings.more_button.text()
    page.findings.more_button.click()
    assert len(page.findings.cards) == 2 * at_once
    # One that stood there while the others came is deleted a little later.
    qtbot.waitUntil(lambda: len(page.findings.findChildren(FindingCard)) == 2 * at_once)
    page.findings.lead_to("network")
    card = page.findings.cards[-1]
    assert card.unfolding.is_open
    assert card.face.code == last.code
    assert not page.findings.more_button.isVisible()


@not_under_wine("its fonts are wider: no window gets narrow enough")
def test_in_a_narrow_window_the_number_stands_above_the_verdict(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """Beside the findings there is room only in a wide one; larger text makes it narrow, too."""
    played = open_window(ready_store(installed(USER)))
    choose_in_menu(played)
    page = ended(played, qtbot)
    line = page.fontMetrics().height()

    def is_above() -> bool:
        same = page.code.parentWidget() is page.verdict.parentWidget()
        return same and page.code.geometry().bottom() < page.verdict.y()

    played.window.resize(line * 54, line * 33)
    qtbot.waitUntil(lambda: not is_above())
    digits = page.code.digits.fontMetrics().height()
    theme.current().set_text_size(TextSize.LARGE)
    try:
        assert page.code.digits.fontMetrics().height() > digits
        played.window.resize(line * 40, line * 33)
        qtbot.waitUntil(is_above)
    finally:
        theme.current().set_text_size(TextSize.STANDARD)
    played.window.resize(line * 54, line * 33)
    qtbot.waitUntil(lambda: not is_above())


def test_a_finding_without_the_words_for_it_holds_up_nothing(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of the program is said in its place; the others and the verdict come."""
    found = checks.find("network", Status.FAULT)

    def without_words(outcome: Outcome) -> tuple[FindingFace, ...]:
        if outcome.findings == (found,):
            raise KeyError("no-such-text")
        return faces_of(outcome)

    monkeypatch.setattr(diagnosis_run, "faces_of", without_words)
    played = open_window(ready_store(installed(USER)))
    choose_in_menu(played)
    page = ended(played, qtbot)
    (card,) = page.findings.cards
    assert (card.face.check, card.face.code) == ("network", CRASHED)
    assert page.code.digits.text()


def test_a_log_on_that_fails_meanwhile_is_said(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """The list and the panel are out of sight, and the reason is there on the way back."""
    played = open_window(ready_store(installed(USER)))
    process = played.log_on(CARD)
    process.tell(Stage.OPENED)
    choose_in_menu(played)
    ended(played, qtbot)
    process.tell(Stage.FAILED, code="certificate-refused")
    assert "一覧に戻ると" in words_on(played.frame)
    page_of(played).back_button.click()
    attempt = played.program.body.attempt
    assert "certificate-refused" in words_on(attempt)
    assert "一覧に戻ると" not in words_on(played.frame)  # it holds no more
    assert attempt.isAncestorOf(focused(played)) or focused(played) is attempt


def test_a_log_on_that_fails_meanwhile_leads_to_its_own_cause(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """A page that said that nothing is wrong does not stay the last word after a wrong PIN."""
    played = open_window(ready_store(installed(USER)))
    process = played.log_on(CARD)
    process.tell(Stage.OPENED)
    choose_in_menu(played)
    ended(played, qtbot)
    process.tell(Stage.FAILED, code="pin-wrong")
    words_on(played.frame)  # what was added is shown
    buttons = played.frame.findChildren(QPushButton)
    next(one for one in buttons if one.isVisible() and "原因を調べる" in one.text()).click()
    page = ended(played, qtbot)
    assert "pin-wrong" in words_on(page)
    assert "一覧に戻ると" not in words_on(played.frame)
    page.back_button.click()
    attempt = played.program.body.attempt
    assert attempt.isAncestorOf(focused(played)) or focused(played) is attempt


@pytest.mark.parametrize("is_over", [True, False])
def test_a_page_from_before_a_wrong_pin_does_not_say_just_log_on(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks, is_over: bool
) -> None:
    """Neither it nor its number nor a file calls all well; again, it is about that failure."""
    played = open_window(ready_store(installed(USER)))
    process = played.log_on(CARD)
    process.tell(Stage.OPENED)
    if not is_over:
        checks.hold("network")
    choose_in_menu(played)
    page = ended(played, qtbot) if is_over else page_of(played)
    process.tell(Stage.FAILED, code="pin-wrong")
    checks.release_all()
    qtbot.waitUntil(page.again_button.isVisible, timeout=PATIENCE_MS)
    words = words_on(page)
    assert "そのままログオン" not in words
    assert "まだログオンし直さないで" in words
    assert page.code.digits.text() == ""
    assert not page.save_button.isVisible()
    page.again_button.click()
    again = ended(played, qtbot)
    assert "pin-wrong" in words_on(again)
    assert again.code.digits.text().startswith("2")  # of a failure
    assert "一覧に戻ると" not in words_on(played.frame)


def test_another_s_failure_changes_nothing_on_a_page_about_one(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """What was found out about one person holds whatever another types."""
    played = open_window(ready_store(installed(USER), installed(f"{CONTRACT} user02")))
    process = played.log_on(CARD)
    process.tell(Stage.OPENED)
    choose_in_menu(played)
    page = ended(played, qtbot)
    choose_whose(page, qtbot, f"{CONTRACT} / user02")
    page = ended(played, qtbot)
    process.tell(Stage.FAILED, code="pin-wrong")
    assert page.code.digits.text() != ""
    assert page.save_button.isVisible()


def test_without_a_profile_the_one_that_is_shipped_serves(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """It is said which bank's; and where there is none at all, that is what is said."""
    played = open_window(ready_store())
    without_bank(played)
    played.program.way.begin(Start())
    assert "付属の" in words_on(ended(played, qtbot))
    assert {scene.bank.id for scene in checks.scenes} == {"kitagin-biznet"}


def test_where_no_profile_can_be_used_that_is_the_verdict(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is checked for a bank that nobody named; the person is told and can try again."""

    def none(_: object) -> Found:
        raise WrongUseError("bank-not-named", known="-")

    played = open_window(ready_store())
    without_bank(played)
    monkeypatch.setattr(banks, "find", none)
    played.program.way.begin(Start())
    page = page_of(played)
    assert failures.find("bank-not-named").remedy["ja"][:10] in page.verdict.remedy.text()
    assert page.again_button.isVisible()
    assert not page.save_button.isVisible()
    assert checks.begun == []


def test_what_had_failed_is_told_once_above_what_explains_it(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """Its own remedy is a guess beside a cause that was found."""
    fault = checks.find("period", Status.FAULT)
    played = open_window(ready_store(installed(USER)))
    process = failed_log_on(played, "certificate-refused")
    process.end(1)
    played.program.body.attempt.cause_button.click()
    page = ended(played, qtbot)
    told = tell_check(Outcome("period", (fault,), 0.1)).findings[0]
    assert page.verdict.sentence.text() == told.user
    assert not page.verdict.others.isVisible()
    assert "certificate-refused" in words_on(page)


def test_people_keep_their_signs_in_another_scheme(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks
) -> None:
    """A sign that is drawn for a light ground glares on a dark one."""
    played = open_window(ready_store(installed(USER, days=-3)))
    played.program.way.begin(Start())
    page = ended(played, qtbot)
    qtbot.waitUntil(lambda: page.whose.count() == 2, timeout=PATIENCE_MS)

    def sign() -> QImage:
        return page.whose.itemIcon(1).pixmap(page.whose.iconSize()).toImage()

    theme.current().set_scheme(Qt.ColorScheme.Light)
    light = sign()
    theme.current().set_scheme(Qt.ColorScheme.Dark)
    assert sign() != light


def test_no_name_of_a_check_is_cut_in_english(
    open_window: OpenWindow, qtbot: QtBot, checks: PlayedChecks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """English names are longer; the list takes what they need where the window has it."""
    monkeypatch.setattr("certhelper.texts.language", lambda: "en")
    played = open_window(ready_store(installed(USER)))
    played.program.way.begin(Start())
    page = ended(played, qtbot)
    list_ = page.checks
    assert "Rehearsal" in page.checks.faces[-1].name
    played.window.resize(list_.wanted_width() * 3, played.window.height())
    needed = list_.iconSize().width() + max(
        list_.fontMetrics().horizontalAdvance(f"{one.number} {one.name}") for one in list_.faces
    )
    qtbot.waitUntil(lambda: list_.columnWidth(0) > needed)
