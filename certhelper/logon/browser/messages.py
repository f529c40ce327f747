"""The messages and questions of the bank's pages (``alert``, ``confirm``) as proper dialogs."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from certhelper import texts

_Button = QMessageBox.StandardButton


class Messages(QObject):
    """Shows what one page says; ``shown(bool)`` is sent before and after."""

    shown = Signal(bool)

    def __init__(self, page: QObject) -> None:
        super().__init__(page)
        self._page = page
        self._box: QMessageBox | None = None

    def say(self, message: str) -> None:
        """Show a message and wait until the person has read it."""
        self._ask(message, _Button.Ok)

    def ask(self, message: str) -> bool:
        """Ask a question and wait for the answer."""
        return self._ask(message, _Button.Ok | _Button.Cancel) == _Button.Ok

    def dismiss(self) -> None:
        """Take away what is being shown; a question is answered with no."""
        if self._box is not None:
            self._box.reject()

    def _ask(self, message: str, buttons: QMessageBox.StandardButton) -> QMessageBox.StandardButton:
        view = self._page.parent()
        box = QMessageBox(view if isinstance(view, QWidget) else None)
        box.setWindowTitle(texts.text("session.page-says"))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(message)
        box.setStandardButtons(buttons)
        self._box = box
        self.shown.emit(True)
        box.exec()
        self.shown.emit(False)
        self._box = None
        return box.standardButton(box.clickedButton())
