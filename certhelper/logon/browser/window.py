"""The session window: the bank's pages, which certificate is in use, and a clear end.

It is the frame that the features live in: each of them is a small object of a module of its own,
made in :meth:`SessionWindow._make_features`.  A feature gets the window, adds its bar and its
entries of the menu, and hears of every session through ``session_attached``.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QMessageBox, QStackedWidget, QVBoxLayout, QWidget

from certhelper import failures, texts
from certhelper.logon import facts
from certhelper.logon.browser.banner import Action, Banner, Manner
from certhelper.logon.browser.downloads_bar import DownloadsBar
from certhelper.logon.browser.failure_page import FailurePage
from certhelper.logon.browser.header import Header
from certhelper.logon.browser.outside import Outside
from certhelper.logon.browser.pads import Pads
from certhelper.logon.browser.pdf_pages import PdfPages
from certhelper.logon.browser.printing import Printing
from certhelper.logon.browser.session import BrowserSession
from certhelper.logon.browser.tabs import Tabs
from certhelper.logon.browser.uploads import Uploads
from certhelper.logon.request import SessionRequest
from certhelper.logon.stages import Stage, StageReport
from certhelper.look import theme
from certhelper.settings import TextSize

_ZOOM = {TextSize.SMALL: 0.85, TextSize.STANDARD: 1.0, TextSize.LARGE: 1.3}
_USUAL_SIZE = QSize(1180, 760)


class SessionWindow(QWidget):
    """Shows one session, and another one after a new attempt.

    Signals: ``finished`` once, when the person has ended it; ``session_attached(BrowserSession)``
    for the first session and for each that takes its place; ``retry_wanted`` when the person wants
    to log on once more; ``pad_wanted`` when they want the software keyboard for the field of the
    page that has the focus.
    """

    finished = Signal()
    session_attached = Signal(object)
    retry_wanted = Signal()
    pad_wanted = Signal()

    def __init__(self, session: BrowserSession, request: SessionRequest) -> None:
        super().__init__()
        self.session = session
        self.request = request
        self._pin_is_out = False
        self._zoom = _ZOOM[theme.current().text_size]
        self.setWindowTitle(
            texts.text("session.title", bank=session.bank.name, holder=request.holder)
        )
        self.resize(_USUAL_SIZE.boundedTo(self.screen().availableSize()))
        self.header = Header(request.holder, request.certificate_facts)
        self.banner = Banner()
        self.tabs = Tabs()
        self.bars = QVBoxLayout()
        self._bars_below = QVBoxLayout()
        self._pages = QStackedWidget()
        self._pages.addWidget(self.tabs)
        self._lay_out()
        self._connect()
        self._features = self._make_features()
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

    def say(self, name: str, manner: Manner, action: Action | None = None, **what: str) -> None:
        """Show one sentence above the page.

        ``name`` is a text of the session's own (``session.NAME``), or a whole name
        (``files.saved``).
        """
        whole = name if "." in name else f"session.{name}"
        self.banner.say(texts.text(whole, **what), manner, action)

    def attach(self, session: BrowserSession) -> None:
        """Show another session in this window; the pages of the one before go.

        The old session must still be closed by whoever made it.
        """
        self._leave_session(self.session)
        self._pin_is_out = False
        self._take_session(session)

    def show_failure(self, told: failures.Told) -> None:
        """Show a failure in the place of the pages: there is no page of the bank to be seen."""
        self._hide_failure()
        page = FailurePage(told)
        page.retry_wanted.connect(self.retry_wanted)
        self._pages.setCurrentIndex(self._pages.addWidget(page))

    def _make_features(self) -> list[QObject]:
        """Everything that lives in this window.  One line a feature."""
        printing = Printing(self)
        return [
            DownloadsBar(self),
            printing,
            PdfPages(self, printing),
            Uploads(self),
            Pads(self),
            Outside(self),
        ]

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
        self.tabs.turned.connect(self._show_address)
        header.back_wanted.connect(lambda: self._on_page(QWebEngineView.back))
        header.reload_wanted.connect(lambda: self._on_page(QWebEngineView.reload))
        header.notices_wanted.connect(self._read_notices)
        header.size_chosen.connect(self._set_size)
        header.pad_wanted.connect(self.pad_wanted)
        header.end_wanted.connect(self.close)
        QShortcut(QKeySequence("Ctrl+W"), self, self.tabs.close_current)

    def _on_page(self, act: object) -> None:
        view = self.view()
        if view is not None and callable(act):
            act(view)

    # Sessions

    def _take_session(self, session: BrowserSession) -> None:
        self.session = session
        self._hide_failure()
        session.view_added.connect(self._add_view)
        session.told.connect(self._told)
        session.handed_over.connect(self._handed_over)
        session.repeat_refused.connect(self._repeat_refused)
        for view in session.views:
            self._add_view(view)
        self.tabs.hold(session)
        self.say("working", "said")
        self.session_attached.emit(session)

    def _leave_session(self, session: BrowserSession) -> None:
        session.view_added.disconnect(self._add_view)
        session.told.disconnect(self._told)
        session.handed_over.disconnect(self._handed_over)
        session.repeat_refused.disconnect(self._repeat_refused)

    def _hide_failure(self) -> None:
        shown = self._pages.currentWidget()
        if shown is not self.tabs and shown is not None:
            self._pages.removeWidget(shown)
            shown.deleteLater()
        self._pages.setCurrentWidget(self.tabs)

    # Closing

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._pin_is_out and self.request.until is None and not self._wants_to_end():
            event.ignore()
            return
        event.accept()
        self.finished.emit()

    def _wants_to_end(self) -> bool:
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(texts.text("session.close-title"))
        box.setText(texts.text("session.close-title"))
        box.setInformativeText(texts.text("session.close-question"))
        end = box.addButton(texts.text("session.end"), QMessageBox.ButtonRole.AcceptRole)
        stay = box.addButton(texts.text("session.stay"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(stay)
        box.setEscapeButton(stay)
        box.exec()
        return box.clickedButton() is end

    # Pages

    def _add_view(self, view: QWebEngineView) -> None:
        view.setZoomFactor(self._zoom)
        view.loadFinished.connect(lambda: view.setZoomFactor(self._zoom))

    def _show_address(self) -> None:
        view = self.view()
        if view is not None:
            url = view.url()
            shown = facts.without_query(url.toDisplayString())
            self.header.show_address(shown, secure=url.scheme() == "https")

    def _set_size(self, size: TextSize) -> None:
        theme.current().set_text_size(size)
        self._zoom = _ZOOM[size]
        for view in self.session.views:
            view.setZoomFactor(self._zoom)

    # What is said

    def _told(self, report: StageReport) -> None:
        match report.stage:
            case Stage.LOGON_PAGE:
                self.header.offer_notices()
            case Stage.PIN_SUBMITTED:
                self._pin_is_out = True
            case Stage.TOP_PAGE:
                self.say("top-page", "said-done")
            case Stage.FAILED:
                self._say_failure(report)

    def _say_failure(self, report: StageReport) -> None:
        detail = {key: str(value) for key, value in report.detail.items()}
        told = failures.find(report.code or "internal-error").say(detail)
        self.say("failed", "said-fault", message=told.message, remedy=told.remedy, code=told.code)

    def _handed_over(self, code: str) -> None:
        go_on: Action = (texts.text("session.go-on"), self._person_goes_on)
        self.say(code, "said-action", go_on if code == "notices" else None)

    def _read_notices(self) -> None:
        self.session.read_notices()

    def _person_goes_on(self) -> None:
        self.say("working", "said")
        self.session.go_on()

    def _repeat_refused(self) -> None:
        self.say("repeat-refused", "said-action")
