"""Tells in time that the bank will log off because nothing is done, and when it has.

It never touches a page to keep a session alive: that would undo a rule which protects the person.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWebEngineCore import QWebEngineLoadingInfo
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QFrame, QHBoxLayout

from certhelper import texts
from certhelper.logon.browser.banner import Action
from certhelper.logon.browser.session import BrowserSession
from certhelper.logon.idle import Idle, IdleWatch
from certhelper.logon.stages import Stage, StageReport
from certhelper.look.widgets import plain_label

if TYPE_CHECKING:
    from certhelper.logon.browser.window import SessionWindow

_LOOK_MS = 1000
_ROUND_TO = 5  # seconds: a number that changes every second is only unrest


class IdleBar(QObject):
    """Follows the window's session."""

    def __init__(self, window: SessionWindow, watch: IdleWatch | None = None) -> None:
        super().__init__(window)
        self._window = window
        self.watch = watch or IdleWatch(window.session.bank.site.idle_minutes)
        self.bar = QFrame()
        self.bar.setProperty("look", "said-action")
        self.words = plain_label()
        QHBoxLayout(self.bar).addWidget(self.words)
        self.bar.hide()
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self.look)
        window.add_bar(self.bar)
        window.session_attached.connect(self._attach)

    def look(self) -> None:
        """Look at the clock and show what it means."""
        left = self.watch.seconds_left
        state = self.watch.state
        self.bar.setVisible(state is Idle.WARNING)
        if state is Idle.WARNING and left is not None:
            seconds = ceil(left / _ROUND_TO) * _ROUND_TO
            self.words.setText(texts.text("session.idle-soon", seconds=str(seconds)))
        elif state is Idle.OVER:
            self._stop()
            retry = Action(texts.text("session.retry"), self._window.retry_wanted.emit)
            self._window.say("idle-over", "said-action", retry)

    def _attach(self, session: BrowserSession) -> None:
        self._stop()
        if not self.watch.is_known:
            return
        session.told.connect(self._told)
        session.follow_pages(self._follow)

    def _told(self, report: StageReport) -> None:
        if report.stage is Stage.TOP_PAGE:
            self.watch.begin()
            self._timer.start()
        elif not self._window.standing.logged_on:
            self._stop()  # the bank's own time is over for another reason

    def _stop(self) -> None:
        self.watch.end()
        self._timer.stop()
        self.bar.hide()

    def _follow(self, view: QWebEngineView) -> None:
        view.page().loadingChanged.connect(self._loading)

    def _loading(self, info: QWebEngineLoadingInfo) -> None:
        starts = info.status() == QWebEngineLoadingInfo.LoadStatus.LoadStartedStatus
        if starts and info.url().scheme() == "https":
            self.watch.page_requested()
            self.look()
