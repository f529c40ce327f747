"""Carries the checks out side by side: each in a guard of its own, none waits for another.

A check that raises or takes too long is itself a finding, and takes nothing else with it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue

from certhelper.diagnosis import occasion
from certhelper.diagnosis.findings import Finding, Outcome, in_order
from certhelper.diagnosis.order import CHECKS, Check
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import facts

_log = logging.getLogger(__name__)

TOO_SLOW, CRASHED, CANCELLED = "check-too-slow", "check-crashed", "check-cancelled"

Told = Callable[[Outcome], None]


class Course:
    """One diagnosis.  ``told`` gets each outcome as it comes, in the thread of :meth:`run`.

    What had failed before (``Scene.occasion``) is told first where the check beside which it stands
    is not carried out, else with it.
    """

    def __init__(self, scene: Scene, told: Told, checks: Sequence[Check] = CHECKS) -> None:
        self._scene = scene
        self._told = told
        self._checks = checks
        self._answers: SimpleQueue[Outcome | None] = SimpleQueue()

    def cancel(self) -> None:
        """End it now; what has not answered is told as cancelled.  From any thread."""
        self._scene.stop.set()
        self._answers.put(None)

    def run(self) -> tuple[Outcome, ...]:
        """Return what became of every check, in their order; blocks."""
        began = time.monotonic()
        for one in sorted(self._checks, key=lambda one: -one.limit):  # the longest begin first
            name = f"check {one.name}"
            threading.Thread(target=self._work, args=(one,), name=name, daemon=True).start()
        waiting = {one.name: one for one in self._checks}
        failed = occasion.finding_of(self._scene)
        outcomes: dict[str, Outcome] = {}
        if failed is not None and occasion.CHECK not in waiting:
            outcomes[occasion.CHECK] = Outcome(occasion.CHECK, (failed,), 0.0)
            self._told(outcomes[occasion.CHECK])
        while waiting:
            for answer in self._next(waiting, began):
                outcome = occasion.first_in(answer, failed)
                del waiting[outcome.check]
                outcomes[outcome.check] = outcome
                _note(outcome)
                self._told(outcome)
        self._scene.stop.set()  # whoever was too slow need not go on
        in_order = dict.fromkeys((*(one.name for one in self._checks), *outcomes))
        return tuple(outcomes[name] for name in in_order)

    def _next(self, waiting: dict[str, Check], began: float) -> list[Outcome]:
        """Wait for an answer or the next limit, and return what has come of it."""
        passed = time.monotonic() - began
        remaining = min(one.limit for one in waiting.values()) - passed
        try:
            answer = self._answers.get(timeout=max(0.0, remaining))
        except Empty:
            passed = time.monotonic() - began
            late = [one for one in waiting.values() if one.limit <= passed]
            return [_unfinished(one, TOO_SLOW, passed) for one in late]
        if answer is None:
            return [_unfinished(one, CANCELLED, passed) for one in waiting.values()]
        return [answer] if answer.check in waiting else []  # it came after its limit

    def _work(self, check: Check) -> None:
        began = time.monotonic()
        try:
            found = in_order(tuple(check.run(self._scene)))
            if not found:
                raise AssertionError(f"{check.name} found nothing, not even that all is well")
        except BaseException as fault:  # noqa: BLE001  # a panic of Rust's code is no Exception
            _log.info("the check %s failed", check.name, exc_info=True)
            found = (Finding(CRASHED, facts(fault=type(fault).__name__)),)
        self._answers.put(Outcome(check.name, found, time.monotonic() - began))


def _note(outcome: Outcome) -> None:
    codes = ", ".join(found.code for found in outcome.findings)
    _log.debug("check %s: %s in %.1f s", outcome.check, codes, outcome.seconds)


def _unfinished(check: Check, code: str, seconds: float) -> Outcome:
    return Outcome(check.name, (Finding(code, facts(seconds=round(seconds))),), seconds)
