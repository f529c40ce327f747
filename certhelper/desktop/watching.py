"""Shows what is installed or removed while the window stands there, without being asked to.

Nothing is looked at while the window is hidden or minimised; what has changed meanwhile shows
when it is there again.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from certhelper.desktop.reading import Reader, Seen
from certhelper.desktop.visibility import Visibility
from certhelper.qt import background
from certhelper.stores.watching import Change, Stop, Watcher

_SETTLE_MS: Final = 300
"""A browser that imports a certificate writes several times; it is read when that is over."""


class StoreWatch(QObject):
    """Has the reader read again the stores that have changed.

    Not while a dialog is open above the window: what stands below the PIN pad stays as it is
    until the pad is closed.
    """

    def __init__(
        self, visibility: Visibility, reader: Reader, watcher: Watcher | None = None
    ) -> None:
        super().__init__(reader)
        self._visibility = visibility
        self._reader = reader
        self._watcher = watcher or Watcher()
        self._stop: Stop | None = None
        self._change = Change()
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(_SETTLE_MS)
        self._settling.timeout.connect(self._read_changed)
        reader.finished.connect(self._begin)
        self._visibility.changed.connect(self._visibility_changed)

    @property
    def is_watching(self) -> bool:
        return self._stop is not None

    def _visibility_changed(self) -> None:
        if not self._visibility.is_seen:
            self._end()
        elif not self.is_watching:
            self._begin()

    def _begin(self) -> None:
        """Watch from what was last read."""
        self._end()
        if not self._visibility.is_seen or self._reader.is_reading:
            return
        self._stop = Stop()
        background.start("watch stores", partial(self._wait, self._reader.seen, self._stop))

    def _end(self) -> None:
        if self._stop is not None:
            self._stop.set()
        self._stop = None
        self._settling.stop()

    def _wait(self, seen: Sequence[Seen], stop: Stop) -> None:
        """In a thread."""
        marks = [(one.store, one.mark) for one in seen]
        change = self._watcher.wait(marks, stop, self._reader.others_are_here)
        if change:
            places = [seen[number].place for number in change.stores]
            background.deliver(self, partial(self._noticed, change._replace(stores=places), stop))

    def _noticed(self, change: Change, stop: Stop) -> None:
        if stop is self._stop:
            self._change = change
            self._settling.start()

    def _read_changed(self) -> None:
        if QApplication.activeModalWidget() is not None:
            self._settling.start()
        else:
            self._reader.refresh(self._change.stores, find_others=self._change.others_are_here)
