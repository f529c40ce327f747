"""One log-on as the window follows it: how far it is, and how it ended.  Free of Qt."""

from __future__ import annotations

from enum import StrEnum

from certhelper import failures
from certhelper.desktop.gone import NOT_FOUND
from certhelper.failures import FailedError, Told
from certhelper.logon import failure_place
from certhelper.logon.closing import SessionStanding
from certhelper.logon.lines import facts_of
from certhelper.logon.stages import Stage, StageReport
from certhelper.texts import text

STEPS = (
    Stage.OPENED,
    Stage.LOGON_PAGE,
    Stage.CERTIFICATE_SENT,
    Stage.PIN_PAGE,
    Stage.PIN_SUBMITTED,
    Stage.TOP_PAGE,
)
"""What a person follows; asking for a certificate and sending it are one step to them."""

_IN_SESSION = (Stage.OTHER_AUTHENTICATION, Stage.TOP_PAGE)
_GOING_ON = (Stage.OPENED, Stage.PIN_SUBMITTED)
"""What a person does in the session's window after a failure: another attempt, another PIN."""


class Phase(StrEnum):
    """Where a log-on stands.  ``SESSION``: the person goes on in the session's own window."""

    WAITING_FOR_PIN = "waiting-for-pin"
    RUNNING = "running"
    SESSION = "session"
    FAILED = "failed"
    ENDED = "ended"


class StepState(StrEnum):
    DONE = "done"
    CURRENT = "current"
    AHEAD = "ahead"


class Attempt:
    """``name`` is what the person knows the certificate by.

    ``gone`` is what to say when the certificate is not found where it was.
    """

    def __init__(self, name: str, gone: FailedError | None = None) -> None:
        self.name = name
        self.gone = gone
        self.phase = Phase.WAITING_FOR_PIN
        self.stage: Stage | None = None
        self.failure: Told | None = None
        self.cancelled = False
        self._reached = set[Stage]()
        self._standing = SessionStanding()

    def pin_given(self) -> None:
        if self.phase is Phase.WAITING_FOR_PIN:
            self.phase = Phase.RUNNING

    def report(self, report: StageReport) -> None:
        """Follow one stage of the session process."""
        if self.phase is Phase.ENDED:
            return
        if report.stage is Stage.OPENED:
            self._standing = SessionStanding()
        self._standing.follow(report)
        if report.stage is Stage.FAILED:
            self._fail(report.code or "session-ended", facts_of(report.detail))
            return
        self.stage = report.stage
        if report.stage is Stage.OPENED:
            self._reached.clear()  # the person tries again in the session's own window
        self._reached.add(report.stage)
        if report.stage in _IN_SESSION:
            self.phase = Phase.SESSION
            self.failure = None
        elif self.phase is Phase.FAILED and report.stage in _GOING_ON:
            self.phase = Phase.RUNNING
            self.failure = None

    def fail(self, error: FailedError) -> None:
        """The log-on could not even be started."""
        self._fail(error.code, error.facts)

    def cancel(self) -> None:
        self.cancelled = True

    def end(self, status: int, last_words: str) -> None:
        """The session process has ended with ``status``; ``last_words`` came to its stderr."""
        if self.phase is Phase.FAILED:
            return
        if self.cancelled or self.phase is Phase.SESSION or status == 0:
            self.phase = Phase.ENDED
            return
        code = failures.code_at_end(last_words) or "session-ended"
        self._fail(code, {"status": str(status)})

    @property
    def is_over(self) -> bool:
        return self.phase in (Phase.FAILED, Phase.ENDED)

    @property
    def is_at_bank(self) -> bool:
        """Whether the log-on is under way, or there may be a session of the person's.

        A failure after the PIN (no answer, a page that nobody knows) leaves that open.
        """
        return not self.is_over or (self.phase is Phase.FAILED and self._standing.logged_on)

    @property
    def may_succeed_again(self) -> bool:
        """Whether another try is what to do; the session window goes by the same rule."""
        return self.failure is None or failure_place.may_succeed_again(self.failure.code)

    @property
    def headline(self) -> str:
        """Where it stands, in one short sentence."""
        if self.phase is Phase.RUNNING and self.stage is not None:
            return text(f"desktop.stage.{self.stage.value}")
        if self.phase is Phase.SESSION and self.stage is Stage.OTHER_AUTHENTICATION:
            return text("desktop.stage.other-authentication")
        return text(f"desktop.phase.{self.phase.value}")

    @property
    def short_state(self) -> str:
        """The same in a word or two, for the list of sessions."""
        if self.phase is Phase.SESSION and self.stage is not None:
            return text(f"desktop.stage.{self.stage.value}")
        return text(f"desktop.short.{self.phase.value}")

    def steps(self) -> tuple[tuple[str, StepState], ...]:
        """The steps with their state; a later stage means that those before are done."""
        last = max((STEPS.index(stage) for stage in self._reached if stage in STEPS), default=-1)
        if self.phase is Phase.SESSION:
            last = len(STEPS) if self.stage is Stage.TOP_PAGE else len(STEPS) - 2
        states = (
            StepState.DONE
            if place <= last
            else StepState.CURRENT
            if place == last + 1 and not self.is_over
            else StepState.AHEAD
            for place in range(len(STEPS))
        )
        names = (text(f"desktop.step.{stage.value}") for stage in STEPS)
        return tuple(zip(names, states, strict=True))

    def _fail(self, code: str, facts: dict[str, str]) -> None:
        if code in NOT_FOUND and self.gone is not None:
            code, facts = self.gone.code, self.gone.facts
        if code not in failures.known():
            code, facts = "session-ended", facts_of({"status": code}) | facts
        self.phase = Phase.FAILED
        self.failure = failures.find(code).say(facts)
