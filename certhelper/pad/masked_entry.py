"""A field that takes a secret character by character and shows only how many there are.

It is no ``QLineEdit``: that keeps the text in strings, an undo stack, a clipboard and the input
method.  What is entered here lives in one :class:`~certhelper.secret.Secret`.  A passphrase in
Japanese has no keys of its own: where such a one may be asked for, it can be pasted.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from certhelper.look import theme
from certhelper.secret import Secret
from certhelper.texts import text

_OCTETS_A_CHARACTER = 4  # UTF-8's longest


class MaskedEntry(QWidget):
    """``changed`` carries the number of characters.

    ``accepts`` says which characters may be entered; ``refused`` is sent for one that may not,
    or that would be one too many.  With ``keyboard`` off, only :meth:`enter` fills the field.
    ``pastes`` lets the person paste, by the system's keys for that; never for a PIN.
    """

    changed = Signal(int)
    refused = Signal()

    def __init__(
        self,
        limit: int,
        accepts: Callable[[str], bool],
        *,
        keyboard: bool,
        pastes: bool = False,
    ) -> None:
        super().__init__()
        self._limit = limit
        self._accepts = accepts
        self._secret = Secret(limit * _OCTETS_A_CHARACTER)
        self._count = 0
        self.keyboard = keyboard
        self._pastes = pastes
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._describe()

    @property
    def count(self) -> int:
        """Number of characters entered."""
        return self._count

    def enter(self, character: str) -> None:
        """Append one character if the rule lets it in."""
        if self._count >= self._limit or not self._accepts(character):
            self.refused.emit()
            return
        self._secret.append(character)
        self._set_count(self._count + 1)

    def remove_last(self) -> None:
        if self._count:
            self._secret.remove_last()
            self._set_count(self._count - 1)

    def clear(self) -> None:
        """Overwrite everything."""
        self._secret.wipe()
        if self._count:
            self._set_count(0)

    def take(self) -> Secret:
        """Hand the secret over; the field is empty afterwards and the caller must wipe it."""
        taken, self._secret = self._secret, Secret(self._limit * _OCTETS_A_CHARACTER)
        self._set_count(0)
        return taken

    def type_key(self, event: QKeyEvent) -> bool:
        """Take a key of the physical keyboard; ``False`` when it is none that enters anything."""
        if event.key() == Qt.Key.Key_Backspace:
            self.remove_last()
            return True
        character = event.text()
        if len(character) != 1 or not character.isprintable() or _is_shortcut(event):
            return False
        self.enter(character)
        return True

    def paste(self) -> None:
        """Append what the clipboard holds: all of it, or nothing where a part would be refused.

        The clipboard keeps its own copy, which is the person's to clear.
        """
        characters = QGuiApplication.clipboard().text().rstrip("\r\n")
        if self._count + len(characters) > self._limit or not all(
            one.isprintable() and self._accepts(one) for one in characters
        ):
            self.refused.emit()
            return
        for character in characters:
            self.enter(character)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._pastes and event.matches(QKeySequence.StandardKey.Paste):
            self.paste()
        elif not (self.keyboard and self.type_key(event)):
            event.ignore()

    def sizeHint(self) -> QSize:
        height = self.fontMetrics().height()
        return QSize(height * 14, height * 2)

    def minimumSizeHint(self) -> QSize:
        height = self.fontMetrics().height()
        return QSize(height * 8, height * 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.current().colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focused = self.hasFocus()
        painter.setPen(QPen(QColor(colours.accent if focused else colours.border), 1 + focused))
        painter.setBrush(QColor(colours.surface))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        self._paint_dots(painter, QColor(colours.text))

    def _paint_dots(self, painter: QPainter, colour: QColor) -> None:
        radius = self.fontMetrics().height() * 0.27
        margin = radius * 2.5
        room = self.width() - 2 * margin
        step = min(radius * 3.4, room / max(1, self._count))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        middle = self.height() / 2
        for index in range(self._count):
            painter.drawEllipse(QPointF(margin + radius + index * step, middle), radius, radius)

    def _set_count(self, count: int) -> None:
        self._count = count
        self._describe()
        spoken = QAccessibleAnnouncementEvent(self, self.accessibleDescription())
        QAccessible.updateAccessibility(spoken)
        self.update()
        self.changed.emit(count)

    def _describe(self) -> None:
        """Say how many characters there are; which ones is for nobody."""
        may_paste = self._pastes and not self._count
        name = "pad.entered-or-paste" if may_paste else "pad.entered"
        self.setAccessibleDescription(text(name, count=self._count))


def _is_shortcut(event: QKeyEvent) -> bool:
    """Control and Alt together are AltGr on Windows, which types; on macOS Option types."""
    modifiers = event.modifiers()
    control = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
    alt = bool(modifiers & Qt.KeyboardModifier.AltModifier) and sys.platform != "darwin"
    return control != alt or bool(modifiers & Qt.KeyboardModifier.MetaModifier)
