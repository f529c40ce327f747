"""One sentence above the page: what has happened, and at most one thing to do about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from certhelper.look.widgets import plain_label, push_button, set_look

Manner = Literal["said", "said-action", "said-fault", "said-done"]
Action = tuple[str, Callable[[], object]]
"""The words of a button and what it does."""


class Banner(QFrame):
    """Shows the last thing that was said; a new one takes its place, button and all."""

    def __init__(self) -> None:
        super().__init__()
        self._words = plain_label(selectable=True)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self._words, 1)
        self._button: QPushButton | None = None
        self._is_passing = False

    @property
    def words(self) -> str:
        """What stands there now."""
        return self._words.text()

    def say(
        self, words: str, manner: Manner, action: Action | None = None, *, passing: bool = False
    ) -> None:
        """Show ``words``.  The button stays until something else is said, or it was pressed.

        What is ``passing`` belongs to the page in front, and so does good news.
        """
        self.take_away()
        self._words.setText(words)
        self._is_passing = passing or manner == "said-done"
        set_look(self, manner)
        self._words.style().unpolish(self._words)  # its colour follows the frame's look
        self._words.style().polish(self._words)
        if action is not None:
            self._offer(*action)
        self.show()

    def page_moved(self) -> None:
        """Another page is in front: what belonged to the one before is not true any more."""
        if self._is_passing:
            self.take_away()

    def take_away(self) -> None:
        """Show nothing."""
        if self._button is not None:
            self._row.removeWidget(self._button)
            self._button.hide()
            self._button.deleteLater()
            self._button = None
        self.hide()

    def _offer(self, label: str, callback: Callable[[], object]) -> None:
        button = push_button(label, "primary")

        def pressed() -> None:
            self.take_away()
            callback()

        button.clicked.connect(pressed)
        self._row.addWidget(button)
        self._button = button
