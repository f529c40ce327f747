"""Remembers for a moment who did not answer, so that nobody is asked again and again."""

from __future__ import annotations

import threading
from time import monotonic
from typing import Final

from certhelper.revocation.no_answer import NoAnswerError

_HELD_S: Final = 90.0

_OF_HOST: Final = frozenset({"timeout", "not-reached", "name-not-found"})
_OF_NETWORK: Final = frozenset({"offline", "proxy-unknown", "proxy-refused", "proxy-not-reached"})
_EVERYWHERE: Final = ""


class FailuresHeld:
    """In memory only.  Of what the network does, one address is enough to know of the others."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, tuple[float, NoAnswerError]] = {}

    def check(self, *places: str) -> None:
        """Raise the :class:`NoAnswerError` that is held for one of these, or for the network."""
        with self._lock:
            for place in (_EVERYWHERE, *places):
                until, error = self._held.get(place, (0.0, None))
                if error is not None and monotonic() < until:
                    raise NoAnswerError(error.cause, error.detail)

    def hold(self, error: NoAnswerError, *, what: str, host: str) -> None:
        """Remember the failure of ``what`` (an address, a certificate at an address) at ``host``.

        Both are names of the caller's own, for :meth:`check`.  That there was no time to ask says
        nothing of anybody.
        """
        if error.cause == "no-time":
            return
        if error.cause in _OF_NETWORK:
            place = _EVERYWHERE
        else:
            place = host if error.cause in _OF_HOST else what
        with self._lock:
            self._held[place] = (monotonic() + _HELD_S, error)

    def forget(self) -> None:
        """Let everybody be asked again: the person wants it."""
        with self._lock:
            self._held.clear()
