"""Reading in the background: nothing is lost, nothing old is shown, nobody waits for ever."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot
from support import listings
from support.listings import AT, CONTRACT, HeldStore, ready_store

from certhelper.desktop.reading import Reader
from certhelper.failures import FailedError, WrongUseError
from certhelper.listing import Listing
from certhelper.stores.base import Store, StoreReading, StoreStatus


class Heard:
    """A reader with everything that it has said."""

    def __init__(self, owner: QObject, *stores: Store) -> None:
        self.listings: list[Listing] = []
        self.slow: list[tuple[str, ...] | None] = []
        self.failures: list[FailedError] = []
        self.reader = Reader(listings.bank(), lambda: stores, owner, lambda: AT)
        self.reader.listed.connect(self.listings.append)
        self.reader.slow.connect(self.slow.append)
        self.reader.no_stores.connect(self.failures.append)

    def names(self) -> list[str]:
        return [reading.name for reading in self.listings[-1].readings]


def named(where: str, status: StoreStatus = StoreStatus.OK) -> HeldStore:
    return HeldStore(StoreReading("nss", where, status))


def test_every_answer_gives_a_listing_in_the_order_of_the_stores(
    qtbot: QtBot, owner: QObject
) -> None:
    """The second store may answer first; the list keeps the order in which they were named."""
    first, second = named("/first"), named("/second")
    heard = Heard(owner, first, second)
    heard.reader.start()
    second.go.set()
    qtbot.waitUntil(lambda: bool(heard.listings))
    assert heard.names() == ["nss:/second"]
    assert heard.reader.is_reading
    with qtbot.waitSignal(heard.reader.finished):
        first.go.set()
    assert heard.names() == ["nss:/first", "nss:/second"]
    assert not heard.reader.is_reading


def test_an_answer_of_an_earlier_reading_is_not_shown(qtbot: QtBot, owner: QObject) -> None:
    """Who reads again does not want what was there before."""
    store = named("/slow")
    heard = Heard(owner, store)
    heard.reader.start()
    stale = store.answer
    store.go.set()
    heard.reader.start()
    store.answer = listings.reading(listings.installed(f"{CONTRACT} user01"))
    with qtbot.waitSignal(heard.reader.finished):
        heard.reader.start()
    assert heard.listings[-1].readings != (stale,)
    assert len(heard.listings[-1].grouped.judged) == 1


def test_stopping_shows_what_did_not_answer(qtbot: QtBot, owner: QObject) -> None:
    """What was read stays, the rest is said, and a late answer changes nothing."""
    late = named("/late")
    heard = Heard(owner, ready_store(listings.installed(f"{CONTRACT} user01")), late)
    heard.reader.start()
    qtbot.waitUntil(lambda: bool(heard.listings))
    with qtbot.waitSignal(heard.reader.finished):
        heard.reader.cancel()
    statuses = [(reading.status, reading.reason) for reading in heard.listings[-1].readings]
    assert statuses == [(StoreStatus.OK, None), (StoreStatus.FAILED, "reading-stopped")]
    late.go.set()
    with qtbot.waitSignal(heard.reader.finished):
        heard.reader.start()
    assert heard.names()[-1] == "nss:/late"


def test_a_long_reading_names_who_is_waited_for(
    qtbot: QtBot, owner: QObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Said after a while, taken back when it is over."""
    monkeypatch.setattr("certhelper.desktop.reading._SLOW_MS", 1)
    store = named("/slow")
    heard = Heard(owner, named("/other"), store)
    heard.reader.start()
    qtbot.waitUntil(lambda: heard.slow[-1:] == [("nss:/other", "nss:/slow")])
    store.go.set()
    qtbot.waitUntil(lambda: heard.slow[-1] == ("nss:/other",))
    with qtbot.waitSignal(heard.reader.finished):
        heard.reader.cancel()
    assert heard.slow[-1] is None


