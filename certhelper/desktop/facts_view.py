"""Names and values below each other, and a note with its sign."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLayout, QVBoxLayout, QWidget

from certhelper.desktop.rows import Mark
from certhelper.desktop.signs import Sign, sign_of
from certhelper.look.widgets import plain_label


class FactsView(QWidget):
    """Pairs of a name and its value; the values can be selected and copied."""

    def __init__(self) -> None:
        super().__init__()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._names: tuple[str, ...] = ()
        self._values: list[QLabel] = []

    def show_facts(self, facts: Iterable[tuple[str, str]]) -> None:
        """Show these; of the same names only the values that are others are replaced."""
        pairs = tuple(facts)
        if [name for name, _ in pairs] != list(self._names):
            self._make(pairs)
        for (name, value), label in zip(pairs, self._values, strict=True):
            if label.text() != value:
                label.setText(value)
            label.setAccessibleName(name)
            label.setAccessibleDescription(value)

    def _make(self, pairs: Sequence[tuple[str, str]]) -> None:
        clear(self._layout)
        self._names = tuple(name for name, _ in pairs)
        self._values = [plain_label(value, "heading", selectable=True) for _, value in pairs]
        for number, (name, value) in enumerate(zip(self._names, self._values, strict=True)):
            if number:
                self._layout.addSpacing(self.fontMetrics().height() // 3)
            for label in (plain_label(name, "muted"), value):
                self._layout.addWidget(label)
                label.show()  # not a moment later: what stands there would flicker


def note(mark: Mark, words: str) -> QWidget:
    """A sign and a sentence beside it."""
    widget = QWidget()
    row = QHBoxLayout(widget)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(Sign(sign_of(mark)), 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(plain_label(words), 1)
    return widget


def clear(layout: QLayout) -> None:
    """Remove everything from a layout, for good."""
    while layout.count():
        item = layout.takeAt(0)
        widget = item.widget() if item is not None else None
        if widget is not None:
            widget.hide()
            widget.deleteLater()
