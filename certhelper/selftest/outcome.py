"""What one step of the self test found, and how it is written down for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from certhelper import failures, texts

SCHEMA = "certhelper.selftest/1"


class Step(StrEnum):
    """The steps in their order; a contract of ``selftest --json``, so the names are stable."""

    READY = "ready"
    LEFT_OVERS = "left-overs"
    STORE_READ = "store-read"
    DEMO_BANK = "demo-bank"
    PUT = "put"
    PUT_ELSEWHERE = "put-elsewhere"
    LISTED = "listed"
    REHEARSAL = "rehearsal"
    LOG_ON = "log-on"
    PROOF = "proof"
    REMOVED = "removed"
    SUMMARY = "summary"


class Status(StrEnum):
    """How a step ended."""

    OK = "ok"
    FAILED = "failed"
    NOT_TRIED = "not-tried"


class Said(NamedTuple):
    """A step's words in the person's language; cause and remedy only of one that failed."""

    message: str
    cause: str | None = None
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one step ended, after ``ms`` milliseconds.

    ``code`` is one of ``failures.toml`` for a step that failed, else of ``selftest.toml``.
    ``facts`` fill in its text, and stand in the line's ``detail``, too, where the step failed;
    ``detail`` holds plain JSON values.  Neither holds a secret, a
    person's name or a path but its shape.
    """

    step: Step
    code: str
    status: Status
    ms: int
    facts: Mapping[str, str] = field(default_factory=dict)
    detail: Mapping[str, Any] = field(default_factory=dict)

    def said(self) -> Said:
        """Return its words."""
        if self.status is Status.FAILED:
            told = failures.find(self.code).say(dict(self.facts))
            return Said(told.message.strip(), told.cause.strip(), told.remedy.strip())
        return Said(texts.text(f"selftest.{self.code}", **self.facts))

    @property
    def _facts_of_failure(self) -> dict[str, str]:
        return dict(self.facts) if self.status is Status.FAILED else {}

    def document(self) -> dict[str, Any]:
        """Return its line (``resources/schemas/certhelper.selftest-1.json``)."""
        said = self.said()
        return {
            "schema": SCHEMA,
            "step": self.step.value,
            "code": self.code,
            "status": self.status.value,
            "ms": self.ms,
            "message": said.message,
            "cause": said.cause,
            "remedy": said.remedy,
            "detail": self._facts_of_failure | dict(self.detail),
        }
