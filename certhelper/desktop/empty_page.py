"""What stands in place of the list when there is nothing to list."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from certhelper.look.widgets import plain_label, push_button
from certhelper.texts import text

_CASES = ("expired", "new-pc", "update", "deleted")


class EmptyPage(QScrollArea):
    """No certificate was found: what that means and who can help (manual, ご注意ください)."""

    reload_wanted = Signal()
    obtain_wanted = Signal()
    places_wanted = Signal()
    cause_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def _fill(self) -> None:
        """Hardly anybody ever sees this page: it is made when it is shown."""
        height = self.fontMetrics().height()
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(height * 2, height, height * 2, height)
        column.setSpacing(height // 2)
        column.addWidget(plain_label(text("desktop.empty.title"), "title"))
        column.addWidget(plain_label(text("desktop.empty.meaning")))
        self._first = plain_label(look="heading")
        column.addWidget(self._first)
        column.addWidget(plain_label(text("desktop.empty.cases"), "heading"))
        for case in _CASES:
            column.addWidget(plain_label(text(f"desktop.empty.case-{case}")))
        column.addWidget(plain_label(text("desktop.empty.todo-title"), "heading"))
        column.addWidget(plain_label(text("desktop.empty.todo-account")))
        self._files = plain_label(text("desktop.empty.todo-files"))
        column.addWidget(self._files)
        for step in ("todo-reissue", "todo-obtain"):
            column.addWidget(plain_label(text(f"desktop.empty.{step}")))
        self._looked = plain_label(look="muted", selectable=True)
        column.addWidget(self._looked)
        self.reload_button = push_button(text("desktop.action.reload"), "primary")
        self.reload_button.clicked.connect(self.reload_wanted)
        self.places_button = push_button(text("desktop.empty.places"))
        self.places_button.clicked.connect(self.places_wanted)
        self.obtain_button = push_button(text("desktop.menu.obtain"))
        self.obtain_button.clicked.connect(self.obtain_wanted)
        self.cause_button = push_button(text("desktop.panel.find-cause"))
        self.cause_button.clicked.connect(self.cause_wanted)
        for pair in (
            (self.reload_button, self.cause_button),
            (self.places_button, self.obtain_button),
        ):
            buttons = QHBoxLayout()
            for button in pair:
                buttons.addWidget(button)
            buttons.addStretch(1)
            column.addLayout(buttons)
        column.addStretch(1)
        self.setWidget(body)

    def show_places(
        self, places: list[str], first: Sequence[str], *, can_add: bool, can_obtain: bool
    ) -> None:
        """Say where was looked, and offer what can be done: adding files, the bank's page.

        ``first`` is what to do before anybody is asked for a reissue.
        """
        if self.widget() is None:
            self._fill()
        self._first.setText("\n".join(first))
        self._first.setVisible(bool(first))
        self._looked.setText(
            text("desktop.empty.looked", places=text("desktop.list.pause").join(places) or "-")
        )
        for widget in (self._files, self.places_button):
            widget.setVisible(can_add)
        self.obtain_button.setVisible(can_obtain)
