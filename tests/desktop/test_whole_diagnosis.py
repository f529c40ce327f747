"""From the card to the verdict: the real window, checks, NSS database, engine and demo bank."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from support.bank_fixtures import BankStore
from support.whole_program import program_of
from support.window import words_on

from certhelper.demo.server import DemoServer
from certhelper.desktop.diagnosis_faces import State
from certhelper.desktop.diagnosis_page import DiagnosisPage
from certhelper.desktop.diagnosis_save_dialog import SaveDialog
from certhelper.desktop.program import Program
from certhelper.diagnosis.saving import Format
from certhelper.diagnosis.values import shown

_PATIENCE_MS = 90_000
_CONTRACT = "12345678901234"


@pytest.fixture
def program(
    qtbot: QtBot, qapp: QApplication, demo_server: DemoServer, bank_store: BankStore, tmp_path: Path
) -> Iterator[Program]:
    """The program on the demo bank, its list filled."""
    with program_of(qapp, demo_server, bank_store, tmp_path) as running:
        qtbot.waitUntil(lambda: not running.reader.is_reading, timeout=_PATIENCE_MS)
        yield running


def diagnose(program: Program, qtbot: QtBot, user: str) -> DiagnosisPage:
    """Choose a card, ask for the cause, and wait for the verdict."""
    assert program.body.list.choose(f"{_CONTRACT}/{user}")
    program.menu.cause_wanted.emit()
    page = program.way.diagnoses.page
    assert page is not None
    qtbot.waitUntil(page.save_button.isVisible, timeout=_PATIENCE_MS)
    return page


def states(page: DiagnosisPage) -> dict[str, State]:
    return {one.check: one.state for one in page.checks.faces}


def network_details(program: Program) -> str:
    """What is told of the network beside its findings."""
    run = program.way.diagnoses.run
    assert run is not None
    outcomes = program.way.diagnoses._progress.outcomes
    (network,) = (one for one in outcomes if one.check == "network")
    return "\n".join(
        shown(item) for found in network.findings for one in found.details for item in one.items
    )


def test_an_expired_certificate_is_the_verdict(program: Program, qtbot: QtBot) -> None:
    """With the day, the hour and who must act; on the screen by name, in the file by a label."""
    page = diagnose(program, qtbot, "user05")
    verdict = page.verdict
    assert "user05" in verdict.sentence.text()
    assert "有効期限が切れています" in verdict.sentence.text()
    assert "管理者に再発行を依頼してください" in verdict.remedy.text()
    assert "管理者" in verdict.who.text()
    assert states(page)["period"] is State.FAULT
    assert states(page)["network"] is State.OK
    page.save_button.click()
    (dialog,) = page.findChildren(SaveDialog)
    qtbot.waitUntil(dialog.save_button.isEnabled, timeout=_PATIENCE_MS)
    dialog.formats[Format.TEXT].setChecked(True)
    qtbot.waitUntil(dialog.save_button.isEnabled, timeout=_PATIENCE_MS)
    assert "有効期限が切れています" in dialog.contents
    assert page.code.digits.text() in dialog.contents
    for name in ("user05", _CONTRACT):
        assert name not in dialog.contents


def test_with_a_good_certificate_the_pin_page_is_reached(
    program: Program, qtbot: QtBot, demo_server: DemoServer, bank_store: BankStore
) -> None:
    """By the chosen certificate, which was laid beside the bank's issuers; and no PIN is sent."""
    page = diagnose(program, qtbot, "user01")
    assert states(page)["rehearsal"] is State.OK
    assert State.FAULT not in states(page).values()
    assert "選択肢に出ます" in network_details(program)
    assert "入力画面まで進める" in words_on(page)
    assert demo_server.log.certificates() == [bank_store["user01"].sha256]
    assert demo_server.log.pin_posts() == 0
