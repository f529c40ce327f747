"""A failure in the place of the bank's page: what happened, why, what to do now, and who acts."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from certhelper import failures, texts
from certhelper.failures import Actor, Told
from certhelper.logon.failure_place import Offer
from certhelper.look import theme
from certhelper.look.widgets import plain_label, push_button
from certhelper.profile import Help

_LINE_LENGTH = 44  # in widths of a Japanese character
_SIGN_LINES = 3  # the sign's side in heights of a line


class FailurePage(QWidget):
    """Shows one failure; nothing on it goes on to what was refused.

    Signal: ``chosen(Offer)`` when a button is pressed.
    """

    chosen = Signal(object)

    def __init__(
        self,
        told: Told,
        help_: Help | None = None,
        offers: Sequence[Offer] = (Offer.RETRY,),
        parent: QWidget | None = None,
        *,
        hint: str = "",
    ) -> None:
        """``hint`` stands below everything else, before the buttons."""
        super().__init__(parent)
        self.told = told
        self._panel = QFrame()
        self._hint = hint
        first = next((offer for offer in offers if offer is not Offer.FIND_CAUSE), None)
        self._offers = {offer: self._button(offer, first=offer is first) for offer in offers}
        self.setAutoFillBackground(True)  # a page of the bank's may lie below
        self.setAccessibleName(told.message)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(self._content(help_ or Help()))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(area)
        if first is not None:
            self.setFocusProxy(self._offers[first])

    def button(self, offer: Offer) -> QPushButton:
        """The button of one of the offers."""
        return self._offers[offer]

    @property
    def words(self) -> str:
        """Everything that stands on the page, for the clipboard and for those who cannot see it."""
        shown = [label.text() for label in self.findChildren(QLabel)]
        return "\n".join(line for line in shown if line)

    def _content(self, help_: Help) -> QWidget:
        content = QWidget()
        self._panel.setProperty("look", "panel")
        column = QVBoxLayout(self._panel)
        column.setContentsMargins(28, 24, 28, 24)
        column.setSpacing(14)
        column.addLayout(self._head())
        for name, words in self._parts(help_):
            column.addLayout(_part(name, words))
        column.addLayout(self._code_row())
        if Offer.FIND_CAUSE in self._offers:
            button = self._offers[Offer.FIND_CAUSE]
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        if self._hint:
            column.addWidget(plain_label(self._hint, "muted", selectable=True))
        column.addLayout(self._button_row())
        outside = QVBoxLayout(content)
        outside.setContentsMargins(24, 24, 24, 24)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self._panel, 100)
        row.addStretch(1)
        outside.addStretch(1)
        outside.addLayout(row)
        outside.addStretch(2)
        return content

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(18)
        row.addWidget(_Sign(), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(plain_label(self.told.message.strip(), "title", selectable=True), 1)
        return row

    def _parts(self, help_: Help) -> list[tuple[str, str]]:
        actor = failures.find(self.told.code).actor
        parts = [
            ("cause", self.told.cause.strip()),
            ("remedy", self.told.remedy.strip()),
            ("who", texts.text(f"failure-page.who-{actor.value}")),
        ]
        if help_.phone and actor is Actor.BANK:  # who else calls there is sent away again
            known = "phone-with-hours" if help_.hours else "phone-alone"
            words = texts.text(f"failure-page.{known}", phone=help_.phone, hours=help_.hours)
            parts.append(("phone", words))
        return parts

    def _code_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        code = plain_label(
            texts.text("failure-page.code", code=self.told.code, number=self.told.number),
            "muted",
            wrap=False,
            selectable=True,
        )
        copy = push_button(texts.text("failure-page.copy"), "quiet")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.words))
        row.addWidget(code)
        row.addWidget(copy)
        row.addStretch(1)
        return row

    def _button_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addStretch(1)
        ways_on = [offer for offer in self._offers if offer is not Offer.FIND_CAUSE]
        for offer in reversed(ways_on):  # the best stands at the right, as elsewhere
            row.addWidget(self._offers[offer])
        return row

    def _button(self, offer: Offer, *, first: bool) -> QPushButton:
        button = push_button(texts.text(f"failure-page.{offer.value}"), "primary" if first else "")
        button.clicked.connect(lambda: self.chosen.emit(offer))
        return button

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._take_width()

    def showEvent(self, event: object) -> None:
        self._take_width()

    def _take_width(self) -> None:
        widest = self.fontMetrics().horizontalAdvance("あ") * _LINE_LENGTH
        self._panel.setMaximumWidth(widest)


class FailureCover(QObject):
    """Keeps a failure page exactly over another widget until it is taken away."""

    def __init__(self, page: FailurePage, over: QWidget) -> None:
        super().__init__(page)
        self._page = page
        self._over = over
        page.setParent(over)
        over.installEventFilter(self)
        page.setGeometry(over.rect())
        page.show()
        page.raise_()
        page.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._page.setGeometry(self._over.rect())
        return super().eventFilter(watched, event)


def _part(name: str, words: str) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(2)
    column.addWidget(plain_label(texts.text(f"failure-page.{name}"), "muted"))
    column.addWidget(plain_label(words, selectable=True))
    return column


class _Sign(QWidget):
    """A triangle with an exclamation mark, in the colour of faults (ISO 7010 W001 in shape)."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(texts.text("failure-page.sign"))

    def sizeHint(self) -> QSize:
        side = self.fontMetrics().height() * _SIGN_LINES
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.current().colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = float(min(self.width(), self.height()))
        pen = QPen(QColor(colours.bad), side * 0.07)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.setBrush(QColor(colours.bad_ground))
        painter.drawPolygon(_triangle(side))
        painter.drawLine(_point(side, 0.5, 0.40), _point(side, 0.5, 0.63))
        painter.setBrush(QColor(colours.bad))
        painter.setPen(Qt.PenStyle.NoPen)
        dot = side * 0.09
        painter.drawEllipse(QRectF(side * 0.5 - dot / 2, side * 0.75 - dot / 2, dot, dot))
        painter.end()


def _triangle(side: float) -> QPolygonF:
    corners = ((0.5, 0.10), (0.94, 0.88), (0.06, 0.88))
    return QPolygonF([_point(side, across, down) for across, down in corners])


def _point(side: float, across: float, down: float) -> QPointF:
    return QPointF(side * across, side * down)
