"""Typing the PIN into the bank's page, character by character, and submitting it once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from certhelper.logon import steps
from certhelper.logon.browser import scripts
from certhelper.logon.browser.page import BankPage
from certhelper.logon.facts import PinOutcome
from certhelper.secret import Secret

_KEY_LOOK_MS = 20
_KEY_LOOKS = 100
GRACE_MS = 2000

_OUTCOMES = {
    "submitted": PinOutcome.SUBMITTED,
    "page-changed": PinOutcome.PAGE_CHANGED,
    "field-too-short": PinOutcome.FIELD_TOO_SHORT,
    "not-taken": PinOutcome.NOT_TAKEN,
}


class PinEntry:
    """One entry.  The secret is wiped as soon as its last character has been handed over.

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
        self._keyboard = keyboard if step.by_keys else None
        self._pin = pin
        self._length = len(pin)
        self._step = step
        self._done = done
        self._characters: Iterator[str] = iter(())

    def start(self) -> None:
        step = self._step
        self._page.gate.arm(step.target)
        self._run(scripts.pin_ready(step.origin, step.target, step.field), self._ready)

    def _ready(self, answer: str) -> None:
        if answer != "ready":
            self._give_up("page-changed")
            return
        self._call("begin", self._length, self._begun)

    def _begun(self, answer: str) -> None:
        self._characters = self._pin.characters()
        self._next_character(answer)

    def _next_character(self, answer: str) -> None:
        if answer != "ok" or self._page.gate.strayed:
            self._give_up(answer)
            return
        character = next(self._characters, None)
        if character is None:
            self._submit()
        elif self._keyboard is not None:
            _press_key(self._keyboard, character)
            self._await_key(character)
        else:
            self._call("add", character, self._next_character)

    def _await_key(self, character: str, looks: int = 0) -> None:
        """Key events travel apart from scripts: one is awaited before the next is sent."""

        def seen(answer: str) -> None:
            if answer == "wait" and looks < _KEY_LOOKS:
                QTimer.singleShot(
                    _KEY_LOOK_MS, self._page, lambda: self._await_key(character, looks + 1)
                )
            else:
                self._next_character("not-taken" if answer == "wait" else answer)

        self._call("typed", character, seen)

    def _submit(self) -> None:
        self._pin.wipe()
        self._page.gate.let_one_post_pass()
        self._call("submit", self._length, self._submitted)

    def _submitted(self, answer: str) -> None:
        if answer == "submitted":
            self._done(PinOutcome.SUBMITTED)
        else:
            self._give_up(answer)

    def _give_up(self, answer: str) -> None:
        """Empty the field, lift the rule, and say why."""
        self._pin.wipe()
        outcome = _OUTCOMES.get(answer, PinOutcome.PAGE_CHANGED)
        if outcome is PinOutcome.SUBMITTED:
            outcome = PinOutcome.PAGE_CHANGED

        def cleared(_: str) -> None:
            # What the page has begun to send may arrive at the gate a little later.
            arming = self._page.gate.arming
            QTimer.singleShot(GRACE_MS, self._page, lambda: self._page.gate.disarm(arming))
            self._done(outcome)

        self._call("clear", None, cleared)

    def _call(self, method: str, argument: int | str | None, then: Callable[[str], None]) -> None:
        self._run(scripts.pin_call(method, argument), then)

    def _run(self, script: str, then: Callable[[str], None]) -> None:
        def answered(answer: Any) -> None:
            then(answer if isinstance(answer, str) else "")

        self._page.runJavaScript(script, scripts.WORLD, answered)


def _press_key(keyboard: QWidget, character: str) -> None:
    """Send one real key press; the page sees it as trusted."""
    key = Qt.Key(ord(character.upper()))
    shift = Qt.KeyboardModifier.ShiftModifier
    modifiers = shift if character.isupper() else Qt.KeyboardModifier.NoModifier
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        event = QKeyEvent(kind, key.value, modifiers, character)
        QCoreApplication.sendEvent(keyboard, event)
