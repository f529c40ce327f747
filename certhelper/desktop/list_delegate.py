"""Draws the rows of the list as cards."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QAbstractItemModel, QObject, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from certhelper.desktop.faces import Face, face, has_dates_only, widest_dates
from certhelper.desktop.list_model import Index, ListModel
from certhelper.desktop.rows import CertificateRow, HolderRow, Mark, ReasonRow, Section
from certhelper.look import theme
from certhelper.look.colours import Colours

_WRAPPED = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
_WRAPPED_ANYWHERE = _WRAPPED | Qt.TextFlag.TextWrapAnywhere
_MIDDLE = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft


class _Measures:
    """Sizes in pixels that follow from the font, so that nothing is cut off at any text size."""

    def __init__(self, font: QFont) -> None:
        self.font = QFont(font)
        self.bold = theme.larger(font, 1.12, bold=True)
        self.small = theme.larger(font, 0.92)
        self.line = QFontMetrics(font).height()
        self.title = QFontMetrics(self.bold).height()
        self.gap = max(3, self.line // 4)
        self.margin = self.line * 2 // 3
        self.sign = self.line * 5 // 4
        self.indent = self.margin * 2 + self.sign


class _Shape(NamedTuple):
    """What the height of a card with dates only depends on."""

    width: int
    inner: bool
    has_more: bool


class ListDelegate(QStyledItemDelegate):
    """Cards, reasons and headings.  What they say comes from :mod:`~certhelper.desktop.faces`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._heights: dict[_Shape, int | None] = {}
        self._known: _Measures | None = None
        self._has_wrapped = False
        self.row_width = 0
        """What rows have; while it measures, Qt's view does not say it in the option."""

    def _measures(self, font: QFont) -> _Measures:
        """The sizes of this font; they and the heights are measured anew for another."""
        if self._known is None or self._known.font != font:
            self._known = _Measures(font)
            self._heights.clear()
        return self._known

    def more_area(self, option: QStyleOptionViewItem, index: Index) -> QRect:
        """Where a click opens or closes what is below the card; empty when there is nothing."""
        model = _model(index)
        content = model.content(index)
        if content is None or isinstance(content, Section | ReasonRow):
            return QRect()
        measures = self._measures(option.font)
        shown = face(content, inner=model.is_inner(index))
        if not shown.more:
            return QRect()
        card = _card_area(option.rect, measures, inner=model.is_inner(index))
        top = card.bottom() - measures.gap - measures.line
        width = QFontMetrics(option.font).horizontalAdvance(shown.more) + measures.line * 2
        return QRect(card.left() + measures.indent, top, width, measures.line)

    def forget_rows(self) -> None:
        """Others are shown from now on."""
        self._has_wrapped = False

    def heights_change(self, width: int) -> bool:
        """Whether rows may be of other heights at this width than when they were measured."""
        measures = self._known
        if self._has_wrapped or measures is None:
            return True
        at_width = (
            (shape._replace(width=width), height) for shape, height in self._heights.items()
        )
        return any(_height_of_dates(shape, measures) != height for shape, height in at_width)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Qt asks for every row, of a thousand, too; most have the height of their like."""
        model = _model(index)
        content = model.content(index)
        measures = self._measures(option.font)
        width = self.row_width or option.rect.width()
        if isinstance(content, HolderRow | CertificateRow) and has_dates_only(content):
            shape = _Shape(width, model.is_inner(index), model.hasChildren(index))
            if shape not in self._heights:
                self._heights[shape] = _height_of_dates(shape, measures)
            if (height := self._heights[shape]) is not None:
                return QSize(width, height)
        if content is None:
            return QSize(0, 0)
        if isinstance(content, Section):
            return QSize(width, measures.title + measures.margin * 2)
        self._has_wrapped = True
        if isinstance(content, ReasonRow):
            return QSize(width, _reason_height(content, measures, width))
        inner = model.is_inner(index)
        shown = face(content, inner=inner)
        card = _card_area(QRect(0, 0, width, 10_000), measures, inner=inner)
        lines = _line_height(card, shown.line, measures)
        return QSize(width, _card_height(lines, measures, has_more=bool(shown.more)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = _model(index)
        content = model.content(index)
        if content is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        measures = self._measures(option.font)
        colours = theme.current().colours
        inner = model.is_inner(index)
        shown = face(content, inner=inner)
        if isinstance(content, Section):
            _paint_heading(painter, option.rect, shown, measures, colours)
        elif isinstance(content, ReasonRow):
            _paint_reason(painter, option, shown, measures, colours)
        else:
            _paint_card(painter, option, shown, measures, colours, inner=inner)
        painter.restore()


def _card_height(lines: int, measures: _Measures, *, has_more: bool) -> int:
    height = measures.title + measures.gap + lines
    if has_more:
        height += measures.line + measures.gap
    return height + measures.margin + measures.gap * 2


def _height_of_dates(shape: _Shape, measures: _Measures) -> int | None:
    """The height where even the widest dates take one line; else each is to be measured."""
    area = QRect(0, 0, shape.width, 10_000)
    room = _inside(_card_area(area, measures, inner=shape.inner), measures).width()
    if QFontMetrics(measures.font).horizontalAdvance(widest_dates()) > room:
        return None
    return _card_height(measures.line, measures, has_more=shape.has_more)


def _reason_height(content: ReasonRow, measures: _Measures, width: int) -> int:
    area = _reason_area(QRect(0, 0, width, 10_000), measures)
    bounds = QFontMetrics(measures.font).boundingRect(area, int(_WRAPPED), content.message)
    return max(bounds.height(), measures.line) + measures.gap * 2


def _model(index: Index) -> ListModel:
    model: QAbstractItemModel = index.model()
    assert isinstance(model, ListModel)
    return model


def _card_area(rect: QRect, measures: _Measures, *, inner: bool) -> QRect:
    left = measures.indent if inner else measures.gap
    return rect.adjusted(left, measures.gap, -measures.gap, -measures.gap)


def _reason_area(rect: QRect, measures: _Measures) -> QRect:
    left = measures.indent + measures.gap + measures.line * 3 // 2
    return rect.adjusted(left, measures.gap, -measures.margin, -measures.gap)


def _inside(card: QRect, measures: _Measures) -> QRect:
    """Where a card's words stand."""
    return card.adjusted(measures.indent, measures.margin // 2, -measures.margin, 0)


def _line_height(card: QRect, words: str, measures: _Measures) -> int:
    """The height of what stands below a card's title: a line, or several where it is long."""
    area = _inside(card, measures)
    metrics = QFontMetrics(measures.font)
    if "\n" not in words and metrics.horizontalAdvance(words) <= area.width():
        return measures.line
    return metrics.boundingRect(area, int(_WRAPPED_ANYWHERE), words).height()


def _mark_colours(mark: Mark, colours: Colours) -> tuple[QColor, QColor]:
    """Text and ground of a mark."""
    pairs = {
        Mark.GOOD: (colours.good, colours.good_ground),
        Mark.CAUTION: (colours.caution, colours.caution_ground),
        Mark.BAD: (colours.bad, colours.bad_ground),
        Mark.NEUTRAL: (colours.muted, colours.neutral_ground),
    }
    text, ground = pairs[mark]
    return QColor(text), QColor(ground)


def _paint_heading(
    painter: QPainter, rect: QRect, shown: Face, measures: _Measures, colours: Colours
) -> None:
    area = rect.adjusted(measures.gap * 2, measures.margin, -measures.gap * 2, 0)
    painter.setFont(measures.bold)
    painter.setPen(QColor(colours.text))
    metrics = QFontMetrics(measures.bold)
    painter.drawText(area, int(_MIDDLE), shown.title)
    painter.setFont(measures.small)
    painter.setPen(QColor(colours.muted))
    left = metrics.horizontalAdvance(shown.title) + measures.margin
    painter.drawText(area.adjusted(left, 0, 0, 0), int(_MIDDLE), shown.line)


def _paint_reason(
    painter: QPainter,
    option: QStyleOptionViewItem,
    shown: Face,
    measures: _Measures,
    colours: Colours,
) -> None:
    area = _reason_area(option.rect, measures)
    selected = bool(option.state & QStyle.StateFlag.State_Selected)
    if selected:
        painter.setBrush(QColor(colours.selected))
        painter.setPen(Qt.PenStyle.NoPen)
        ground = area.adjusted(-measures.line * 2, -measures.gap // 2, measures.gap, 0)
        painter.drawRoundedRect(QRectF(ground), 4, 4)
    size = measures.line
    sign = QRect(area.left() - size * 3 // 2, area.top(), size, size)
    paint_sign(painter, QRectF(sign), shown.mark, colours)
    painter.setFont(option.font)
    painter.setPen(QColor(colours.text))
    painter.drawText(area, int(_WRAPPED), shown.title)


def _paint_card(
    painter: QPainter,
    option: QStyleOptionViewItem,
    shown: Face,
    measures: _Measures,
    colours: Colours,
    *,
    inner: bool,
) -> None:
    card = _card_area(option.rect, measures, inner=inner)
    _paint_ground(painter, card, option, colours)
    sign = QRect(card.left() + measures.margin, 0, measures.sign, measures.sign)
    sign.moveTop(card.top() + measures.margin // 2 + (measures.title - measures.sign) // 2)
    paint_sign(painter, QRectF(sign), shown.mark, colours)

    area = _inside(card, measures)
    top = QRect(area.left(), area.top(), area.width(), measures.title)
    top.setRight(_paint_pill(painter, top, shown.state, shown.mark, measures, colours))
    _paint_title(painter, top, shown, measures, colours)

    height = _line_height(card, shown.line, measures)
    line = QRect(area.left(), top.bottom() + 1 + measures.gap, area.width(), height)
    painter.setFont(option.font)
    painter.setPen(QColor(colours.text if shown.mark is not Mark.NEUTRAL else colours.muted))
    painter.drawText(line, int(_WRAPPED_ANYWHERE), shown.line)
    if shown.more:
        line = QRect(line.left(), line.bottom() + 1 + measures.gap, line.width(), measures.line)
        opened = bool(option.state & QStyle.StateFlag.State_Open)
        _paint_more(painter, line, shown.more, measures, colours, opened=opened)


def _paint_ground(
    painter: QPainter, card: QRect, option: QStyleOptionViewItem, colours: Colours
) -> None:
    selected = bool(option.state & QStyle.StateFlag.State_Selected)
    focused = selected and bool(option.state & QStyle.StateFlag.State_HasFocus)
    hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
    painter.setBrush(QColor(colours.selected if selected else colours.surface))
    edge = colours.accent if selected or hovered else colours.border
    painter.setPen(QPen(QColor(edge), 3 if focused else 2 if selected else 1))
    painter.drawRoundedRect(QRectF(card).adjusted(1, 1, -1, -1), 7, 7)


def _paint_title(
    painter: QPainter, area: QRect, shown: Face, measures: _Measures, colours: Colours
) -> None:
    badge_metrics = QFontMetrics(measures.small)
    badge_width = badge_metrics.horizontalAdvance(shown.badge) + measures.margin * 2
    room = area.width() - (badge_width + measures.gap if shown.badge else 0)
    metrics = QFontMetrics(measures.bold)
    title = metrics.elidedText(shown.title, Qt.TextElideMode.ElideMiddle, max(0, room))
    painter.setFont(measures.bold)
    painter.setPen(QColor(colours.text))
    painter.drawText(area, int(_MIDDLE), title)
    if not shown.badge:
        return
    left = area.left() + metrics.horizontalAdvance(title) + measures.margin
    badge = QRect(left, area.top(), badge_width, area.height())
    painter.setPen(QPen(QColor(colours.accent), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(badge).adjusted(1, 2, -1, -2), 4, 4)
    painter.setFont(measures.small)
    painter.drawText(badge, int(Qt.AlignmentFlag.AlignCenter), shown.badge)


_MOST_OF_LINE = 0.45
"""A pill that is wider than this part of a narrow card would leave no room for the name."""


def _paint_pill(
    painter: QPainter, area: QRect, words: str, mark: Mark, measures: _Measures, colours: Colours
) -> int:
    """Draw the state at the right end; return where the title must stop."""
    text_colour, ground = _mark_colours(mark, colours)
    width = QFontMetrics(measures.small).horizontalAdvance(words) + measures.margin * 2
    if width > area.width() * _MOST_OF_LINE:
        return area.right()  # whose card it is comes first; the mark at its left tells the state
    pill = QRect(area.right() - width, area.top(), width, area.height())
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(QRectF(pill), pill.height() / 2, pill.height() / 2)
    painter.setPen(text_colour)
    painter.setFont(measures.small)
    painter.drawText(pill, int(Qt.AlignmentFlag.AlignCenter), words)
    return pill.left() - measures.gap


def _paint_more(
    painter: QPainter,
    area: QRect,
    words: str,
    measures: _Measures,
    colours: Colours,
    *,
    opened: bool,
) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colours.accent))
    size = measures.line * 0.22
    middle = QPointF(area.left() + size * 1.5, area.center().y() + 1)
    corners = (
        [(-1.2, -0.7), (1.2, -0.7), (0.0, 1.0)]
        if opened
        else [(-0.7, -1.2), (-0.7, 1.2), (1.0, 0.0)]
    )
    painter.drawPolygon(QPolygonF([middle + QPointF(x * size, y * size) for x, y in corners]))
    painter.setPen(QColor(colours.accent))
    painter.drawText(area.adjusted(measures.line, 0, 0, 0), int(_MIDDLE), words)


def paint_sign(painter: QPainter, area: QRectF, mark: Mark, colours: Colours) -> None:
    """Draw the sign of a mark: each has a shape of its own, not only a colour."""
    colour, ground = _mark_colours(mark, colours)
    painter.save()
    painter.setPen(QPen(colour, max(1.2, area.width() / 14)))
    painter.setBrush(ground)
    painter.drawEllipse(area.adjusted(1, 1, -1, -1))
    unit, centre = area.width() / 20, area.center()
    painter.setPen(QPen(colour, area.width() / 9, c=Qt.PenCapStyle.RoundCap))

    def stroke(*points: tuple[float, float]) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF([centre + QPointF(x * unit, y * unit) for x, y in points]))

    match mark:
        case Mark.GOOD:
            stroke((-4.5, 0.5), (-1.2, 3.8), (4.8, -3.5))
        case Mark.CAUTION:
            stroke((0, -5), (0, 1.2))
            stroke((0, 4.8), (0, 4.9))
        case Mark.BAD:
            stroke((-3.6, -3.6), (3.6, 3.6))
            stroke((-3.6, 3.6), (3.6, -3.6))
        case Mark.NEUTRAL:
            stroke((0, -1.2), (0, 5))
            stroke((0, -4.9), (0, -4.8))
    painter.restore()
