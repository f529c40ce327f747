"""A change of a store is noticed, whatever kind it is of, and nothing else is."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from support import nssdb, pki
from support.softhsm import MODULE, SoftHsm
from support.systems import needs_linux

from certhelper.stores import watching
from certhelper.stores.base import Store
from certhelper.stores.nss import NssStore
from certhelper.stores.pkcs11 import Pkcs11Store
from certhelper.stores.pkcs12 import Pkcs12Store
from certhelper.stores.registry import UnavailableStore
from certhelper.stores.watching import Change, Stop, Watcher, look

_SOON = 0.01
"""Seconds between two looks."""
_PATIENCE = 30.0


@contextmanager
def waiting(*stores: Store) -> Iterator[Future[Change]]:
    """Have a thread wait for changes of these stores from now on."""
    seen = [(store, look(store)) for store in stores]
    stop = Stop()
    with ThreadPoolExecutor() as pool:
        future = pool.submit(Watcher(_SOON).wait, seen, stop)
        try:
            yield future
        finally:
            stop.set()


def test_a_certificate_that_another_program_adds_is_noticed(
    tmp_path: Path, authority: pki.Authority
) -> None:
    """NSS's own tools put it in; the store that did not change is not named."""
    database = nssdb.Database.create(tmp_path / "one")
    nssdb.Database.create(tmp_path / "two")
    with waiting(NssStore(tmp_path / "two"), NssStore(tmp_path / "one")) as noticed:
        database.add(authority.issue("a"), "a")
        assert noticed.result(_PATIENCE).stores == [1]


def test_the_first_certificate_of_a_pc_is_noticed(tmp_path: Path, authority: pki.Authority) -> None:
    """The database is made when the person obtains it: there was not even a folder."""
    needs_linux("NSS's tools")
    with waiting(NssStore(tmp_path / "nssdb", is_usual=True)) as noticed:
        nssdb.make(tmp_path / "nssdb", [(authority.issue("a"), "a")])
        assert noticed.result(_PATIENCE).stores == [0]


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_reading_is_no_change(tmp_path: Path, journal: str) -> None:
    """Otherwise each reading would be followed by the next."""
    for name, table in (("cert9.db", "nssPublic"), ("key4.db", "nssPrivate")):
        with closing(sqlite3.connect(tmp_path / name)) as connection:
            connection.execute(f"PRAGMA journal_mode={journal}")
            connection.execute(f"CREATE TABLE {table} (a0, a3, a11, a102)")
            connection.execute("CREATE TABLE metaData (id, item1, item2)")
            connection.commit()
    store = NssStore(tmp_path)
    before = look(store)
    assert store.read().installed == ()
    assert look(store) == before


@pytest.mark.parametrize("suffix", [".p12", ".PFX"])
def test_a_file_that_comes_into_a_folder_is_noticed(
    tmp_path: Path, authority: pki.Authority, suffix: str
) -> None:
    """So are one that is replaced and one that goes; other files do not matter."""
    store = Pkcs12Store(tmp_path)
    file = tmp_path / f"証明書{suffix}"
    (tmp_path / "notes.txt").write_text("nothing", "utf-8")
    with waiting(store) as noticed:
        file.write_bytes(authority.issue("a").pkcs12("passphrase"))
        assert noticed.result(_PATIENCE).stores == [0]
    with waiting(store) as noticed:
        file.write_bytes(authority.issue("longer name").pkcs12("passphrase"))
        assert noticed.result(_PATIENCE).stores == [0]
    before = look(store)
    (tmp_path / "notes.txt").write_text("something else", "utf-8")
    assert look(store) == before
    with waiting(store) as noticed:
        file.unlink()
        assert noticed.result(_PATIENCE).stores == [0]


def test_one_file_is_watched_itself(tmp_path: Path, authority: pki.Authority) -> None:
    """Where the person named a file and no folder, also when it goes away."""
    file = tmp_path / "one.p12"
    file.write_bytes(authority.issue("a").pkcs12("passphrase"))
    with waiting(Pkcs12Store(file)) as noticed:
        file.unlink()
        assert noticed.result(_PATIENCE).stores == [0]


def test_a_place_that_cannot_be_seen_is_no_change_as_long_as_it_stays_so(tmp_path: Path) -> None:
    """A folder that is no folder, a name that cannot be, a kind that is not here."""
    (tmp_path / "file").write_text("x", "utf-8")
    stores: list[Store] = [
        NssStore(tmp_path / "file"),
        NssStore(tmp_path / "a\0b"),
        Pkcs12Store(tmp_path / "a\0b"),
        UnavailableStore("macos", "", "other-system"),
        UnavailableStore("windows", "Elsewhere", "other-system"),
    ]
    assert [look(store) for store in stores] == [look(store) for store in stores]


def test_a_wait_is_ended_from_outside(tmp_path: Path) -> None:
    """At once, though the next look would come in an hour; and before it has begun."""
    seen = [(Pkcs12Store(tmp_path), look(Pkcs12Store(tmp_path)))]
    stop = Stop()
    begun = threading.Event()

    def wait() -> Change:
        begun.set()
        return Watcher(3600).wait(seen, stop)

    with ThreadPoolExecutor() as pool:
        future = pool.submit(wait)
        assert begun.wait(_PATIENCE)
        stop.set()
        assert not future.result(_PATIENCE)
    assert not Watcher(3600).wait(seen, stop)


def test_what_changed_before_the_wait_is_noticed_by_it(
    tmp_path: Path, authority: pki.Authority
) -> None:
    """What is seen before a reading counts, so nothing falls between reading and waiting."""
    store = Pkcs12Store(tmp_path)
    seen = [(store, look(store))]
    (tmp_path / "a.p12").write_bytes(authority.issue("a").pkcs12("passphrase"))
    assert Watcher(3600).wait(seen, Stop()).stores == [0]


def test_looks_are_near_enough_for_two_seconds() -> None:
    """The look, the wait until all is written and the reading are two seconds together."""
    assert watching.LOOK_SECONDS <= 1.0


def test_other_stores_than_before_are_told() -> None:
    """A store that was made meanwhile is nobody's change, so it is told by itself."""
    answers = iter([False, True])
    change = Watcher(_SOON).wait([], Stop(), lambda: next(answers))
    assert change.others_are_here
    assert not change.stores


def test_a_token_that_is_plugged_or_pulled_is_noticed_and_its_child_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The module is watched in a child process, which ends with the wait."""
    tokens = SoftHsm(tmp_path / "softhsm")
    for name, value in tokens.environment.items():
        monkeypatch.setenv(name, value)
    store = Pkcs11Store(MODULE)
    store.read()
    with waiting(store) as noticed:
        made = tokens.make_token("経理")
        assert noticed.result(_PATIENCE).stores == [0]
    store.read()
    with waiting(store) as noticed:
        tokens.delete_token(made)
        assert noticed.result(_PATIENCE).stores == [0]
    watches = [thread for thread in threading.enumerate() if thread.name == "watch tokens"]
    for thread in watches:  # each ends with its child
        thread.join(_PATIENCE)
        assert not thread.is_alive()


def test_a_module_that_could_not_be_read_is_tried_again_but_not_over_and_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a while, not as fast as it fails."""
    store = Pkcs11Store(tmp_path / "no-module.so")
    store.read()
    seen = [(store, look(store))]
    looks = iter([False, False, True])
    assert not Watcher(_SOON).wait(seen, Stop(), lambda: next(looks)).stores
    monkeypatch.setattr(watching, "TOLD_SECONDS", 0.0)
    assert Watcher(_SOON).wait(seen, Stop()).stores == [0]
