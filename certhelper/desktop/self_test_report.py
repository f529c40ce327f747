"""What ``certhelper selftest --json`` tells, line by line, for the window.  Free of Qt."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from certhelper import __version__, engine_age, failures, texts
from certhelper.desktop.rows import Mark
from certhelper.failures import Told
from certhelper.texts import text

SCHEMA = "certhelper.selftest/1"

_MARKS = {"ok": Mark.GOOD, "failed": Mark.BAD, "not-tried": Mark.NEUTRAL}
_SIGNS = {Mark.GOOD: "○", Mark.BAD: "×", Mark.NEUTRAL: "－"}


class StepReport(NamedTuple):
    """One step as it ended; ``cause``, ``remedy`` and ``facts`` only of one that failed."""

    step: str
    code: str
    mark: Mark
    ms: int
    message: str
    cause: str
    remedy: str
    facts: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, line: str) -> StepReport | None:
        """Read one line; ``None`` for anything that is not a step of this schema."""
        try:
            value: Any = json.loads(line)
            if value["schema"] != SCHEMA:
                return None
            mark = _MARKS[value["status"]]
            facts = value["detail"].items() if mark is Mark.BAD else ()
            return cls(
                str(value["step"]),
                str(value["code"]),
                mark,
                int(value["ms"]),
                str(value["message"]).strip(),
                str(value["cause"] or "").strip(),
                str(value["remedy"] or "").strip(),
                tuple((str(name), str(fact)) for name, fact in facts),
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            return None

    @property
    def is_summary(self) -> bool:
        return self.step == "summary"

    @property
    def name(self) -> str:
        """What a person calls the step; one that this version does not know has its own name."""
        try:
            return text(f"selftest.steps.{self.step}")
        except KeyError:
            return self.step

    @property
    def failure(self) -> Told | None:
        """What failed; None for the summary, and for a step that did not fail."""
        is_one = self.mark is Mark.BAD and not self.is_summary
        if not is_one or not failures.is_known(self.code):
            return None
        words = self.message, self.cause, self.remedy
        return Told(self.code, *words, texts.language(), self.facts)

    @property
    def shown_code(self) -> str:
        """The code, where there is something to look up or to tell a helpdesk."""
        return "" if self.mark is Mark.GOOD else self.code


def as_plain_text(steps: Sequence[StepReport], ending: str = "") -> str:
    """Return the whole run for a helpdesk; ``ending`` is what was said where it broke off."""
    lines = [f"certhelper {__version__}", engine_age.engine().line(), ""]
    for step in steps:
        lines.append(f"{_SIGNS[step.mark]} {step.name}: {step.message} [{step.code}] {step.ms} ms")
        lines += [f"    {more}" for more in (step.cause, step.remedy) if more]
    return "\n".join([*lines, *([ending] if ending else [])]) + "\n"
