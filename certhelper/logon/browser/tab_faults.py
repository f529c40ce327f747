"""A page of a session that could not be loaded: a failure page over its tab, and the rest lives on.

The engine's own error pages are off.  Without this the page before would stay, as if nothing had
happened.  What fails before the log-on is over is told by the flow, in the place of all tabs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from PySide6.QtCore import QObject
from PySide6.QtWebEngineWidgets import QWebEngineView

from certhelper import failures, moment
from certhelper.logon import errors, facts, server_identity
from certhelper.logon.browser.failure_page import FailureCover, FailurePage
from certhelper.logon.browser.page import BankPage
from certhelper.logon.browser.session import BrowserSession
from certhelper.logon.failure_place import Offer, offers_in_tab

if TYPE_CHECKING:
    from certhelper.logon.browser.window import SessionWindow


class TabFaults(QObject):
    """Watches every page of the session in the window."""

    def __init__(self, window: SessionWindow) -> None:
        super().__init__(window)
        self._window = window
        self._pages: dict[QWebEngineView, FailurePage] = {}
        self._refused: dict[QWebEngineView, str] = {}
        self._parts_told: set[tuple[str, int]] = set()
        window.session_attached.connect(self._attach)

    def _attach(self, session: BrowserSession) -> None:
        self._pages.clear()
        self._refused.clear()
        self._parts_told.clear()
        session.view_added.connect(lambda view: self._watch(session, view))
        session.view_closed.connect(lambda view: self._pages.pop(view, None))
        for view in session.views:
            self._watch(session, view)

    def _watch(self, session: BrowserSession, view: QWebEngineView) -> None:
        page = view.page()
        if isinstance(page, BankPage):
            page.fact.connect(lambda fact: self._take(session, view, fact))
            page.loadStarted.connect(lambda: self._uncover(view))
            page.part_rejected.connect(self._say_part)

    def _take(self, session: BrowserSession, view: QWebEngineView, fact: facts.Fact) -> None:
        if not session.is_in_persons_hands:
            return
        if isinstance(fact, facts.ServerCertificateRejected):
            self._refused[view] = fact.url
            verdict = server_identity.judge(fact, moment.now())
            self._cover(session, view, failures.find(verdict.code).say(verdict.detail))
        elif isinstance(fact, facts.LoadFailed):
            if fact.error == errors.ABORTED or fact.error in errors.REFUSED_HERE:
                return
            if self._refused.pop(view, None) == fact.url:
                return  # the end of a load that has been told with its reason
            detail = {"error": str(fact.error), "address": facts.without_query(fact.url)}
            self._cover(session, view, failures.find(errors.code_of(fact.error)).say(detail))

    def _cover(self, session: BrowserSession, view: QWebEngineView, told: failures.Told) -> None:
        self._uncover(view)
        before = bool(view.url().host())
        offered = offers_in_tab(has_page_before=before, is_last=len(session.views) == 1)
        page = FailurePage(told, session.bank.help, offered)
        page.chosen.connect(lambda offer: self._chosen(session, view, offer))
        FailureCover(page, view)
        self._pages[view] = page

    def _chosen(self, session: BrowserSession, view: QWebEngineView, offer: Offer) -> None:
        if offer is Offer.CLOSE_TAB:
            session.close_view(view)
        else:
            self._uncover(view)

    def _uncover(self, view: QWebEngineView) -> None:
        page = self._pages.pop(view, None)
        if page is not None:
            page.hide()
            page.deleteLater()
            view.setFocus()

    def _say_part(self, fact: facts.ServerCertificateRejected) -> None:
        host = urlsplit(fact.url).hostname or ""
        if (host, fact.error) in self._parts_told:
            return
        self._parts_told.add((host, fact.error))
        verdict = server_identity.judge(fact, moment.now())
        told = failures.find(verdict.code).say(verdict.detail)
        self._window.say(
            "failure-page.part-refused",
            "said-fault",
            host=verdict.detail["host"],
            message=told.message,
            code=told.code,
        )
