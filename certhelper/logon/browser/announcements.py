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
from certhelper.logon.browser import cause
from certhelper.logon.browser.banner import Action
from certhelper.logon.browser.page import BankPage
from certhelper.logon.browser.session import BrowserSession
from certhelper.logon.browser.step_bar import OTHER_AUTHENTICATION
from certhelper.logon.failure_place import Offer
from certhelper.logon.stages import Stage, StageReport
from certhelper.look.widgets import ButtonLook

if TYPE_CHECKING:
    from certhelper.logon.browser.window import SessionWindow

_WAYS_ON = (Offer.RETRY, Offer.OWN_BROWSER)
_REFUSED_PIN = {
    "pin-wrong": "pin-declined-after-wrong",
    "pin-page-again": "pin-declined-after-again",
}
_NO_PAGE = (facts.LoadFailed, facts.ServerCertificateRejected, facts.RendererEnded)


class Announcements(QObject):
    """Speaks for the window's session."""

    def __init__(self, window: SessionWindow) -> None:
        super().__init__(window)
        self._window = window
        self._standing: set[QWebEngineView] = set()
        self._news = 0
        self._refused_by = ""
        window.header.notices_wanted.connect(self._read_notices)
        window.session_attached.connect(self._attach)

    def _attach(self, session: BrowserSession) -> None:
        self._standing.clear()
        self._refused_by = ""
        session.told.connect(self._told)
        session.handed_over.connect(self._handed_over)
        session.too_many_pages.connect(self._too_many_pages)
        session.form_refused.connect(lambda: self._window.say("for-reading", "said-action"))
        session.follow_pages(self._follow, self._standing.discard)
        self._window.say("working", "said")

    def _follow(self, view: QWebEngineView) -> None:
        page = view.page()
        if isinstance(page, BankPage):
            page.loaded.connect(lambda _status: self._standing.add(view))
            page.fact.connect(lambda fact: self._met(view, fact))
            page.messages.refused.connect(lambda: self._question_refused(page))

    def _met(self, view: QWebEngineView, fact: facts.Fact) -> None:
        if isinstance(fact, _NO_PAGE):
            self._standing.discard(view)

    def _told(self, report: StageReport) -> None:
        match report.stage:
            case Stage.PIN_SUBMITTED:
                self._refused_by = ""
            case Stage.LOGON_PAGE:
                self._window.header.offer_notices()
            case Stage.TOP_PAGE:
                self._window.say("top-page", "said-done")
            case Stage.FAILED:
                code = report.code or ""
                self._refused_by = code if code in _REFUSED_PIN else ""
                # Later: the page that it is about is still telling what has become of it.
                self._news += 1
                news = self._news
                QTimer.singleShot(0, self, lambda: self._say_failure(report, news))

    def _say_failure(self, report: StageReport, news: int) -> None:
        if news != self._news:
            return  # the person has been told something newer meanwhile
        detail = {key: str(value) for key, value in report.detail.items()}
        told = failures.find(report.code or "internal-error").say(detail)
        nothing_stands = self._window.view() not in self._standing
        if nothing_stands or failure_place.is_in_place_of_page(told.code):
            self._window.show_failure(told)
            return
        self._window.say(
            "failed",
            "said-fault",
            *self._ways_on(told.code),
            self._find_cause(told),
            message=told.message,
            cause=told.cause,
            remedy=told.remedy,
            who=texts.text(f"failure-page.who-{failures.find(told.code).actor.value}"),
            code=told.code,
            number=str(told.number),
        )

    def _ways_on(self, code: str) -> list[Action]:
        """The buttons for a failure; the page that it is about stands, and needs no closing."""
        offered = [one for one in failure_place.offers(code) if one in _WAYS_ON]
        plain = not failure_place.may_succeed_again(code)
        return [
            self._way_on(offer, "" if plain or number else "primary")
            for number, offer in enumerate(offered)
        ]

    def _find_cause(self, told: failures.Told) -> Action | None:
        return cause.action(told, self._window.request)

    def _way_on(self, offer: Offer, look: ButtonLook) -> Action:
        if offer is Offer.OWN_BROWSER:
            label = texts.text("session.own-browser")
            return Action(label, self._window.own_browser_wanted.emit, look)
        return Action(texts.text("session.retry"), self._window.retry_wanted.emit, look)

    def _handed_over(self, code: str) -> None:
        if code == "load-failed" and self._window.failure is not None:
            return  # it is told already, with its reason
        self._news += 1
        if code == OTHER_AUTHENTICATION:
            self._window.banner.take_away()  # a bar of its own says it for as long as it stands
            return
        if code == "page-not-recognised":
            self._say_not_recognised(code)
            return
        if code == "pin-declined" and self._refused_by:
            # The bank's words on the PIN before stand in the page: "not sent" would deny them.
            retry = self._way_on(Offer.RETRY, "")
            find_cause = self._find_cause(failures.find(self._refused_by).say({}))
            self._window.say(_REFUSED_PIN[self._refused_by], "said-fault", retry, find_cause)
            return
        go_on = Action(texts.text("session.go-on"), self._person_goes_on)
        self._window.say(code, "said-action", go_on if code == "notices" else None)

    def _say_not_recognised(self, code: str) -> None:
        """The person goes on with the bank's page; where it leads nowhere, they begin anew."""
        told = failures.find(code).say({})
        self._window.say(
            code,
            "said-action",
            self._way_on(Offer.RETRY, ""),
            self._find_cause(told),
            message=told.message,
            remedy=told.remedy,
            code=code,
            number=str(told.number),
        )

    def _person_goes_on(self) -> None:
        self._window.say("working", "said")
        self._window.session.go_on()

    def _read_notices(self) -> None:
        self._window.session.read_notices()

    def _question_refused(self, page: BankPage) -> None:
        show = Action(texts.text("session.speak-again"), page.messages.let_speak)
        self._window.say("silenced-question", "said-action", show, passing=True)

    def _too_many_pages(self) -> None:
        self._window.say("too-many-pages", "said-action")
