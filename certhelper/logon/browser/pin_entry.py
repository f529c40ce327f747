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
_QUIET_MS = 250
_QUIET_LOOKS = 8
_POST_MS = 8000
"""A page that is submitted sends its form at once, for nothing else reaches it meanwhile.  This is
long for the sake of a PC that is busy: a PIN that is taken back costs the person another log-on."""

_OUTCOMES = {
    "field-too-short": PinOutcome.FIELD_TOO_SHORT,
    "not-taken": PinOutcome.NOT_TAKEN,
    "not-sent": PinOutcome.NOT_SENT,
}


class PinEntry:
    """One entry.  The secret is wiped as soon as its last character has been compared.

    The gate is armed before the first character, so nothing of the PIN leaves before the page is
    submitted.  That it has left, the gate alone can tell (:attr:`PageGuard.posted`).  Where it has
    not, ``given_up`` is called once, after the gate has been closed and the field emptied.
    """

    def __init__(
        self,
        page: BankPage,
        keyboard: QWidget | None,
        pin: Secret,
        step: steps.EnterPin,
        given_up: Callable[[PinOutcome], None],
    ) -> None:
        self._page = page
        self._step = step
        self._length = len(pin)
        self._pin = pin
        self._given_up = given_up
        self._arming = 0
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
        self._page.gate.arm(step.target, step.window)
        self._arming = self._page.gate.arming
        self._run(scripts.pin_ready(step.origin, step.target, step.field), self._ready)

    def _ready(self, answer: str) -> None:
        if answer == "ready":
            self._typing.start()
        else:
            self._give_up(answer)

    def _typed(self, answer: str) -> None:
        if answer == "ok":
            self._when_quiet(0, _QUIET_LOOKS)
        else:
            self._give_up(answer)

    def _when_quiet(self, refused: int, looks: int) -> None:
        """Submit when the page asks for nothing more: what it asked for may come a little late.

        On a busy PC the engine handed it over after the form, when it may pass (tried).
        """

        def look() -> None:
            now = self._page.gate.refused
            if now != refused and looks > 0:
                self._when_quiet(now, looks - 1)
            else:
                self._page.gate.let_one_post_pass()
                self._call("submit", self._length, self._submitted)

        QTimer.singleShot(_QUIET_MS, self._page, look)

    def _submitted(self, answer: str) -> None:
        if answer == "submitted":
            self._look_for_post_later()
        else:
            self._give_up(answer)

    def _look_for_post_later(self) -> None:
        # WORKAROUND: PySide6 6.11 does not keep the owner of a bound method that is no QObject.
        # Once another entry had taken this one's place the timer called into freed memory (tried:
        # the process died).  The closure keeps it.
        def look() -> None:
            self._look_for_post()

        QTimer.singleShot(_POST_MS, self._page, look)

    def _look_for_post(self) -> None:
        if self._page.messages.is_open:
            self._look_for_post_later()  # the person reads it
        else:
            self._give_up("not-sent")

    def _give_up(self, answer: str) -> None:
        """Let nothing out any more, empty the field, and say why; unless the PIN has left."""
        self._pin.wipe()
        gate = self._page.gate
        if gate.arming != self._arming or gate.has_posted(self._arming):
            return
        gate.withdraw()
        outcome = _OUTCOMES.get(answer, PinOutcome.PAGE_CHANGED)

        def cleared(answer: str) -> None:
            if answer == "ok":
                gate.emptied(self._step.window)
            # What the page has begun to send may arrive at the gate a little later.
            QTimer.singleShot(GRACE_MS, self._page, lambda: gate.disarm(self._arming))
            self._given_up(outcome)

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
