"""Lets the keys sign that a log-on would use, and judges again by what came of it.

Where a key does not work, another certificate of the same person may take its place: its key is
tried next, until one works or there is none left.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

from certhelper import listing
from certhelper.checks import NOTHING_CHECKED, KeyTest, Place, place_of
from certhelper.diagnosis.people import people_of
from certhelper.diagnosis.scene import Once, Scene
from certhelper.listing import Listing
from certhelper.stores.base import Installed, KeyState

if TYPE_CHECKING:
    from certhelper.stores.files_gathering import LookedInto
    from certhelper.stores.files_opening import Look

_AT_ONCE = 4
_MOST_KEYS = 20
"""Each test is a process of its own; nobody has more certificates to log on with."""


class Trials(NamedTuple):
    """``found`` is the listing, judged by the tests too; ``tests`` are by certificate and store."""

    found: Listing
    tests: dict[Place, KeyTest]


def trials(scene: Scene) -> Trials:
    """Carry them out, once; blocks, for some ten seconds at most for each key that hangs."""
    return scene.once("certificates-trials", lambda: _carry_out(scene))


def _carry_out(scene: Scene) -> Trials:
    tests: dict[Place, KeyTest] = {}
    found = scene.found()
    while not scene.stop.is_set():
        untried = [one for one in _wanted(found, scene.chosen) if place_of(one) not in tests]
        untried = untried[: _MOST_KEYS - len(tests)]
        if not untried:
            break
        tests |= _tested(untried, scene.stop)
        checks = {
            place: found.checks.get(place, NOTHING_CHECKED)._replace(key_test=test)
            for place, test in tests.items()
        }
        found = listing.combine(found.readings, found.bank, found.at, {**found.checks, **checks})
    return Trials(found, tests)


def _wanted(found: Listing, chosen: str) -> list[Installed]:
    """Return what each person would log on with now, where there is a key to be tried."""
    rows = (one.judged for one in people_of(found, chosen))
    return [
        one.installed for one in rows if one.usable and one.installed.key is not KeyState.ABSENT
    ]


def _tested(rows: Sequence[Installed], stop: threading.Event) -> dict[Place, KeyTest]:
    from certhelper.key_test import test_key

    look = _looking_once()
    waiting: SimpleQueue[Installed | None] = SimpleQueue()
    for one in rows:
        waiting.put(one)
    done: SimpleQueue[tuple[Place, KeyTest | BaseException]] = SimpleQueue()
    count = min(_AT_ONCE, len(rows))
    for _ in range(count):
        waiting.put(None)

    def work() -> None:
        while (one := waiting.get()) is not None and not stop.is_set():
            try:
                answer: KeyTest | BaseException = test_key(one, look=look)
            except BaseException as error:  # noqa: BLE001  # raised below, where somebody waits
                answer = error
            done.put((place_of(one), answer))

    # Daemons: a module that hangs must not keep the program from ending.
    threads = [
        threading.Thread(target=work, name=f"try key {number}", daemon=True)
        for number in range(count)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tests: dict[Place, KeyTest] = {}
    while not done.empty():
        place, answer = done.get()
        if isinstance(answer, BaseException):
            raise answer
        tests[place] = answer
    return tests


def _looking_once() -> Look:
    """Return what looks into each folder of files once for all tests: it may hold thousands."""
    from certhelper.stores.files_folder import Folder
    from certhelper.stores.files_gathering import gathered

    folders: dict[Path, Once[list[LookedInto]]] = {}
    lock = threading.Lock()

    def look(where: Path) -> tuple[Folder, list[LookedInto]]:
        with lock:
            once = folders.setdefault(where.parent, Once(lambda: gathered(where.parent)[1]))
        own = str(where)
        files = [one._replace(is_shown=one.path == own) for one in _or_none(once)]
        if any(one.is_shown and one.certificates for one in files):
            return Folder(()), files
        return gathered(where)  # it is itself a folder, or is read because it was named

    return look


def _or_none(once: Once[list[LookedInto]]) -> list[LookedInto]:
    try:
        return once()
    except (OSError, ValueError):
        return []  # a folder that may be passed through and not listed
