"""Work in threads whose outcome arrives in the window's thread, if anybody is still there for it.

Daemon threads and not a ``QThreadPool``: a pool waits for its threads when the program ends, and a
store has been seen to stall for half an hour.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QObject, Signal
from shiboken6 import isValid


class _Delivery(QObject):
    """Lives as long as the application; a signal of it is safe to send from any thread."""

    sent = Signal(object)

    def __init__(self, application: QCoreApplication) -> None:
        super().__init__(application)
        self.sent.connect(self._arrive)

    def _arrive(self, call: Callable[[], None]) -> None:
        call()


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
