"""The one window as it first shows, before anything is known: title, and that it is reading.

Nothing slow is imported here: this module is on the way to the first picture.  ``Qt``, the
namespace of Qt's enumerations, is looked up in functions and not imported: its first use costs
some 25 ms.
"""

from __future__ import annotations

from PySide6 import QtCore
from PySide6.QtCore import QEvent, QSize, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QPaintEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from certhelper.desktop.theme import larger
from certhelper.texts import text


class MainWindow(QWidget):
    """The frame and the list come into it a moment later, by :meth:`set_contents`.

    ``first_painted`` is sent once, right after the first picture; ``activated`` whenever the
    person comes to the window; ``dismissed`` when they close it.
    """

    first_painted = Signal()
    activated = Signal()
    dismissed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._painted = False
        self.setWindowTitle(text("desktop-start.title"))
        self._title = QLabel(text("desktop-start.title"))
        self._title.setFont(larger(self.font(), 1.35, bold=True))
        self._loading = QLabel(text("desktop-start.loading"))
        height = self.fontMetrics().height()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(height, height // 2, height, height // 2)
        self._layout.addWidget(self._title)
        self._layout.addWidget(self._loading)
        self._layout.addStretch(1)
        self._take_size(height)

    def set_contents(self, contents: QWidget) -> None:
        """Put the frame in place of the first picture."""
        self._title.hide()
        self._loading.hide()
        self._layout.insertWidget(0, contents, 1)

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
        self.dismissed.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.ActivationChange and self.isActiveWindow():
            self.activated.emit()

    def _take_size(self, line: int) -> None:
        """Wide enough for the text size, and never larger than the screen."""
        screen = self.screen().availableGeometry()
        room = QSize(screen.width() * 95 // 100, screen.height() * 90 // 100)
        self.resize(QSize(line * 54, line * 33).boundedTo(room))