def test_no_store_at_all_is_a_listing_too(qtbot: QtBot, owner: QObject) -> None:
    """An empty PC must not look as if it were still being read."""
    heard = Heard(owner)
    with qtbot.waitSignal(heard.reader.finished):
        heard.reader.start()
    assert heard.listings[-1].readings == ()


def test_a_store_that_was_named_wrongly_is_told(qtbot: QtBot, owner: QObject) -> None:
    """The code of the command line, in the window's words."""

    def find() -> Sequence[Store]:
        raise WrongUseError("store-not-found", where="/nowhere")

    reader = Reader(listings.bank(), find, owner)
    with qtbot.waitSignal(reader.no_stores) as told:
        reader.start()
    assert told.args is not None
    assert told.args[0].code == "store-not-found"


def test_a_store_that_goes_while_others_are_looked_for_takes_no_list_away(
    qtbot: QtBot, owner: QObject
) -> None:
    """Nobody asked; its own row says so, and the next look finds what is new."""
    first, second = ready_store(), ready_store()
    found: list[list[Store]] = [[first], [], [first, second]]

    def find() -> Sequence[Store]:
        stores = found.pop(0)
        if not stores:
            raise WrongUseError("store-not-found", where="/nowhere")
        return stores

    reader = Reader(listings.bank(), find, owner)
    failures: list[FailedError] = []
    reader.no_stores.connect(failures.append)
    for look in (reader.start, reader.find_others, reader.find_others):
        with qtbot.waitSignal(reader.finished):
            look()
    assert failures == []
    assert list(reader.stores) == [first, second]


def test_a_failure_of_an_earlier_reading_is_not_told(qtbot: QtBot, owner: QObject) -> None:
    """The store came back, and who reads again sees the list."""
    go = threading.Event()
    store = ready_store()

    threads: list[threading.Thread] = []

    def find() -> Sequence[Store]:
        threads.append(threading.current_thread())
        if len(threads) > 1:
            return [store]
        go.wait()
        raise WrongUseError("store-not-found", where="/nowhere")

    reader = Reader(listings.bank(), find, owner)
    failures: list[FailedError] = []
    reader.no_stores.connect(failures.append)
    reader.start()
    qtbot.waitUntil(lambda: len(threads) == 1)
    with qtbot.waitSignal(reader.finished):
        reader.start()
    go.set()
    threads[0].join()
    with qtbot.waitSignal(reader.finished):
        reader.start()
    assert failures == []


def test_a_store_that_breaks_its_promise_leaves_nobody_waiting(
    qtbot: QtBot, owner: QObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of the program in one store is shown; the others are read; nothing is swallowed."""
    faults: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", faults.append)

    class Broken(HeldStore):
        def read(self) -> StoreReading:
            raise ZeroDivisionError

    heard = Heard(
        owner,
        Broken(StoreReading("nss", "/broken", StoreStatus.OK)),
        ready_store(listings.installed(f"{CONTRACT} user01")),
    )
    with qtbot.waitSignal(heard.reader.finished):
        heard.reader.start()
    assert [reading.reason for reading in heard.listings[-1].readings] == ["program-fault", None]
    assert len(heard.listings[-1].grouped.judged) == 1
    qtbot.waitUntil(lambda: [fault.exc_type for fault in faults] == [ZeroDivisionError])


def test_stopping_before_the_stores_are_known_ends_the_reading(
    qtbot: QtBot, owner: QObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking for the stores itself may hang; that is said and can be stopped, too."""
    monkeypatch.setattr("certhelper.desktop.reading._SLOW_MS", 1)
    go = threading.Event()

    def find() -> Sequence[Store]:
        go.wait(20)
        return ()

    reader = Reader(listings.bank(), find, owner)
    with qtbot.waitSignal(reader.slow) as slow:
        reader.start()
    assert slow.args == [()]
    with qtbot.waitSignal(reader.finished):
        reader.cancel()
    assert not reader.is_reading
    go.set()
