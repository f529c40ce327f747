"""The self test in the window: what is said before, each step as it comes, and its orderly end."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot
from support.listings import ready_store
from support.self_test import tree
from support.window import OpenWindow, Played, words_on

from certhelper import __version__, engine_age
from certhelper.desktop.rows import Mark
from certhelper.desktop.self_test import SelfTestDialog, SelfTestProcess, open_self_test
from certhelper.desktop.self_test_report import StepReport, as_plain_text
from certhelper.look.theme import Theme

PATIENCE_MS = 60_000
Open = Callable[..., SelfTestDialog]

CHILD = """
import json, os, sys
for step in json.loads(sys.argv[1]):
    match step:
        case ["say", words]:
            print(words, flush=True)
        case ["complain", words]:
            print(words, file=sys.stderr, flush=True)
        case ["wait"]:
            sys.stdin.buffer.read()
        case ["exit", status]:
            sys.exit(status)
"""


def line(step: str, code: str, status: str = "ok", **more: object) -> str:
    words = {"message": f"{step} done.", "cause": None, "remedy": None}
    return json.dumps(
        {"schema": "certhelper.selftest/1", "step": step, "code": code, "status": status, "ms": 5}
        | {"detail": {}}
        | words
        | more
    )


READY = line("ready", "ready")
FAILED = line("put", "selftest-not-put", "failed", cause="Locked.", remedy="Close the browser.")
NOT_TRIED = line("log-on", "after-failure", "not-tried")
SUMMARY = line("summary", "selftest-failed", "failed", message="1 step failed.")


@pytest.fixture
def open_it(qtbot: QtBot, theme: Theme) -> Open:
    """Open the dialog; its child does the given steps."""
    window = QWidget()
    qtbot.addWidget(window)
    window.show()

    def open_dialog(*steps: list[object]) -> SelfTestDialog:
        command = [sys.executable, "-c", CHILD, json.dumps(steps)]
        return open_self_test(window, lambda parent: SelfTestProcess(parent, command))

    return open_dialog


def test_it_says_what_it_does_before_it_does_anything(open_it: Open) -> None:
    """What is put where, that it is removed, and that no bank is asked; then the person decides."""
    dialog = open_it(["say", READY])
    words = words_on(dialog)
    for part in (
        "一時的な証明書",
        "証明書の保管場所に入れます",
        "デモの銀行",
        "取り除きます",
        "銀行には接続しません",
    ):
        assert part in words
    assert "done." not in words
    assert dialog.start_button.isVisible()
    assert not dialog.stop_button.isVisible()


def test_each_step_shows_as_it_ends(open_it: Open, qtbot: QtBot) -> None:
    """While the run goes on, what is done is there already; chatter is passed by."""
    dialog = open_it(["say", "[1122/ERROR] chatter"], ["say", READY], ["wait"])
    dialog.start_button.click()
    qtbot.waitUntil(lambda: "準備: ready done." in words_on(dialog), timeout=PATIENCE_MS)
    words = words_on(dialog)
    assert "自己診断をしています" in words
    assert "chatter" not in words
    assert not dialog.start_button.isVisible()
    dialog.stop_button.click()
    qtbot.waitUntil(dialog.start_button.isVisible, timeout=PATIENCE_MS)


def test_a_failure_shows_why_and_what_to_do_with_its_code(open_it: Open, qtbot: QtBot) -> None:
    """And the whole run can be copied for a helpdesk."""
    dialog = open_it(["say", READY], ["say", FAILED], ["say", NOT_TRIED], ["say", SUMMARY])
    dialog.start_button.click()
    qtbot.waitUntil(dialog.copy_button.isVisible, timeout=PATIENCE_MS)
    words = words_on(dialog)
    for part in ("1 step failed.", "Locked.", "Close the browser.", "selftest-not-put"):
        assert part in words
    assert "after-failure" in words
    dialog.copy_button.click()
    copied = QGuiApplication.clipboard().text()
    assert copied.splitlines()[:2] == [f"certhelper {__version__}", engine_age.engine().line()]
    for part in ("○ 準備: ready done. [ready]", "× 証明書を入れる", "    Locked.", "－ ログオン"):
        assert part in copied


def test_the_buttons_stay_on_the_screen(open_it: Open, qtbot: QtBot) -> None:
    """The dialog grows with the steps, upwards where there is no room below."""
    long = line("put", "selftest-not-put", "failed", cause="Locked. " * 30, remedy="Close. " * 30)
    dialog = open_it(*[["say", long]] * 6)
    screen = dialog.screen().availableGeometry()
    dialog.move(0, screen.bottom() - dialog.height())
    dialog.start_button.click()
    qtbot.waitUntil(dialog.copy_button.isVisible, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: dialog.height() > screen.height() // 2)
    assert screen.contains(dialog.frameGeometry())


def test_stopping_asks_the_child_to_end_and_waits_for_it(open_it: Open, qtbot: QtBot) -> None:
    """It removes what it has made and says so; it is never killed for that."""
    removed = line("removed", "all-removed")
    interrupted = line("summary", "selftest-interrupted", "failed", message="Stopped.")
    dialog = open_it(
        ["say", READY], ["wait"], ["say", removed], ["say", interrupted], ["exit", 130]
    )
    dialog.start_button.click()
    qtbot.waitUntil(lambda: "ready done." in words_on(dialog), timeout=PATIENCE_MS)
    dialog.stop_button.click()
    assert "取り除いて終わります…" in [label.text() for label in dialog.findChildren(QLabel)]
    qtbot.waitUntil(dialog.start_button.isVisible, timeout=PATIENCE_MS)
    words = words_on(dialog)
    assert "removed done." in words
    assert "Stopped." in words


def test_closing_the_dialog_stops_it_too(open_it: Open, qtbot: QtBot) -> None:
    """The child outlives the dialog for as long as it has to tidy up, and no longer."""
    dialog = open_it(["say", READY], ["wait"])
    window = dialog.parentWidget()
    assert window is not None
    dialog.start_button.click()
    (process,) = window.findChildren(SelfTestProcess)
    qtbot.waitUntil(lambda: "ready done." in words_on(dialog), timeout=PATIENCE_MS)
    with qtbot.waitSignal(process.ended, timeout=PATIENCE_MS):
        dialog.reject()
    qtbot.waitUntil(lambda: window.findChildren(SelfTestProcess) == [])


def test_a_child_that_breaks_off_is_said_with_its_last_words(open_it: Open, qtbot: QtBot) -> None:
    """A run without a result is never taken for a good one."""
    dialog = open_it(["say", READY], ["complain", "内部の誤りです。 [internal-error]"], ["exit", 3])
    dialog.start_button.click()
    qtbot.waitUntil(dialog.start_button.isVisible, timeout=PATIENCE_MS)
    words = words_on(dialog)
    assert "途中で終わりました" in words
    assert "internal-error" in words
    dialog.copy_button.click()
    assert "internal-error" in QGuiApplication.clipboard().text()


def test_a_program_that_does_not_start_is_said(qtbot: QtBot, theme: Theme) -> None:
    """A file that is missing is a failure with a code, too."""
    window = QWidget()
    qtbot.addWidget(window)
    dialog = open_self_test(window, lambda parent: SelfTestProcess(parent, ["/nowhere/certhelper"]))
    dialog.start_button.click()
    assert "session-not-started" in words_on(dialog)


@pytest.mark.parametrize(
    "odd",
    [
        "",
        "{}",
        "[]",
        line("ready", "ready", "excellent"),
        line("ready", "ready", schema="certhelper.selftest/2"),
        line("ready", "ready", ms="soon"),
    ],
)
def test_what_is_no_step_is_passed_by(odd: str) -> None:
    """The child's engine may write anything."""
    assert StepReport.parse(odd) is None


