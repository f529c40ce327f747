"""Reads the stores in the background and tells what they hold as they answer.

Each store is read in a daemon thread of its own, not in a ``QThreadPool``: a pool waits for its
threads when the program ends, and a store has been seen to stall for half an hour.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from certhelper import moment
from certhelper.bank import Bank
from certhelper.failures import FailedError
from certhelper.listing import Listing, combine
from certhelper.stores.base import Store, StoreReading, StoreStatus

_SLOW_MS: Final = 1000

FindStores = Callable[[], Sequence[Store]]


class Reader(QObject):
    """Tells of the stores as they answer; all its signals arrive in the window's thread.

    ``listed`` carries a :class:`Listing` of what has answered so far; ``slow`` the names of the
    stores that take long (none: no longer); ``finished`` comes when nothing is pending;
    ``no_stores`` carries the :class:`FailedError` of a store that was named wrongly.
    """

    listed = Signal(object)
    slow = Signal(object)
    finished = Signal()
    no_stores = Signal(object)
    _found = Signal(int, object)
    _answered = Signal(int, int, object)
    _combined = Signal(int, object)

    def __init__(
        self,
        bank: Bank,
        find_stores: FindStores,
        parent: QObject | None = None,
        clock: Callable[[], datetime] = moment.now,
    ) -> None:
        super().__init__(parent)
        self._bank = bank
        self._find_stores = find_stores
        self._clock = clock
        self._round = 0
        self._stores: Sequence[Store] | None = None
        self._readings: dict[int, StoreReading] = {}
        self._combining = self._combine_again = False
        self._complete = True
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_SLOW_MS)
        self._patience.timeout.connect(self._say_slow)
        self._found.connect(self._stores_found)
        self._answered.connect(self._store_answered)
        self._combined.connect(self._listing_made)

    @property
    def stores(self) -> Sequence[Store]:
        """The stores that were found; they are kept from one reading to the next."""
        return self._stores or ()

    @property
    def is_reading(self) -> bool:
        return not self._complete

    def start(self) -> None:
        """Read everything; an earlier reading that is still under way is forgotten."""
        self._round += 1
        self._readings = {}
        self._complete = False
        self._combining = self._combine_again = False
        self._patience.start()
        if self._stores is None:
            self._in_thread("find stores", self._find, self._round)
        else:
            self._stores_found(self._round, self._stores)

    def cancel(self) -> None:
        """Stop waiting.  A store that has not answered is shown as such, never left out."""
        if self._stores is None:
            self._round += 1
            self._complete = True
            self._patience.stop()
            self.slow.emit(())
            self.finished.emit()
            return
        for number, store in enumerate(self._stores):
            if number not in self._readings:
                stopped = StoreReading(
                    store.kind, store.where, StoreStatus.FAILED, "reading-stopped"
                )
                self._store_answered(self._round, number, stopped)

    def judge_again(self) -> None:
        """Judge what was read as of now, without reading it again."""
        if self._readings:
            self._combine()

    def _find(self, number: int) -> None:
        try:
            found = tuple(self._find_stores())
        except FailedError as error:
            self.no_stores.emit(error)
        else:
            self._found.emit(number, found)

    def _stores_found(self, number: int, stores: Sequence[Store]) -> None:
        if number != self._round:
            return
        self._stores = stores
        for place, store in enumerate(stores):
            self._in_thread(f"read {store.kind}", self._read, number, place, store)
        if not stores:
            self._combine()

    def _read(self, number: int, place: int, store: Store) -> None:
        # A store promises not to raise; one that does must not leave the window waiting for it.
        reading = StoreReading(store.kind, store.where, StoreStatus.FAILED, "program-fault")
        try:
            reading = store.read()
        finally:
            self._answered.emit(number, place, reading)

    def _store_answered(self, number: int, place: int, reading: StoreReading) -> None:
        if number != self._round or place in self._readings:
            return
        self._readings[place] = reading
        if self._patience_is_over:
            self._say_slow()
        self._combine()

    @property
    def _patience_is_over(self) -> bool:
        return not self._patience.isActive()

    def _combine(self) -> None:
        if self._combining:
            self._combine_again = True
            return
        self._combining = True
        readings = tuple(self._readings[place] for place in sorted(self._readings))
        self._in_thread("judge", self._judge, self._round, readings)

    def _judge(self, number: int, readings: tuple[StoreReading, ...]) -> None:
        self._combined.emit(number, combine(readings, self._bank, self._clock()))

    def _listing_made(self, number: int, listing: Listing) -> None:
        if number != self._round:
            return
        self._combining = False
        self.listed.emit(listing)
        if self._combine_again:
            self._combine_again = False
            self._combine()
        elif not self._complete and len(self._readings) == len(self.stores):
            self._complete = True
            self._patience.stop()
            self.slow.emit(())
            self.finished.emit()

    def _say_slow(self) -> None:
        if self._complete:
            return
        pending = [
            f"{store.kind}:{store.where}" if store.where else store.kind
            for place, store in enumerate(self.stores)
            if place not in self._readings
        ]
        self.slow.emit(tuple(pending))

    def _in_thread(self, name: str, work: Callable[..., None], *arguments: object) -> None:
        threading.Thread(target=work, args=arguments, name=name, daemon=True).start()
