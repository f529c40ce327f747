"""What another program puts into Windows' store is noticed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from support import pki, windows_store
from support.systems import not_under_wine

from certhelper.stores.base import Store
from certhelper.stores.watching import Change, Stop, Watcher, look
from certhelper.stores.windows import WindowsStore
from certhelper.windows import changes
from certhelper.windows.certificate_store import Place

_PATIENCE = 30.0


def test_a_certificate_of_another_program_is_noticed(
    another_program: Callable[[bytes], None], authority: pki.Authority
) -> None:
    """By the store's own word or by a look; the computer's store, which is as it was, is not."""
    watched: list[Store] = [WindowsStore(Place.LOCAL_MACHINE), WindowsStore(Place.CURRENT_USER)]
    seen = [(one, look(one)) for one in watched]
    stop = Stop()
    with ThreadPoolExecutor() as pool:
        noticed = pool.submit(Watcher(0.05).wait, seen, stop)
        try:
            another_program(authority.issue("a").der)
            assert list(noticed.result(_PATIENCE).stores) == [1]
        finally:
            stop.set()


@not_under_wine("it takes CERT_STORE_CTRL_NOTIFY_CHANGE and never sets the event")
def test_windows_tells_by_itself(
    another_program: Callable[[bytes], None], authority: pki.Authority
) -> None:
    """No look would come within the time of this test."""
    with (
        changes.StopEvent() as stop,
        changes.armed([Place.LOCAL_MACHINE, Place.CURRENT_USER], stop) as armed,
    ):
        another_program(authority.issue("a").der)
        assert armed.wait(_PATIENCE) is Place.CURRENT_USER


def test_a_name_that_was_changed_is_a_change(
    store: windows_store.Filled, authority: pki.Authority
) -> None:
    """So is another certificate; reading is none."""
    empty = changes.fingerprint(Place.CURRENT_USER)
    assert changes.fingerprint(Place.CURRENT_USER) == empty
    issued = authority.issue("a")
    store.put_bare(issued.der)
    with_one = changes.fingerprint(Place.CURRENT_USER)
    reading = WindowsStore(Place.CURRENT_USER).read()
    assert reading.installed
    assert changes.fingerprint(Place.CURRENT_USER) == with_one
    assert with_one != empty


def test_a_wait_for_windows_is_ended_from_outside() -> None:
    """At once, though the next look would come in an hour; a stop event may be set twice."""
    store = WindowsStore(Place.CURRENT_USER)
    seen: Sequence[tuple[Store, object]] = [(store, look(store))]
    stop = Stop()
    begun = threading.Event()

    def wait() -> Change:
        begun.set()
        return Watcher(3600).wait(seen, stop)

    with ThreadPoolExecutor() as pool:
        future = pool.submit(wait)
        assert begun.wait(_PATIENCE)
        stop.set()
        stop.set()
        assert not future.result(_PATIENCE)


def test_a_closed_stop_event_may_still_be_set() -> None:
    """Whoever stops a wait need not know that it is over."""
    event = changes.StopEvent()
    event.close()
    event.set()
    event.close()


def test_waiting_leaves_no_handle() -> None:
    """The program waits anew after each change, for as long as its window is open."""
    with changes.StopEvent() as stop:
        wait_often(stop, 10)  # what the first times take for good
        before = next_handle()
        wait_often(stop, 100)
        assert next_handle() - before < 100
        kept = [changes.StopEvent() for _ in range(100)]
        assert next_handle() - before >= 100  # it would be seen
    for one in kept:
        one.close()


def wait_often(stop: changes.StopEvent, times: int) -> None:
    """Ask to be told of changes, and wait no time at all."""
    for _ in range(times):
        with changes.armed(list(Place), stop) as armed:
            assert armed.wait(0) is None


def next_handle() -> int:
    """The number that the next handle gets, counted one by one: the lowest one that is free.

    Handles are multiples of 4 (learn.microsoft.com, "Kernel objects"); Wine does not count them.
    """
    with changes.StopEvent() as event:
        return event.handle // 4
