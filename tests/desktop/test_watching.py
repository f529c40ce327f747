"""What another program puts into a store shows in the window, without anybody asking for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from support import listings, nssdb
from support.pki import Authority, Issued
from support.softhsm import MODULE, SoftHsm
from support.window import MadeUpPlaces, OpenWindow, Played

from certhelper.desktop import watching as desktop_watching
from certhelper.desktop.faces import face
from certhelper.desktop.reading import Reader
from certhelper.desktop.visibility import Visibility
from certhelper.desktop.watching import StoreWatch
from certhelper.pad.pin_pad import PinPad
from certhelper.stores import watching
from certhelper.stores.base import Store, StoreReading, StoreStatus
from certhelper.stores.nss import NssStore
from certhelper.stores.pkcs11 import Pkcs11Store
from certhelper.stores.pkcs12 import Pkcs12Store
from certhelper.stores.watching import Change, Mark, Stop, Watcher

_PATIENCE_MS = 30_000
CONTRACT = listings.CONTRACT


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is waited for comes soon: looks follow each other closely."""
    monkeypatch.setattr(watching, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(desktop_watching, "_SETTLE_MS", 1)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


class Folder:
    """A folder of files that open without a passphrase."""

    def __init__(self, path: Path, authority: Authority) -> None:
        self.path = path
        self._authority = authority
        self.path.mkdir()

    @property
    def store(self) -> Pkcs12Store:
        return Pkcs12Store(self.path)

    def add(self, user: str) -> Issued:
        issued = self._authority.issue(f"{CONTRACT} {user}")
        (self.path / f"{user}.p12").write_bytes(issued.pkcs12(chain=False))
        return issued


@pytest.fixture
def folder(tmp_path: Path, authority: Authority) -> Folder:
    made = Folder(tmp_path / "files", authority)
    made.add("user01")
    return made


def shown(played: Played) -> int:
    """How many certificates the window shows."""
    model = played.program.body.list.model()
    sections = [model.index(place, 0) for place in range(model.rowCount())]
    return sum(model.rowCount(section) for section in sections)


def chosen(played: Played) -> str:
    row = played.program.body.list.chosen_row()
    assert row is not None
    return row.key


def test_a_certificate_that_the_browser_got_shows_by_itself(
    open_window: OpenWindow, qtbot: QtBot, tmp_path: Path, authority: Authority
) -> None:
    """NSS's own tools add one to the database that is shown; the choice stays as it was."""
    database = nssdb.make(tmp_path / "db", [(authority.issue(f"{CONTRACT} user01"), "one")])
    played = open_window(NssStore(database.directory))
    assert shown(played) == 1
    played.choose(f"{CONTRACT}/user01")
    database.add(authority.issue(f"{CONTRACT} user00"), "two")
    qtbot.waitUntil(lambda: shown(played) == 2, timeout=_PATIENCE_MS)
    assert chosen(played) == f"{CONTRACT}/user01"


def test_one_that_goes_away_goes_from_the_list(
    open_window: OpenWindow, qtbot: QtBot, folder: Folder
) -> None:
    """Also the last one; then the window says that there is none."""
    played = open_window(folder.store)
    (folder.path / "user01.p12").unlink()
    body = played.program.body
    qtbot.waitUntil(lambda: body.pages.currentWidget() is body.empty, timeout=_PATIENCE_MS)


def test_only_what_changed_is_read_again(
    open_window: OpenWindow, qtbot: QtBot, folder: Folder
) -> None:
    """A slow store beside it is left alone, and what it holds stays listed all the time."""
    other = listings.ready_store(listings.installed(f"{CONTRACT} user09"))
    played = open_window(other, folder.store)
    played.choose(f"{CONTRACT}/user09")
    other.go.clear()
    folder.add("user02")
    qtbot.waitUntil(lambda: shown(played) == 3, timeout=_PATIENCE_MS)
    assert other.times_read == 1
    assert chosen(played) == f"{CONTRACT}/user09"
    assert not played.program.reader.is_reading
    other.go.set()


def test_a_store_that_hangs_keeps_nothing_else_from_the_list(
    open_window: OpenWindow, qtbot: QtBot, folder: Folder
) -> None:
    """A module that never answers holds up neither what is added elsewhere nor what is removed."""
    hung = listings.HeldStore(StoreReading("pkcs11", "/hung.so", StoreStatus.FAILED))
    played = open_window(hung, folder.store, wait=False)
    folder.add("user02")
    qtbot.waitUntil(lambda: shown(played) == 2, timeout=_PATIENCE_MS)
    (folder.path / "user02.p12").unlink()
    qtbot.waitUntil(lambda: shown(played) == 1, timeout=_PATIENCE_MS)
    assert played.program.reader.is_reading
    hung.go.set()


def test_a_store_that_hangs_while_it_is_tried_again_keeps_nothing_else_from_the_list(
    open_window: OpenWindow, qtbot: QtBot, folder: Folder
) -> None:
    """Nobody asked for that second try, and nobody waits for it."""
    hung = listings.ready_store()
    played = open_window(hung, folder.store)
    hung.go.clear()
    played.program.reader.refresh([hung])
    folder.add("user02")
    qtbot.waitUntil(lambda: shown(played) == 2, timeout=_PATIENCE_MS)
    assert hung.times_read == 2
    hung.go.set()


def test_what_cannot_be_read_is_tried_again_after_growing_pauses() -> None:
    """Half a minute, then twice that each time, but at least every quarter of an hour."""
    pauses = [watching.retry_seconds(count) for count in (0, 1, 2, 1000)]
    assert pauses == [30, 60, 120, 900]


def test_the_list_stays_where_it_was_scrolled_to(
    open_window: OpenWindow, qtbot: QtBot, folder: Folder
) -> None:
    """The person may be reading there; what is new comes above or below."""
    many = [listings.installed(f"{CONTRACT} user{number:02}") for number in range(10, 60)]
    played = open_window(listings.ready_store(*many), folder.store)
    played.choose(f"{CONTRACT}/user10")
    bar = played.program.body.list.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    before = bar.value()
    assert before > 0
    folder.add("user99")
    qtbot.waitUntil(lambda: shown(played) == 52, timeout=_PATIENCE_MS)
    assert bar.value() == before


def test_nothing_moves_behind_the_pin_pad(
    open_window: OpenWindow, qtbot: QtBot, folder: Folder
) -> None:
    """What has changed meanwhile shows when the pad is closed."""
    played = open_window(folder.store)
    played.choose(f"{CONTRACT}/user01")
    played.program.body.selection.main_button.click()
    pad = played.dialog(PinPad)
    settling = played.program.watch._settling
    with qtbot.waitSignals([settling.timeout, settling.timeout], timeout=_PATIENCE_MS):
        folder.add("user02")
    assert shown(played) == 1
    pad.reject()
    qtbot.waitUntil(lambda: shown(played) == 2, timeout=_PATIENCE_MS)


@pytest.mark.parametrize("way", ["hidden", "minimised"])
def test_a_window_that_nobody_sees_watches_nothing(
    open_window: OpenWindow, qtbot: QtBot, folder: Folder, way: str
) -> None:
    """When it shows again, what has changed meanwhile is there."""
    played = open_window(folder.store)
    watch = played.program.watch
    assert watch.is_watching
    if way == "hidden":
        played.window.hide()
    else:
        played.window.setWindowState(Qt.WindowState.WindowMinimized)
    qtbot.waitUntil(lambda: not watch.is_watching)
    folder.add("user02")
    QApplication.processEvents()
    assert shown(played) == 1
    played.window.bring_to_front()
    qtbot.waitUntil(lambda: shown(played) == 2, timeout=_PATIENCE_MS)


def test_a_store_that_was_given_up_is_not_tried_again_by_itself(
    qtbot: QtBot, owner: QObject, folder: Folder
) -> None:
    """It would only stall once more; the others are watched all the same."""
    stalled = listings.HeldStore(StoreReading("nss", "/slow", StoreStatus.OK))
    other = folder.store
    reader = Reader(listings.bank(), lambda: [stalled, other], owner)
    with qtbot.waitSignal(reader.listed):
        reader.start()
    qtbot.waitUntil(lambda: len(reader.seen) == 1)
    with qtbot.waitSignal(reader.finished):
        reader.cancel()
    assert [one.store for one in reader.seen] == [other]
    stalled.go.set()


class FailingWatcher(Watcher):
    """Fails once for a store, and once for the others."""

    def __init__(self) -> None:
        super().__init__()
        self.failures: list[int] = []

    def wait(
        self,
        seen: Sequence[tuple[Store, Mark]],
        stop: Stop,
        others_are_here: Callable[[], bool] = lambda: False,
        retry_after: float | None = None,
    ) -> Change:
        if len(seen) not in self.failures:
            self.failures.append(len(seen))
            raise RuntimeError("a fault of the program")
        return super().wait(seen, stop, others_are_here, retry_after)


def test_a_fault_in_watching_does_not_end_it(
    qtbot: QtBot,
    folder: Folder,
    monkeypatch: pytest.MonkeyPatch,
    expect_log: Callable[[str], None],
) -> None:
    """What is added and what appears afterwards shows all the same."""
    expect_log("^watching .*: RuntimeError$")
    monkeypatch.setattr(desktop_watching, "retry_seconds", lambda _: 0.01)
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    stores: list[Store] = [folder.store]
    reader = Reader(listings.bank(), lambda: list(stores), window)
    watcher = FailingWatcher()
    watch = StoreWatch(Visibility(window), reader, watcher)
    found: list[int] = []
    reader.listed.connect(lambda listing: found.append(len(listing.grouped.judged)))
    reader.start()
    qtbot.waitUntil(lambda: sorted(watcher.failures) == [0, 1] and not reader.is_reading)
    folder.add("user02")
    second = Folder(folder.path.parent / "second", Authority())
    second.add("user03")
    stores.append(second.store)

    qtbot.waitUntil(lambda: found[-1:] == [3], timeout=_PATIENCE_MS)
    watch.deleteLater()


def test_the_watch_ends_with_its_window(
    open_window: OpenWindow, qtbot: QtBot, folder: Folder
) -> None:
    """No thread keeps looking at stores for a window that was closed."""
    played = open_window(folder.store)
    watch = played.program.watch
    qtbot.waitUntil(lambda: watch.is_watching)
    stops = list(watch._stops)
    played.window.close()
    assert not watch.is_watching
    assert stops
    assert all(stop.is_set() for stop in stops)


def test_the_watch_ends_with_its_owner_too(qtbot: QtBot, folder: Folder) -> None:
    """A window may be destroyed without ever having been hidden."""
    window = QWidget()
    window.show()
    store = folder.store
    reader = Reader(listings.bank(), lambda: [store], window)
    watch = StoreWatch(Visibility(window), reader)
    with qtbot.waitSignal(reader.finished):
        reader.start()
    stops = list(watch._stops)
    assert stops
    with qtbot.waitSignal(watch.destroyed):
        watch.deleteLater()
    assert all(stop.is_set() for stop in stops)
    window.close()
    window.deleteLater()


def test_a_store_that_appears_shows_with_what_it_holds(
    open_window: OpenWindow, qtbot: QtBot, folder: Folder
) -> None:
    """A browser's profile was made meanwhile; what is known of the other stores is kept."""
    first = listings.ready_store(listings.installed(f"{CONTRACT} user09"))
    played = open_window(first)
    played.choose(f"{CONTRACT}/user09")
    places = played.program._places
    assert isinstance(places, MadeUpPlaces)
    places.stores = (first, folder.store)
    qtbot.waitUntil(lambda: shown(played) == 2, timeout=_PATIENCE_MS)
    assert first.times_read == 1
    assert chosen(played) == f"{CONTRACT}/user09"
    folder.add("user02")  # the new one is watched, too
    qtbot.waitUntil(lambda: shown(played) == 3, timeout=_PATIENCE_MS)


def test_a_store_that_disappears_takes_its_certificates_with_it(
    open_window: OpenWindow, qtbot: QtBot, folder: Folder
) -> None:
    """Its place in the order of the stores goes, too: the one after it stays what it is."""
    gone = listings.ready_store(listings.installed(f"{CONTRACT} user09"))
    store = folder.store
    played = open_window(gone, store)
    places = played.program._places
    assert isinstance(places, MadeUpPlaces)
    places.stores = (store,)
    qtbot.waitUntil(lambda: shown(played) == 1, timeout=_PATIENCE_MS)
    folder.add("user02")
    qtbot.waitUntil(lambda: shown(played) == 2, timeout=_PATIENCE_MS)


def test_nothing_is_read_and_nothing_runs_for_a_hidden_window(
    open_window: OpenWindow, qtbot: QtBot, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No look, no search for stores, no reading, no thread: it costs this PC nothing at all."""
    played = open_window(folder.store)
    played.window.hide()
    qtbot.waitUntil(lambda: "watch stores" not in threads())
    folder.add("user02")

    def looked(*_: object) -> object:
        raise AssertionError("somebody looked")

    monkeypatch.setattr(watching, "look", looked)
    monkeypatch.setattr(played.program._places, "find", looked)
    monkeypatch.setattr(Pkcs12Store, "read", looked)
    turns = QTimer()
    turns.setInterval(1)
    with qtbot.waitSignals([turns.timeout] * 20):
        turns.start()
    turns.stop()
    assert not {"watch stores", "read pkcs12", "find stores"} & threads()


def test_a_reading_that_ends_behind_a_hidden_window_begins_no_watch(
    open_window: OpenWindow, qtbot: QtBot
) -> None:
    """Somebody hid the window while a slow store was read; it is watched when it shows again."""
    store = listings.ready_store(listings.installed(f"{CONTRACT} user01"))
    played = open_window(store)
    watch, reader = played.program.watch, played.program.reader
    store.go.clear()
    reader.refresh([store])
    played.window.hide()
    qtbot.waitUntil(lambda: not watch.is_watching)
    with qtbot.waitSignal(reader.answered):
        store.go.set()
    assert not watch.is_watching
    played.window.bring_to_front()
    qtbot.waitUntil(lambda: watch.is_watching)


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


def test_a_token_shows_when_it_is_plugged_and_no_child_stays_for_a_hidden_window(
    open_window: OpenWindow,
    qtbot: QtBot,
    tmp_path: Path,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its certificate comes and goes with it; the child that looks ends with the sight of it."""
    tokens = SoftHsm(tmp_path / "softhsm")
    for name, value in tokens.environment.items():
        monkeypatch.setenv(name, value)
    played = open_window(Pkcs11Store(MODULE), listings.ready_store())
    assert shown(played) == 0
    card = tokens.make_token("経理")
    tokens.add(card, authority.issue(f"{CONTRACT} user01"), "one")
    choose = played.program.body.list.choose
    qtbot.waitUntil(lambda: choose(f"{CONTRACT}/user01"), timeout=_PATIENCE_MS)
    row = played.program.body.list.chosen_row()
    assert row is not None
    assert "トークン「経理」" in face(row).line
    tokens.delete_token(card)
    qtbot.waitUntil(lambda: shown(played) == 0, timeout=_PATIENCE_MS)
    qtbot.waitUntil(lambda: played.program.watch.is_watching)
    played.window.hide()
    gone = {"watch stores", "watch tokens", "read pkcs11"}
    qtbot.waitUntil(lambda: not gone & threads(), timeout=_PATIENCE_MS)
