"""Names and values below each other, and a note with its sign."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLayout, QVBoxLayout, QWidget

from certhelper.desktop.list_delegate import paint_sign
from certhelper.desktop.rows import Mark
from certhelper.look import theme
from certhelper.look.widgets import plain_label


class Sign(QWidget):
    """The sign of a mark; the words beside it say the same."""

    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self._mark = mark

    def sizeHint(self) -> QSize:
        size = self.fontMetrics().height()
        return QSize(size, size)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size = self.fontMetrics().height()
        paint_sign(painter, QRectF(0, 0, size, size), self._mark, theme.current().colours)


class FactsView(QWidget):
    """Pairs of a name and its value; the values can be selected and copied."""

    def __init__(self) -> None:
        super().__init__()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)

    def show_facts(self, facts: Iterable[tuple[str, str]]) -> None:
        clear(self._layout)
        for number, (name, value) in enumerate(facts):
            if number:
                self._layout.addSpacing(self.fontMetrics().height() // 3)
            self._layout.addWidget(plain_label(name, "muted"))
            shown = plain_label(value, "heading", selectable=True)
            shown.setAccessibleName(name)
            shown.setAccessibleDescription(value)
            self._layout.addWidget(shown)


def note(mark: Mark, words: str) -> QWidget:
    """A sign and a sentence beside it."""
    widget = QWidget()
    row = QHBoxLayout(widget)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(Sign(mark), 0, Qt.AlignmentFlag.AlignTop)
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
