"""What frames the list: the bank's name, the tools above it, notices, and how the reading goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QBoxLayout,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from certhelper.look.widgets import as_tool_tip, plain_label, push_button
from certhelper.settings import TextSize
from certhelper.texts import text

_SEARCH_DELAY_MS: Final = 120
_SIZES: Final = list(TextSize)
_WORDS: Final = "words"  # of a notice


class Frame(QWidget):
    """Shows what it is given and tells what the person wants; it decides nothing.

    ``text_size_chosen`` carries a :class:`TextSize`; ``page_ended`` is sent when the list shows
    again.
    """

    reload_wanted = Signal()
    cancel_reading_wanted = Signal()
    search_changed = Signal(str)
    search_left = Signal()
    page_ended = Signal()
    text_size_chosen = Signal(object)

    def __init__(self, size: TextSize) -> None:
        super().__init__()
        self._body: QWidget = plain_label(text("desktop.loading"), "muted")
        self._page: QWidget | None = None
        self._focus_before: QWidget | None = None
        self._obstacle: QWidget | None = None
        self._bank = plain_label(text("desktop.title"), "title")
        self._origin = plain_label(look="muted")
        self._origin.hide()
        self.menu_button = push_button(text("desktop.tools.menu"))
        self.remote_button = push_button(text("desktop.remote.switch"))
        self.remote_button.setCheckable(True)
        self.remote_button.setEnabled(False)  # until there is something to log on to
        self.remote_button.setToolTip(as_tool_tip(text("desktop.remote.meaning")))
        self.remote_button.setAccessibleDescription(text("desktop.remote.meaning"))
        self.search = QLineEdit()
        self.reload_button = push_button(text("desktop.tools.reload"))
        self.reload_button.clicked.connect(self.reload_wanted)
        self._banners = QVBoxLayout()
        self._notices = QVBoxLayout()
        self._reading = plain_label(wrap=False)
        self._checking = plain_label(look="muted", wrap=False)
        self._checking.hide()
        self._reading_row = self._make_reading_row()
        self._reading_row.hide()
        self._place = QVBoxLayout()
        self._place.addWidget(self._body, 1, Qt.AlignmentFlag.AlignTop)
        self._prepare_search()
        self._lay_out(size)
        self._add_shortcuts()

    def set_body(self, body: QWidget) -> None:
        """Put the list and the panel into their place."""
        self._body.hide()
        self._body.deleteLater()
        self._body = body
        self._place.addWidget(body, 1)
        self._show_one()

    def show_obstacle(self, page: QWidget) -> None:
        """Show why there is no list in its place; the tools stay, which may bring it back."""
        if self._body.isAncestorOf(self.focusWidget()):
            self.reload_button.setFocus()  # the next step, and not whatever Qt finds first
        self.end_obstacle()
        self._obstacle = page
        self._place.addWidget(page, 1)
        self._show_one()

    def end_obstacle(self) -> bool:
        """Show the list again, as it was left; returns whether anything stood in its place."""
        page, self._obstacle = self._obstacle, None
        if page is None:
            return False
        page.hide()
        page.deleteLater()
        self._show_one()
        return True

    def show_page(self, page: QWidget) -> None:
        """Show ``page`` in place of the list and its tools, until :meth:`end_page`."""
        if self._page is None:
            self._focus_before = self.window().focusWidget()  # also where it is not the active one
        self._put_page_away()
        self._page = page
        self._place.addWidget(page, 1)
        self._show_one()

    @property
    def shows_page(self) -> bool:
        """Whether something else shows in place of the list."""
        return self._page is not None or self._obstacle is not None

    def end_page(self) -> None:
        """Show the list again, as it was left, with the keyboard where it was."""
        if self._page is None:
            return
        self._put_page_away()
        self._show_one()
        focus, self._focus_before = self._focus_before, None
        if focus is None or not isValid(focus) or not focus.isVisible():
            focus = self.reload_button  # and not whatever Qt finds first
        focus.setFocus()
        self.page_ended.emit()

    def _put_page_away(self) -> None:
        page, self._page = self._page, None
        if page is not None:
            page.hide()
            page.deleteLater()

    def _show_one(self) -> None:
        """The page before the obstacle, the obstacle before the list."""
        self._tools_row.setHidden(self._page is not None)
        self._body.setHidden(self._page is not None or self._obstacle is not None)
        if self._obstacle is not None:
            self._obstacle.setHidden(self._page is not None)
        if self._page is not None:
            self._page.show()

    def show_bank(self, name: str, origin: str) -> None:
        """``origin`` says where the profile comes from and leads to, where that needs saying."""
        self._bank.setText(name)
        self._origin.setText(origin)
        self._origin.setVisible(bool(origin))
        self._settle_heading()
        self.window().setWindowTitle(f"{name} — {text('desktop.title')}")

    def add_notice(
        self,
        words: str,
        action: str = "",
        do: Callable[[], None] | None = None,
        *,
        quiet: bool = False,
    ) -> None:
        """Say something that the person may put away; with ``action``, a button that does it.

        A ``quiet`` one stops nobody: it is good to know, and nothing is wrong now.  The same words
        stand there once, with what their button does now.
        """
        self.take_notice_away(words)
        frame, row = _strip("aside" if quiet else "notice", words)
        if do is not None:
            button = push_button(action)
            button.clicked.connect(do)
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        close = push_button(text("desktop.notice.close"), "quiet")
        close.clicked.connect(frame.deleteLater)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        frame.setProperty(_WORDS, words)
        self._notices.addWidget(frame)

    def take_notice_away(self, words: str) -> None:
        """What these words said does not hold any more; nothing where they are not there."""
        for item in map(self._notices.itemAt, range(self._notices.count())):
            strip = item.widget() if item is not None else None
            if strip is not None and strip.property(_WORDS) == words:
                strip.hide()
                strip.deleteLater()

    def banner(self, words: str, action: str = "", do: Callable[[], None] | None = None) -> QWidget:
        """A line that holds as long as it shows, above the notices; it is hidden at first."""
        frame, row = _strip("notice", words)
        if do is not None:
            button = push_button(action)
            button.clicked.connect(do)
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        frame.hide()
        self._banners.addWidget(frame)
        return frame

    def show_text_size(self, size: TextSize) -> None:
        """Show which size is chosen, where it was chosen elsewhere."""
        self._sizes.button(_SIZES.index(size)).setChecked(True)

    def show_reading(self, words: str) -> None:
        """Say that a reading takes its time, with a way to stop it; empty when it is over."""
        self._reading.setText(words)
        self._reading_row.setVisible(bool(words))

    def show_checking(self, words: str) -> None:
        """Say quietly what is still being found out; empty when it is over."""
        self._checking.setText(words)
        self._checking.setVisible(bool(words))

    def _prepare_search(self) -> None:
        self.search.setPlaceholderText(text("desktop.tools.search"))
        self.search.setAccessibleName(text("desktop.tools.search-name"))
        self.search.setClearButtonEnabled(True)
        delay = QTimer(self)
        delay.setSingleShot(True)
        delay.setInterval(_SEARCH_DELAY_MS)
        delay.timeout.connect(lambda: self.search_changed.emit(self.search.text()))
        self.search.textChanged.connect(delay.start)

    def _lay_out(self, size: TextSize) -> None:
        height = self.fontMetrics().height()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(height // 2)
        self._heading = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(self._bank)
        names.addWidget(self._origin)
        self._heading.addLayout(names, 1)
        self._tools = QHBoxLayout()
        self._tools.addStretch(1)
        self._tools.addLayout(self._size_buttons(size))
        self._tools.addWidget(self.remote_button)
        self._tools.addWidget(self.menu_button)
        self._heading.addLayout(self._tools)
        layout.addLayout(self._heading)
        layout.addLayout(self._banners)
        layout.addLayout(self._notices)
        self._tools_row = QWidget()
        tools = QHBoxLayout(self._tools_row)
        tools.setContentsMargins(0, 0, 0, 0)
        tools.addWidget(self.search, 1)
        tools.addWidget(self._checking)
        tools.addWidget(self.reload_button)
        layout.addWidget(self._tools_row)
        layout.addLayout(self._place, 1)
        layout.addWidget(self._reading_row)  # below the list: what comes and goes moves no card

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settle_heading()

    def event(self, event: QEvent) -> bool:
        """Settle the heading when what stands in it has another size: last of all after a font."""
        is_handled = super().event(event)
        if event.type() is QEvent.Type.LayoutRequest:
            self._settle_heading()
        return is_handled

    def _settle_heading(self) -> None:
        """Give the bank's name a row of its own where it does not fit beside the tools."""
        if not hasattr(self, "_tools"):
            return  # told of a font before there is anything
        name = self._bank.fontMetrics().horizontalAdvance(self._bank.text())
        needed = name + self._heading.spacing() * 2 + self._tools.sizeHint().width()
        is_narrow = needed > self.width()
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._heading.setDirection(down if is_narrow else across)

    def _size_buttons(self, chosen: TextSize) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(2)
        self._sizes = QButtonGroup(self)
        row.addWidget(plain_label(text("desktop.tools.text-size"), "muted", wrap=False))
        for number, size in enumerate(_SIZES):
            button = QPushButton(text(f"desktop.tools.size-{size.value}"))
            button.setCheckable(True)
            button.setChecked(size is chosen)
            name = f"{text('desktop.tools.text-size')} {button.text()}"
            button.setAccessibleName(name)
            self._sizes.addButton(button, number)
            row.addWidget(button)
        self._sizes.idClicked.connect(lambda number: self.text_size_chosen.emit(_SIZES[number]))
        return row

    def _add_shortcuts(self) -> None:
        for sequence, action in (
            ("F5", self.reload_wanted.emit),
            ("Ctrl+F", self._go_to_search),
            ("Ctrl++", lambda: self._change_size(1)),
            ("Ctrl+=", lambda: self._change_size(1)),
            ("Ctrl+-", lambda: self._change_size(-1)),
        ):
            QShortcut(QKeySequence(sequence), self).activated.connect(action)
        self._add_search_keys()

    def _add_search_keys(self) -> None:
        """Esc empties the field; Esc and the down key lead on to the list."""
        for key in (Qt.Key.Key_Escape, Qt.Key.Key_Down):
            shortcut = QShortcut(QKeySequence(key), self.search)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(self.search_left)
            if key is Qt.Key.Key_Escape:
                shortcut.activated.connect(self.search.clear)

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
        bar.setAccessibleName(text("desktop.loading"))
        stop = push_button(text("desktop.reading.stop"))
        stop.clicked.connect(self.cancel_reading_wanted)
        layout.addWidget(bar)
        layout.addWidget(self._reading, 1)
        layout.addWidget(stop)
        return row


def _strip(look: str, words: str) -> tuple[QFrame, QHBoxLayout]:
    """A coloured line with words, and the row to add buttons to."""
    frame = QFrame()
    frame.setProperty("look", look)
    row = QHBoxLayout(frame)
    row.addWidget(plain_label(words, selectable=True), 1)
    return frame, row
