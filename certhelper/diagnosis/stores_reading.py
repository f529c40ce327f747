"""The stores, read once for all checks, which do not wait for the slowest where that can be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from datetime import datetime
from threading import Thread

from certhelper import listing
from certhelper.bank import Bank
from certhelper.diagnosis.scene import Once
from certhelper.diagnosis.subjects import subjects_of
from certhelper.listing import Listing
from certhelper.stores.base import Store, StoreReading, StoreStatus

PATIENCE_S = 5.0
"""A card in a slow reader answers in some seconds, a module that hangs is given up after fifteen
(:class:`certhelper.stores.pkcs11_reading.Limits`)."""

SLOW = "store-slow"


class StoresReading:
    """Begins when somebody asks; a store that hangs, such as a token's, has a limit of its own."""

    def __init__(
        self,
        find_stores: Callable[[], Sequence[Store]],
        bank: Bank,
        at: datetime,
        chosen: str = "",
    ) -> None:
        self._find_stores, self._bank, self._at = find_stores, bank, at
        self._chosen = chosen
        self._answers: tuple[tuple[Store, Future[StoreReading]], ...] = ()
        self._found = Once(self._read)

    def found(self) -> Listing:
        """Return what the stores hold, the same for everybody; blocks.

        After :data:`PATIENCE_S` nobody waits any more for those that have not answered, if whom
        the diagnosis is about is among what has: they are unread then (``store-slow``).  Otherwise
        it may depend on them: each has its own limit.  Raises what finding the stores raised.
        """
        return self._found()

    def unanswered(self) -> tuple[str, ...]:
        """Return the stores that are being waited for, as ``--store`` takes them."""
        waiting = (store for store, answer in self._answers if not answer.done())
        return tuple(f"{one.kind}:{one.where}" if one.where else one.kind for one in waiting)

    def _read(self) -> Listing:
        begun = tuple((store, _begun(store)) for store in self._find_stores())
        self._answers = begun
        try:
            waiting = wait([answer for _, answer in begun], timeout=PATIENCE_S).not_done
            while waiting and not self._is_about(self._of(begun, waiting)):
                waiting = wait(waiting, return_when=FIRST_COMPLETED).not_done
            return self._of(begun, waiting)
        finally:
            self._answers = ()

    def _is_about(self, found: Listing) -> bool:
        return bool(subjects_of(found, self._chosen))

    def _of(
        self,
        begun: Sequence[tuple[Store, Future[StoreReading]]],
        waiting: set[Future[StoreReading]],
    ) -> Listing:
        readings = [
            _slow(store) if answer in waiting else answer.result() for store, answer in begun
        ]
        return listing.combine(readings, self._bank, self._at)


def _slow(store: Store) -> StoreReading:
    detail = f"{PATIENCE_S:.0f}"
    return StoreReading(store.kind, store.where, StoreStatus.FAILED, SLOW, detail)


def _begun(store: Store) -> Future[StoreReading]:
    answer: Future[StoreReading] = Future()

    def work() -> None:
        try:
            answer.set_result(listing.read_one(store))
        except BaseException as fault:  # noqa: BLE001  # whoever asks gets it
            answer.set_exception(fault)

    Thread(target=work, name=f"read {store.kind}", daemon=True).start()
    return answer