def test_a_step_of_a_later_version_is_shown_by_its_own_name() -> None:
    """Nothing that was found is dropped."""
    step = StepReport.parse(line("smart-card", "no-reader", "not-tried"))
    assert step is not None
    assert (step.name, step.mark, step.shown_code) == ("smart-card", Mark.NEUTRAL, "no-reader")
    assert "smart-card" in as_plain_text([step])


def opened_from_the_menu(played: Played) -> SelfTestDialog:
    actions = played.frame.menu_button.menu().actions()
    next(one for one in actions if "自己診断" in one.text()).trigger()
    return played.dialog(SelfTestDialog)


def test_the_real_one_runs_to_its_end_from_the_menu(
    open_window: OpenWindow, qtbot: QtBot, home: Path
) -> None:
    """The program's own command, the whole log-on, and nothing left behind."""
    played = open_window(ready_store())
    before = tree(home)
    dialog = opened_from_the_menu(played)
    dialog.start_button.click()
    qtbot.waitUntil(dialog.copy_button.isVisible, timeout=PATIENCE_MS)
    words = words_on(dialog)
    assert dialog.went_well
    assert "後片付け" in words
    assert tree(home) == before
    dialog.reject()


def test_the_real_one_is_stopped_in_good_order(
    open_window: OpenWindow, qtbot: QtBot, home: Path
) -> None:
    """Stopped while the certificate lies in the store: it is removed, and that is told."""
    played = open_window(ready_store())
    before = tree(home)
    dialog = opened_from_the_menu(played)
    dialog.start_button.click()
    qtbot.waitUntil(lambda: "一覧と判定" in words_on(dialog), timeout=PATIENCE_MS)
    assert tree(home) != before
    dialog.stop_button.click()
    qtbot.waitUntil(dialog.copy_button.isVisible, timeout=PATIENCE_MS)
    assert "後片付け" in words_on(dialog)
    dialog.copy_button.click()
    assert "[selftest-interrupted]" in QGuiApplication.clipboard().text()
    assert tree(home) == before
    dialog.reject()
