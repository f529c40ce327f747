"""What the bank offers to save: files go into one folder, and nothing is overwritten."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWebEngineCore import QWebEngineDownloadRequest, QWebEngineProfile


class Downloads(QObject):
    """Takes every download of a session.

    Signal: ``downloaded(file, folder, whether it is whole)``.
    """

    downloaded = Signal(str, str, bool)

    def __init__(
        self, profile: QWebEngineProfile, folder: Path, *, attended: bool, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._folder = folder
        self._attended = attended
        profile.downloadRequested.connect(self._take)

    def _take(self, download: QWebEngineDownloadRequest) -> None:
        if not self._attended:
            download.cancel()
            return
        # The engine itself finds a name that is free; nothing is overwritten.
        download.setDownloadDirectory(str(self._folder))
        download.isFinishedChanged.connect(
            lambda: self.downloaded.emit(
                download.downloadFileName(),
                download.downloadDirectory(),
                download.state() == QWebEngineDownloadRequest.DownloadState.DownloadCompleted,
            )
        )
        download.accept()
