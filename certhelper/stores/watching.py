"""Tells when stores are no longer as they were, without reading them.

Windows tells by itself of its own stores, and a child process of tokens; everywhere else, and where
they do not, somebody has to look now and then.  A look costs next to nothing: the dates and sizes
of a few files.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from certhelper.stores.base import Store

LOOK_SECONDS: Final = 1.0
"""Time between two looks.  What has changed is to show within two seconds, the wait until it is
written and the reading included."""

TOLD_SECONDS: Final = 30.0
"""The same where a store tells of its changes by itself, should it fail to one day."""

LONGEST_RETRY_SECONDS: Final = 15 * 60.0
"""Time until a module that cannot be read is tried again, at the most: it may cost a child process
that hangs each time."""

_PKCS11: Final = "pkcs11"
_WINDOWS: Final = "windows"
_NSS_FILES: Final = ("cert9.db", "key4.db", "cert9.db-wal", "key4.db-wal")
_PKCS12_SUFFIXES: Final = (".p12", ".pfx")

Mark = object
"""What a look at a store has seen: equal to another one when nothing has changed."""

_Pause = Callable[[float], Sequence[int]]
"""Waits for so many seconds; returns the stores that told of a change meanwhile, by their place."""


def look(store: Store) -> Mark:
    """Return the mark of a store as it is now; whatever cannot be seen is part of the mark.

    To be taken before a store is read: what changes during the reading is then not missed.  Of
    tokens it is what the last reading saw (:func:`is_seen_by_reading`), so it is taken after it.
    """
    match store.kind:
        case "pkcs11":
            return getattr(store, "mark", None)
        case "nss":
            return tuple(_file(Path(store.where) / name) for name in _NSS_FILES)
        case "pkcs12":
            return _file_or_folder(Path(store.where))
        case "files":
            from certhelper.stores import files_folder

            return files_folder.mark_of(Path(store.where))
        case "windows":
            return _windows_mark(store.where)
        case _:
            return None


def is_seen_by_reading(store: Store) -> bool:
    """Whether the mark is the reading's own: to look at tokens takes as long as to read them."""
    return store.kind == _PKCS11


class Stop:
    """Ends a wait; any thread may do that, at any time."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._wake: Callable[[], None] | None = None

    def set(self) -> None:
        """End the wait that is under way, or the next one."""
        self._event.set()
        with self._lock:
            if self._wake is not None:
                self._wake()

    def is_set(self) -> bool:
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Return whether it came within that time."""
        return self._event.wait(seconds)

    @contextmanager
    def waking(self, wake: Callable[[], None]) -> Iterator[None]:
        """Have ``wake`` called, too, for somebody who waits for something else."""
        with self._lock:
            self._wake = wake
        try:
            yield
        finally:
            with self._lock:
                self._wake = None


class Change(NamedTuple):
    """What is no longer as it was; false where nothing is.

    ``stores`` are the places of those that have changed; ``others_are_here`` says that there are
    others than before: one was made, or is gone with all that it held.
    """

    stores: Sequence[int] = ()
    others_are_here: bool = False

    def __bool__(self) -> bool:
        return bool(self.stores) or self.others_are_here


def retry_seconds(fruitless: int) -> float:
    """Return the time until a store is tried again by itself after so many fruitless readings."""
    return min(TOLD_SECONDS * 2.0 ** min(fruitless, 30), LONGEST_RETRY_SECONDS)


