"""Says that the bank asks for one more authentication, for as long as that stands.

It has a bar of its own: what else is said meanwhile (a wrong one-time password, a reload that was
stopped, the software keyboard) must not take it away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFrame, QHBoxLayout

from certhelper import texts
from certhelper.logon.browser.session import BrowserSession
from certhelper.logon.stages import Stage, StageReport
from certhelper.look.widgets import plain_label, put_away_button

if TYPE_CHECKING:
    from certhelper.logon.browser.window import SessionWindow

OTHER_AUTHENTICATION = "other-authentication"
"""What a session hands over to the person with, and the name of the text."""


class StepBar(QObject):
    """Follows the window's session; the person may put the bar away."""

    def __init__(self, window: SessionWindow) -> None:
        super().__init__(window)
        self.bar = QFrame()
        self.bar.setProperty("look", "said-action")
        self.words = plain_label(texts.text(f"session.{OTHER_AUTHENTICATION}"), selectable=True)
        dismiss = put_away_button(texts.text("session.put-away"))
        dismiss.clicked.connect(self.bar.hide)
        row = QHBoxLayout(self.bar)
        row.addWidget(self.words, 1)
        row.addWidget(dismiss)
        self.bar.hide()
        window.add_bar(self.bar)
        window.session_attached.connect(self._attach)

    def _attach(self, session: BrowserSession) -> None:
        self.bar.hide()
        session.handed_over.connect(self._handed_over)
        session.told.connect(self._told)

    def _handed_over(self, code: str) -> None:
        if code == OTHER_AUTHENTICATION:
            self.bar.show()

    def _told(self, report: StageReport) -> None:
        if report.stage in (Stage.TOP_PAGE, Stage.FAILED):
            self.bar.hide()
