"""The window's contents: the list; beside it the choice, the log-on and the open sessions."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from certhelper.desktop.attempt import Attempt
from certhelper.desktop.attempt_panel import AttemptPanel
from certhelper.desktop.empty_page import EmptyPage
from certhelper.desktop.facts_view import clear
from certhelper.desktop.list_view import ListView
from certhelper.desktop.rows import Row, Section
from certhelper.desktop.scrolled import scrolled
from certhelper.desktop.selection import describe
from certhelper.desktop.selection_panel import SelectionPanel
from certhelper.look import theme
from certhelper.look.widgets import as_tool_tip, plain_label, push_button
from certhelper.texts import text


class Body(QWidget):
    """``confirmed`` carries the row that the person wants to go on with.

    ``cause_wanted`` carries the row whose trouble is to be looked into, or None.
    ``place_chosen`` carries the row and the store from which its certificate is to be used.
    """

    confirmed = Signal(object)
    details_wanted = Signal(object)
    browser_wanted = Signal(object)
    cause_wanted = Signal(object)
    place_chosen = Signal(object, str)
    attempt_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._query = ""
        self.list = ListView()
        self.empty = EmptyPage()
        self._nothing_found = plain_label(look="muted", wrap=False)
        self.pages = QStackedWidget()
        for page in (self.list, self.empty, self._nothing_found):
            self.pages.addWidget(page)
        self._nothing_found.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.selection = SelectionPanel()
        self.attempt = AttemptPanel()
        self._attempt_area = scrolled(self.attempt)
        self._attempt_area.hide()
        self._sessions_title = plain_label(text("desktop.sessions.title"), "heading")
        self._sessions = QVBoxLayout()
        self._lay_out()
        self._connect()
        self.show_sessions([])
        theme.current().changed.connect(self._set_width)

    def show_sections(self, sections: Sequence[Section], query: str) -> None:
        """Show what there is; the list also stands for an empty search result."""
        self.list.show_sections(sections, stay=query == self._query)
        self._query = query
        if sections:
            self.pages.setCurrentWidget(self.list)
        elif query:
            self._nothing_found.setText(text("desktop.list.nothing-found", query=query[:40]))
            self.pages.setCurrentWidget(self._nothing_found)
        else:
            self.pages.setCurrentWidget(self.empty)

    def show_selection(self) -> None:
        self._attempt_area.hide()
        self.selection.show()

    def show_attempt(self, attempt: Attempt) -> None:
        self.attempt.show_attempt(attempt)
        self.selection.hide()
        self._attempt_area.show()

    @property
    def shows_attempt(self) -> bool:
        return not self._attempt_area.isHidden()

    def show_sessions(self, attempts: Sequence[Attempt]) -> None:
        """List the sessions that are open, each with how far it is."""
        clear(self._sessions)
        self._sessions_title.setVisible(bool(attempts))
        for number, attempt in enumerate(attempts):
            words = f"{attempt.name}\n{attempt.short_state}"
            button = push_button(words.replace("&", "&&"))
            button.setToolTip(as_tool_tip(words))
            button.setAccessibleName(words)
            button.clicked.connect(lambda _=False, n=number: self.attempt_chosen.emit(n))
            self._sessions.addWidget(button)

    def _lay_out(self) -> None:
        panel = QFrame()
        panel.setProperty("look", "panel")
        inner = QVBoxLayout(panel)
        inner.setContentsMargins(0, 0, 0, 0)
        for side in (self.selection, self._attempt_area):
            inner.addWidget(side)
        self._side = QWidget()
        column = QVBoxLayout(self._side)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(panel, 1)
        column.addWidget(self._sessions_title)
        column.addLayout(self._sessions)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.pages, 1)
        layout.addWidget(self._side)
        self._set_width()

    def _set_width(self) -> None:
        usual = self.fontMetrics().height() * 17
        self._side.setFixedWidth(min(usual, max(self.width() * 2 // 5, usual * 2 // 3)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._set_width()

    def _connect(self) -> None:
        self.list.chosen.connect(self._chosen)
        self.list.confirmed.connect(self.confirmed)
        self.selection.confirmed.connect(lambda: self._send(self.confirmed))
        self.selection.details_wanted.connect(lambda: self._send(self.details_wanted))
        self.selection.place_chosen.connect(self._place_chosen)
        self.selection.browser_wanted.connect(
            lambda: self.browser_wanted.emit(self.list.chosen_row())
        )
        self.selection.cause_wanted.connect(lambda: self._send(self.cause_wanted))
        self.empty.cause_wanted.connect(lambda: self.cause_wanted.emit(None))

    def _place_chosen(self, store: str) -> None:
        row = self.list.chosen_row()
        if row is not None:
            self.place_chosen.emit(row, store)

    def _chosen(self, row: Row | None) -> None:
        self.selection.show_selection(describe(row))

    def _send(self, signal: SignalInstance) -> None:
        row = self.list.chosen_row()
        if row is not None:
            signal.emit(row)
