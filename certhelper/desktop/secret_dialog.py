"""What the dialogs that ask for one secret have in common."""

from __future__ import annotations

from abc import abstractmethod

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton, QWidget

from certhelper.desktop.dialogs import Dialog
from certhelper.pad.masked_entry import MaskedEntry

LONGEST = 200
"""Characters of a secret that is typed in the window."""


class SecretDialog(Dialog):
    """``entry`` takes the secret; what is in it is overwritten when the dialog closes.

    Enter is :meth:`press_enter`, unless a button has the focus; a key that is held down is none.
    """

    def __init__(
        self, parent: QWidget | None, title: str, name: str, *, pastes: bool = True
    ) -> None:
        """``name`` is the secret's, for a screen reader; ``pastes`` as of the field."""
        super().__init__(parent, title)
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.entry = MaskedEntry(LONGEST, lambda _: True, keyboard=True, pastes=pastes)
        self.entry.setAccessibleName(name)

    @abstractmethod
    def press_enter(self) -> None:
        """Go on with what was typed, if that is possible now."""

    def done(self, result: int) -> None:
        self.entry.clear()
        super().done(result)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            focused = self.focusWidget()
            if not event.isAutoRepeat():
                focused.click() if isinstance(focused, QPushButton) else self.press_enter()
            return
        super().keyPressEvent(event)
