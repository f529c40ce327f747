"""Lets the person choose from which place a certificate is used that is in several."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QRadioButton, QVBoxLayout, QWidget

from certhelper.desktop.facts_view import clear
from certhelper.desktop.place_names import PlaceChoice
from certhelper.look.widgets import plain_label
from certhelper.texts import text


class PlaceChooser(QWidget):
    """``chosen`` carries the store that the person picked; nothing shows where there is one."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[PlaceChoice, ...] = ()
        self.buttons: list[QRadioButton] = []
        self._group = QButtonGroup(self)
        self._group.idClicked.connect(lambda number: self.chosen.emit(self._shown[number].store))
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(self.fontMetrics().height() // 3)
        self.hide()

    def show_places(self, places: Sequence[PlaceChoice]) -> None:
        """Show these; the buttons stay, with the focus on one, while the places stay the same."""
        new = tuple(places)
        if [one[:3] for one in new] != [one[:3] for one in self._shown]:
            self._make(new)
        self._shown = new
        for button, place in zip(self.buttons, new, strict=True):
            button.setChecked(place.is_used)
        self.setVisible(bool(new))

    def _make(self, places: Sequence[PlaceChoice]) -> None:
        for button in self.buttons:
            self._group.removeButton(button)
        clear(self._layout)
        self.buttons = []
        if not places:
            return
        title = text("places.choice.title", count=len(places))
        self._layout.addWidget(plain_label(title, "muted"))
        for number, place in enumerate(places):
            line = _Line(place)
            self._group.addButton(line.button, number)
            self.buttons.append(line.button)
            self._layout.addWidget(line)


class _Line(QWidget):
    """A button with words beside it that wrap, which a radio button's own do not."""

    def __init__(self, place: PlaceChoice) -> None:
        super().__init__()
        self.button = QRadioButton()
        self.button.setAccessibleName(place.name)
        self.button.setAccessibleDescription(place.state)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(plain_label(place.name, "heading"))
        words.addWidget(plain_label(place.state, "muted"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.button.setFocus(Qt.FocusReason.MouseFocusReason)
        self.button.click()
