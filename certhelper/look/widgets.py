"""Small makers of the widgets that the windows share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QProgressBar, QPushButton, QWidget

LabelLook = Literal["", "muted", "title", "heading", "good", "caution", "bad", "demo", "address"]
ButtonLook = Literal["", "primary", "quiet", "key", "word-key"]


class _WrappingLabel(QLabel):
    """A label that has exactly the height which its wrapped text needs at its width.

    Nested layouts otherwise give it the height of one line, or of a narrower text.
    """

    def __init__(self) -> None:
        super().__init__()
        self._is_laid_out = False
        self.setWordWrap(True)

    def setText(self, words: str) -> None:
        super().setText(words)
        self._take_height()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._is_laid_out = True
        self._take_height()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._take_height()

    def _take_height(self) -> None:
        if self._is_laid_out:
            self.setMinimumHeight(0)  # Qt never answers less than the minimum
            self.setFixedHeight(max(0, self.heightForWidth(self.width())))


def plain_label(
    text: str = "", look: LabelLook = "", *, wrap: bool = True, selectable: bool = False
) -> QLabel:
    """A label that never takes its text for HTML: names in certificates are anybody's words."""
    label = _WrappingLabel() if wrap else QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    if look:
        label.setProperty("look", look)
    if selectable:
        label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
    return label


def set_look(widget: QWidget, look: str, *inside: QWidget) -> None:
    """Change a widget's look after it was shown, and that of what is ``inside`` and follows it."""
    _set_property(widget, "look", look, inside)


def set_busy(bar: QProgressBar, *, busy: bool) -> None:
    """Change whether a thin bar shows that something is under way."""
    _set_property(bar, "busy", busy, ())


def _set_property(widget: QWidget, name: str, value: object, inside: Sequence[QWidget]) -> None:
    """A style looks at a property of its rules only when a widget is polished."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    for one in (widget, *inside):
        one.style().unpolish(one)
        one.style().polish(one)


class _Button(QPushButton):
    """Outside of dialogs Qt's buttons take Space only, and Japanese forms are filled with Enter."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
        elif not event.isAutoRepeat():
            self.click()


def push_button(text: str, look: ButtonLook = "") -> QPushButton:
    """A button that Enter presses while it has the focus, and only then."""
    button = _Button(text)
    button.setAutoDefault(False)
    if look:
        button.setProperty("look", look)
    return button


def put_away_button(meaning: str) -> QPushButton:
    """A small × that says what it puts away to whoever hovers over it, or cannot see it."""
    button = push_button("×", "quiet")
    button.setAccessibleName(meaning)
    button.setToolTip(as_tool_tip(meaning))
    return button


def rule() -> QFrame:
    """A thin line between two parts."""
    line = QFrame()
    line.setProperty("look", "rule")
    line.setFixedHeight(1)
    return line


def as_tool_tip(text: str) -> str:
    """Text for a tool tip, which Qt would otherwise take for HTML where it looks like it."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    escaped = escaped.replace("\n", "<br>")
    return f"<p>{escaped}</p>" if text else ""
