"""A message or question that lies over what it belongs to, and can therefore never hide behind it.

The dialog that hides behind the window is the trouble this program exists for.  The rest of the
window stays usable: the person can turn to another tab or end the session while a page asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from certhelper.look.widgets import ButtonLook, plain_label, push_button

_LINE_LENGTH = 46  # in widths of a Japanese character
_SHADE = QColor(0, 0, 0, 110)


class Choice(NamedTuple):
    """A button; ``name`` is what is answered when it is pressed."""

    name: str
    label: str
    look: ButtonLook = ""


class Overlay(QWidget):
    """Covers ``parent`` until one of ``choices`` is made; ``answered(name)`` is sent once.

    Enter presses the button that has the focus, or ``default`` from a field of the ``body``; Esc
    answers ``escape``.  ``option`` is the label of a check box (:attr:`option`);
    ``body`` are fields to be filled in, of which its focus proxy comes first.
    """

    answered = Signal(str)

    def __init__(
        self,
        parent: QWidget,
        heading: str,
        words: str,
        choices: Sequence[Choice],
        *,
        default: str,
        escape: str,
        option: str = "",
        body: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._escape = escape
        self._is_answered = False
        self._heading = plain_label(heading, "heading")
        self._words = _Words(words)
        self._body = body
        self.option = QCheckBox(option)
        self.option.setVisible(bool(option))
        self._buttons = {choice.name: self._button(choice) for choice in choices}
        self._default = self._buttons[default]
        self.setAccessibleName(heading)
        self.setAccessibleDescription(words)
        self._lay_out()
        parent.installEventFilter(self)
        self.setGeometry(parent.rect())
        self._settle()
        self.show()
        self.raise_()
        (body or self._default).setFocus(Qt.FocusReason.PopupFocusReason)

    @property
    def words(self) -> str:
        """The message, as it is shown."""
        return self._words.toPlainText()

    def button(self, name: str) -> QPushButton:
        """The button of the choice with this name."""
        return self._buttons[name]

    def take_focus(self) -> None:
        """Take the keys, and let none of those that are being typed answer anything."""
        (self._body or self._words).setFocus(Qt.FocusReason.OtherFocusReason)

    def answer(self, name: str) -> None:
        """Make a choice in the person's place; only the first one counts."""
        if self._is_answered:
            return
        self._is_answered = True
        self.hide()
        self.answered.emit(name)

    def _button(self, choice: Choice) -> QPushButton:
        button = push_button(choice.label, choice.look)
        button.clicked.connect(lambda: self.answer(choice.name))
        return button

    def _lay_out(self) -> None:
        self._panel = QFrame(self)
        self._panel.setProperty("look", "panel")
        column = QVBoxLayout(self._panel)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(self._heading)
        column.addWidget(self._words, 1)
        if self._body is not None:
            column.addWidget(self._body)
        column.addWidget(self.option)
        row = QHBoxLayout()
        row.addStretch(1)
        for button in self._buttons.values():
            row.addWidget(button)
        column.addLayout(row)

    def _settle(self) -> None:
        """Give the panel its place: in the middle, never larger than what it covers."""
        margin = self.fontMetrics().height()
        widest = self.fontMetrics().horizontalAdvance("あ") * _LINE_LENGTH
        width = min(widest, self.width() - margin * 2)
        self._words.take_width(width - 40, self.height() // 2)
        self._panel.setFixedWidth(width)
        height = min(self._panel.sizeHint().height(), self.height() - margin)
        self._panel.setGeometry(
            (self.width() - width) // 2, (self.height() - height) // 3, width, height
        )

    # Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            QTimer.singleShot(0, self, self._follow_parent)
        return super().eventFilter(watched, event)

    def _follow_parent(self) -> None:
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
            self._settle()

    def event(self, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        ):
            event.accept()  # they are ours while this is open, whatever short cuts the window has
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.answer(self._escape)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            focused = self.focusWidget()
            if isinstance(focused, QPushButton):
                focused.click()
            elif focused is not self._words:
                self._default.click()
        event.accept()  # nothing goes on to the page below

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab stays among the parts of this message."""
        parts = [self._words, *self._fields(), self.option, *self._buttons.values()]
        shown = [part for part in parts if part.isVisibleTo(self)]
        focused = self.focusWidget()
        here = shown.index(focused) if focused in shown else -1
        reason = Qt.FocusReason.TabFocusReason
        shown[(here + (1 if forward else -1)) % len(shown)].setFocus(reason)
        return True

    def _fields(self) -> list[QWidget]:
        inside = self._body.findChildren(QWidget) if self._body is not None else []
        return [field for field in inside if field.focusPolicy() & Qt.FocusPolicy.TabFocus]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), _SHADE)
        painter.end()

    def mousePressEvent(self, event: object) -> None:
        """A click beside the message goes nowhere."""


class _Words(QTextEdit):
    """Plain text as high as it needs; a long one scrolls."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.setAcceptRichText(False)
        self.setReadOnly(True)
        self.setPlainText(words)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setProperty("look", "words")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(0)

    def take_width(self, width: int, highest: int) -> None:
        """Take the height that the text needs at ``width``, at most ``highest`` (pixels)."""
        document = self.document().clone()
        document.setDefaultFont(self.font())
        # A little less than there is: a line that just fits may break after all where it is shown.
        document.setTextWidth(max(1, width - self.fontMetrics().height()))
        wanted = int(document.size().height()) + 4
        document.deleteLater()
        self.setFixedHeight(min(wanted, max(highest, self.fontMetrics().height() * 2)))
