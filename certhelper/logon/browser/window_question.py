"""A question of the program's own to the person, over the window or a part of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from certhelper.logon.browser.overlay import Choice, Overlay

if TYPE_CHECKING:
    from certhelper.logon.browser.window import SessionWindow


class WindowQuestion(QObject):
    """At most one at a time of its feature's, and none outlives the session it is about.

    Nothing changes under the hand of a person who is about to answer: what is asked meanwhile is
    not asked.
    """

    def __init__(self, window: SessionWindow) -> None:
        super().__init__(window)
        self._overlay: Overlay | None = None
        window.session_attached.connect(self.put_away)

    @property
    def is_open(self) -> bool:
        """Whether the person is being asked."""
        return self._overlay is not None

    def ask(
        self,
        over: QWidget,
        heading: str,
        words: str,
        choices: Sequence[Choice],
        answered: Callable[[str], None],
        *,
        harmless: str,
    ) -> None:
        """Ask, unless something is being asked; ``answered`` gets the name of the choice, once.

        ``harmless`` is the choice that has the focus and that Esc makes.
        """
        if self._overlay is not None:
            return
        overlay = Overlay(over, heading, words, choices, default=harmless, escape=harmless)
        self._overlay = overlay

        def taken(name: str) -> None:
            self.put_away()
            answered(name)

        overlay.answered.connect(taken)

    def put_away(self) -> None:
        """Take the question away without an answer, if there is one."""
        overlay, self._overlay = self._overlay, None
        if overlay is not None:
            overlay.hide()
            overlay.deleteLater()
