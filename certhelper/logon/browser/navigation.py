"""Back, reload and stop; the address; and the question before a form is sent once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWebEngineWidgets import QWebEngineView

from certhelper import texts
from certhelper.logon.browser.banner import Action
from certhelper.logon.browser.guard import address_of
from certhelper.logon.browser.overlay import Choice
from certhelper.logon.browser.page import BankPage
from certhelper.logon.browser.session import BrowserSession
from certhelper.logon.browser.window_question import WindowQuestion

if TYPE_CHECKING:
    from certhelper.logon.browser.window import SessionWindow

_SEND, _NO = "send", "no"


class Navigation(QObject):
    """Steers the page in front and shows where it is."""

    def __init__(self, window: SessionWindow) -> None:
        super().__init__(window)
        self._window = window
        self._loading: set[QWebEngineView] = set()
        self._place: tuple[QWebEngineView | None, str] = (None, "")
        self._question = WindowQuestion(window)
        header = window.header
        header.back_wanted.connect(self.back)
        header.reload_wanted.connect(self.reload)
        header.stop_wanted.connect(self.stop)
        self._escape = QShortcut(QKeySequence("Esc"), window, self.stop)
        again = QShortcut(QKeySequence("Ctrl+R"), window, self.reload)
        again.setContext(Qt.ShortcutContext.WindowShortcut)
        QShortcut(QKeySequence("F6"), window, self._change_side)
        window.tabs.turned.connect(self._show)
        window.session_attached.connect(self._attach)

    def back(self) -> None:
        """Go one page back; the guard refuses where that would post a form again."""
        view = self._window.view()
        if view is not None:
            view.back()

    def reload(self) -> None:
        """Load the page again; the guard refuses where that would post a form again."""
        view = self._window.view()
        if view is not None:
            view.reload()

    def stop(self) -> None:
        """Stop loading the page in front."""
        view = self._window.view()
        if view is not None:
            view.stop()

    def _change_side(self) -> None:
        """From the page to the strip above it, and back: a page may keep the Tab key to itself."""
        header, view = self._window.header, self._window.view()
        focused = self._window.focusWidget()
        if view is not None and header.isAncestorOf(focused):
            view.setFocus()
        else:
            header.take_focus()

    def _attach(self, session: BrowserSession) -> None:
        self._loading.clear()
        session.repeat_refused.connect(self._refused)
        session.follow_pages(self._follow, self._loading.discard)
        self._show()

    def _follow(self, view: QWebEngineView) -> None:
        def loads(*, now: bool) -> None:
            (self._loading.add if now else self._loading.discard)(view)
            self._show()

        view.loadStarted.connect(lambda: loads(now=True))
        view.loadFinished.connect(lambda: loads(now=False))
        view.page().renderProcessTerminated.connect(lambda *_: loads(now=False))

    def _show(self) -> None:
        view = self._window.view()
        header = self._window.header
        loading = view in self._loading
        self._escape.setEnabled(loading)
        header.show_loading(loading=loading)
        header.offer_reload(possible=view is not None)
        header.back.setEnabled(view is not None and view.history().canGoBack())
        if view is None:
            return  # what is no page names itself
        address = address_of(view.url())
        header.address.show_address(address)
        if self._place != (view, address):
            self._place = (view, address)
            self._window.banner.page_moved()

    # Sending a form again

    def _refused(self) -> None:
        """Say why; where it was a reload of a form that may be sent again, offer to ask."""
        page = self._page()
        address = page.refused_reload if page is not None else ""
        action: Action | None = None
        if page is not None and address and page.gate.repeats.may_ask(address):
            page.refused_reload = ""
            label = texts.text("session.repeat-ask")
            action = Action(label, lambda: self._ask(page, address), "")  # never the obvious one
        self._window.say("repeat-refused", "said-action", action, passing=True)

    def _ask(self, page: BankPage, address: str) -> None:
        if self._page() is not page or address_of(page.url()) != address:
            return  # the person has gone on meanwhile

        def answered(name: str) -> None:
            if name == _SEND and self._page() is page and address_of(page.url()) == address:
                page.gate.repeats.allow(address)
                self.reload()

        self._question.ask(
            self._window.tabs,
            texts.text("session.repeat-title"),
            texts.text("session.repeat-words"),
            [
                Choice(_SEND, texts.text("session.repeat-send")),
                Choice(_NO, texts.text("session.repeat-no"), "primary"),
            ],
            answered,
            harmless=_NO,
        )

    def _page(self) -> BankPage | None:
        view = self._window.view()
        page = view.page() if view is not None else None
        return page if isinstance(page, BankPage) else None
