"""What the bank offers to save, from its first octet to a file of the person's own.

The engine writes into an unfinished file of ours (:mod:`certhelper.logon.saved_files`); a PDF goes
into memory to be shown (:mod:`certhelper.logon.browser.pdf_tab`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from enum import Enum, auto
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, QUrl, Signal
from PySide6.QtWebEngineCore import QWebEngineDownloadRequest, QWebEnginePage, QWebEngineProfile

from certhelper.failures import FailedError
from certhelper.logon import file_arrival, file_names
from certhelper.logon.saved_files import PartialFiles, failure_of

_log = logging.getLogger(__name__)

_State = QWebEngineDownloadRequest.DownloadState
_Reason = QWebEngineDownloadRequest.DownloadInterruptReason
_EMPTY = ("", "about:blank")
"""Where a page is that was opened for a file, by a link or by ``window.open('', 'name')``."""
_KEPT = "kept"
MayComeFrom = Callable[[str, str], bool]
"""Takes the addresses of the file and of the page that offers it."""


class Progress(Enum):
    """How a file stands.  All but ``RUNNING`` are final."""

    RUNNING = auto()
    DONE = auto()
    CANCELLED = auto()
    FAILED = auto()


class SavedFile(QObject):
    """One file: arriving, or finished.  It keeps what it came by, and may outlive the session.

    Signal: ``changed()``.  ``total`` is ``None`` where the server does not say; ``path`` is set
    once it is done, ``failure`` once it has failed.  What failed only for want of a place lies
    whole at ``kept``, in the session's private home, until it is moved or the session ends.
    """

    changed = Signal()

    def __init__(self, name: str, folder: Path, downloads: Downloads) -> None:
        super().__init__(downloads)
        self.downloads = downloads
        self.name = name
        self.folder = folder
        self.received = 0
        self.total: int | None = None
        self.progress = Progress.RUNNING
        self.path: Path | None = None
        self.kept: Path | None = None
        self.failure: FailedError | None = None
        self.cancel: Callable[[], None] = lambda: None

    def done(self, path: Path) -> None:
        """It lies whole at ``path``."""
        self.progress, self.path = Progress.DONE, path
        self.name, self.folder = path.name, path.parent
        self.changed.emit()

    def failed(self, error: FailedError) -> None:
        """It will not come."""
        self.progress, self.failure = Progress.FAILED, error
        self.changed.emit()

    def cancelled(self) -> None:
        """The person did not want it any more."""
        self.progress = Progress.CANCELLED
        self.changed.emit()


class Downloads(QObject):
    """Takes every download of a session.

    Signals: ``begun(SavedFile)`` for each file that the person should see, refused ones too;
    ``pdf_came(name, bytes)``; ``page_is_empty(QWebEnginePage)`` for a page that was opened for
    nothing but a file.
    """

    begun = Signal(object)
    pdf_came = Signal(str, bytes)
    page_is_empty = Signal(object)

    def __init__(
        self,
        profile: QWebEngineProfile,
        folder: Path,
        home: Path,
        may_come_from: MayComeFrom,
        *,
        attended: bool,
    ) -> None:
        """``home`` is the session's private home, where a PDF lies while it arrives."""
        super().__init__()  # none owns it: it lives as long as a file of it is on the shelf
        self._folder = folder
        self._home = home
        self._may_come_from = may_come_from
        self._attended = attended
        self._running: set[QWebEngineDownloadRequest] = set()
        self._partial = PartialFiles(home)
        profile.downloadRequested.connect(self._take)

    @property
    def running(self) -> bool:
        """Whether a file is still arriving."""
        return bool(self._running)

    def save(self, octets: bytes, name: str, folder: Path | None = None) -> bool:
        """Save what is in memory, into the person's folder unless another is named.

        Tells whether it was saved; where not, the shelf says why.
        """
        into = folder or self._folder
        file = SavedFile(file_names.safe_name(name), into, self)
        file.received = file.total = len(octets)
        try:
            path = self._partial.save(octets, into, file.name)
        except FailedError as error:
            self._keep(file, octets)
            file.failed(error)
        else:
            file.done(path)
        self.begun.emit(file)
        return file.progress is Progress.DONE

    def move(self, file: SavedFile, to: Path) -> None:
        """Move a finished file to where the person wants it.  Raises :class:`FailedError`."""
        here = file.path or file.kept
        if here is None or to == here:
            return
        name = file_names.safe_name(to.name)
        if file_names.would_run(name):
            raise FailedError("file-would-run", file=name)
        final = self._partial.move(here, to.parent, name)
        self.forget(file)
        file.done(final)

    def forget(self, file: SavedFile) -> None:
        """Remove what was kept of it: the person does not want it any more."""
        if file.kept is not None:
            self._partial.abandon(file.kept)
            file.kept = None

    def _keep(self, file: SavedFile, octets: bytes) -> None:
        with suppress(FailedError, OSError):  # the shelf says already that it was not saved
            part = self._partial.begin(self._home, _KEPT)
            part.write_bytes(octets)
            file.kept = part

    def _begin(self, name: str) -> tuple[Path, FailedError | None]:
        """Where the file is to arrive, and what is wrong with the person's folder, if anything.

        The bank may give a file once only: it comes all the same, and they name another place.
        """
        try:
            return self._partial.begin(self._folder, name), None
        except FailedError as error:
            return self._partial.begin(self._home, _KEPT), error

    def stop(self) -> None:
        """End everything that runs; the session closes."""
        for download in tuple(self._running):
            download.cancel()

    def _take(self, download: QWebEngineDownloadRequest) -> None:
        page: QWebEnginePage | None = download.page()  # none for a page that is gone
        if page is not None and _text(page.url()) in _EMPTY:
            # Later: the engine is still telling of this page's load.
            QTimer.singleShot(0, self, lambda: self._say_empty(page))
        if not self._attended:
            download.cancel()
            return
        name = file_names.safe_name(download.suggestedFileName())
        offered_by = "" if page is None else _text(page.url())
        from_bank = self._may_come_from(_text(download.url()), offered_by)
        code = file_arrival.refusal(name, from_bank=from_bank)
        if code is not None:
            download.cancel()
            self._refuse(FailedError(code, file=name), name)
        elif (
            download.mimeType() == file_arrival.PDF
            and download.totalBytes() <= file_arrival.LARGEST_SHOWN_PDF
        ):
            self._take_pdf(download, name)
        else:
            self._take_file(download, name)

    def _say_empty(self, page: QWebEnginePage) -> None:
        self.page_is_empty.emit(page)

    def _refuse(self, error: FailedError, name: str) -> None:
        file = SavedFile(name, self._folder, self)
        file.failed(error)
        self.begun.emit(file)

    def _take_file(self, download: QWebEngineDownloadRequest, name: str) -> None:
        try:
            part, refused = self._begin(name)
        except FailedError as error:
            download.cancel()
            self._refuse(error, name)
            return
        file = SavedFile(name, self._folder, self)

        def whole() -> None:
            if refused is not None:
                file.kept = part
                file.failed(refused)
                return
            try:
                file.done(self._partial.finish(part, file.folder, name))
            except FailedError as error:
                file.failed(error)

        self._follow(download, file, part, whole)
        self.begun.emit(file)

    def _take_pdf(self, download: QWebEngineDownloadRequest, name: str) -> None:
        try:
            part = self._partial.begin(self._home, "shown.pdf")
        except FailedError as error:
            download.cancel()
            self._refuse(error, name)
            return
        file = SavedFile(name, self._folder, self)

        def whole() -> None:
            try:
                octets = part.read_bytes()
            except OSError as error:
                file.failed(failure_of(error, self._folder, name))
                return
            finally:
                self._partial.abandon(part)
            self.pdf_came.emit(name, octets)

        # It is seen among the files only when it does not come.
        file.changed.connect(
            lambda: self.begun.emit(file) if file.progress is Progress.FAILED else None
        )
        self._follow(download, file, part, whole)

    def _follow(
        self,
        download: QWebEngineDownloadRequest,
        file: SavedFile,
        part: Path,
        whole: Callable[[], None],
    ) -> None:
        reason = 0

        def moved() -> None:
            file.received = download.receivedBytes()
            # Qt says 0, too, for what the server does not tell.
            file.total = download.totalBytes() if download.totalBytes() > 0 else None
            file.changed.emit()

        def interrupted() -> None:
            # Chromium begins anew by itself when less came than was promised: with a GET even
            # where a form was posted, up to five times, past the guard (download_item_impl.cc,
            # AutoResumeIfValid; tried).  What it then gets need not be this file.
            nonlocal reason
            reason = reason or _number(download.interruptReason())
            if not download.isFinished():
                download.cancel()

        def finished() -> None:
            self._running.discard(download)
            if download.state() == _State.DownloadCompleted and not reason:
                whole()
                return
            self._partial.abandon(part)
            if reason in (0, _Reason.UserCanceled.value):
                file.cancelled()
            else:
                code = file_arrival.code_of_interruption(reason)
                file.failed(FailedError(code, file=file.name, folder=str(file.folder)))

        download.receivedBytesChanged.connect(moved)
        download.interruptReasonChanged.connect(interrupted)
        download.isFinishedChanged.connect(finished)
        file.cancel = download.cancel
        self._running.add(download)
        download.setDownloadDirectory(str(part.parent))
        download.setDownloadFileName(part.name)
        download.accept()


def _text(url: QUrl) -> str:
    return url.toString(QUrl.ComponentFormattingOption.FullyEncoded)


def _number(reason: _Reason) -> int:
    """The number, which Qt hands on also where its list of names has none for it."""
    value: int = reason.value
    return value
