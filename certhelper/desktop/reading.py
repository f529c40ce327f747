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
    """A store that has answered, and what a look saw right before it was read."""

    store: Store
    mark: watching.Mark


class Reader(QObject):
    """Tells of the stores as they answer; all its signals arrive in the window's thread.

    No store waits for another: one that hangs is listed late, or as failed, and the rest as usual.

    ``listed`` carries a :class:`Listing` of what has answered so far (with the last of them
    :attr:`is_reading` is over); ``answered`` follows it where a store has answered since the last
    one, or the stores are others; ``slow`` carries the names of the
    stores that take long (empty: they are still being looked for; ``None``: it is over);
    ``finished`` comes when nothing is pending;
    ``no_stores`` carries the :class:`FailedError` of a store that was named wrongly.
    """

    listed = Signal(object)
    answered = Signal()
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
        self._has_answers = False
        self._is_looking_for_others = False
        self._complete = self._is_idle = True
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
        """The stores that answered and are not being read again.

        One that was given up while it took long is not among them.
        """
        stores = self.stores
        return [
            Seen(stores[place], mark)
            for place, mark in sorted(self._marks.items())
            if place not in self._renewing
        ]

    @property
    def is_reading(self) -> bool:
        """Whether a reading that was asked for with :meth:`start` is under way."""
        return not self._complete

    def start(self) -> None:
        """Read everything; an earlier reading that is still under way is forgotten."""
        self._next_round()
        self._readings, self._marks = {}, {}
        self._complete = self._is_idle = False
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

    def refresh(self, changed: Sequence[Store]) -> None:
        """Read some of the stores again; what they held stays listed until they answer.

        One that is being read already is left alone.  Nobody is told that it takes long: nobody
        asked for it.
        """
        wanted = {id(store) for store in changed}
        places = [
            place
            for place, store in enumerate(self.stores)
            if id(store) in wanted and place in self._readings and place not in self._renewing
        ]
        self._renewing.update(places)
        self._read_in_threads(places)

    def find_others(self) -> None:
        """Look for the stores again, read the new ones, and forget those that are gone."""
        if self._is_looking_for_others or self._stores is None:
            return
        self._is_looking_for_others, self._is_idle = True, False
        work = partial(self._find, self._round, self._others_found)
        background.start("find stores", work)

    def cancel(self) -> None:
        """Stop waiting.  A store that has not answered is shown as such, never left out."""
        if self._stores is None:
            self._round += 1
            self._complete = self._is_idle = True
            self._patience.stop()
            self.slow.emit(None)
            self.finished.emit()
            return
        for number, store in enumerate(self._stores):
            if number not in self._readings:
                stopped = StoreReading(
                    store.kind, store.where, StoreStatus.FAILED, "reading-stopped"
                )
                self._store_answered(self._round, store, stopped)

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
        self._is_looking_for_others = False
        self._combining = self._combine_again = False

    def _find(self, number: int, then: Callable[[int, Sequence[Store]], None]) -> None:
        try:
            found = tuple(self._find_stores())
        except FailedError as error:
            background.deliver(self, partial(self._not_found, number, error))
        else:
            background.deliver(self, partial(then, number, found))

    def _not_found(self, number: int, error: FailedError) -> None:
        """A store that was named is gone.  Where it was read before, its own row says so."""
        if number != self._round:
            return
        self._is_looking_for_others = False
        if self._stores is None:
            self._complete = True
            self._patience.stop()
            self.slow.emit(None)
            self.no_stores.emit(error)
        if not (self._combining or self._is_unread or self._renewing):
            self._is_idle = True
            self.finished.emit()

    def _stores_found(self, number: int, stores: Sequence[Store]) -> None:
        if number != self._round:
            return
        self._stores = stores
        if stores and self._patience_is_over:
            self._say_slow()
        self._read_in_threads(range(len(stores)))
        if not stores:
            self._combine()

    def _others_found(self, number: int, stores: Sequence[Store]) -> None:
        """Keep what is known of the stores that are there still, and read the others."""
        if number != self._round:
            return
        self._is_looking_for_others = False
        before = {id(store): place for place, store in enumerate(self.stores)}
        readings, marks, renewing = self._readings, self._marks, self._renewing
        kept = {
            place: before[id(store)] for place, store in enumerate(stores) if id(store) in before
        }
        self._stores = stores
        self._readings = {new: readings[old] for new, old in kept.items() if old in readings}
        self._marks = {new: marks[old] for new, old in kept.items() if old in marks}
        self._renewing = {new for new, old in kept.items() if old in renewing}
        self._read_in_threads(place for place in range(len(stores)) if place not in kept)
        self._has_answers = True
        self._combine()

    def _read_in_threads(self, places: Iterable[int]) -> None:
        for place in places:
            self._is_idle = False
            store = self.stores[place]
            background.start(f"read {store.kind}", partial(self._read, self._round, store))

    def _read(self, number: int, store: Store) -> None:
        # A store promises not to raise; one that does must not leave the window waiting for it.
        reading = StoreReading(store.kind, store.where, StoreStatus.FAILED, "program-fault")
        mark: watching.Mark = None
        try:
            mark = watching.look(store)
            reading = store.read()
            if watching.is_seen_by_reading(store):
                mark = watching.look(store)
        finally:
            answer = partial(self._read_with_mark, number, store, reading, mark)
            background.deliver(self, answer)

    def _read_with_mark(
        self, number: int, store: Store, reading: StoreReading, mark: watching.Mark
    ) -> None:
        place = self._store_answered(number, store, reading)
        if place is not None:
            self._marks[place] = mark

    def _store_answered(self, number: int, store: Store, reading: StoreReading) -> int | None:
        """Take a store's answer; ``None`` when nobody waits for it any more, else its place.

        The place is looked up now: other stores may have come or gone since it was asked.
        """
        places = (place for place, one in enumerate(self.stores) if one is store)
        place = next(places, None) if number == self._round else None
        if place is None or not (place not in self._readings or place in self._renewing):
            return None
        self._renewing.discard(place)
        self._readings[place] = reading
        self._has_answers = True
        if self._patience_is_over:
            self._say_slow()
        self._combine()
        return place

    @property
    def _is_unread(self) -> bool:
        return len(self._readings) < len(self.stores)

    @property
    def _patience_is_over(self) -> bool:
        return not self._patience.isActive()

    def _combine(self) -> None:
        if self._combining:
            self._combine_again = True
            return
        self._combining = True
        has_answers, self._has_answers = self._has_answers, False
        readings = tuple(self._readings[place] for place in sorted(self._readings))
        told = partial(self._listing_made, self._round, has_answers)
        background.start("judge", partial(self._judge, readings, self._checks, told))

    def _judge(
        self,
        readings: tuple[StoreReading, ...],
        checks: AllChecks,
        told: Callable[[Listing], None],
    ) -> None:
        made = combine(readings, self._bank, self._clock(), checks)
        background.deliver(self, partial(told, made))

    def _listing_made(self, number: int, has_answers: bool, listing: Listing) -> None:
        if number != self._round:
            return
        self._combining = False
        again, self._combine_again = self._combine_again, False
        is_over = not again and not self._is_unread and not self._complete
        self._complete = self._complete or is_over
        self.listed.emit(listing)
        if has_answers:
            self.answered.emit()
        if again:
            self._combine()
        elif is_over:
            self._patience.stop()
            self.slow.emit(None)
        is_idle = not (again or self._is_unread or self._renewing or self._is_looking_for_others)
        if is_over or (is_idle and not self._is_idle):
            self._is_idle = is_idle
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
