"""From the card to the bank's top page: the real window, pad, child, engine, screen and bank."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot
from support.bank_fixtures import BankStore
from support.whole_program import program_of
from support.window import words_on
from support.xvfb import screen

from certhelper import failures
from certhelper.demo.customers import DEMO_PIN
from certhelper.demo.scenario import Fault, Scenario
from certhelper.demo.server import DemoServer
from certhelper.desktop.attempt import Attempt, Phase
from certhelper.desktop.program import Program
from certhelper.logon.stages import Stage
from certhelper.pad.pin_pad import PinPad

_PATIENCE_MS = 60_000


@pytest.fixture
def display(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give the session windows a real screen; this process's own windows stay offscreen."""
    with screen() as name:
        monkeypatch.setenv("DISPLAY", name)
        monkeypatch.delenv("QT_QPA_PLATFORM")
        yield


@pytest.fixture
def program(
    qtbot: QtBot,
    qapp: QApplication,
    display: None,
    demo_server: DemoServer,
    bank_store: BankStore,
    tmp_path: Path,
) -> Iterator[Program]:
    """The program on the demo bank, its list filled."""
    demo_server.bank.scenario = Scenario(other_authentication=False)
    with program_of(qapp, demo_server, bank_store, tmp_path) as running:
        qtbot.waitUntil(
            lambda: hasattr(running, "body") and running.body.list.model().rowCount() > 0,
            timeout=_PATIENCE_MS,
        )
        yield running
        for attempt in running.logons.open_attempts:
            running.logons.cancel(attempt)
        qtbot.waitUntil(lambda: not running.logons.any_running, timeout=_PATIENCE_MS)


def choose(program: Program, qtbot: QtBot, sha256: str) -> None:
    """Choose the card of this certificate with the keyboard's help."""
    view = program.body.list
    for _ in range(50):
        row = view.chosen_row()
        judged = getattr(row, "judged", None)
        if judged is not None and judged.installed.certificate.sha256 == sha256:
            return
        qtbot.keyClick(view, Qt.Key.Key_Down)
    raise AssertionError("no such card")


def type_pin(pad: PinPad, qtbot: QtBot, pin: str) -> None:
    """Click the pad's own keys, as a person does."""
    keys = {button.text(): button for button in pad.findChildren(QPushButton)}
    for character in pin:
        qtbot.mouseClick(keys[character], Qt.MouseButton.LeftButton)


def open_pad(program: Program, qtbot: QtBot) -> PinPad:
    qtbot.keyClick(program.body.list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(program.window.findChildren(PinPad)), timeout=_PATIENCE_MS)
    pad = program.window.findChildren(PinPad)[-1]
    assert isinstance(pad, PinPad)
    return pad


def press_logon(pad: PinPad, qtbot: QtBot) -> None:
    (button,) = (b for b in pad.findChildren(QPushButton) if b.text().startswith("ログオン"))
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def attempts(program: Program) -> list[Attempt]:
    return program.logons.open_attempts


def test_one_glance_one_click_the_pin(
    program: Program, qtbot: QtBot, demo_server: DemoServer, bank_store: BankStore
) -> None:
    """The card, Enter, the pad's keys with the leading zero, ログオン: the bank's top page.

    The bank saw exactly the chosen certificate and one PIN, although ログオン was pressed twice.
    """
    choose(program, qtbot, bank_store["user02"].sha256)
    pad = open_pad(program, qtbot)
    type_pin(pad, qtbot, DEMO_PIN)
    press_logon(pad, qtbot)
    qtbot.waitUntil(
        lambda: [attempt.phase for attempt in attempts(program)] == [Phase.SESSION],
        timeout=_PATIENCE_MS,
    )
    assert demo_server.log.certificates() == [bank_store["user02"].sha256]
    assert demo_server.log.pin_posts() == 1


def test_two_holders_at_once(
    program: Program, qtbot: QtBot, demo_server: DemoServer, bank_store: BankStore
) -> None:
    """A second session beside the first, with another certificate: neither sees the other's."""
    for name in ("user01", "user02"):
        choose(program, qtbot, bank_store[name].sha256)
        pad = open_pad(program, qtbot)
        type_pin(pad, qtbot, DEMO_PIN)
        press_logon(pad, qtbot)
    qtbot.waitUntil(
        lambda: [attempt.phase for attempt in attempts(program)] == [Phase.SESSION] * 2,
        timeout=_PATIENCE_MS,
    )
    for name in ("user01", "user02"):
        assert demo_server.log.pin_posts(bank_store[name].sha256) == 1


def test_closing_the_pad_ends_everything_before_the_bank_hears_of_it(
    program: Program, qtbot: QtBot, demo_server: DemoServer, bank_store: BankStore, home: Path
) -> None:
    """No request, no process and no private home remain."""
    choose(program, qtbot, bank_store["user01"].sha256)
    pad = open_pad(program, qtbot)
    qtbot.keyClick(pad, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not program.logons.any_running, timeout=_PATIENCE_MS)
    assert demo_server.log.entries == ()
    assert not list((home / "runtime").glob("certhelper-session-*"))


def test_a_log_on_waits_at_new_notices_when_the_person_wants_to_read_them(
    program: Program, qtbot: QtBot, demo_server: DemoServer, bank_store: BankStore
) -> None:
    """With the setting on, the certificate is not sent before the person goes on."""
    program.wishes.keep_settings(lambda kept: setattr(kept, "stop_at_notices", True))
    choose(program, qtbot, bank_store["user01"].sha256)
    pad = open_pad(program, qtbot)
    type_pin(pad, qtbot, DEMO_PIN)
    press_logon(pad, qtbot)
    qtbot.waitUntil(
        lambda: [attempt.stage for attempt in attempts(program)] == [Stage.LOGON_PAGE],
        timeout=_PATIENCE_MS,
    )
    assert demo_server.log.certificates() == []


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault("certificate", "reset"), "connection-reset"),
        (Fault("pin", "error-500"), "server-error-after-pin"),
    ],
)
def test_after_a_trouble_the_person_tries_again_in_the_same_run(
    program: Program,
    qtbot: QtBot,
    demo_server: DemoServer,
    bank_store: BankStore,
    fault: Fault,
    code: str,
) -> None:
    """It is told with cause and remedy; 「もう一度ログオンする」, the PIN once more: the top page.

    Nothing is sent again by itself, and nothing has to be restarted.
    """
    demo_server.bank.scenario = Scenario(other_authentication=False, fault=fault)
    choose(program, qtbot, bank_store["user01"].sha256)
    pad = open_pad(program, qtbot)
    type_pin(pad, qtbot, DEMO_PIN)
    press_logon(pad, qtbot)
    panel = program.body.attempt
    qtbot.waitUntil(panel.retry_button.isVisible, timeout=_PATIENCE_MS)
    words = words_on(panel)
    told = failures.find(code)
    assert told.remedy["ja"] in words
    assert code in words
    demo_server.bank.scenario = Scenario(other_authentication=False)
    before = demo_server.log.pin_posts()
    qtbot.mouseClick(panel.retry_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(visible_pads(program)), timeout=_PATIENCE_MS)
    (pad,) = visible_pads(program)
    type_pin(pad, qtbot, DEMO_PIN)
    press_logon(pad, qtbot)
    qtbot.waitUntil(
        lambda: [attempt.phase for attempt in attempts(program)] == [Phase.SESSION],
        timeout=_PATIENCE_MS,
    )
    assert demo_server.log.pin_posts() == before + 1


def visible_pads(program: Program) -> list[PinPad]:
    return [pad for pad in program.window.findChildren(PinPad) if pad.isVisible()]
