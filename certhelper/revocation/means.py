"""What all questions of one :class:`~certhelper.revocation.asker.Asker` share."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from certhelper.revocation.cache import Cache
from certhelper.revocation.deadline import Deadline
from certhelper.revocation.failures_held import FailuresHeld
from certhelper.revocation.no_answer import NoAnswerError
from certhelper.revocation.way import Way

if TYPE_CHECKING:
    from certhelper.revocation.crl import RevocationList

_MOST_LISTS: Final = 2
"""Lists that stay in memory, for many certificates of one issuer; one may have 20 MiB."""


class ListsHeld:
    """Verified lists in memory, by the name under which they are kept."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._held: dict[str, tuple[RevocationList, datetime]] = {}

    @contextmanager
    def alone(self, name: str, deadline: Deadline) -> Iterator[None]:
        """Let one thread at a time get what is called ``name``; the others find it here then.

        Raises :class:`NoAnswerError` (``timeout``).
        """
        with self._lock:
            mine = self._locks.setdefault(name, threading.Lock())
        if not mine.acquire(timeout=deadline.left):
            raise NoAnswerError("timeout")
        try:
            yield
        finally:
            mine.release()

    def get(self, name: str, now: datetime) -> RevocationList | None:
        with self._lock:
            found, until = self._held.get(name, (None, now))
            return found if until > now else None

    def hold(self, name: str, found: RevocationList, until: datetime) -> None:
        with self._lock:
            self._held.pop(name, None)
            self._held[name] = (found, until)
            while len(self._held) > _MOST_LISTS:
                del self._held[next(iter(self._held))]


class Means(NamedTuple):
    """Where answers are kept, which way leads out, and what was found out a moment ago."""

    cache: Cache
    way: Way
    failures: FailuresHeld
    lists: ListsHeld
