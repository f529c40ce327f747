"""Typing the PIN into the bank's page and submitting it once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from certhelper.logon import steps
from certhelper.logon.browser import scripts
from certhelper.logon.browser.page import BankPage
from certhelper.logon.browser.typing_in import Then, Typing
from certhelper.logon.facts import PinOutcome
from certhelper.secret import Secret

GRACE_MS = 2000

_OUTCOMES = {
    "field-too-short": PinOutcome.FIELD_TOO_SHORT,
    "not-taken": PinOutcome.NOT_TAKEN,
}


class PinEntry:
    """One entry.  The secret is wiped as soon as its last character has been compared.

    ``done`` is called exactly once.  The gate is armed before the first character, so nothing of
    the PIN leaves before the script answers ``submitted``; with any other outcome the field is
    emptied first.
    """

    def __init__(
        self,
        page: BankPage,
        keyboard: QWidget | None,
        pin: Secret,
        step: steps.EnterPin,
        done: Callable[[PinOutcome], None],
    ) -> None:
        self._page = page
        self._step = step
        self._length = len(pin)
        self._pin = pin
        self._done = done
        self._typing = Typing(
            self._call,
            pin,
            keyboard if step.by_keys else None,
            page,
            self._typed,
            may_go_on=lambda: not page.gate.strayed,
        )

    def start(self) -> None:
        step = self._step
        self._page.gate.arm(step.target)
        self._run(scripts.pin_ready(step.origin, step.target, step.field), self._ready)

    def _ready(self, answer: str) -> None:
        if answer == "ready":
            self._typing.start()
        else:
            self._give_up(answer)

    def _typed(self, answer: str) -> None:
        if answer == "ok":
            self._page.gate.let_one_post_pass()
            self._call("submit", self._length, self._submitted)
        else:
            self._give_up(answer)

    def _submitted(self, answer: str) -> None:
        if answer == "submitted":
            self._done(PinOutcome.SUBMITTED)
        else:
            self._give_up(answer)

    def _give_up(self, answer: str) -> None:
        """Empty the field, lift the rule, and say why."""
        self._pin.wipe()
        outcome = _OUTCOMES.get(answer, PinOutcome.PAGE_CHANGED)

        def cleared(_: str) -> None:
            # What the page has begun to send may arrive at the gate a little later.
            arming = self._page.gate.arming
            QTimer.singleShot(GRACE_MS, self._page, lambda: self._page.gate.disarm(arming))
            self._done(outcome)

        self._call("clear", None, cleared)

    def _call(self, method: str, argument: int | str | None, then: Then) -> None:
        self._run(scripts.pin_call(method, argument), then)

    def _run(self, script: str, then: Then) -> None:
        def answered(answer: Any) -> None:
            if not isValid(self._page):
                self._pin.wipe()
                return  # the session has ended meanwhile
            then(answer if isinstance(answer, str) else "")

        self._page.runJavaScript(script, scripts.WORLD, answered)
