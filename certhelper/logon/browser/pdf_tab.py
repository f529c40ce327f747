"""A PDF of the bank's in a tab of its own: to be read, searched, printed and saved."""

from __future__ import annotations

from PySide6.QtCore import QMargins, QModelIndex, Qt, Signal
from PySide6.QtGui import QKeySequence, QMouseEvent, QShortcut
from PySide6.QtPdf import QPdfSearchModel
from PySide6.QtPdfWidgets import QPdfView
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from certhelper import failures, texts
from certhelper.logon.browser.file_dialogs import code_line
from certhelper.logon.browser.pdf_document import PdfDocument
from certhelper.look.widgets import plain_label, push_button, put_away_button

_STEP = 1.25
_LEAST, _MOST = 0.25, 5.0
_POINTS = 72
_MARGIN = 12


class PdfTab(QWidget):
    """Shows one document; ``document.failure`` says why it cannot.

    Signals: ``save_wanted()``, ``save_as_wanted()``, ``print_wanted()``.
    """

    save_wanted = Signal()
    save_as_wanted = Signal()
    print_wanted = Signal()

    def __init__(self, name: str, octets: bytes) -> None:
        super().__init__()
        self.name = name
        self.document = PdfDocument(octets, self)
        self._search = QPdfSearchModel(self)
        self._found = -1
        self.zoom = plain_label(wrap=False)
        self.state = plain_label(texts.text("files.not-saved-yet"), "muted")
        self.hits = plain_label(look="muted", wrap=False)
        self.words = QLineEdit()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._first_row())
        if self.document.failure:
            column.addWidget(self._refusal())
            column.addStretch(1)
            return
        self.pages = _Pages(self)
        self.finding = self._find_row()
        self.finding.hide()
        column.addWidget(self.finding)
        column.addWidget(self.pages, 1)
        self.pages.setDocument(self.document.pages)
        self.pages.setPageMode(QPdfView.PageMode.MultiPage)
        self.pages.setDocumentMargins(QMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN))
        self.pages.setZoomMode(QPdfView.ZoomMode.FitToWidth)
        self._search.setDocument(self.document.pages)
        self._search.countChanged.connect(self._counted)
        self.pages.setSearchModel(self._search)
        self._show_zoom()
        self.setFocusProxy(self.pages)  # so that the keys scroll it

    def tell_saved(self) -> None:
        """From now on it lies in a folder, too."""
        self.state.setText(texts.text("files.saved-document"))

    def zoom_by(self, factor: float) -> None:
        """Larger or smaller than it is now."""
        zoomed = max(_LEAST, min(_MOST, self._zoom_now() * factor))
        self.pages.setZoomMode(QPdfView.ZoomMode.Custom)
        self.pages.setZoomFactor(zoomed)
        self._show_zoom()

    def fit_width(self) -> None:
        """As wide as the window."""
        self.pages.setZoomMode(QPdfView.ZoomMode.FitToWidth)
        self._show_zoom()

    def seek(self) -> None:
        """Be ready for the words to look for."""
        if self.document.failure:
            return
        self.finding.show()
        self.words.setFocus()
        self.words.selectAll()

    def go_to_hit(self, step: int = 1) -> None:
        """Go to the next place where the words stand, or the one before."""
        count = self._search.rowCount(QModelIndex())
        if not count:
            return
        self._found = (self._found + step) % count
        self.pages.setCurrentSearchResultIndex(self._found)
        place = self._search.resultAtIndex(self._found)
        self.pages.pageNavigator().jump(place.page(), place.location(), 0)
        self._count()

    def _first_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(_MARGIN // 2)
        if not self.document.failure:
            self._add_sizes(row)
        row.addWidget(self.state, 1)
        self.save = push_button(texts.text("files.save"), "primary")
        self.save.clicked.connect(self.save_wanted)
        save_as = push_button(texts.text("files.save-as"))
        save_as.clicked.connect(self.save_as_wanted)
        printing = push_button(texts.text("files.print"))
        printing.clicked.connect(self.print_wanted)
        printing.setEnabled(not self.document.failure)
        for button in (printing, save_as, self.save):
            row.addWidget(button)
        row.setContentsMargins(_MARGIN, _MARGIN // 2, _MARGIN, _MARGIN // 2)
        return row

    def _add_sizes(self, row: QHBoxLayout) -> None:
        for label, name, act in (
            ("−", "files.smaller", lambda: self.zoom_by(1 / _STEP)),
            ("＋", "files.larger", lambda: self.zoom_by(_STEP)),
        ):
            button = push_button(label)
            button.setAccessibleName(texts.text(name))
            button.setToolTip(texts.text(name))
            button.clicked.connect(act)
            row.addWidget(button)
        row.addWidget(self.zoom)
        fit = push_button(texts.text("files.fit-width"))
        fit.clicked.connect(self.fit_width)
        row.addWidget(fit)

    def _find_row(self) -> QWidget:
        """Only there while somebody looks for something: a PDF needs the room."""
        shown = QWidget()
        row = QHBoxLayout(shown)
        row.setSpacing(_MARGIN // 2)
        self.words.setPlaceholderText(texts.text("files.find-words"))
        self.words.setAccessibleName(texts.text("files.find-words"))
        self.words.setMaximumWidth(self.words.fontMetrics().averageCharWidth() * 30)
        self.words.textChanged.connect(self._look_for)
        self.words.returnPressed.connect(self.go_to_hit)
        row.addWidget(self.words)
        for label, name, step in (("↑", "files.find-before", -1), ("↓", "files.find-next", 1)):
            button = push_button(label)
            button.setAccessibleName(texts.text(name))
            button.setToolTip(texts.text(name))
            button.clicked.connect(lambda _=False, by=step: self.go_to_hit(by))
            row.addWidget(button)
        row.addWidget(self.hits)
        row.addStretch(1)
        close = put_away_button(texts.text("session.find-close"))
        close.clicked.connect(self._end_finding)
        row.addWidget(close)
        inside = Qt.ShortcutContext.WidgetWithChildrenShortcut
        QShortcut(QKeySequence("Esc"), shown, self._end_finding, context=inside)
        row.setContentsMargins(_MARGIN, 0, _MARGIN, _MARGIN // 2)
        return shown

    def _end_finding(self) -> None:
        self.words.clear()
        self.finding.hide()
        self.pages.setFocus()

    def _refusal(self) -> QWidget:
        told = failures.find(self.document.failure).say({"file": self.name})
        words = f"{told.message}\n{told.cause}\n{told.remedy}\n{code_line(told)}"
        label = plain_label(words, "bad", selectable=True)
        label.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        return label

    def _look_for(self, words: str) -> None:
        self._found = -1
        self._search.setSearchString(words)
        self._count()

    def _counted(self) -> None:
        """The search goes on beside; what it finds first is gone to at once."""
        if self._found < 0:
            self.go_to_hit()
        self._count()

    def _count(self) -> None:
        count = self._search.rowCount(QModelIndex())
        shown = texts.text("files.found", place=self._found + 1, count=count)
        self.hits.setText(shown if self.words.text() else "")

    def _zoom_now(self) -> float:
        if self.pages.zoomMode() is QPdfView.ZoomMode.Custom:
            return self.pages.zoomFactor()
        page = self.document.pages.pagePointSize(0).width() * self.pages.logicalDpiX() / _POINTS
        return (self.pages.viewport().width() - 2 * _MARGIN) / page

    def _show_zoom(self) -> None:
        custom = self.pages.zoomMode() is QPdfView.ZoomMode.Custom
        self.zoom.setText(f"{round(self.pages.zoomFactor() * 100)}%" if custom else "")


class _Pages(QPdfView):
    """The pages, without links, which Qt follows at a press of the mouse.

    An address would be opened by the system's programs, in the session's private home; and in a
    PDF it is anybody's.  (6.11.3 jumps to pages and leaves addresses alone; a later one need not.)
    """

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        event.ignore()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.ignore()
