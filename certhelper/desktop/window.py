"""The one window, as it first shows: its ground and its size, nothing else yet.

A person could not read a text in the moment until the frame is there; a font for Japanese alone
takes a tenth of that moment.  Nothing slow is imported here.  ``Qt``, the namespace of Qt's
enumerations, is looked up in functions and not imported: its first use costs some 25 ms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6 import QtCore
from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QPaintEvent

_LINE_PER_POINT: Final = 1.45
"""Height of a line of Japanese text over the size of its font (Noto Sans CJK, Yu Gothic UI)."""


class MainWindow(QWidget):
    """The frame and the list come into it a moment later, by :meth:`set_contents`.

    ``first_painted`` is sent once, right after the first picture; ``dismissed`` when the person
    closes the window.
    """

    first_painted = Signal()
    dismissed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._painted = False
        pixels = self.font().pointSizeF() * self.logicalDpiY() / 72
        line = round(pixels * _LINE_PER_POINT)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(line, line // 2, line, line // 2)
        self._take_size(line)

    def set_contents(self, contents: QWidget) -> None:
        """Put the frame into the window."""
        self._layout.addWidget(contents)

    def bring_to_front(self) -> None:
        """Show the window, restored where it was minimised, and ask for the focus."""
        self.setWindowState(self.windowState() & ~QtCore.Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self.first_painted.emit)

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        QTimer.singleShot(0, self.dismissed.emit)  # when it is closed; now it only will be

    def _take_size(self, line: int) -> None:
        """Wide enough for the text size, and never larger than the screen."""
        screen = self.screen().availableGeometry()
        room = QSize(screen.width() * 95 // 100, screen.height() * 90 // 100)
        self.resize(QSize(line * 54, line * 33).boundedTo(room))
