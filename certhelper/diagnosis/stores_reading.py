"""The stores, read once for all checks: what has answered can be looked at before the rest has."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, wait
from datetime import datetime
from threading import Thread

from certhelper import listing
from certhelper.bank import Bank
from certhelper.diagnosis.scene import Once
from certhelper.listing import Listing
from certhelper.stores.base import Store, StoreReading


class StoresReading:
    """Begins when somebody asks; a store that hangs, such as a token's, has a limit of its own."""

    def __init__(self, stores: Sequence[Store], bank: Bank, at: datetime) -> None:
        self._stores, self._bank, self._at = stores, bank, at
        self._answers = Once(lambda: [_begun(store) for store in self._stores])
        self._whole = Once(lambda: self._of(self._answers()))

    def whole(self) -> Listing:
        """Return what every store answered; blocks until the slowest has."""
        return self._whole()

    def so_far(self, seconds: float) -> Listing:
        """Return what the stores answered within ``seconds``; all of them where all have."""
        answers = self._answers()
        waiting = wait(answers, timeout=seconds).not_done
        return self._of([one for one in answers if one not in waiting]) if waiting else self.whole()

    def _of(self, answers: Sequence[Future[StoreReading]]) -> Listing:
        return listing.combine([one.result() for one in answers], self._bank, self._at)


def _begun(store: Store) -> Future[StoreReading]:
    answer: Future[StoreReading] = Future()

    def work() -> None:
        try:
            answer.set_result(listing.read_one(store))
        except BaseException as fault:  # noqa: BLE001  # whoever asks gets it
            answer.set_exception(fault)

    Thread(target=work, name=f"read {store.kind}", daemon=True).start()
    return answer
