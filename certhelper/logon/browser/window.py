"""The session window: the bank's pages, which certificate is in use, and a clear end.

It is the frame that the features live in: each of them is a small object of a module of its own,
made in :meth:`SessionWindow._add_features`.  A feature gets the window, adds its bar and its
entries of the menu, and hears of every session through ``session_attached``.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QCloseEvent, QSessionManager
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget

from certhelper import failures, texts
from certhelper.logon import failure_place
from certhelper.logon.browser import cause
from certhelper.logon.browser.announcements import Announcements
from certhelper.logon.browser.banner import Action, Banner, Manner
from certhelper.logon.browser.closing_question import ClosingQuestion
from certhelper.logon.browser.context_menu import ContextMenu
from certhelper.logon.browser.downloads_bar import DownloadsBar
from certhelper.logon.browser.failure_page import FailurePage
from certhelper.logon.browser.find_bar import FindBar
from certhelper.logon.browser.header import Header
from certhelper.logon.browser.idle_bar import IdleBar
from certhelper.logon.browser.navigation import Navigation
from certhelper.logon.browser.outside import Outside
from certhelper.logon.browser.own_browser import OwnBrowser
from certhelper.logon.browser.pads import Pads
from certhelper.logon.browser.pdf_pages import PdfPages
from certhelper.logon.browser.printing import Printing
from certhelper.logon.browser.session import BrowserSession
from certhelper.logon.browser.step_bar import StepBar
from certhelper.logon.browser.tab_faults import TabFaults
from certhelper.logon.browser.tabs import Tabs
from certhelper.logon.browser.text_size import TextSizeControl
from certhelper.logon.browser.uploads import Uploads
from certhelper.logon.closing import SessionStanding
from certhelper.logon.failure_place import Offer
from certhelper.logon.request import SessionRequest
from certhelper.logon.stages import Stage, StageReport

_USUAL_SIZE = QSize(1180, 760)


def _room_on(screen: QSize) -> QSize:
    """What a screen has besides the desktop's frame round the window, as for the main window."""
    return QSize(screen.width() * 95 // 100, screen.height() * 90 // 100)


class SessionWindow(QWidget):
    """Shows one session, and another one after a new attempt.

    Signals: ``finished`` once, when the person has ended it; ``session_attached(BrowserSession)``
    for the first session and for each that takes its place; ``retry_wanted`` when the person wants
    to log on once more; ``own_browser_wanted`` when they want the log-on page in their own browser;
    ``pad_wanted`` when they want the software keyboard for the field of the
    page that has the focus.
    """

    finished = Signal()
    session_attached = Signal(object)
    retry_wanted = Signal()
    own_browser_wanted = Signal()
    pad_wanted = Signal()

    def __init__(self, session: BrowserSession, request: SessionRequest) -> None:
        super().__init__()
        self.session = session
        self.request = request
        self.standing = SessionStanding()
        self._may_end = False
        self.setWindowTitle(
            texts.text("session.title", bank=session.bank.name, holder=request.holder)
        )
        self.resize(_USUAL_SIZE.boundedTo(_room_on(self.screen().availableSize())))
        self.header = Header(request.holder, request.certificate_facts)
        self.banner = Banner()
        self.tabs = Tabs()
        self.bars = QVBoxLayout()
        self._bars_below = QVBoxLayout()
        self._pages = QStackedWidget()
        self._pages.addWidget(self.tabs)
        self._lay_out()
        self._connect()
        self._closing = ClosingQuestion(self)
        self._closing.answered.connect(self.end)
        self._add_features()
        self._take_session(session)

    def come_to_front_once(self) -> None:
        """Show the window in front of the others; it never insists a second time."""
        self.show()
        self.raise_()
        self.activateWindow()

    # What features use

    def add_bar(self, widget: QWidget, *, below: bool = False) -> None:
        """Put a bar between header and page, or under the page.  It shows and hides itself."""
        (self._bars_below if below else self.bars).addWidget(widget)

    def view(self) -> QWebEngineView | None:
        """The page in front, if any."""
        return self.tabs.view()

    def say(
        self,
        name: str,
        manner: Manner,
        *actions: Action | None,
        passing: bool = False,
        **what: str,
    ) -> None:
        """Show one sentence above the page; a ``passing`` one goes with the page in front.

        ``name`` is a text of the session's own (``session.NAME``), or a whole name
        (``files.saved``).
        """
        whole = name if "." in name else f"session.{name}"
        self.banner.say(texts.text(whole, **what), manner, *actions, passing=passing)

    def attach(self, session: BrowserSession) -> None:
        """Show another session in this window; the pages of the one before go.

        The old session must still be closed by whoever made it.
        """
        self.session.blockSignals(True)  # nothing of it is heard any more
        self._take_session(session)

    def show_failure(self, told: failures.Told) -> None:
        """Show a failure in the place of the pages: there is no page of the bank to be seen."""
        self._hide_failure()
        page = FailurePage(
            told,
            self.session.bank.help,
            (*failure_place.offers(told.code), *cause.offers(self.request)),
            hint=cause.by_command(self.request),
        )
        page.chosen.connect(self._offer_chosen)
        self._pages.setCurrentIndex(self._pages.addWidget(page))
        self.banner.take_away()
        page.setFocus()

    @property
    def failure(self) -> FailurePage | None:
        """The failure that is shown in the place of the pages, if any."""
        shown = self._pages.currentWidget()
        return shown if isinstance(shown, FailurePage) else None

    def _add_features(self) -> None:
        """Everything that lives in this window, as children of it."""
        printing = Printing(self)
        PdfPages(self, printing)
        for feature in (
            StepBar,
            Announcements,
            Navigation,
            ContextMenu,
            TextSizeControl,
            FindBar,
            IdleBar,
            DownloadsBar,
            Uploads,
            Pads,
            Outside,
            OwnBrowser,
            TabFaults,
        ):
            feature(self)

    # Parts

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.banner)
        column.addLayout(self.bars)
        column.addWidget(self._pages, 1)
        column.addLayout(self._bars_below)

    def _connect(self) -> None:
        header = self.header
        header.pad_wanted.connect(self.pad_wanted)
        header.end_wanted.connect(self.close)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.commitDataRequest.connect(self._desktop_ends)
        self.tabs.last_wants_to_close.connect(self._last_wants_to_close)

    # Sessions

    def _take_session(self, session: BrowserSession) -> None:
        self.session = session
        self.standing = SessionStanding()
        self._hide_failure()
        session.told.connect(self._told)  # before any feature, which may ask how it stands
        self.tabs.hold(session)
        self.session_attached.emit(session)

    def _hide_failure(self) -> None:
        shown = self._pages.currentWidget()
        if shown is not self.tabs and shown is not None:
            self._pages.removeWidget(shown)
            shown.deleteLater()
        self._pages.setCurrentWidget(self.tabs)

    # Closing

    def end(self) -> None:
        """Close without a question: the desktop ends, or the person has been asked."""
        self._may_end = True
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        asks = self.request.until is None and self._closing.is_needed
        if asks and not self._may_end:
            event.ignore()
            self._closing.ask()
            return
        event.accept()
        self.finished.emit()

    def _desktop_ends(self, _manager: QSessionManager) -> None:
        """Nobody answers a question while the PC shuts down; it would only hold it up."""
        self._may_end = True

    def _last_wants_to_close(self) -> None:
        """A page's own 閉じる; while the program is still logging on it means nothing."""
        if self.standing.beyond_pin:
            self.close()

    def _offer_chosen(self, offer: Offer) -> None:
        if offer is Offer.RETRY:
            self.retry_wanted.emit()
        elif offer is Offer.OWN_BROWSER:
            self.own_browser_wanted.emit()
        elif offer is Offer.FIND_CAUSE:
            if self.failure is not None:
                cause.find(self.failure.told)
        else:
            self.close()

    def _told(self, report: StageReport) -> None:
        self.standing.follow(report)
        if report.stage is not Stage.FAILED:
            self._hide_failure()  # it goes on after all
