"""Reads the stores in the background, each in a thread of its own, and tells what they hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Final, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from certhelper import moment
from certhelper.bank import Bank
from certhelper.checks import NO_CHECKS, AllChecks
from certhelper.failures import FailedError
from certhelper.listing import Listing, combine
from certhelper.qt import background
from certhelper.stores import watching
from certhelper.stores.base import Store, StoreReading, StoreStatus

_SLOW_MS: Final = 1000

FindStores = Callable[[], Sequence[Store]]


class Seen(NamedTuple):
    """A store that has answered, its number, and what a look saw right before it was read."""

    place: int
    store: Store
    mark: watching.Mark


class Reader(QObject):
    """Tells of the stores as they answer; all its signals arrive in the window's thread.

    ``listed`` carries a :class:`Listing` of what has answered so far (with the last of them
    :attr:`is_reading` is over); ``slow`` carries the names of the
    stores that take long (empty: they are still being looked for; ``None``: it is over);
    ``finished`` comes when nothing is pending;
    ``no_stores`` carries the :class:`FailedError` of a store that was named wrongly.
    """

    listed = Signal(object)
    slow = Signal(object)
    finished = Signal()
    no_stores = Signal(object)

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
        self._marks: dict[int, watching.Mark] = {}
        self._renewing: set[int] = set()
        self._combining = self._combine_again = False
        self._complete = True
        self._is_quiet = False
        self._checks = NO_CHECKS
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_SLOW_MS)
        self._patience.timeout.connect(self._say_slow)

    @property
    def stores(self) -> Sequence[Store]:
        """The stores of this reading, as soon as they were found."""
        return self._stores or ()

    @property
    def seen(self) -> Sequence[Seen]:
        """The stores that answered; one that was given up while it took long is not among them."""
        stores = self.stores
        return [Seen(place, stores[place], mark) for place, mark in sorted(self._marks.items())]

    @property
    def is_reading(self) -> bool:
        return not self._complete

    def start(self) -> None:
        """Read everything; an earlier reading that is still under way is forgotten."""
        self._next_round()
        self._readings, self._marks = {}, {}
        self._complete = self._is_quiet = False
        self._patience.start()
        self._stores = None
        background.start("find stores", partial(self._find, self._round, self._stores_found))

    def others_are_here(self) -> bool:
        """Whether there are other stores now than those that were found; for a thread."""
        known = self._stores
        if known is None:
            return False
        try:
            found = self._find_stores()
        except FailedError:
            return False  # a store that was named and is gone: its own row says so
        return list(map(id, found)) != list(map(id, known))

    def refresh(self, places: Sequence[int], *, find_others: bool = False) -> None:
        """Read some of the stores again; what they held stays listed until they answer.

        With ``find_others`` the stores are looked for again, too, and the new ones read.  Nobody is
        told that it takes long: nobody asked for it.
        """
        if self.is_reading or self._stores is None:
            return
        self._complete, self._is_quiet = False, True
        if find_others:
            self._next_round()
            again = [self._stores[place] for place in places]
            work = partial(self._find, self._round, partial(self._others_found, again))
            background.start("find stores", work)
            return
        self._renewing = set(places)
        self._read_in_threads(places)

    def cancel(self) -> None:
        """Stop waiting.  A store that has not answered is shown as such, never left out."""
        if self._stores is None:
            self._round += 1
            self._complete = True
            self._patience.stop()
            self.slow.emit(None)
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

    def judge_by(self, checks: AllChecks) -> None:
        """Judge by these, too, from now on: what was found out beyond the stores."""
        self._checks = checks
        self.judge_again()

    def _next_round(self) -> None:
        """What is under way from before is not waited for any more."""
        self._round += 1
        self._renewing = set()
        self._combining = self._combine_again = False

    def _find(self, number: int, then: Callable[[int, Sequence[Store]], None]) -> None:
        try:
            found = tuple(self._find_stores())
        except FailedError as error:
            background.deliver(self, partial(self.no_stores.emit, error))
        else:
            background.deliver(self, partial(then, number, found))

    def _stores_found(self, number: int, stores: Sequence[Store]) -> None:
        if number != self._round:
            return
        self._stores = stores
        if stores and self._patience_is_over:
            self._say_slow()
        self._read_in_threads(range(len(stores)))
        if not stores:
            self._combine()

    def _others_found(self, again: Sequence[Store], number: int, stores: Sequence[Store]) -> None:
        """Keep what is known of the stores that are there still, and read the others."""
        if number != self._round:
            return
        before = {id(store): place for place, store in enumerate(self.stores)}
        readings, marks = self._readings, self._marks
        kept = {
            place: before[id(store)] for place, store in enumerate(stores) if id(store) in before
        }
        self._stores = stores
        self._readings = {new: readings[old] for new, old in kept.items() if old in readings}
        self._marks = {new: marks[old] for new, old in kept.items() if old in marks}
        renewed = {id(store) for store in again}
        self._renewing = {new for new, _ in kept.items() if id(stores[new]) in renewed}
        unread = [new for new in range(len(stores)) if new not in self._readings]
        self._read_in_threads([*sorted(self._renewing), *unread])
        self._combine()

    def _read_in_threads(self, places: Iterable[int]) -> None:
        for place in places:
            store = self.stores[place]
            work = partial(self._read, self._round, place, store)
            background.start(f"read {store.kind}", work)

    def _read(self, number: int, place: int, store: Store) -> None:
        # A store promises not to raise; one that does must not leave the window waiting for it.
        reading = StoreReading(store.kind, store.where, StoreStatus.FAILED, "program-fault")
        mark: watching.Mark = None
        try:
            mark = watching.look(store)
            reading = store.read()
            if watching.is_seen_by_reading(store):
                mark = watching.look(store)
        finally:
            answer = partial(self._read_with_mark, number, place, reading, mark)
            background.deliver(self, answer)

    def _read_with_mark(
        self, number: int, place: int, reading: StoreReading, mark: watching.Mark
    ) -> None:
        if self._store_answered(number, place, reading):
            self._marks[place] = mark

    def _store_answered(self, number: int, place: int, reading: StoreReading) -> bool:
        """Take a store's answer; ``False`` when nobody waits for it any more."""
        is_awaited = place not in self._readings or place in self._renewing
        if number != self._round or not is_awaited:
            return False
        self._renewing.discard(place)
        self._readings[place] = reading
        if self._patience_is_over:
            self._say_slow()
        self._combine()
        return True

    @property
    def _is_awaiting(self) -> bool:
        return bool(self._renewing) or len(self._readings) < len(self.stores)

    @property
    def _patience_is_over(self) -> bool:
        return not self._patience.isActive()

    def _combine(self) -> None:
        if self._combining:
            self._combine_again = True
            return
        self._combining = True
        readings = tuple(self._readings[place] for place in sorted(self._readings))
        background.start("judge", partial(self._judge, self._round, readings, self._checks))

    def _judge(self, number: int, readings: tuple[StoreReading, ...], checks: AllChecks) -> None:
        made = combine(readings, self._bank, self._clock(), checks)
        background.deliver(self, partial(self._listing_made, number, made))

    def _listing_made(self, number: int, listing: Listing) -> None:
        if number != self._round:
            return
        self._combining = False
        is_last = not self._combine_again and not self._is_awaiting
        has_ended = is_last and not self._complete
        self._complete = self._complete or is_last
        self.listed.emit(listing)
        if self._combine_again:
            self._combine_again = False
            self._combine()
        elif has_ended:
            self._patience.stop()
            self.slow.emit(None)
            self.finished.emit()

    def _say_slow(self) -> None:
        if self._complete or self._is_quiet:
            return
        pending = [
            f"{store.kind}:{store.where}" if store.where else store.kind
            for place, store in enumerate(self.stores)
            if place not in self._readings
        ]
        self.slow.emit(tuple(pending))
