"""The session window: the bank's pages, which certificate is in use, and a clear end."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from certhelper import failures, texts
from certhelper.logon import facts
from certhelper.logon.browser.header import Header
from certhelper.logon.browser.session import BrowserSession
from certhelper.logon.request import SessionRequest
from certhelper.logon.stages import Stage, StageReport
from certhelper.look import theme
from certhelper.look.widgets import plain_label, push_button, set_look
from certhelper.settings import TextSize

_ZOOM = {TextSize.SMALL: 0.85, TextSize.STANDARD: 1.0, TextSize.LARGE: 1.3}
_TITLE_LENGTH = 20

Manner = Literal["said", "said-action", "said-fault", "said-done"]
_USUAL_SIZE = QSize(1180, 760)


class SessionWindow(QWidget):
    """Shows one session.  ``finished`` is emitted once, when the person has ended it."""

    finished = Signal()

    def __init__(self, session: BrowserSession, request: SessionRequest) -> None:
        super().__init__()
        self._session = session
        self._request = request
        self._pin_is_out = False
        self._zoom = _ZOOM[theme.current().text_size]
        self.setWindowTitle(
            texts.text("session.title", bank=session.bank.name, holder=request.holder)
        )
        self.resize(_USUAL_SIZE.boundedTo(self.screen().availableSize()))
        self._header = Header(request.holder, request.certificate_facts)
        self._said, self._words, self._go_on = self._make_banner()
        self._tabs = QTabWidget()
        self._tabs.setDocumentMode(True)
        self._tabs.setTabBarAutoHide(True)
        self._lay_out()
        self._connect()
        for view in session.views:
            self._add_view(view)
        self.say("working", "said")

    def come_to_front_once(self) -> None:
        """Show the window in front of the others; it never insists a second time."""
        self.show()
        self.raise_()
        self.activateWindow()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._pin_is_out and self._request.until is None and not self._wants_to_end():
            event.ignore()
            return
        event.accept()
        self.finished.emit()

    def say(self, name: str, manner: Manner, **what: str) -> None:
        """Show one sentence above the page (``session.NAME`` of the texts)."""
        self._go_on.hide()
        self._words.setText(texts.text(f"session.{name}", **what))
        set_look(self._said, manner)
        self._words.style().unpolish(self._words)  # its colour follows the frame's look
        self._words.style().polish(self._words)

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

    # Parts

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._header)
        column.addWidget(self._said)
        column.addWidget(self._tabs, 1)

    def _make_banner(self) -> tuple[QFrame, QLabel, QPushButton]:
        frame = QFrame()
        row = QHBoxLayout(frame)
        words = plain_label(selectable=True)
        go_on = push_button(texts.text("session.go-on"), "primary")
        go_on.hide()
        row.addWidget(words, 1)
        row.addWidget(go_on)
        return frame, words, go_on

    def _connect(self) -> None:
        session, header = self._session, self._header
        session.view_added.connect(self._add_view)
        session.view_closed.connect(self._remove_view)
        session.told.connect(self._told)
        session.handed_over.connect(self._handed_over)
        session.blocked.connect(lambda address: self.say("blocked", "said-action", address=address))
        session.repeat_refused.connect(lambda: self.say("repeat-refused", "said-action"))
        session.downloads.downloaded.connect(self._downloaded)
        self._tabs.currentChanged.connect(self._show_address)
        self._go_on.clicked.connect(self._person_goes_on)
        header.back_wanted.connect(lambda: self._current().back())
        header.reload_wanted.connect(lambda: self._current().reload())
        header.notices_wanted.connect(session.read_notices)
        header.size_chosen.connect(self._set_size)
        header.end_wanted.connect(self.close)
        QShortcut(QKeySequence("Ctrl+W"), self, self._close_tab)

    # Pages

    def _current(self) -> QWebEngineView:
        view = self._tabs.currentWidget()
        assert isinstance(view, QWebEngineView)
        return view

    def _add_view(self, view: QWebEngineView) -> None:
        view.setZoomFactor(self._zoom)
        view.loadFinished.connect(lambda: view.setZoomFactor(self._zoom))
        view.urlChanged.connect(self._show_address)
        view.titleChanged.connect(
            lambda title: self._tabs.setTabText(self._tabs.indexOf(view), title[:_TITLE_LENGTH])
        )
        self._tabs.setCurrentIndex(self._tabs.addTab(view, ""))
        if len(self._session.views) > 1:
            button = push_button("×", "quiet")
            button.setAccessibleName(texts.text("session.close-tab"))
            button.clicked.connect(lambda: self._session.close_view(view))
            bar = self._tabs.tabBar()
            bar.setTabButton(self._tabs.indexOf(view), bar.ButtonPosition.RightSide, button)
        view.setFocus()

    def _close_tab(self) -> None:
        self._session.close_view(self._current())

    def _remove_view(self, view: QWebEngineView) -> None:
        self._tabs.removeTab(self._tabs.indexOf(view))

    def _show_address(self) -> None:
        if self._tabs.currentWidget() is None:
            return
        url = self._current().url()
        self._header.show_address(
            facts.without_query(url.toDisplayString()), secure=url.scheme() == "https"
        )

    def _set_size(self, size: TextSize) -> None:
        theme.current().set_text_size(size)
        self._zoom = _ZOOM[size]
        for view in self._session.views:
            view.setZoomFactor(self._zoom)

    # What is said

    def _told(self, report: StageReport) -> None:
        match report.stage:
            case Stage.LOGON_PAGE:
                self._header.offer_notices()
            case Stage.PIN_SUBMITTED:
                self._pin_is_out = True
            case Stage.TOP_PAGE:
                self.say("top-page", "said-done")
            case Stage.FAILED:
                detail = {key: str(value) for key, value in report.detail.items()}
                told = failures.find(report.code or "internal-error").say(detail)
                self.say(
                    "failed",
                    "said-fault",
                    message=told.message,
                    remedy=told.remedy,
                    code=told.code,
                )

    def _handed_over(self, code: str) -> None:
        self.say(code, "said-action")
        self._go_on.setVisible(code == "notices")

    def _person_goes_on(self) -> None:
        self.say("working", "said")
        self._session.go_on()

    def _downloaded(self, file: str, folder: str, done: bool) -> None:
        if done:
            self.say("download-done", "said-done", file=file, folder=folder)
        else:
            self.say("download-failed", "said-fault", file=file)
