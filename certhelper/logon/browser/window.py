"""The session window: the bank's pages, which certificate is in use, and a clear end."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QCloseEvent
from PySide6.QtWebEngineCore import QWebEngineDownloadRequest
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QMessageBox,
    QPushButton,
    QSizePolicy,
    QTabWidget,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from certhelper import failures, texts
from certhelper.logon import facts
from certhelper.logon.browser.session import BrowserSession
from certhelper.logon.request import SessionRequest
from certhelper.logon.stages import Stage, StageReport

_ZOOM = {"small": 0.85, "standard": 1.0, "large": 1.3}
_STYLE = """
QToolBar { spacing: 6px; padding: 4px 8px; border: 0; }
QToolButton { padding: 4px 10px; }
QLabel#address { padding: 4px 10px; border: 1px solid palette(mid); border-radius: 6px; }
QLabel#certificate { padding: 4px 10px; border-radius: 6px; background: #12633b; color: #ffffff; }
QFrame#banner { border: 0; border-left: 6px solid #1e5aa8; background: #e7f0fb; }
QFrame#banner QLabel { color: #10243e; }
QFrame#banner[kind="action"] { border-left-color: #9a5b00; background: #fff3dc; }
QFrame#banner[kind="action"] QLabel { color: #3d2600; }
QFrame#banner[kind="fault"] { border-left-color: #b3261e; background: #fdeaea; }
QFrame#banner[kind="fault"] QLabel { color: #4a0f0b; }
QFrame#banner[kind="done"] { border-left-color: #12633b; background: #e5f5ec; }
QFrame#banner[kind="done"] QLabel { color: #0b3320; }
"""


class SessionWindow(QMainWindow):
    """Shows one session.  ``finished`` is emitted once, when the person has ended it."""

    finished = Signal()

    def __init__(self, session: BrowserSession, request: SessionRequest) -> None:
        super().__init__()
        self._session = session
        self._request = request
        self._pin_is_out = False
        self._zoom = _ZOOM.get(request.text_size, 1.0)
        self.setWindowTitle(
            texts.text("session.title", bank=session.bank.name, holder=request.holder)
        )
        self.setStyleSheet(_STYLE)
        self.resize(1180, 760)
        self._tabs = QTabWidget(documentMode=True, tabsClosable=False)
        self._tabs.setTabBarAutoHide(True)
        self._tabs.currentChanged.connect(self._show_address)
        self._banner, self._banner_text, self._go_on = self._make_banner()
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._banner)
        layout.addWidget(self._tabs, 1)
        self.setCentralWidget(body)
        self._address = QLabel()
        self._address.setObjectName("address")
        self._make_toolbar()
        for view in session.views:
            self._add_view(view)
        session.view_added.connect(self._add_view)
        session.view_closed.connect(self._remove_view)
        session.told.connect(self._told)
        session.handed_over.connect(self._handed_over)
        session.blocked.connect(self._blocked)
        session.repeat_refused.connect(lambda: self._say("repeat-refused", "action"))
        session.profile.downloadRequested.connect(self._download)
        self._say("working", "plain")

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

    def _wants_to_end(self) -> bool:
        answer = QMessageBox.question(
            self,
            texts.text("session.close-title"),
            texts.text("session.close-question"),
            QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.No,
            QMessageBox.StandardButton.No,
        )
        return answer == QMessageBox.StandardButton.Yes

    # Parts

    def _make_banner(self) -> tuple[QFrame, QLabel, QPushButton]:
        banner = QFrame()
        banner.setObjectName("banner")
        row = QHBoxLayout(banner)
        row.setContentsMargins(14, 8, 14, 8)
        label = QLabel(wordWrap=True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        go_on = QPushButton(texts.text("session.go-on"))
        go_on.hide()
        go_on.clicked.connect(self._person_goes_on)
        row.addWidget(label, 1)
        row.addWidget(go_on)
        return banner, label, go_on

    def _make_toolbar(self) -> None:
        bar = QToolBar(movable=False, floatable=False)
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.addToolBar(bar)
        back = bar.addAction("← " + texts.text("session.back"))
        back.setShortcut("Alt+Left")
        back.triggered.connect(lambda: self._current().back())
        reload = bar.addAction("↻ " + texts.text("session.reload"))
        reload.setShortcut("F5")
        reload.triggered.connect(lambda: self._current().reload())
        self._address.setTextFormat(Qt.TextFormat.PlainText)
        self._address.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        bar.addWidget(self._address)
        certificate = QLabel(texts.text("session.certificate", holder=self._request.holder))
        certificate.setObjectName("certificate")
        certificate.setTextFormat(Qt.TextFormat.PlainText)
        certificate.setToolTip(self._request.certificate_facts)
        bar.addWidget(certificate)
        bar.addSeparator()
        self._add_sizes(bar)
        bar.addSeparator()
        end = bar.addAction(texts.text("session.end"))
        end.setToolTip(texts.text("session.end-tip"))
        end.triggered.connect(self.close)

    def _add_sizes(self, bar: QToolBar) -> None:
        bar.addWidget(QLabel(texts.text("session.text-size")))
        group = QActionGroup(self)
        for name, zoom in _ZOOM.items():
            action = QAction(texts.text(f"session.size-{name}"), self, checkable=True)
            action.setChecked(zoom == self._zoom)
            action.triggered.connect(lambda _=False, value=zoom: self._set_zoom(value))
            group.addAction(action)
            bar.addAction(action)

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
            lambda title: self._tabs.setTabText(self._tabs.indexOf(view), title[:24])
        )
        self._tabs.setCurrentIndex(self._tabs.addTab(view, ""))
        view.setFocus()

    def _remove_view(self, view: QWebEngineView) -> None:
        self._tabs.removeTab(self._tabs.indexOf(view))

    def _show_address(self) -> None:
        if self._tabs.currentWidget() is None:
            return
        url = self._current().url()
        secure = url.scheme() == "https"
        shown = facts.without_query(url.toDisplayString())
        self._address.setText(("🔒 " if secure else "") + shown)
        self._address.setToolTip(texts.text("session.secure") if secure else "")

    def _set_zoom(self, zoom: float) -> None:
        self._zoom = zoom
        for view in self._session.views:
            view.setZoomFactor(zoom)

    # What is said

    def _told(self, report: StageReport) -> None:
        match report.stage:
            case Stage.PIN_SUBMITTED:
                self._pin_is_out = True
            case Stage.TOP_PAGE:
                self._say("top-page", "done")
            case Stage.FAILED:
                self._show_failure(report)

    def _show_failure(self, report: StageReport) -> None:
        detail = {key: str(value) for key, value in report.detail.items()}
        told = failures.find(report.code or "internal-error").say(detail)
        self._say("failed", "fault", message=told.message, remedy=told.remedy, code=told.code)

    def _handed_over(self, code: str) -> None:
        self._say(code, "action")
        self._go_on.setVisible(code == "notices")

    def _person_goes_on(self) -> None:
        self._say("working", "plain")
        self._session.go_on()

    def _blocked(self, address: str) -> None:
        self._say("blocked", "action", address=address)

    def _say(self, name: str, kind: str, **facts: str) -> None:
        self._go_on.hide()
        self._banner_text.setText(texts.text(f"session.{name}", **facts))
        self._banner.setProperty("kind", kind)
        self._banner.style().unpolish(self._banner)
        self._banner.style().polish(self._banner)

    # Downloads

    def _download(self, download: QWebEngineDownloadRequest) -> None:
        download.setDownloadDirectory(str(self._request.downloads))
        download.isFinishedChanged.connect(lambda: self._downloaded(download))
        download.accept()

    def _downloaded(self, download: QWebEngineDownloadRequest) -> None:
        done = download.state() == QWebEngineDownloadRequest.DownloadState.DownloadCompleted
        self._say(
            "download-done" if done else "download-failed",
            "done" if done else "fault",
            file=download.downloadFileName(),
            folder=download.downloadDirectory(),
        )
