"""The sixteen checks below each other: a sign, the name, and how each stands, in words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QIcon,
    QPainter,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
)

from certhelper.desktop.diagnosis_faces import CheckFace, State
from certhelper.desktop.list_delegate import paint_sign
from certhelper.desktop.rows import Mark
from certhelper.desktop.signs import Paint, icon_of
from certhelper.look import theme
from certhelper.look.colours import Colours
from certhelper.texts import text

_MARKS = {
    State.OK: Mark.GOOD,
    State.ATTENTION: Mark.CAUTION,
    State.FAULT: Mark.BAD,
}
_QUESTION_POINTS = ((-3.0, -3.0), (-1.5, -5.0), (1.5, -5.0), (3.0, -3.0), (0.0, 0.4), (0.0, 1.4))


def paint_state(painter: QPainter, area: QRectF, state: State, colours: Colours) -> None:
    """Draw the sign of a state: each has a shape of its own, not only a colour."""
    mark = _MARKS.get(state)
    if mark is not None:
        paint_sign(painter, area, mark, colours)
        return
    colour = QColor(colours.muted)
    painter.save()
    unit, centre = area.width() / 20, area.center()
    line = QPen(colour, max(1.2, area.width() / 14))
    if state is State.WAITING:
        line.setStyle(Qt.PenStyle.DotLine)
    painter.setPen(line)
    painter.setBrush(QColor(colours.neutral_ground))
    painter.drawEllipse(area.adjusted(1, 1, -1, -1))
    painter.setPen(QPen(colour, area.width() / 9, c=Qt.PenCapStyle.RoundCap))

    def stroke(*points: tuple[float, float]) -> None:
        painter.drawPolyline(QPolygonF([centre + QPointF(x * unit, y * unit) for x, y in points]))

    painter.setBrush(Qt.BrushStyle.NoBrush)
    match state:
        case State.NOT_CHECKED:
            stroke(*_QUESTION_POINTS)
            stroke((0, 4.8), (0, 4.9))
        case State.NOT_APPLICABLE | State.LEFT_OUT:
            stroke((-4, 0), (4, 0))
        case State.RUNNING:
            for x in (-4.0, 0.0, 4.0):
                stroke((x, 0), (x + 0.1, 0))
        case _:
            pass
    painter.restore()


def sign_of_state(state: State) -> Paint:
    """Return what draws the sign of a state."""
    return lambda painter, area, colours: paint_state(painter, area, state, colours)


class ChecksView(QTreeWidget):
    """``chosen`` carries the name of the check whose findings the person wants to see."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._faces: tuple[CheckFace, ...] = ()
        self._is_whole = False
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setItemsExpandable(False)
        self.setAllColumnsShowFocus(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setAccessibleName(text("diagnosis-window.checks.name"))
        self.header().setStretchLastSection(False)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.itemActivated.connect(self._activated)
        self.itemClicked.connect(self._activated)
        theme.current().changed.connect(self._draw_again)

    @property
    def faces(self) -> tuple[CheckFace, ...]:
        return self._faces

    def show_faces(self, faces: Sequence[CheckFace]) -> None:
        """Show these; what stays the same is left alone, and so is the cursor."""
        while self.topLevelItemCount() < len(faces):
            self.addTopLevelItem(QTreeWidgetItem())
        before = dict(enumerate(self._faces))
        self._faces = tuple(faces)
        for number, face in enumerate(faces):
            if before.get(number) != face:
                self._fill(number, face)
        if self.currentItem() is None:
            first = self.topLevelItem(0)
            assert first is not None
            self.setCurrentItem(first)
            self.clearSelection()
            self._take_height()

    def show_whole(self, *, is_whole: bool) -> None:
        """Be as high as all lines are, where something else scrolls them; or as there is room."""
        self._is_whole = is_whole
        self._take_height()

    def wanted_width(self) -> int:
        """Return the pixels in which no name is cut, whatever comes of the checks."""
        measure, style = self.fontMetrics(), self.style()
        names = max((measure.horizontalAdvance(_line(one)) for one in self._faces), default=0)
        states = max(measure.horizontalAdvance(one.words) for one in State)
        bar = style.pixelMetric(style.PixelMetric.PM_ScrollBarExtent, None, self)
        return self.iconSize().width() + names + states + bar + measure.height() * 2

    def _take_height(self) -> None:
        rows = self.topLevelItemCount() if self._is_whole else 0
        row = self.sizeHintForRow(0) if rows else 0
        self.setMinimumHeight(row * rows + self.frameWidth() * 2)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where the keyboard is."""
        super().focusInEvent(event)
        current = self.currentItem()
        if current is not None:
            current.setSelected(True)

    def _fill(self, number: int, face: CheckFace) -> None:
        item = self.topLevelItem(number)
        assert item is not None
        item.setText(0, _line(face))
        item.setText(1, face.state.words)
        item.setIcon(0, self._icon(face.state))
        item.setToolTip(0, face.spoken())
        item.setData(0, Qt.ItemDataRole.AccessibleTextRole, face.spoken())

    def _icon(self, state: State) -> QIcon:
        height = self.fontMetrics().height()
        self.setIconSize(QSize(height, height))
        return icon_of(sign_of_state(state), self)

    def _draw_again(self) -> None:
        for number, face in enumerate(self._faces):
            self._fill(number, face)
        self._take_height()

    def _activated(self, item: QTreeWidgetItem) -> None:
        self.chosen.emit(self._faces[self.indexOfTopLevelItem(item)].check)


def _line(face: CheckFace) -> str:
    return text("diagnosis-window.checks.item", number=face.number, name=face.name)
