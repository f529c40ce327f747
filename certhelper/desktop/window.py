"""The one window: its frame, ready at once, and a place for the list that comes a moment later.

Nothing slow is imported here: this module is on the way to the first picture.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QPaintEvent, QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from certhelper.desktop.widgets import plain_label, push_button
from certhelper.settings import TextSize
from certhelper.texts import text

_SEARCH_DELAY_MS: Final = 120
_SIZES: Final = list(TextSize)


class MainWindow(QWidget):
    """Shows what it is given and tells what the person wants; it decides nothing.

    ``first_painted`` is sent once, right after the first picture.  ``text_size_chosen`` carries a
    :class:`TextSize`; ``dismissed`` is sent when the person closes the window.
    """

    first_painted = Signal()
    reload_wanted = Signal()
    cancel_reading_wanted = Signal()
    search_changed = Signal(str)
    text_size_chosen = Signal(object)
    activated = Signal()
    dismissed = Signal()

    def __init__(self, size: TextSize) -> None:
        super().__init__()
        self._painted = False
        self._body: QWidget | None = None
        self.setWindowTitle(text("desktop-start.title"))
        self._bank = plain_label(text("desktop-start.title"), "title")
        self._origin = plain_label(look="muted")
        self._origin.hide()
        self.menu_button = push_button(text("desktop-start.menu"))
        self.search = QLineEdit()
        self.reload_button = push_button(text("desktop-start.reload"))
        self.reload_button.clicked.connect(self.reload_wanted)
        self._notices = QVBoxLayout()
        self._reading = QLabel()
        self._reading.setTextFormat(Qt.TextFormat.PlainText)
        self._reading_row: QWidget | None = None
        self._place = QVBoxLayout()
        self._placeholder = plain_label(text("desktop-start.loading"), "muted", wrap=False)
        self._place.addWidget(self._placeholder, 1, Qt.AlignmentFlag.AlignCenter)
        self._prepare_search()
        self._lay_out(size)
        self._add_shortcuts()
        self._take_size()

    def set_body(self, body: QWidget) -> None:
        """Put the list and the panel into their place."""
        if self._body is not None:
            self._body.hide()
            self._body.deleteLater()
        self._placeholder.hide()
        self._body = body
        self._place.addWidget(body, 1)

    def show_bank(self, name: str, origin: str) -> None:
        """``origin`` says where the profile comes from and leads to, where that needs saying."""
        self._bank.setText(name)
        self._origin.setText(origin)
        self._origin.setVisible(bool(origin))
        self.setWindowTitle(f"{name} — {text('desktop-start.title')}")

    def add_notice(self, words: str) -> None:
        """Say something that the person may put away."""
        frame = QFrame()
        frame.setProperty("look", "notice")
        row = QHBoxLayout(frame)
        row.addWidget(plain_label(words, selectable=True), 1)
        close = push_button(text("desktop.notice.close"), "quiet")
        close.clicked.connect(frame.deleteLater)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self._notices.addWidget(frame)

    def show_reading(self, words: str) -> None:
        """Say that a reading takes its time, with a way to stop it; empty when it is over."""
        if self._reading_row is None:
            self._reading_row = self._make_reading_row()
        self._reading.setText(words)
        self._reading_row.setVisible(bool(words))

    def bring_to_front(self) -> None:
        """Show the window, restored where it was minimised, and ask for the focus."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
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

    def changeEvent(self, event: object) -> None:
        super().changeEvent(event)  # type: ignore[arg-type]
        if self.isActiveWindow():
            self.activated.emit()

    def _take_size(self) -> None:
        """Wide enough for the text size, and never larger than the screen."""
        line = self.fontMetrics().height()
        screen = self.screen().availableGeometry()
        room = QSize(screen.width() * 95 // 100, screen.height() * 90 // 100)
        self.resize(QSize(line * 54, line * 33).boundedTo(room))

    def _prepare_search(self) -> None:
        self.search.setPlaceholderText(text("desktop-start.search"))
        self.search.setAccessibleName(text("desktop-start.search-name"))
        self.search.setClearButtonEnabled(True)
        delay = QTimer(self)
        delay.setSingleShot(True)
        delay.setInterval(_SEARCH_DELAY_MS)
        delay.timeout.connect(lambda: self.search_changed.emit(self.search.text()))
        self.search.textChanged.connect(delay.start)

    def _lay_out(self, size: TextSize) -> None:
        height = self.fontMetrics().height()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(height, height // 2, height, height // 2)
        layout.setSpacing(height // 2)
        heading = QHBoxLayout()
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(self._bank)
        names.addWidget(self._origin)
        heading.addLayout(names, 1)
        heading.addLayout(self._size_buttons(size))
        heading.addWidget(self.menu_button)
        layout.addLayout(heading)
        layout.addLayout(self._notices)
        tools = QHBoxLayout()
        tools.addWidget(self.search, 1)
        tools.addWidget(self.reload_button)
        layout.addLayout(tools)
        layout.addLayout(self._place, 1)
        self._frame = layout

    def _size_buttons(self, chosen: TextSize) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(2)
        self._sizes = QButtonGroup(self)
        row.addWidget(plain_label(text("desktop-start.text-size"), "muted", wrap=False))
        for number, size in enumerate(_SIZES):
            button = QPushButton(text(f"desktop-start.size.{size.value}"))
            button.setCheckable(True)
            button.setChecked(size is chosen)
            name = f"{text('desktop-start.text-size')} {button.text()}"
            button.setAccessibleName(name)
            self._sizes.addButton(button, number)
            row.addWidget(button)
        self._sizes.idClicked.connect(lambda number: self.text_size_chosen.emit(_SIZES[number]))
        return row

    def _add_shortcuts(self) -> None:
        for sequence, action in (
            (QKeySequence(Qt.Key.Key_F5), self.reload_wanted.emit),
            (QKeySequence(QKeySequence.StandardKey.Find), self._go_to_search),
            (QKeySequence(QKeySequence.StandardKey.ZoomIn), lambda: self._change_size(1)),
            (QKeySequence("Ctrl+="), lambda: self._change_size(1)),
            (QKeySequence(QKeySequence.StandardKey.ZoomOut), lambda: self._change_size(-1)),
        ):
            QShortcut(sequence, self).activated.connect(action)

    def _go_to_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _change_size(self, step: int) -> None:
        number = min(max(self._sizes.checkedId() + step, 0), len(_SIZES) - 1)
        self._sizes.button(number).setChecked(True)
        self.text_size_chosen.emit(_SIZES[number])

    def _make_reading_row(self) -> QWidget:
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        bar = QProgressBar()
        bar.setRange(0, 0)
        bar.setTextVisible(False)
        bar.setFixedSize(self.fontMetrics().height() * 6, self.fontMetrics().height() // 2)
        bar.setAccessibleName(text("desktop-start.loading"))
        stop = push_button(text("desktop.reading.stop"))
        stop.clicked.connect(self.cancel_reading_wanted)
        layout.addWidget(bar)
        layout.addWidget(self._reading, 1)
        layout.addWidget(stop)
        self._frame.insertWidget(self._frame.count() - 1, row)
        return row
