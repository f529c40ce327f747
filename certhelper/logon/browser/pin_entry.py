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

_KEY_LOOK_MS = 50
_KEY_LOOKS = 40

_OUTCOMES = {
    "submitted": PinOutcome.SUBMITTED,
    "page-changed": PinOutcome.PAGE_CHANGED,
    "field-too-short": PinOutcome.FIELD_TOO_SHORT,
    "not-taken": PinOutcome.NOT_TAKEN,
}


class PinEntry:
    """One entry.  The secret is wiped as soon as its last character has been handed over.

    ``done`` is called exactly once.  Until the script answers ``submitted`` nothing has been sent.
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
        self._keyboard = keyboard
        self._pin = pin
        self._length = len(pin)
        self._step = step
        self._done = done
        self._characters: Iterator[str] = iter(())

    def start(self) -> None:
        step = self._step
        self._run(scripts.pin_ready(step.origin, step.target, step.field), self._ready)

    def _ready(self, answer: str) -> None:
        if answer != "ready":
            self._finish(PinOutcome.PAGE_CHANGED)
            return
        self._run(scripts.pin_call("begin", self._length), self._begun)

    def _begun(self, answer: str) -> None:
        if answer != "ok":
            self._finish(_OUTCOMES.get(answer, PinOutcome.PAGE_CHANGED))
            return
        self._characters = self._pin.characters()
        if self._step.by_keys and self._keyboard is not None:
            self._press_keys(self._keyboard)
            self._await_keys()
        else:
            self._next_character("ok")

    def _next_character(self, answer: str) -> None:
        if answer != "ok":
            self._run(scripts.pin_call("clear"), lambda _: None)
            self._finish(PinOutcome.PAGE_CHANGED)
            return
        character = next(self._characters, None)
        if character is None:
            self._submit()
        else:
            self._run(scripts.pin_call("add", character), self._next_character)

    def _press_keys(self, keyboard: QWidget) -> None:
        """Send real key events; the page sees them as trusted."""
        for character in self._characters:
            key = Qt.Key(ord(character.upper()))
            shift = Qt.KeyboardModifier.ShiftModifier
            modifiers = shift if character.isupper() else Qt.KeyboardModifier.NoModifier
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                event = QKeyEvent(kind, key.value, modifiers, character)
                QCoreApplication.sendEvent(keyboard, event)

    def _await_keys(self, looks: int = 0) -> None:
        """Key events travel apart from scripts: submit only when all have arrived."""

        def counted(answer: str) -> None:
            if answer == str(self._length) or looks >= _KEY_LOOKS:
                self._submit()  # the script refuses when the length is not right
            else:
                QTimer.singleShot(_KEY_LOOK_MS, lambda: self._await_keys(looks + 1))

        self._run(scripts.pin_call("size"), counted)

    def _submit(self) -> None:
        self._pin.wipe()
        self._page.expect_pin(self._step.target)
        self._run(scripts.pin_call("submit", self._length), self._submitted)

    def _submitted(self, answer: str) -> None:
        outcome = _OUTCOMES.get(answer, PinOutcome.PAGE_CHANGED)
        if outcome is not PinOutcome.SUBMITTED:
            self._page.expect_pin(None)
        self._finish(outcome)

    def _finish(self, outcome: PinOutcome) -> None:
        self._pin.wipe()
        self._done(outcome)

    def _run(self, script: str, then: Callable[[str], None]) -> None:
        def answered(answer: Any) -> None:
            then(answer if isinstance(answer, str) else "")

        self._page.runJavaScript(script, scripts.WORLD, answered)
