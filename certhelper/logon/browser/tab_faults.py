"""A page that could not be loaded, or has crashed: a failure page over its tab; the rest lives on.

The engine's own error pages are off.  Without this the page before would stay, as if nothing had
happened.  What ends the log-on is told by the flow, in the place of all tabs (page_faults.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from PySide6.QtCore import QObject
from PySide6.QtWebEngineWidgets import QWebEngineView

from certhelper import failures, moment
from certhelper.logon import facts, page_faults, server_identity
from certhelper.logon.browser import cause
from certhelper.logon.browser.failure_page import FailureCover, FailurePage
from certhelper.logon.browser.page import BankPage
from certhelper.logon.browser.session import BrowserSession
from certhelper.logon.failure_place import Offer, offers_after_crash, offers_in_tab
from certhelper.logon.page_faults import PageFault

if TYPE_CHECKING:
    from certhelper.logon.browser.window import SessionWindow


class TabFaults(QObject):
    """Covers the pages of the session in the window whose failures are theirs alone."""

    def __init__(self, window: SessionWindow) -> None:
        super().__init__(window)
        self._window = window
        self._covers: dict[int, FailurePage] = {}
        self._parts_told: set[tuple[str, int]] = set()
        window.session_attached.connect(self._attach)

    def _attach(self, session: BrowserSession) -> None:
        self._covers.clear()
        self._parts_told.clear()
        session.page_failed.connect(lambda fault: self._failed(session, fault))
        session.follow_pages(self._watch, self._closed)

    def _watch(self, view: QWebEngineView) -> None:
        page = view.page()
        if isinstance(page, BankPage):
            page.loadStarted.connect(lambda: self._uncover(page.window))
            page.part_rejected.connect(self._say_part)

    def _closed(self, view: QWebEngineView) -> None:
        page = view.page()
        if isinstance(page, BankPage):
            self._covers.pop(page.window, None)  # it goes with the view

    def _failed(self, session: BrowserSession, fault: PageFault) -> None:
        number = page_faults.window_of(fault)
        view = session.view(number)
        if view is None:
            return
        self._uncover(number)
        has_address = bool(view.url().host())
        is_last = len(session.views) == 1
        if isinstance(fault, facts.RendererEnded):
            offered = offers_after_crash(has_address=has_address, is_last=is_last)
        else:
            offered = offers_in_tab(has_page_before=has_address, is_last=is_last)
        page = FailurePage(
            page_faults.told_of(fault),
            session.bank.help,
            (*offered, *cause.offers(self._window.request)),
            hint=cause.by_command(self._window.request),
        )
        page.chosen.connect(lambda offer: self._chosen(session, number, offer))
        FailureCover(page, view)
        self._covers[number] = page

    def _chosen(self, session: BrowserSession, number: int, offer: Offer) -> None:
        view = session.view(number)
        if view is None:
            return
        if offer is Offer.FIND_CAUSE:
            cause.find(self._covers[number].told)
        elif offer is Offer.CLOSE_TAB:
            session.close_view(view)
        elif offer is Offer.RELOAD:
            view.load(view.url())  # by GET, whatever the page came from
        else:
            self._uncover(number)

    def _uncover(self, number: int) -> None:
        page = self._covers.pop(number, None)
        if page is None:
            return
        page.hide()
        page.deleteLater()
        view = page.parentWidget()
        if view is not None:
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
            cause.action(told, self._window.request),
            host=verdict.detail["host"],
            message=told.message,
            code=told.code,
            number=str(told.number),
        )
