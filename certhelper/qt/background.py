"""Work in threads whose outcome arrives in the window's thread, if anybody is still there for it.

Of the main window's process and of a session's: both have one thread with a window.

Daemon threads and not a ``QThreadPool``: a pool waits for its threads when the program ends, and a
store has been seen to stall for half an hour.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer, Signal
from shiboken6 import isValid

_COLLECT_MS: Final = 1000
_SWITCH_SECONDS: Final = 0.001


class _Delivery(QObject):
    """Lives as long as the application; a signal of it is safe to send from any thread."""

    sent = Signal(object)

    def __init__(self, application: QCoreApplication) -> None:
        super().__init__(application)
        self.sent.connect(self._arrive, Qt.ConnectionType.QueuedConnection)

    def _arrive(self, call: Callable[[], None]) -> None:
        call()


def collect_garbage_here(owner: QObject) -> None:
    """Leave Python's cyclic garbage collection to the window's thread, as long as ``owner`` lives.

    It otherwise runs in whichever thread happens to allocate, and a Qt object that it frees there
    is destroyed in the wrong thread, which crashes (Qt documentation, "Thread affinity").
    """
    gc.disable()
    timer = QTimer(owner)
    timer.timeout.connect(_collect)
    timer.start(_COLLECT_MS)


def let_window_through() -> None:
    """Have busy threads give way to the window sooner than Python does by itself.

    PySide lets go of the interpreter in many calls of Qt, and then waits for it as long as one
    switch takes, 5 ms, behind each thread that computes: a page of twenty widgets, laid out beside
    three such threads, took 1.6 s, and 0.4 s with switches of 1 ms.  The threads lose nothing that
    could be measured (:func:`sys.setswitchinterval`).
    """
    sys.setswitchinterval(_SWITCH_SECONDS)


def _collect() -> None:
    """What Python would do by itself: the young generations often, the old one seldom."""
    for generation, (count, threshold) in enumerate(
        zip(gc.get_count(), gc.get_threshold(), strict=True)
    ):
        if count > threshold:
            gc.collect(generation)


def start(name: str, work: Callable[[], None]) -> None:
    """Run ``work`` in a thread that never keeps the program from ending."""
    prepare()
    threading.Thread(target=work, name=name, daemon=True).start()


def prepare() -> None:
    """Make the way back into the window's thread; to be called there, before a thread needs it."""
    _delivery()


def deliver(owner: QObject, call: Callable[[], None]) -> None:
    """Have ``call`` made in the window's thread, unless ``owner`` is gone by then."""

    def arrive() -> None:
        if isValid(owner):
            call()

    _delivery().sent.emit(arrive)


def _delivery() -> _Delivery:
    application = QCoreApplication.instance()
    assert application is not None
    found = application.findChild(_Delivery)
    return found if found is not None else _Delivery(application)
