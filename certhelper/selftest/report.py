"""Runs one step after the other, tells how each ended, and sums up."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from certhelper.failures import ExitStatus, FailedError
from certhelper.selftest.outcome import Outcome, Status, Step
from certhelper.selftest.shape import shape

_MILLISECONDS = 1000
_AFTER_FAILURE = "after-failure"

Tell = Callable[[Outcome], None]


class Found(NamedTuple):
    """What a step that went well found: a code of selftest.toml, its facts, and the detail."""

    code: str
    facts: Mapping[str, str] = {}
    detail: Mapping[str, Any] = {}


class NotTriedError(Exception):
    """A step could not be tried, and that is no failure; ``code`` is one of selftest.toml."""

    def __init__(self, code: str = _AFTER_FAILURE, **facts: str) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class Report:
    """What is told of one run, in order."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._began = time.monotonic()
        self._outcomes: list[Outcome] = []
        self._own_fault = False

    def step(self, step: Step, action: Callable[[], Found]) -> bool:
        """Do one step and tell how it ended; return whether it went well.

        Whatever goes wrong in it ends this step and not the run: what was made must be removed.
        Only an interruption and a reader that is gone pass through.
        """
        began = time.monotonic()
        detail: Mapping[str, Any] = {}
        try:
            code, facts, detail = action()
            status = Status.OK
        except NotTriedError as error:
            code, facts, status = error.code, error.facts, Status.NOT_TRIED
        except FailedError as error:
            code, facts, status = error.code, error.facts, Status.FAILED
        except Exception as error:  # noqa: BLE001  # told as the program's own fault, with its place
            self._own_fault = True
            code, facts, status = "internal-error", _fault(error), Status.FAILED
        told = {name: shape(value) for name, value in facts.items()}
        self._add(Outcome(step, code, status, _since(began), told, detail))
        return status is Status.OK

    def not_tried(self, *steps: Step) -> None:
        """Tell that what these steps stand on is not there."""
        for step in steps:
            self._add(Outcome(step, _AFTER_FAILURE, Status.NOT_TRIED, 0))

    def sum_up(self, *, interrupted: bool = False) -> int:
        """Tell the sum as the last line and return the exit status of the command."""
        counts = dict.fromkeys(Status, 0)
        for outcome in self._outcomes:
            counts[outcome.status] += 1
        failed = [one.step.value for one in self._outcomes if one.status is Status.FAILED]
        detail = {
            "ok": counts[Status.OK],
            "failed": counts[Status.FAILED],
            "not_tried": counts[Status.NOT_TRIED],
            "failed_steps": failed,
        }
        code, status = "all-ok", Status.OK
        if interrupted:
            code, status = "selftest-interrupted", Status.FAILED
        elif failed:
            code, status = "selftest-failed", Status.FAILED
        elif counts[Status.NOT_TRIED]:
            code = "ok-but-not-all-tried"
        facts = {name: str(detail[name]) for name in ("ok", "failed", "not_tried")}
        self._add(Outcome(Step.SUMMARY, code, status, _since(self._began), facts, detail))
        if self._own_fault:
            return ExitStatus.OWN_FAULT
        return ExitStatus.DONE if status is Status.OK else ExitStatus.ACT

    def silence(self) -> None:
        """Tell nothing more: nobody reads it."""
        self._tell = lambda _: None

    def _add(self, outcome: Outcome) -> None:
        self._outcomes.append(outcome)
        self._tell(outcome)


def _since(began: float) -> int:
    return round((time.monotonic() - began) * _MILLISECONDS)


def _fault(error: Exception) -> dict[str, str]:
    """Return kind and place of a fault: not its text, which may carry names or secrets."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    return {"kind": type(error).__name__, "place": place}
