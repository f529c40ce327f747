"""Shows what is installed or removed while the window stands there, without being asked to.

Nothing is looked at while the window is hidden or minimised; what has changed meanwhile shows
when it is there again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple
from weakref import WeakSet

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from certhelper.desktop.reading import Reader, Seen
from certhelper.desktop.visibility import Visibility
from certhelper.qt import background
from certhelper.stores.base import Store
from certhelper.stores.watching import Mark, Stop, Watcher, retry_seconds

_log = logging.getLogger(__name__)

_SETTLE_MS: Final = 300
"""A browser that imports a certificate writes several times; it is read when that is over."""


class _Wait(NamedTuple):
    """A store that is waited for in a thread of its own: another one may hang."""

    store: Store
    mark: Mark
    stop: Stop


class StoreWatch(QObject):
    """Has the reader read again the stores that have changed, each by itself.

    Not while a dialog is open above the window: what stands below the PIN pad stays as it is
    until the pad is closed.  ``is_urgent`` names the store that such a dialog is about: whether
    its token is still there is not to be found out afterwards.
    """

    def __init__(
        self, visibility: Visibility, reader: Reader, watcher: Watcher | None = None
    ) -> None:
        super().__init__(reader)
        self._visibility = visibility
        self._reader = reader
        self._watcher = watcher or Watcher()
        self.is_urgent: Callable[[Store], bool] = lambda _: False
        self._stops = WeakSet[Stop]()
        self.destroyed.connect(partial(_end_all, self._stops))
        self._waits: dict[int, _Wait] = {}
        self._others: Stop | None = None
        self._changed: dict[int, Store] = {}
        self._others_came = False
        self._last_marks: dict[int, Mark] = {}
        self._fruitless: dict[int, int] = {}
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(_SETTLE_MS)
        self._settling.timeout.connect(self._read_changed)
        reader.answered.connect(self._watch_what_answered)
        reader.finished.connect(self._watch_what_answered)
        self._visibility.changed.connect(self._visibility_changed)

    @property
    def is_watching(self) -> bool:
        return self._others is not None or bool(self._waits)

    def _visibility_changed(self) -> None:
        if not self._visibility.is_seen:
            self._end()
        elif not self.is_watching:
            self._watch_what_answered()

    def _watch_what_answered(self) -> None:
        """Watch each store from what was last read of it."""
        if not self._visibility.is_seen:
            return
        seen = {
            id(one.store): one for one in self._reader.seen if id(one.store) not in self._changed
        }
        for key, wait in list(self._waits.items()):
            if key not in seen or seen[key].mark != wait.mark:
                wait.stop.set()
                del self._waits[key]
        for key, one in seen.items():
            if key not in self._waits:
                self._watch(key, one)
        if self._others is None and not self._others_came:
            self._others = stop = self._new_stop()
            background.start("watch for stores", partial(self._wait_for_others, stop))

    def _watch(self, key: int, one: Seen) -> None:
        is_as_before = key in self._last_marks and self._last_marks.pop(key) == one.mark
        self._fruitless[key] = self._fruitless.get(key, 0) + 1 if is_as_before else 0
        self._waits[key] = wait = _Wait(one.store, one.mark, self._new_stop())
        work = partial(self._wait, wait, retry_seconds(self._fruitless[key]))
        background.start("watch stores", work)

    def _new_stop(self) -> Stop:
        stop = Stop()
        self._stops.add(stop)
        return stop

    def _end(self) -> None:
        for wait in self._waits.values():
            wait.stop.set()
        self._waits.clear()
        if self._others is not None:
            self._others.set()
        self._others = None
        self._changed.clear()
        self._others_came = False
        self._settling.stop()

    def _wait(self, wait: _Wait, retry_after: float) -> None:
        """In a thread.  After a fault the store is read again, a little later."""
        seen = [(wait.store, wait.mark)]
        try:
            has_changed = bool(self._watcher.wait(seen, wait.stop, retry_after=retry_after))
        except Exception as fault:  # noqa: BLE001  # else nothing of it would show any more
            _log.warning("watching %s: %s", wait.store.kind, type(fault).__name__)
            has_changed = not wait.stop.wait(retry_after)
        if has_changed:
            background.deliver(self, partial(self._noticed, wait))

    def _wait_for_others(self, stop: Stop) -> None:
        """In a thread.  After a fault the stores of this PC are looked for, a little later."""
        try:
            has_changed = bool(self._watcher.wait([], stop, self._reader.others_are_here))
        except Exception as fault:  # noqa: BLE001  # as above
            _log.warning("watching for stores: %s", type(fault).__name__)
            has_changed = not stop.wait(retry_seconds(0))
        if has_changed:
            background.deliver(self, partial(self._noticed_others, stop))

    def _noticed(self, wait: _Wait) -> None:
        key = id(wait.store)
        if self._waits.get(key) is wait:
            del self._waits[key]
            self._last_marks[key] = wait.mark
            self._changed[key] = wait.store
            self._settle()

    def _noticed_others(self, stop: Stop) -> None:
        if stop is self._others:
            self._others = None
            self._others_came = True
            self._settle()

    def _settle(self) -> None:
        if not self._settling.isActive():
            self._settling.start()

    def _read_changed(self) -> None:
        is_held_back = QApplication.activeModalWidget() is not None
        ready = [
            store for store in self._changed.values() if not is_held_back or self.is_urgent(store)
        ]
        for store in ready:
            del self._changed[id(store)]
        self._reader.refresh(ready)
        if self._others_came and not is_held_back:
            self._others_came = False
            self._reader.find_others()
        if self._changed or self._others_came:
            self._settling.start()


def _end_all(stops: WeakSet[Stop], *_: object) -> None:
    """No thread waits for a window that is gone, however it went."""
    for stop in stops:
        stop.set()
