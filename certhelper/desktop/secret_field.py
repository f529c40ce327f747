"""A named field for one secret, with how many characters it has."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from certhelper.look.widgets import plain_label
from certhelper.pad.masked_entry import MaskedEntry
from certhelper.secret import Secret

_LONGEST = 200  # characters


class SecretField(QWidget):
    """``changed`` is sent whenever its length changes.

    ``is_wanted``: the person cannot go on without it.
    """

    changed = Signal()

    def __init__(self, name: str, explanation: str = "") -> None:
        super().__init__()
        self.name = name
        self.is_wanted = True
        self.entry = MaskedEntry(_LONGEST, lambda _: True, keyboard=True, pastes=True)
        self.entry.setAccessibleName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.setFocusProxy(self.entry)
        self._count = plain_label(self.entry.accessibleDescription(), "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self.fontMetrics().height() // 4)
        column.addWidget(plain_label(name, "heading"))
        if explanation:
            column.addWidget(plain_label(explanation, "muted"))
        column.addWidget(self.entry)
        column.addWidget(self._count)
        self.entry.changed.connect(self._changed)

    @property
    def is_missing(self) -> bool:
        return self.is_wanted and not self.entry.count

    def want(self, *, is_wanted: bool) -> None:
        """Show it, or hide it with what was typed overwritten."""
        self.is_wanted = is_wanted
        self.setVisible(is_wanted)
        if not is_wanted:
            self.clear()

    def take(self) -> Secret:
        """Hand the secret over; the caller must wipe it."""
        return self.entry.take()

    def clear(self) -> None:
        self.entry.clear()

    def _changed(self) -> None:
        self._count.setText(self.entry.accessibleDescription())
        self.changed.emit()
