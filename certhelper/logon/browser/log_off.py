"""Presses the bank's own log-off once, and waits for the page that answers it.

Whatever comes of it, nothing is pressed a second time: where the bank asks something itself, the
person answers.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar

from certhelper import texts
from certhelper.logon.browser import scripts
from certhelper.logon.browser.page import BankPage
from certhelper.logon.browser.page_states import PageStates
from certhelper.logon.closing import WAIT_MS, PageState, has_logged_off
from certhelper.look.widgets import plain_label, push_button

_BAR_WIDTH = 160


class LogOff(QObject):
    """One log-off at a time; its :attr:`bar` shows it.

    Signals: ``over()`` when the bank has logged off, or the person would not wait for it;
    ``unsure()`` when nothing of the kind came in time.
    """

    over = Signal()
    unsure = Signal()

    def __init__(self, pages: PageStates, parent: QObject) -> None:
        super().__init__(parent)
        self._pages = pages
        self._window: int | None = None
        self._limit = QTimer(self, singleShot=True, interval=WAIT_MS)
        self._limit.timeout.connect(self._too_long)
        self.bar = self._make_bar()
        pages.loaded.connect(self._loaded)
        pages.closed.connect(self._page_closed)

    @property
    def is_running(self) -> bool:
        """Whether the bank's answer is being waited for."""
        return self._window is not None

    def start(self, window: int) -> None:
        """Press the log-off of this page."""
        view = self._pages.view(window)
        if view is None:
            self.unsure.emit()
            return
        self._window = window
        self.bar.show()
        self._limit.start()
        click = scripts.closing(self._pages.texts, click=True)
        view.page().runJavaScript(click, scripts.WORLD)

    def stop(self) -> None:
        """Wait no longer."""
        self._window = None
        self._limit.stop()
        self.bar.hide()

    def last_page_closes(self) -> None:
        """The only page left wants to be closed, which it cannot be: that is the bank's answer."""
        if self.is_running:
            self._end()

    def _end(self) -> None:
        self.stop()
        self.over.emit()

    def _loaded(self, came: bool) -> None:
        if self.is_running and came:
            self._pages.look(self._judge)

    def _page_closed(self, window: int) -> None:
        if window == self._window:
            self._end()

    def _judge(self, states: list[PageState]) -> None:
        if self._window is not None and has_logged_off(states, self._window):
            self._end()

    def _too_long(self) -> None:
        view = self._pages.view(self._window) if self._window is not None else None
        page = view.page() if view is not None else None
        if isinstance(page, BankPage) and page.messages.is_open:
            self._limit.start()  # the bank asks, and the person thinks
            return
        self.stop()
        self.unsure.emit()

    def _make_bar(self) -> QFrame:
        bar = QFrame()
        bar.setProperty("look", "said")
        row = QHBoxLayout(bar)
        row.addWidget(plain_label(texts.text("session.logging-off"), wrap=False))
        busy = QProgressBar()
        busy.setRange(0, 0)
        busy.setTextVisible(False)
        busy.setFixedWidth(_BAR_WIDTH)
        row.addWidget(busy)
        row.addStretch(1)
        end = push_button(texts.text("session.end-now"))
        stay = push_button(texts.text("session.stay"))
        for button in (end, stay):
            button.clicked.connect(self.stop)
            row.addWidget(button)
        end.clicked.connect(self.over)
        bar.hide()
        return bar
