"""Ends to every wait: of one call, and of the whole run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from certhelper.failures import FailedError

_LOOK_SECONDS = 0.2

Result = TypeVar("Result")


class Deadline:
    """The end of the whole run, ``seconds`` from now."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def at_most(self, seconds: float) -> float:
        """Return ``seconds``, or what is left of the run.

        Raises :class:`FailedError` (``selftest-time-limit``) when nothing is left.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise FailedError("selftest-time-limit")
        return min(seconds, left)


def within(seconds: float, call: Callable[[], Result]) -> Result:
    """Return what ``call`` returns, or raise what it raises.

    A store has been seen to stall for half an hour, in a call that nobody can interrupt: after
    ``seconds`` its thread is left to itself and this raises :class:`FailedError`
    (``selftest-time-limit``).  Ctrl-C is seen meanwhile.
    """
    results: list[Result] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            results.append(call())
        except BaseException as error:  # noqa: BLE001  # raised below, in the caller's thread
            errors.append(error)

    thread = threading.Thread(target=work, daemon=True, name="self test")
    thread.start()
    end = time.monotonic() + seconds
    while thread.is_alive() and time.monotonic() < end:
        thread.join(_LOOK_SECONDS)  # in slices: Windows sees a signal only between two waits
    if errors:
        raise errors[0]
    if not results:
        raise FailedError("selftest-time-limit")
    return results[0]
