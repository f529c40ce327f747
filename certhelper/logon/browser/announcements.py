"""What the window says of the session's way: where it is, what is asked of the person, what failed.

A failure stands above the page where the bank has shown one, because its own words are there to be
read; where there is none it takes the page's place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWebEngineWidgets import QWebEngineView

from certhelper import failures, texts
from certhelper.logon import facts, failure_place
from certhelper.logon.browser.banner import Action
from certhelper.logon.browser.page import BankPage
from certhelper.logon.browser.session import BrowserSession
from certhelper.logon.stages import Stage, StageReport

if TYPE_CHECKING:
    from certhelper.logon.browser.window import SessionWindow

_NO_PAGE = (facts.LoadFailed, facts.ServerCertificateRejected, facts.RendererEnded)


class Announcements(QObject):
    """Speaks for the window's session."""

    def __init__(self, window: SessionWindow) -> None:
        super().__init__(window)
        self._window = window
        self._standing: set[QWebEngineView] = set()
        window.header.notices_wanted.connect(self._read_notices)
        window.session_attached.connect(self._attach)

    def _attach(self, session: BrowserSession) -> None:
        self._standing.clear()
        session.told.connect(self._told)
        session.handed_over.connect(self._handed_over)
        session.too_many_pages.connect(self._too_many_pages)
        session.view_added.connect(self._follow)
        session.view_closed.connect(self._standing.discard)
        for view in session.views:
            self._follow(view)
        self._window.say("working", "said")

    def _follow(self, view: QWebEngineView) -> None:
        page = view.page()
        if isinstance(page, BankPage):
            page.loaded.connect(lambda _status: self._standing.add(view))
            page.fact.connect(lambda fact: self._met(view, fact))

    def _met(self, view: QWebEngineView, fact: facts.Fact) -> None:
        if isinstance(fact, _NO_PAGE):
            self._standing.discard(view)

    def _told(self, report: StageReport) -> None:
        match report.stage:
            case Stage.LOGON_PAGE:
                self._window.header.offer_notices()
            case Stage.TOP_PAGE:
                self._window.say("top-page", "said-done")
            case Stage.FAILED:
                # Later: the page that it is about is still telling what has become of it.
                QTimer.singleShot(0, self, lambda: self._say_failure(report))

    def _say_failure(self, report: StageReport) -> None:
        detail = {key: str(value) for key, value in report.detail.items()}
        told = failures.find(report.code or "internal-error").say(detail)
        nothing_stands = self._window.view() not in self._standing
        if nothing_stands or failure_place.is_in_place_of_page(told.code):
            self._window.show_failure(told)
            return
        retry: Action = (texts.text("session.retry"), self._window.retry_wanted.emit)
        self._window.say(
            "failed",
            "said-fault",
            retry,
            message=told.message,
            remedy=told.remedy,
            code=told.code,
        )

    def _handed_over(self, code: str) -> None:
        if code == "load-failed" and self._window.failure is not None:
            return  # it is told already, with its reason
        go_on: Action = (texts.text("session.go-on"), self._person_goes_on)
        self._window.say(code, "said-action", go_on if code == "notices" else None)

    def _person_goes_on(self) -> None:
        self._window.say("working", "said")
        self._window.session.go_on()

    def _read_notices(self) -> None:
        self._window.session.read_notices()

    def _too_many_pages(self) -> None:
        self._window.say("too-many-pages", "said-action")
