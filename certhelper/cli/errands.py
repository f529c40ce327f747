"""What a session has its parent do, done beside it: no stage waits for a browser or a disk."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from types import TracebackType
from typing import Self

from certhelper.failures import FailedError
from certhelper.logon.session_notice import SessionNotice

_LAST_S = 10.0
"""How long the end waits for what was asked last: a program that hangs must not hold it."""

Errand = Callable[[], None]


class Errands:
    """Does one after the other in a thread, between ``with`` and its end.

    What does not work is handed to ``tell``, in that thread, and the session goes on.  An
    ``OSError`` means a setting that could not be written: nothing else of an errand raises it.
    What is the program's own fault is raised at the end, where it cannot stop the session.
    """

    def __init__(self, tell: Callable[[SessionNotice], None]) -> None:
        self._tell = tell
        self._waiting: SimpleQueue[Errand | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="errands", daemon=True)
        self._fault: Exception | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._waiting.put(None)
        self._thread.join(_LAST_S)
        if self._fault is not None and error is None:
            raise self._fault

    def add(self, errand: Errand) -> None:
        """Have it done after those that wait already; returns at once."""
        self._waiting.put(errand)

    def _work(self) -> None:
        while (errand := self._waiting.get()) is not None:
            try:
                self._do(errand)
            except Exception as error:  # noqa: BLE001  # raised in the command's own thread
                self._fault = error

    def _do(self, errand: Errand) -> None:
        try:
            errand()
        except FailedError as error:
            self._tell(SessionNotice(error.code, error.facts))
        except OSError as error:
            detail = {"detail": error.strerror or type(error).__name__}
            self._tell(SessionNotice("setting-not-kept", detail))
