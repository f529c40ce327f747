"""What has happened, above the page, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout

from certhelper.look.widgets import ButtonLook, plain_label, push_button, set_look

Manner = Literal["said", "said-action", "said-fault", "said-done"]


class Action(NamedTuple):
    """The words of a button, what it does, and whether it is what to do.

    With ``stays`` what was said stands there afterwards, buttons and all.
    """

    label: str
    do: Callable[[], object]
    look: ButtonLook = "primary"
    stays: bool = False


class Banner(QFrame):
    """Shows the last thing that was said; a new one takes its place, buttons and all."""

    def __init__(self) -> None:
        super().__init__()
        self._words = plain_label(selectable=True)
        row = QHBoxLayout(self)
        row.addWidget(self._words, 1)
        self._column = QVBoxLayout()  # beside each other they would leave the words no room
        self._column.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        row.addLayout(self._column)
        self._buttons: list[QPushButton] = []
        self._is_passing = False

    @property
    def words(self) -> str:
        """What stands there now."""
        return self._words.text()

    @property
    def buttons(self) -> tuple[QPushButton, ...]:
        """What can be pressed now."""
        return tuple(self._buttons)

    def say(
        self, words: str, manner: Manner, *actions: Action | None, passing: bool = False
    ) -> None:
        """Show ``words``.  The buttons stay until something else is said, or one was pressed.

        What is ``passing`` belongs to the page in front, and so does good news.
        """
        self.take_away()
        self._words.setText(words)
        self._is_passing = passing or manner == "said-done"
        set_look(self, manner, self._words)
        for action in actions:
            if action is not None:
                self._offer(action)
        self.show()

    def page_moved(self) -> None:
        """Another page is in front: what belonged to the one before is not true any more."""
        if self._is_passing:
            self.take_away()

    def take_away(self) -> None:
        """Show nothing."""
        for button in self._buttons:
            self._column.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons.clear()
        self.hide()

    def _offer(self, action: Action) -> None:
        button = push_button(action.label, action.look)

        def pressed() -> None:
            if not action.stays:
                self.take_away()
            action.do()

        button.clicked.connect(pressed)
        self._column.addWidget(button)
        self._buttons.append(button)
