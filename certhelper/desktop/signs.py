"""Signs beside words that say the same."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from certhelper.desktop.list_delegate import paint_sign
from certhelper.desktop.rows import Mark
from certhelper.look import theme
from certhelper.look.colours import Colours

Paint = Callable[[QPainter, QRectF, Colours], None]
"""Draws a sign into a square."""


class Sign(QWidget):
    """A square of so many heights of a line."""

    def __init__(self, paint: Paint, lines: float = 1.0) -> None:
        super().__init__()
        self._paint = paint
        self._lines = lines

    def show_sign(self, paint: Paint) -> None:
        self._paint = paint
        self.update()

    def sizeHint(self) -> QSize:
        size = round(self.fontMetrics().height() * self._lines)
        return QSize(size, size)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size = self.sizeHint().width()
        self._paint(painter, QRectF(0, 0, size, size), theme.current().colours)


def icon_of(paint: Paint, widget: QWidget) -> QIcon:
    """Return a sign as high as a line of ``widget``, as its screen shows it."""
    size, ratio = widget.fontMetrics().height(), widget.devicePixelRatioF()
    picture = QPixmap(round(size * ratio), round(size * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint(painter, QRectF(0, 0, size, size), theme.current().colours)
    painter.end()
    return QIcon(picture)


def sign_of(mark: Mark) -> Paint:
    """Return what draws the sign of a mark."""
    return partial(_paint_mark, mark)


def _paint_mark(mark: Mark, painter: QPainter, area: QRectF, colours: Colours) -> None:
    paint_sign(painter, area, mark, colours)
