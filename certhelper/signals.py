"""What happens to Ctrl-C and to requests to end while something must not be broken off."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")  # not every system has all of them

_Handler = Callable[[int, FrameType | None], Any] | signal.Handlers


@contextmanager
def deferred() -> Iterator[None]:
    """Let the block run to its end; a request that came meanwhile interrupts right after it.

    Raises ``KeyboardInterrupt`` then.
    """
    came: list[int] = []
    with _handled_by(lambda number, _: came.append(number)):
        yield
    if came:
        raise KeyboardInterrupt


class Requests:
    """The requests to end that have come while :func:`interrupting` was in force."""

    def __init__(self) -> None:
        self._is_held = False
        self._have_come = False

    def hold(self) -> None:
        """From now on nothing is interrupted: what is left to do is short, and is done."""
        self._is_held = True

    def came(self, _: int, __: FrameType | None) -> None:
        is_first, self._have_come = not self._have_come, True
        if is_first and not self._is_held:
            raise KeyboardInterrupt


@contextmanager
def interrupting() -> Iterator[Requests]:
    """Let the first request to end interrupt the block, so that what it began is undone.

    By itself only Ctrl-C does so: the end of a terminal or of the person's session would end the
    process at once.  Later requests do not interrupt the undoing.  One that comes after
    :meth:`Requests.hold` is not answered: nobody must take a change for undone that was made.
    Raises ``KeyboardInterrupt``.
    """
    requests = Requests()
    with _handled_by(requests.came):
        yield requests


@contextmanager
def ignored() -> Iterator[None]:
    """Let the block run to its end: the program is ending anyway, and this is the orderly way."""
    with _handled_by(signal.SIG_IGN):
        yield


@contextmanager
def _handled_by(handler: _Handler) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # Python gives signals to the main thread only
        return
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    # One that is ignored stays so: whoever started the program wants that (nohup(1)).
    heeded = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, handler) for number in heeded}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)
