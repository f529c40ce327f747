"""Find in page: Ctrl+F opens it, F3 and Shift+F3 go on and back, Esc closes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWebEngineCore import QWebEngineFindTextResult, QWebEnginePage
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLineEdit

from certhelper import texts
from certhelper.logon.browser.pdf_tab import PdfTab
from certhelper.logon.browser.session import BrowserSession
from certhelper.look.widgets import plain_label, push_button, put_away_button, set_look

if TYPE_CHECKING:
    from certhelper.logon.browser.window import SessionWindow

_WIDTH = 22  # of the field, in widths of a Japanese character
_Flag = QWebEnginePage.FindFlag


class FindBar(QObject):
    """Finds in the page in front, round its end, and says which match of how many it shows."""

    def __init__(self, window: SessionWindow) -> None:
        super().__init__(window)
        self._window = window
        self._page: QWebEnginePage | None = None
        self._asked = 0
        self.bar = QFrame()
        self.bar.setProperty("look", "said")
        self.field = QLineEdit()
        self.field.setPlaceholderText(texts.text("session.find"))
        self.field.setAccessibleName(texts.text("session.find"))
        self.field.setClearButtonEnabled(True)
        self.field.setMaximumWidth(self.field.fontMetrics().horizontalAdvance("あ") * _WIDTH)
        self.count = plain_label(wrap=False)
        # So that the buttons stay where they are while one types.
        widest = self.count.fontMetrics().horizontalAdvance(texts.text("session.find-none"))
        self.count.setMinimumWidth(widest)
        self.case = QCheckBox(texts.text("session.find-case"))
        self._lay_out()
        self._connect()
        self.bar.hide()
        window.add_bar(self.bar)

    def open(self) -> None:
        """Show the bar, ready to be typed into; a PDF has a field of its own."""
        document = self._document()
        if document is not None:
            document.seek()
            return
        self.bar.show()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()
        self._find()

    def close(self) -> None:
        """Hide the bar and take the marks off the page."""
        self._leave_page()
        self.bar.hide()
        view = self._window.view()
        if view is not None:
            view.setFocus()

    def forward(self) -> None:
        """Go to the next match; opens the bar where there is none yet."""
        self._go(back=False)

    def back(self) -> None:
        """Go to the match before."""
        self._go(back=True)

    def _document(self) -> PdfTab | None:
        shown = self._window.tabs.currentWidget()
        return shown if isinstance(shown, PdfTab) else None

    def _go(self, *, back: bool) -> None:
        document = self._document()
        if document is not None:
            document.go_to_hit(-1 if back else 1)
        elif self.bar.isHidden() or not self.field.text():
            self.open()
        else:
            self._find(back=back)

    def _find(self, *, back: bool = False) -> None:
        view = self._window.view()
        page = view.page() if view is not None else None
        if page is not self._page:
            self._leave_page()
            self._take_page(page)
        if page is None or not self.field.text():
            self._leave_page()
            self._show(0, 0)
            return
        flags = _Flag(0)
        if back:
            flags |= _Flag.FindBackward
        if self.case.isChecked():
            flags |= _Flag.FindCaseSensitively
        self._asked += 1
        number = self._asked
        page.findText(self.field.text(), flags, lambda result: self._found(result, number))

    def _found(self, result: QWebEngineFindTextResult, number: int) -> None:
        if number != self._asked:
            return  # a search that another one has broken off finds nothing
        self._show(result.activeMatch(), result.numberOfMatches())

    def _show(self, active: int, matches: int) -> None:
        sought = bool(self.field.text())
        if not sought:
            words = ""
        elif matches:
            words = texts.text("session.find-count", active=str(active), matches=str(matches))
        else:
            words = texts.text("session.find-none")
        self.count.setText(words)
        set_look(self.count, "bad" if sought and not matches else "muted")

    def _take_page(self, page: QWebEnginePage | None) -> None:
        self._page = page
        if page is not None:
            page.destroyed.connect(lambda: self._forget(page))

    def _forget(self, page: QWebEnginePage) -> None:
        if page is self._page:
            self._page = None

    def _leave_page(self) -> None:
        if self._page is not None:
            self._page.findText("")
            self._page = None

    def _turned(self) -> None:
        """Another page is in front, or the one in front has moved on: what was found is gone."""
        if self.bar.isVisible():
            self._find()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self.bar)
        row.addWidget(self.field, 1)
        row.addWidget(self.count)
        for name, act in (("find-back", self.back), ("find-forward", self.forward)):
            button = push_button(texts.text(f"session.{name}"))
            button.clicked.connect(act)
            row.addWidget(button)
        row.addWidget(self.case)
        row.addStretch(0)
        close = put_away_button(texts.text("session.find-close"))
        close.clicked.connect(self.close)
        row.addWidget(close)

    def _attach(self, session: BrowserSession) -> None:
        self._page = None
        session.follow_pages(self._follow)

    def _follow(self, view: QWebEngineView) -> None:
        # While a page is being built the engine answers "none" and marks them all the same (tried).
        view.loadFinished.connect(lambda: self._turned() if view is self._window.view() else None)

    def _connect(self) -> None:
        self._window.session_attached.connect(self._attach)
        self.field.textChanged.connect(lambda _: self._find())
        self.field.returnPressed.connect(self.forward)
        self.case.toggled.connect(lambda _: self._find())
        self._window.tabs.turned.connect(self._turned)
        opening = self._window.header.menu.addAction(texts.text("session.find-menu"), self.open)
        opening.setShortcut("Ctrl+F")
        QShortcut(QKeySequence("F3"), self._window, self.forward)
        QShortcut(QKeySequence("Shift+F3"), self._window, self.back)
        inside = Qt.ShortcutContext.WidgetWithChildrenShortcut
        QShortcut(QKeySequence("Esc"), self.bar, self.close, context=inside)
        QShortcut(QKeySequence("Shift+Return"), self.bar, self.back, context=inside)
