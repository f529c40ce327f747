"""The pages of one session side by side, each in a tab of its own."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QTabWidget, QWidget

from certhelper import texts
from certhelper.logon.browser.session import BrowserSession
from certhelper.look.widgets import as_tool_tip, push_button


class Tabs(QTabWidget):
    """Shows the views of the session it holds.

    Signal: ``turned()`` when another page is in front, or the one in front has moved.
    """

    turned = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._session: BrowserSession | None = None
        self.setDocumentMode(True)
        self.setTabBarAutoHide(True)
        self.setElideMode(Qt.TextElideMode.ElideRight)
        self.setUsesScrollButtons(True)
        self.currentChanged.connect(self.turned)

    def hold(self, session: BrowserSession) -> None:
        """Show this session's pages from now on; those of the one before are let go."""
        if self._session is not None:
            self._session.view_added.disconnect(self._add)
            self._session.view_closed.disconnect(self._remove)
        self._session = session
        while self.count():
            self.removeTab(0)
        session.view_added.connect(self._add)
        session.view_closed.connect(self._remove)
        for view in session.views:
            self._add(view)

    def view(self) -> QWebEngineView | None:
        """The page in front."""
        shown = self.currentWidget()
        return shown if isinstance(shown, QWebEngineView) else None

    def close_current(self) -> None:
        """Close the page in front; the last one stays until the session ends."""
        view = self.view()
        if self._session is not None and view is not None:
            self._session.close_view(view)
        elif view is None:
            self._drop(self.currentWidget())

    def show_beside(self, page: QWidget, title: str) -> None:
        """Show something that is no page of the bank's (a PDF); closing its tab deletes it."""
        index = self.addTab(page, "")
        self.setCurrentIndex(index)
        self._take_title(page, title)
        self._offer_to_close(page, lambda: self._drop(page))

    def _drop(self, page: QWidget | None) -> None:
        if page is not None:
            self.removeTab(self.indexOf(page))
            page.deleteLater()

    def _add(self, view: QWebEngineView) -> None:
        session = self._session
        assert session is not None  # hold() connected this
        view.urlChanged.connect(self.turned)
        view.titleChanged.connect(lambda title: self._take_title(view, title))
        self.setCurrentIndex(self.addTab(view, ""))
        if self.count() > 1:
            self._offer_to_close(view, lambda: session.close_view(view))
        view.setFocus()

    def _offer_to_close(self, page: QWidget, close: Callable[[], object]) -> None:
        button = push_button("×", "quiet")
        button.setAccessibleName(texts.text("session.close-tab"))
        button.clicked.connect(close)
        bar = self.tabBar()
        bar.setTabButton(self.indexOf(page), bar.ButtonPosition.RightSide, button)

    def _take_title(self, view: QWidget, title: str) -> None:
        index = self.indexOf(view)
        self.setTabText(index, title.replace("&", "&&"))
        self.setTabToolTip(index, as_tool_tip(title))

    def _remove(self, view: QWebEngineView) -> None:
        index = self.indexOf(view)
        if index >= 0:
            self.removeTab(index)
