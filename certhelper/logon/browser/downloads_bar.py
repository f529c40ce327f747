"""The shelf under the bank's pages: every file that arrives, how far it is, and where it lies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from certhelper import failures, texts
from certhelper.logon import file_arrival
from certhelper.logon.browser import file_dialogs, outbox
from certhelper.logon.browser.downloads import Downloads, Progress, SavedFile
from certhelper.logon.browser.file_dialogs import FileDialogs
from certhelper.logon.browser.session import BrowserSession
from certhelper.logon.wishes import Wish, WishKind
from certhelper.look.widgets import as_tool_tip, plain_label, push_button, put_away_button, set_look

if TYPE_CHECKING:
    from certhelper.logon.browser.window import SessionWindow

_ROWS_SEEN = 4
_SHARE = 4
"""The rows take at most one part in so many of the window's height, and one row in any case."""

SAVED_STAYS_MS = 60_000
"""How long a row stays that says only that all is well."""
_BAR_WIDTH = 160
_STEPS = 100


class DownloadsBar(QObject):
    """Shows the files of the window's session; those of the session before stay listed."""

    def __init__(self, window: SessionWindow) -> None:
        super().__init__(window)
        self._dialogs = FileDialogs(window.request)
        self._rows: list[FileRow] = []
        self._list = QWidget()
        self._column = QVBoxLayout(self._list)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.widget = QScrollArea()
        self.widget.setWidgetResizable(True)
        self.widget.setFrameShape(QFrame.Shape.NoFrame)
        self.widget.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.widget.setWidget(self._list)
        self.widget.hide()
        bar = self.widget.verticalScrollBar()
        # The newest row is seen whole; words that wrap find their height only later.
        bar.rangeChanged.connect(lambda _least, most: bar.setValue(most))
        window.add_bar(self.widget, below=True)
        window.session_attached.connect(self._attach)

    def _attach(self, session: BrowserSession) -> None:
        session.downloads.begun.connect(self._add)

    def _add(self, file: SavedFile) -> None:
        row = FileRow(file, file.downloads, self._dialogs)
        row.dismiss.clicked.connect(lambda: self._remove(row))
        row.height_changed = self._fit
        row.seen_enough.connect(lambda: self._remove(row))
        self._rows.append(row)
        self._column.addWidget(row)
        self.widget.show()
        self._fit()

    def _remove(self, row: FileRow) -> None:
        row.forget()
        self._rows.remove(row)
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()
        self.widget.setVisible(bool(self._rows))
        self._fit()

    def _fit(self) -> None:
        heights = [row.sizeHint().height() for row in self._rows[-_ROWS_SEEN:]]
        room = self.widget.window().height() // _SHARE
        while len(heights) > 1 and sum(heights) > room:
            heights.pop(0)
        self.widget.setFixedHeight(sum(heights))


class FileRow(QFrame):
    """One file.  ``dismiss`` is the button that takes the row away; the file stays.

    ``seen_enough`` is sent some time after the file was saved, but not while the person is at it.
    """

    seen_enough = Signal()

    def __init__(self, file: SavedFile, downloads: Downloads, dialogs: FileDialogs) -> None:
        super().__init__()
        self._file = file
        self._downloads = downloads
        self._dialogs = dialogs
        self.height_changed: Callable[[], None] = lambda: None
        self.leaving = QTimer(self, singleShot=True, interval=SAVED_STAYS_MS)
        self.leaving.timeout.connect(self._leave)
        self.name = plain_label(look="heading", wrap=False)
        self.state = plain_label()
        self.state.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(_BAR_WIDTH)
        self.bar.setAccessibleName(file.name)
        self.cancel = push_button(texts.text("files.cancel"))
        self.cancel.clicked.connect(self._cancel)
        self.open_folder = push_button(texts.text("files.open-folder"))
        self.open_folder.clicked.connect(self._open_folder)
        self.save_as = push_button(texts.text("files.save-as"))
        self.save_as.clicked.connect(self._save_as)
        self.dismiss = put_away_button(texts.text("files.dismiss"))
        row = QHBoxLayout(self)
        for part in (self.name, self.bar, self.state):
            row.addWidget(part, 1 if part is self.state else 0)
        for button in (self.cancel, self.open_folder, self.save_as, self.dismiss):
            row.addWidget(button)
        file.changed.connect(self._show)
        self._show()

    def forget(self) -> None:
        """Let go of a file that has no place."""
        self._downloads.forget(self._file)

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.LayoutRequest:  # words that wrap have found their height
            self.height_changed()
        return super().event(event)

    def _leave(self) -> None:
        focused: QWidget | None = self.window().focusWidget()
        if self.underMouse() or (focused is not None and self.isAncestorOf(focused)):
            self.leaving.start()
        else:
            self.seen_enough.emit()

    def _show(self) -> None:
        file = self._file
        running = file.progress is Progress.RUNNING
        done = file.progress is Progress.DONE
        metrics = self.name.fontMetrics()
        longest = metrics.averageCharWidth() * 36
        self.name.setText(metrics.elidedText(file.name, Qt.TextElideMode.ElideMiddle, longest))
        self.name.setToolTip(as_tool_tip(str(file.path or file.name)))
        self.bar.setVisible(running)
        if file.total:
            self.bar.setRange(0, _STEPS)
            self.bar.setValue(min(_STEPS, file.received * _STEPS // file.total))
        else:
            self.bar.setRange(0, 0)  # moves without an end
        if done:
            self.leaving.start()
        self.cancel.setVisible(running)
        self.open_folder.setVisible(done)
        self.save_as.setVisible(done or file.kept is not None)
        self.dismiss.setVisible(not running)
        self.state.setText(self._words())
        looks = {Progress.DONE: "said-done", Progress.FAILED: "said-fault"}
        set_look(self, looks.get(file.progress, "said"), self.name, self.state)
        self.height_changed()

    def _words(self) -> str:
        file = self._file
        match file.progress:
            case Progress.RUNNING:
                return file_arrival.progress(file.received, file.total)
            case Progress.DONE:
                return texts.text("files.saved", folder=file.folder.name or str(file.folder))
            case Progress.CANCELLED:
                return texts.text("files.cancelled")
            case Progress.FAILED:
                error = file.failure
                assert error is not None  # failed() sets both
                told = failures.find(error.code).say(error.facts)
                return texts.text(
                    "files.failed",
                    message=told.message,
                    cause=told.cause,
                    remedy=told.remedy,
                    code=told.code,
                )

    def _cancel(self) -> None:
        self._file.cancel()  # set after the row was made

    def _open_folder(self) -> None:
        outbox.wish(Wish(WishKind.OPEN_FOLDER, str(self._file.folder)))

    def _save_as(self) -> None:
        file = self._file
        chosen = self._dialogs.where_to_save(self.window(), file.folder, file.name)
        if chosen is not None:
            self._move(chosen)

    def _move(self, to: Path) -> None:
        try:
            self._downloads.move(self._file, to)
        except failures.FailedError as error:
            file_dialogs.say(self.window(), error)
