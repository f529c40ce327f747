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
    """Signals: ``loaded(whether it came)`` for each page of the session, ``closed(window)``."""

    loaded = Signal(bool)
    closed = Signal(int)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._session: BrowserSession | None = None
        self._order: dict[int, int] = {}
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
        session.follow_pages(self._follow, self._gone)

    def view(self, window: int) -> QWebEngineView | None:
        """The view with the page of this number."""
        return self._session.view(window) if self._session is not None else None

    def look(self, then: Callable[[list[PageState]], None]) -> None:
        """Call ``then`` once with what all pages show."""
        pages = self._pages()
        states = {page.window: self._nothing_of(page) for page in pages}
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
        for page in pages:
            self._ask(page, seen)

    def _nothing_of(self, page: BankPage) -> PageState:
        return PageState(page.window, self._order.get(page.window, 0))

    def _ask(self, page: BankPage, seen: Callable[[int, int, object], None]) -> None:
        window = page.window
        order = self._order.get(window, 0)
        script = scripts.closing(self.texts)
        page.runJavaScript(script, scripts.WORLD, lambda answer: seen(window, order, answer))

    def _pages(self) -> list[BankPage]:
        views = self._session.views if self._session is not None else []
        return [page for page in (view.page() for view in views) if isinstance(page, BankPage)]

    def _follow(self, view: QWebEngineView) -> None:
        page = view.page()

        def finished(came: bool) -> None:
            if isinstance(page, BankPage):
                self._loads += 1
                self._order[page.window] = self._loads
                self.loaded.emit(came)

        page.loadFinished.connect(finished)

    def _gone(self, view: QWebEngineView) -> None:
        page = view.page()
        if isinstance(page, BankPage):
            self._order.pop(page.window, None)
            self.closed.emit(page.window)
