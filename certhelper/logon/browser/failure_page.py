"""A failure in the place of the bank's page: what happened, why, and what to do now."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from certhelper import texts
from certhelper.failures import Told
from certhelper.look.widgets import plain_label, push_button


class FailurePage(QWidget):
    """Signal: ``retry_wanted`` when the person wants to log on once more."""

    retry_wanted = Signal()

    def __init__(self, told: Told) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.addWidget(plain_label(told.message, "title", selectable=True))
        for words in (told.cause, told.remedy, told.code):
            column.addWidget(plain_label(words, selectable=True))
        retry = push_button(texts.text("session.retry"), "primary")
        retry.clicked.connect(self.retry_wanted)
        column.addWidget(retry)
        column.addStretch(1)