class Watcher:
    """Waits for changes, in a thread that may be kept waiting.

    Windows is believed to tell of changes once it has told of one: Wine takes the question and
    never answers.  Several threads may wait with the same watcher.
    """

    def __init__(self, look_seconds: float | None = None) -> None:
        self._look_seconds = LOOK_SECONDS if look_seconds is None else look_seconds
        self.is_told = False

    def wait(
        self,
        seen: Sequence[tuple[Store, Mark]],
        stop: Stop,
        others_are_here: Callable[[], bool] = lambda: False,
        retry_after: float | None = None,
    ) -> Change:
        """Return what has changed since ``seen``; nothing when stopped.

        ``others_are_here`` is asked at every look whether there are other stores than before.
        What could not be read counts as changed after ``retry_after`` seconds.
        """
        after = retry_seconds(0) if retry_after is None else retry_after
        stores = [store for store, _ in seen]
        wake = threading.Event()
        with (
            self._pausing(stores, stop, wake) as pause,
            _tokens_watched(seen, wake, after) as tokens,
        ):
            while not stop.is_set():
                marks = enumerate(seen)
                changed = [place for place, (store, mark) in marks if look(store) != mark]
                changed += tokens()
                change = Change(changed, others_are_here()) or Change(pause(self._seconds(stores)))
                if change:
                    return change
        return Change()

    def _seconds(self, stores: Sequence[Store]) -> float:
        all_tell = bool(stores) and self.is_told and all(store.kind == _WINDOWS for store in stores)
        return TOLD_SECONDS if all_tell else self._look_seconds

    @contextmanager
    def _pausing(
        self, stores: Sequence[Store], stop: Stop, wake: threading.Event
    ) -> Iterator[_Pause]:
        if sys.platform == "win32":
            with _told_by_windows(stores, stop) as pause:
                yield lambda seconds: self._noting(pause(seconds))
        else:

            def pause(seconds: float) -> Sequence[int]:
                wake.wait(seconds)
                wake.clear()
                return ()

            with stop.waking(wake.set):
                yield pause

    def _noting(self, told: Sequence[int]) -> Sequence[int]:
        self.is_told = self.is_told or bool(told)
        return told


@contextmanager
def _tokens_watched(
    seen: Sequence[tuple[Store, Mark]], wake: threading.Event, retry_after: float
) -> Iterator[Callable[[], list[int]]]:
    """Have the tokens' modules watched; what it yields returns the places that have changed.

    A module that could not be read has nothing to be compared with: it is read again after a while.
    """
    if not any(store.kind == _PKCS11 for store, _ in seen):
        yield list
        return
    from certhelper.stores.pkcs11 import Pkcs11Store
    from certhelper.stores.pkcs11_watch import NOTHING_SEEN, TokenWatch

    again = time.monotonic() + retry_after
    watches: dict[int, TokenWatch] = {}
    unread: list[int] = []
    with ExitStack() as stack:
        for place, (store, mark) in enumerate(seen):
            if not isinstance(store, Pkcs11Store):
                continue
            if mark == NOTHING_SEEN or not isinstance(mark, bytes):
                unread.append(place)
            else:
                watch = TokenWatch(store.module, mark, wake.set)
                watches[place] = stack.enter_context(watch)

        def changed() -> list[int]:
            told = [place for place, watch in watches.items() if watch.has_changed]
            return told + (unread if time.monotonic() > again else [])

        yield changed


@contextmanager
def _told_by_windows(stores: Sequence[Store], stop: Stop) -> Iterator[_Pause]:
    from certhelper.windows import changes
    from certhelper.windows.certificate_store import Place

    places = {
        Place(store.where): number
        for number, store in enumerate(stores)
        if store.kind == _WINDOWS and store.where in list(Place)
    }
    with (
        changes.StopEvent() as event,
        stop.waking(event.set),
        changes.armed(places, event) as armed,
    ):

        def pause(seconds: float) -> Sequence[int]:
            told = armed.wait(seconds)
            return () if told is None else (places[told],)

        yield pause


def _windows_mark(where: str) -> Mark:
    from certhelper.windows import changes
    from certhelper.windows.certificate_store import Place
    from certhelper.windows.library import WindowsCallError

    if where not in list(Place):
        return None
    try:
        return changes.fingerprint(Place(where))
    except (WindowsCallError, OSError) as error:
        return str(error)


def _file(path: Path) -> Mark:
    """An empty file counts as none: SQLite may leave an empty log beside a database."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        return type(error).__name__
    return (status.st_ino, status.st_size, status.st_mtime_ns) if status.st_size else None


def _file_or_folder(path: Path) -> Mark:
    try:
        with os.scandir(path) as entries:
            names = [entry.name for entry in entries]
    except (NotADirectoryError, FileNotFoundError):
        return _file(path)
    except (OSError, ValueError) as error:
        return type(error).__name__
    wanted = (name for name in sorted(names) if name.lower().endswith(_PKCS12_SUFFIXES))
    return tuple((name, _file(path / name)) for name in wanted)
