"""小, 標準 and 大 for the window and every page in it, kept for the next session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWebEngineWidgets import QWebEngineView

from certhelper.logon.browser import outbox
from certhelper.logon.browser.session import BrowserSession
from certhelper.logon.wishes import Wish, WishKind
from certhelper.look import theme
from certhelper.settings import TextSize

if TYPE_CHECKING:
    from certhelper.logon.browser.window import SessionWindow

_ZOOM = {TextSize.SMALL: 0.85, TextSize.STANDARD: 1.0, TextSize.LARGE: 1.3}
_STEPS = list(TextSize)


class TextSizeControl(QObject):
    """Sizes the pages of the window's session.  Ctrl++, Ctrl+- and Ctrl+0 do it, too."""

    def __init__(self, window: SessionWindow) -> None:
        super().__init__(window)
        self._window = window
        window.header.size_chosen.connect(self.choose)
        window.session_attached.connect(self._attach)
        for keys, step in {"Ctrl++": 1, "Ctrl+=": 1, "Ctrl+;": 1, "Ctrl+-": -1}.items():
            QShortcut(QKeySequence(keys), window, lambda step=step: self._step(step))
        QShortcut(QKeySequence("Ctrl+0"), window, lambda: self.choose(TextSize.STANDARD))

    def choose(self, size: TextSize) -> None:
        """Take this size everywhere, and ask that it be kept."""
        current = theme.current()
        if size is not current.text_size:
            current.set_text_size(size)
            self._window.header.show_size(size)
            outbox.wish(Wish(WishKind.TEXT_SIZE, size.value))
        for view in self._window.session.views:
            self._fit(view)

    def _step(self, step: int) -> None:
        wanted = _STEPS.index(theme.current().text_size) + step
        self.choose(_STEPS[max(0, min(wanted, len(_STEPS) - 1))])

    def _attach(self, session: BrowserSession) -> None:
        session.follow_pages(self._follow)

    def _follow(self, view: QWebEngineView) -> None:
        """The engine keeps a zoom by host and starts a new one at its own: it is set again."""
        self._fit(view)
        view.loadStarted.connect(lambda: self._fit(view))
        view.urlChanged.connect(lambda: self._fit(view))
        view.loadFinished.connect(lambda: self._fit(view))

    def _fit(self, view: QWebEngineView) -> None:
        view.setZoomFactor(_ZOOM[theme.current().text_size])
