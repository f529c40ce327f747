"""One session: carries out the flow's steps on fresh pages that share one fresh profile."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, QUrl, Signal
from PySide6.QtWebEngineCore import QWebEnginePage
from PySide6.QtWebEngineWidgets import QWebEngineView

from certhelper.bank import Bank
from certhelper.logon import facts, issuers, only_bank, steps
from certhelper.logon.browser import engine, scripts
from certhelper.logon.browser.downloads import Downloads
from certhelper.logon.browser.field_watch import FieldWatch
from certhelper.logon.browser.guard import RequestGuard
from certhelper.logon.browser.page import BankPage
from certhelper.logon.browser.pin_desk import PinDesk
from certhelper.logon.browser.proxy import Proxy, ProxyFaults
from certhelper.logon.browser.proxy_sign_in import ProxySignIn
from certhelper.logon.browser.server_fault import ServerFaults
from certhelper.logon.flow import Flow
from certhelper.logon.page_faults import PageFaults
from certhelper.logon.stages import Stage, StageReport
from certhelper.qt import background

_log = logging.getLogger(__name__)

MOST_PAGES = 15
"""A page may open as many windows as it likes; a person uses a handful."""

_PAINT_MS = 250
_QUIET_MS = 5000
_SEEN = frozenset(
    {
        Stage.LOGON_PAGE,
        Stage.PIN_PAGE,
        Stage.OTHER_AUTHENTICATION,
        Stage.TOP_PAGE,
        Stage.FAILED,
    }
)
"""The stages that show a page of their own."""


class BrowserSession(QObject):
    """The flow's hands.

    Signals: ``told(StageReport)``, ``handed_over(code)``, ``ended(code or "")``,
    ``view_added(QWebEngineView)``, ``view_closed(QWebEngineView)``,
    ``outside(address, whether a page and not a part of one)``, ``repeat_refused()``,
    ``too_many_pages()``, ``form_refused()`` of a page that is for reading,
    ``page_failed(PageFault)`` for what has taken one page and not the log-on.  What the bank offers
    to save goes through :attr:`downloads`.
    """

    told = Signal(object)
    handed_over = Signal(str)
    ended = Signal(str)
    view_added = Signal(object)
    view_closed = Signal(object)
    outside = Signal(str, bool)
    repeat_refused = Signal()
    too_many_pages = Signal()
    form_refused = Signal()
    page_failed = Signal(object)

    def __init__(
        self,
        bank: Bank,
        flow: Flow,
        *,
        attended: bool,
        downloads: Path,
        pictures: Path | None,
        proxy: Proxy,
        parent: QObject,
    ) -> None:
        """``attended``: a person sees the window; otherwise nothing may wait for one."""
        super().__init__(parent)
        self.bank = bank
        self._flow = flow
        self._attended = attended
        self._pictures = pictures
        self.profile = engine.fresh_profile(bank)
        self._guard = RequestGuard(bank, self)
        self.profile.setUrlRequestInterceptor(self._guard)
        self.downloads = Downloads(
            self.profile,
            downloads,
            Path(tempfile.gettempdir()),  # the private home, on every system (environment.py)
            lambda address, page: only_bank.may_download(address, page, bank),
            attended=attended,
        )
        self.downloads.page_is_empty.connect(self._close_page)
        self._proxy = proxy
        self._sign_in = ProxySignIn(proxy, attended=attended, parent=self)
        self._proxy_faults = ProxyFaults(proxy, self)
        self._proxy_faults.found.connect(self._take)
        self._server_faults = ServerFaults(bank, proxy.route.connect, self)
        self._server_faults.found.connect(self._take)
        self._guard.pin_strayed.connect(
            lambda address, out: self._take(facts.TargetBlocked(address, out))
        )
        self._guard.pin_posted.connect(lambda: self._take(facts.PinPosted()))
        self._guard.repeat_refused.connect(self.repeat_refused)
        self._guard.form_refused.connect(self.form_refused)
        self._guard.outside.connect(self.outside)
        self.desk = PinDesk(self._guard.gate, self.view, self._take, self)
        self._limit = QTimer(self, singleShot=True)
        self._limit.timeout.connect(lambda: self._take(facts.TimedOut()))
        self._looks: dict[int, QTimer] = {}
        self._page_faults = PageFaults()
        self._field_watch = FieldWatch(
            bank.pages.pin.field, lambda: self._flow.holds_pages, self._take, self
        )
        self.views: list[QWebEngineView] = []
        self._windows_made = 0
        self._is_closed = False
        self._logon_page = QUrl()
        self._add_window()

    @property
    def person_acts(self) -> bool:
        """Whether the program itself types nothing and clicks nothing now."""
        return self._flow.person_acts

    def follow_pages(
        self,
        on_page: Callable[[QWebEngineView], object],
        on_gone: Callable[[QWebEngineView], object] | None = None,
    ) -> None:
        """Call ``on_page`` with every page, those to come included.

        ``on_gone`` is called with each that is closed, before it is deleted: whoever keeps
        something for a page lets go of it then.
        """
        self.view_added.connect(on_page)
        if on_gone is not None:
            self.view_closed.connect(on_gone)
        for view in self.views:
            on_page(view)

    def begin(self) -> None:
        """Go: nothing has been loaded from anywhere before this."""
        self._carry_out(self._flow.begin())
        self._field_watch.start()

    def go_on(self) -> None:
        """The person has read the notices."""
        self._take(facts.PersonContinued())

    def read_notices(self) -> None:
        """Show the log-on page once more, beside the pages that the log-on goes on with."""
        self._add_window(steers=False).load(self._logon_page)

    def _add_window(self, *, steers: bool = True) -> BankPage:
        """Open one more page in this session (a pop-up of the bank's).

        A page that does not ``steer`` is the person's own, and for reading: the flow does not hear
        of it, so nobody looks whether a PIN may be typed into it, and it sends no form.
        """
        view = QWebEngineView()
        page = BankPage(
            self.profile,
            self.bank,
            self._guard,
            self._windows_made,
            self._answer_request,
            lambda: self._open_pop_up(steers=steers),
            attended=self._attended,
            parent=view,
        )
        self._windows_made += 1
        engine.restrict(page)
        self._sign_in.watch(page)
        if steers:
            page.loaded.connect(lambda status: self._page_stands(page, status))
            page.fact.connect(self._take)
            self._field_watch.follow(page)
        else:
            page.fact.connect(self._tell_page)
            self._guard.gate.let_read_only(page.window)
        page.loadStarted.connect(lambda: self._page_faults.load_begins(page.window))
        page.repeat_refused.connect(self.repeat_refused)
        page.messages.shown.connect(self._pause)
        page.windowCloseRequested.connect(lambda: self.close_view(view))
        view.setPage(page)
        self.views.append(view)
        self.view_added.emit(view)
        return page

    def _open_pop_up(self, *, steers: bool) -> BankPage | None:
        if len(self.views) >= MOST_PAGES:
            self.too_many_pages.emit()
            return None
        return self._add_window(steers=steers)

    def dismiss_boxes(self) -> None:
        """Take away every message of a page, so that nothing waits for an answer any more."""
        for view in self.views:
            page = view.page()
            if isinstance(page, BankPage):
                page.messages.dismiss()

    def when_quiet(self, then: Callable[[], object]) -> None:
        """Call ``then`` once no call of the engine's waits for an answer: pages may go then."""
        for view in self.views:
            page = view.page()
            if isinstance(page, BankPage) and page.messages.is_open:
                page.messages.when_quiet(lambda: self.when_quiet(then))
                return
        then()

    def close(self) -> None:
        """End everything in the order that Qt WebEngine needs: pages before their profile."""
        self._limit.stop()
        self._field_watch.stop()
        self.downloads.stop()
        for timer in self._looks.values():
            timer.stop()
        self.desk.end()
        self._guard.gate.close()
        for view in self.views:
            page = view.page()
            view.setPage(None)  # type: ignore[arg-type]  # Qt documents null; the stub does not
            page.deleteLater()
            view.deleteLater()
        self.views.clear()
        self._is_closed = True

    def forget(self) -> None:
        """Delete the profile, with its cookies and its choice of certificate, when all is quiet.

        What belongs to the session, the guard that the profile asks among it, goes after that.

        A request that a page has just begun passes the guard as long as there is a profile, and
        goes out unguarded where there is none any more (tried).
        """
        self.profile.destroyed.connect(self.deleteLater)
        QTimer.singleShot(_QUIET_MS, self, self.profile.deleteLater)

    def close_view(self, view: QWebEngineView) -> None:
        """Close one page; the last one stays until the session ends."""
        page = view.page()
        if len(self.views) == 1 or view not in self.views:
            return
        self.views.remove(view)
        self.view_closed.emit(view)
        if isinstance(page, BankPage):
            self._take(facts.WindowClosed(page.window))
            page.messages.dismiss()
            page.messages.when_quiet(view.deleteLater)

    def _close_page(self, page: object) -> None:
        for view in self.views:
            if view.page() is page:
                self.close_view(view)
                return

    def view(self, window: int) -> QWebEngineView | None:
        """The view with the page of this number, while it is open."""
        for view in self.views:
            page = view.page()
            if isinstance(page, BankPage) and page.window == window:
                return view
        return None

    def _page(self, window: int) -> BankPage | None:
        view = self.view(window)
        page = view.page() if view is not None else None
        return page if isinstance(page, BankPage) else None

    def _view_in_hand(self) -> QWebEngineView:
        """Where the log-on goes on; beside it there may be newer windows (お知らせ)."""
        return self.view(self._flow.window) or self.views[-1]

    # Facts in

    def _take(self, fact: facts.Fact) -> None:
        if self._is_closed:
            return  # a page, a probe or a timer of an attempt that another one has replaced
        if isinstance(fact, facts.PageSeen):
            repeats = self._guard.gate.repeats
            repeats.page_seen(fact.window, asks_for_secret=fact.asks_for_secret)
        if not self._proxy_faults.takes(fact) and not self._server_faults.takes(fact):
            self._handle(fact)

    def _handle(self, fact: facts.Fact) -> None:
        was_persons = self._flow.person_acts
        todo = self._flow.handle(fact)
        self._carry_out(todo)
        self._tell_page(fact, todo, was_persons=was_persons)

    def _tell_page(
        self, fact: facts.Fact, todo: Sequence[steps.Step] = (), *, was_persons: bool = True
    ) -> None:
        """Tell what is one page's alone.  A page that does not steer is always the person's."""
        fault = self._page_faults.take(
            fact, todo, was_persons=was_persons, log_on_window=self._flow.window
        )
        if fault is not None:
            self.page_failed.emit(fault)

    def _answer_request(self, request: facts.CertificateRequested) -> str | None:
        """Answer at once: the load waits, and the engine wants an answer inside its signal."""
        sent: str | None = None
        others: list[steps.Step] = []
        for step in self._flow.handle(request):
            if isinstance(step, steps.SendCertificate):
                sent = step.sha256
            elif not isinstance(step, steps.SendNoCertificate):
                others.append(step)
        self._carry_out(others)
        return sent

    def _page_stands(self, page: BankPage, status: int) -> None:
        self._look_timer(page.window).stop()
        if self._pictures is not None:
            # A picture needs a painted page; nobody waits for this but the picture.
            QTimer.singleShot(_PAINT_MS, self, lambda: self._observe(page, status))
        else:
            self._observe(page, status)

    def _observe(self, page: BankPage, status: int) -> None:
        def seen(answer: object) -> None:
            fact = scripts.page_seen(answer, page.window, status)
            if fact is not None:
                self._take(fact)

        if self._page(page.window) is page:
            page.runJavaScript(scripts.observe(self.bank.pages.pin.field), scripts.WORLD, seen)

    # Steps out

    def _carry_out(self, todo: list[steps.Step]) -> None:
        for step in todo:
            self._do(step)
        limit = self._flow.limit_ms
        if limit is None:
            self._limit.stop()
        elif todo:
            self._limit.start(limit)

    def _do(self, step: steps.Step) -> None:
        match step:
            case steps.Open(url):
                self.views[0].page().load(QUrl(url))
            case steps.FollowLink() | steps.LookAgain() | steps.StopLoading():
                self._do_in_page(step)
            case steps.ExamineServer(host, port):
                self._server_faults.examine(host, port)
            case steps.ProbeIssuers(host, port):
                background.start("ask for issuers", partial(self._probe, host, port))
            case (
                steps.AskPin()
                | steps.GuardPin()
                | steps.GuardForms()
                | steps.LiftGuard()
                | steps.EnterPin()
            ):
                self.desk.carry_out(step)
            case steps.Tell(report):
                self._tell(report)
            case steps.HandOver(code):
                if code != "notices":
                    self.desk.wipe()
                self.handed_over.emit(code)
            case steps.End(code):
                self.desk.end()
                self.ended.emit(code or "")
            case steps.SendCertificate() | steps.SendNoCertificate():
                raise AssertionError("a certificate is sent in answer to a request only")

    def _do_in_page(self, step: steps.FollowLink | steps.LookAgain | steps.StopLoading) -> None:
        match step:
            case steps.FollowLink(window, index, text):
                self._follow(window, index, text)
            case steps.LookAgain(window, after_ms):
                self._look_timer(window).start(after_ms)
            case steps.StopLoading(window):
                page = self._page(window)
                if page is not None:
                    page.triggerAction(QWebEnginePage.WebAction.Stop)

    def _probe(self, host: str, port: int) -> None:
        probed = issuers.probe(host, port, connect=self._proxy.route.connect)
        background.deliver(self, lambda: self._take(probed))

    def _follow(self, window: int, index: int, text: str) -> None:
        page = self._page(window)
        if page is None:
            return

        def followed(answer: object) -> None:
            if answer == "gone":
                self._take(facts.LinkGone(window))

        page.runJavaScript(scripts.follow(index, text), scripts.WORLD, followed)

    def _look_timer(self, window: int) -> QTimer:
        """The window's own timer: a load in one must not end the look at another."""
        if window not in self._looks:
            timer = QTimer(self, singleShot=True)
            timer.timeout.connect(lambda: self._look_now(window))
            self._looks[window] = timer
        return self._looks[window]

    def _look_now(self, window: int) -> None:
        page = self._page(window)
        if page is not None:
            self._observe(page, 200)

    def _pause(self, shown: bool) -> None:
        """Nobody is late while a person reads a message of the page."""
        limit = self._flow.limit_ms
        if shown or limit is None:
            self._limit.stop()
        else:
            self._limit.start(limit)

    def _tell(self, report: StageReport) -> None:
        if report.stage is Stage.LOGON_PAGE:
            self._logon_page = self._view_in_hand().url()
        if report.stage is Stage.TOP_PAGE:
            self._guard.gate.repeats.log_on_is_over()
        if self._pictures is not None and report.stage in _SEEN:
            self._take_picture(report)
        self.told.emit(report)

    def _take_picture(self, report: StageReport) -> None:
        assert self._pictures is not None
        picture = self._view_in_hand().grab()
        path = self._pictures
        if path.is_dir():
            number = len(list(path.glob("*.png"))) + 1
            path = path / f"{number:02d}-{report.stage.value}.png"
        if not picture.save(str(path), "PNG"):
            _log.warning("the picture of %s could not be saved", report.stage.value)
