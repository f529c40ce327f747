"""The pages of one session side by side, each in a tab of its own.

What a bank opens as a window of its own (``window.open`` with a size, ``target=_blank``) becomes a
tab, too: a small window would hide behind this one or lie over it, and it would have no address to
be seen.  The page that opened it hears of it as ever (``opener``, ``postMessage``).
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWebEngineCore import QWebEnginePage
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QTabBar, QTabWidget, QWidget

from certhelper import texts
from certhelper.logon.browser.page import BankPage
from certhelper.logon.browser.session import BrowserSession
from certhelper.look.widgets import as_tool_tip, put_away_button

_LONGEST_TITLE = 24  # in widths of a Japanese character


class Tabs(QTabWidget):
    """Shows the views of the session it holds, and what features show beside them.

    Signals: ``turned()`` when another page is in front, or the one in front has moved;
    ``last_wants_to_close()`` when the only page left asks to be closed.
    """

    turned = Signal()
    last_wants_to_close = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._session: BrowserSession | None = None
        self._closers: dict[QWidget, Callable[[], object]] = {}
        self.setDocumentMode(True)
        self.setTabBarAutoHide(True)
        self.setElideMode(Qt.TextElideMode.ElideRight)
        self.setUsesScrollButtons(True)
        self.setMovable(True)
        # The page that opened the one that is closed, nearly always.
        self.tabBar().setSelectionBehaviorOnRemove(QTabBar.SelectionBehavior.SelectPreviousTab)
        self.tabBar().setAccessibleName(texts.text("session.tabs"))
        self.currentChanged.connect(self._turned)
        for keys, turn in {
            "Ctrl+W": self.close_current,
            "Ctrl+Tab": lambda: self._step(1),
            "Ctrl+PgDown": lambda: self._step(1),
            "Ctrl+Shift+Tab": lambda: self._step(-1),
            "Ctrl+PgUp": lambda: self._step(-1),
        }.items():
            QShortcut(QKeySequence(keys), self, turn, context=Qt.ShortcutContext.WindowShortcut)

    def hold(self, session: BrowserSession) -> None:
        """Show this session's pages from now on; those of the one before are let go."""
        self._session = session
        for widget in list(self._closers):
            self._remove(widget)
        session.follow_pages(self._add, self._remove)

    def view(self) -> QWebEngineView | None:
        """The page in front; none where a feature shows something of its own."""
        shown = self.currentWidget()
        return shown if isinstance(shown, QWebEngineView) else None

    def show_beside(self, widget: QWidget, title: str) -> None:
        """Show something that is no page of the bank's (a PDF); closing its tab deletes it."""

        def close() -> None:
            self._remove(widget)
            widget.deleteLater()

        self._put(widget, title, close)

    def close_current(self) -> None:
        """Close what is in front; the last page stays until the session ends."""
        if self.count() > 1:
            self._closers[self.currentWidget()]()

    def _add(self, view: QWebEngineView) -> None:
        page = view.page()
        view.urlChanged.connect(self.turned)
        view.titleChanged.connect(lambda title: self._take_title(view, title))
        if isinstance(page, BankPage):
            page.messages.shown.connect(lambda shown: self._spoken(view, shown))
        page.windowCloseRequested.connect(lambda: self._page_closes(view))
        self._put(view, "", lambda: self._ask_to_close(view))

    def _put(self, widget: QWidget, title: str, close: Callable[[], object]) -> None:
        """Add a tab behind the one in front, and turn to it."""
        self._closers[widget] = close
        index = self.insertTab(self.currentIndex() + 1, widget, "")
        self._take_title(widget, title)
        button = put_away_button(texts.text("session.close-tab"))
        button.clicked.connect(close)
        self.tabBar().setTabButton(index, QTabBar.ButtonPosition.RightSide, button)
        self.setCurrentIndex(index)
        widget.setFocus()

    def _ask_to_close(self, view: QWebEngineView) -> None:
        """Let the page be asked first whether anything would be lost (``beforeunload``)."""
        page = view.page()
        if self._session is not None and self._session.views == [view]:
            self.last_wants_to_close.emit()
        elif isinstance(page, BankPage) and page.messages.is_open:
            self._close(view)  # it cannot answer, and the person has pressed
        else:
            page.triggerAction(QWebEnginePage.WebAction.RequestClose)

    def _page_closes(self, view: QWebEngineView) -> None:
        # The session itself closes it where there are others.
        if self._session is not None and self._session.views == [view]:
            self.last_wants_to_close.emit()

    def _close(self, view: QWebEngineView) -> None:
        if self._session is not None:
            self._session.close_view(view)

    def _spoken(self, view: QWebEngineView, shown: bool) -> None:
        """A message is shown at once, because the other pages stand still until it is answered."""
        if shown and self.currentWidget() is not view:
            self.setCurrentWidget(view)

    def _take_title(self, widget: QWidget, title: str) -> None:
        index = self.indexOf(widget)
        if index < 0:
            return
        shown = title or texts.text("session.untitled")
        metrics = self.tabBar().fontMetrics()
        width = metrics.horizontalAdvance("あ") * _LONGEST_TITLE
        elided = metrics.elidedText(shown, Qt.TextElideMode.ElideRight, width)
        self.setTabText(index, elided.replace("&", "&&"))
        self.setTabToolTip(index, as_tool_tip(shown))

    def _turned(self) -> None:
        view = self.view()
        page = view.page() if view is not None else None
        if isinstance(page, BankPage) and page.messages.is_open:
            page.messages.take_focus()
        elif self.count() and self.isVisible():
            self.currentWidget().setFocus()
        self.turned.emit()

    def _step(self, forward: int) -> None:
        if self.count() > 1:
            self.setCurrentIndex((self.currentIndex() + forward) % self.count())

    def _remove(self, widget: QWidget) -> None:
        self._closers.pop(widget, None)
        index = self.indexOf(widget)
        if index >= 0:
            self.removeTab(index)
