"""The log-on page in the person's own browser: the way out that several remedies name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from certhelper import texts
from certhelper.logon.browser import outbox
from certhelper.logon.browser.header import certificate_lines
from certhelper.logon.browser.overlay import Choice, Overlay
from certhelper.logon.wishes import Wish, WishKind

if TYPE_CHECKING:
    from certhelper.logon.browser.window import SessionWindow

_YES, _NO = "yes", "no"


class OwnBrowser(QObject):
    """An entry of the menu, and what the window's ``own_browser_wanted`` does: ask, then wish."""

    def __init__(self, window: SessionWindow) -> None:
        super().__init__(window)
        self._window = window
        self._question: Overlay | None = None
        window.header.menu.addAction(texts.text("session.own-browser"), self._ask)
        window.own_browser_wanted.connect(self._ask)

    def _ask(self) -> None:
        if self._question is not None:
            return
        address = self._window.session.bank.site.start_url
        request = self._window.request
        self._question = Overlay(
            self._window,
            texts.text("session.own-browser-title"),
            texts.text(
                "session.own-browser-words",
                address=address,
                certificate=certificate_lines(request.certificate_facts) or request.holder,
            ),
            [
                Choice(_NO, texts.text("session.own-browser-no")),
                Choice(_YES, texts.text("session.own-browser-yes"), "primary"),
            ],
            default=_YES,
            escape=_NO,
        )
        self._question.answered.connect(lambda answer: self._answered(address, answer))

    def _answered(self, address: str, answer: str) -> None:
        if self._question is not None:
            self._question.deleteLater()
            self._question = None
        if answer == _YES:
            outbox.wish(Wish(WishKind.OPEN_ADDRESS, address))
            self._window.say("failure-page.own-browser-opened", "said", address=address)
