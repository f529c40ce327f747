"""Looks at every page of a session at once: is there a log-off, was something typed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWebEngineWidgets import QWebEngineView

from certhelper.logon.browser import scripts
from certhelper.logon.browser.page import BankPage
from certhelper.logon.browser.session import BrowserSession
from certhelper.logon.closing import PageState, log_off_texts

_LOOK_LIMIT_MS = 800
"""A page that does not answer by then shows nothing: it hangs, or has a message open."""


class PageStates(QObject):
    """Signal: ``loaded(QWebEngineView, whether it came)`` for each page of the session it holds."""

    loaded = Signal(object, bool)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._session: BrowserSession | None = None
        self._order: dict[QWebEngineView, int] = {}
        self._loads = 0

    @property
    def texts(self) -> tuple[str, ...]:
        """What the session's log-off may be called."""
        assert self._session is not None  # hold() comes first
        return log_off_texts(self._session.bank.pages.logoff.link_text)

    def hold(self, session: BrowserSession) -> None:
        """Look at this session's pages from now on."""
        self._session = session
        self._order.clear()
        session.view_added.connect(self._follow)
        for view in session.views:
            self._follow(view)

    def view(self, window: int) -> QWebEngineView | None:
        """The view with the page of this number."""
        return next((view for view, page in self._pages() if page.window == window), None)

    def look(self, then: Callable[[list[PageState]], None]) -> None:
        """Call ``then`` once with what all pages show."""
        pages = self._pages()
        states = {
            page.window: PageState(page.window, self._order.get(view, 0)) for view, page in pages
        }
        waiting = set(states)
        limit = QTimer(self, singleShot=True, interval=_LOOK_LIMIT_MS)

        def done() -> None:
            limit.stop()
            limit.deleteLater()
            waiting.clear()
            then(list(states.values()))

        def seen(window: int, order: int, answer: object) -> None:
            if window in waiting:
                states[window] = PageState.read(answer, window, order)
                waiting.discard(window)
                if not waiting:
                    done()

        limit.timeout.connect(done)
        limit.start()
        for view, page in pages:
            self._ask(page, self._order.get(view, 0), seen)

    def _ask(self, page: BankPage, order: int, seen: Callable[[int, int, object], None]) -> None:
        window = page.window
        script = scripts.closing(self.texts)
        page.runJavaScript(script, scripts.WORLD, lambda answer: seen(window, order, answer))

    def _pages(self) -> list[tuple[QWebEngineView, BankPage]]:
        views = self._session.views if self._session is not None else []
        found = [(view, view.page()) for view in views]
        return [(view, page) for view, page in found if isinstance(page, BankPage)]

    def _follow(self, view: QWebEngineView) -> None:
        def finished(came: bool) -> None:
            self._loads += 1
            self._order[view] = self._loads
            self.loaded.emit(view, came)

        view.loadFinished.connect(finished)
