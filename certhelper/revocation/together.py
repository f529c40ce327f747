"""Asks for many certificates side by side, within a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, Final

from certhelper import moment
from certhelper.checks import Revocation
from certhelper.revocation.no_answer import unknown
from certhelper.revocation.question import Question

if TYPE_CHECKING:
    from certhelper.revocation.asker import Asker

_AT_ONCE: Final = 4
"""Connections that are open at the same time."""

_LOOK_S: Final = 0.1
"""How often it is looked whether the caller has stopped the asking."""


Answered = Callable[[str, Revocation], None]
"""Gets the SHA-256 (hex) of a certificate and its answer."""


def ask_all(
    asker: Asker,
    questions: Iterable[Question],
    answered: Answered | None = None,
    *,
    seconds: float | None = None,
    offline: bool = False,
    stop: threading.Event | None = None,
    clock: Callable[[], datetime] = moment.now,
) -> dict[str, Revocation]:
    """Ask for each certificate once and return the answers by SHA-256 (hex).

    Blocks; for a thread, or a command line.  ``answered`` is called in the calling thread, one
    answer after the other, as they come.  After ``seconds`` (None: each certificate has the
    asker's own limits only) those without an answer are ``unknown`` with the cause ``no-time``;
    what is still under way then is left behind and never told.  ``stop`` ends it early: what has
    no answer then has no entry.  ``offline`` asks nobody: what is kept from before counts.
    Never raises for what the network or anybody who is asked does.
    """
    by_sha256 = {one.certificate.sha256: one for one in questions}
    asking = _Asking(by_sha256.values(), asker, seconds, stop, offline=offline, clock=clock)
    answers: dict[str, Revocation] = {}
    for sha256, answer in asking.answers():
        answers[sha256] = answer
        if answered is not None:
            answered(sha256, answer)
    return answers


class _Asking:
    """One round of questions, each put by one of a few threads."""

    def __init__(
        self,
        questions: Collection[Question],
        asker: Asker,
        seconds: float | None,
        stop: threading.Event | None,
        *,
        offline: bool,
        clock: Callable[[], datetime],
    ) -> None:
        self._asker = asker
        self._offline = offline
        self._clock = clock
        self._stop = stop
        self._end = None if seconds is None else monotonic() + seconds
        self._unanswered = {one.certificate.sha256 for one in questions}
        self._waiting: SimpleQueue[Question] = SimpleQueue()
        for one in questions:
            self._waiting.put(one)
        self._found: SimpleQueue[tuple[str, Revocation]] = SimpleQueue()
        self._is_over = threading.Event()
        # Daemons: a name that the resolver looks up for ever must not keep the program from ending.
        self._workers = [
            threading.Thread(target=self._work, name=f"revocation {number}", daemon=True)
            for number in range(min(_AT_ONCE, len(questions)))
        ]

    def answers(self) -> Iterator[tuple[str, Revocation]]:
        """Yield every answer as it comes, then those that did not come in time."""
        for worker in self._workers:
            worker.start()
        try:
            while self._unanswered and not self._is_stopped:
                left = _LOOK_S if self._left is None else min(self._left, _LOOK_S)
                if left <= 0:
                    break
                try:
                    sha256, answer = self._found.get(timeout=left)
                except Empty:
                    if self._found.empty() and not any(one.is_alive() for one in self._workers):
                        break
                    continue
                self._unanswered.discard(sha256)
                yield sha256, answer
        finally:
            self._is_over.set()
        if not self._is_stopped:
            for sha256 in sorted(self._unanswered):
                yield sha256, unknown("no-time")

    def _work(self) -> None:
        while not (self._is_over.is_set() or self._is_stopped):
            try:
                question = self._waiting.get_nowait()
            except Empty:
                return
            try:
                answer = self._asker.ask(
                    question.certificate,
                    question.issuers,
                    self._clock(),
                    seconds=self._left,
                    offline=self._offline,
                )
            except BaseException as error:  # noqa: BLE001  # a Rust panic is no Exception
                # An answer that the program fails over keeps no other certificate's from coming.
                answer = unknown("unreadable", type(error).__name__)
            self._found.put((question.certificate.sha256, answer))

    @property
    def _left(self) -> float | None:
        return None if self._end is None else self._end - monotonic()

    @property
    def _is_stopped(self) -> bool:
        return self._stop is not None and self._stop.is_set()
