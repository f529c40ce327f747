"""The way to the diagnosis in the main window, as a person takes it."""

from __future__ import annotations

from pytestqt.qtbot import QtBot
from support.listings import CONTRACT
from support.window import Played, PlayedProcess

from certhelper.desktop.diagnosis_page import DiagnosisPage
from certhelper.logon.stages import Stage

PATIENCE_MS = 60_000
USER = f"{CONTRACT} user01"
CARD = f"{CONTRACT}/user01"
FIND_CAUSE = "原因を調べる"


def choose_in_menu(played: Played, words: str = FIND_CAUSE) -> None:
    actions = played.frame.menu_button.menu().actions()
    next(one for one in actions if words in one.text()).trigger()


def failed_log_on(played: Played, code: str) -> PlayedProcess:
    """Log on with the card of the one user, and let it fail; its process goes on."""
    process = played.log_on(CARD)
    process.tell(Stage.OPENED)
    process.tell(Stage.FAILED, code=code)
    return process


def page_of(played: Played) -> DiagnosisPage:
    """Return the page that is shown."""
    page = played.program.way.diagnoses.page
    assert page is not None
    assert page.isVisible()
    return page


def ended(played: Played, qtbot: QtBot) -> DiagnosisPage:
    """Return the page when the diagnosis is over."""
    page = page_of(played)
    qtbot.waitUntil(page.save_button.isVisible, timeout=PATIENCE_MS)
    return page
