"""In place of the list: why there can be none."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from certhelper.desktop.facts_view import note
from certhelper.desktop.rows import Mark
from certhelper.failures import Told
from certhelper.look.widgets import plain_label, push_button
from certhelper.texts import text


class FailurePage(QWidget):
    """A failure with its cause, its remedy and its code."""

    cause_wanted = Signal()

    def __init__(self, told: Told) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.addWidget(note(Mark.BAD, told.message))
        for name, words in (("cause", told.cause), ("remedy", told.remedy)):
            column.addWidget(plain_label(text(f"desktop.attempt.{name}"), "muted"))
            column.addWidget(plain_label(words, selectable=True))
        code = text("desktop.attempt.code-and-number", code=told.code, number=told.number)
        column.addWidget(plain_label(code, "muted", selectable=True))
        self.cause_button = push_button(text("desktop.panel.find-cause"))
        self.cause_button.clicked.connect(self.cause_wanted)
        buttons = QHBoxLayout()
        buttons.addWidget(self.cause_button)
        buttons.addStretch(1)
        column.addLayout(buttons)
        column.addStretch(1)
