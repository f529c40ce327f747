"""Typing a secret into a field of a page, character by character, by scripts or by real keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from certhelper.secret import Secret

_KEY_LOOK_MS = 20
_KEY_LOOKS = 100

Then = Callable[[str], None]
Call = Callable[[str, int | str | None, Then], None]
"""Runs a method of ``resources/scripts/typing.js`` in the page and hands its answer on."""


class Typing:
    """One entry.  The secret is wiped before ``done``, which is called exactly once.

    ``done`` gets ``ok`` when the whole secret stands in the field, each character compared, and
    otherwise the script's answer; the field still holds what was typed by then.
    """

    def __init__(
        self,
        call: Call,
        secret: Secret,
        keyboard: QWidget | None,
        owner: QObject,
        done: Then,
        may_go_on: Callable[[], bool] = lambda: True,
    ) -> None:
        """With a ``keyboard`` its key events are used; ``may_go_on`` is asked before each one."""
        self._call = call
        self._secret = secret
        self._keyboard = keyboard
        self._owner = owner
        self._done = done
        self._may_go_on = may_go_on
        self._characters: Iterator[str] = iter(())

    def start(self) -> None:
        self._characters = self._secret.characters()
        self._call("begin", len(self._secret), self._begun)

    def _begun(self, answer: str) -> None:
        if answer == "ok" and self._keyboard is not None:
            self._call("focus", None, self._type_next)
        else:
            self._type_next(answer)

    def _type_next(self, answer: str) -> None:
        if answer != "ok" or not self._may_go_on():
            self._end("page-changed" if answer == "ok" else answer)
            return
        character = next(self._characters, None)
        if character is None:
            self._characters = self._secret.characters()
            self._check_next("ok")
        elif self._keyboard is not None:
            _press_key(self._keyboard, character)
            self._await_key(character)
        else:
            self._call("add", character, self._type_next)

    def _await_key(self, character: str, looks: int = 0) -> None:
        """Key events travel apart from scripts: one is awaited before the next is sent."""

        def seen(answer: str) -> None:
            if answer == "wait" and looks < _KEY_LOOKS:
                QTimer.singleShot(
                    _KEY_LOOK_MS, self._owner, lambda: self._await_key(character, looks + 1)
                )
            else:
                self._type_next("not-taken" if answer == "wait" else answer)

        self._call("typed", character, seen)

    def _check_next(self, answer: str) -> None:
        if answer != "ok" or not self._may_go_on():
            self._end("page-changed" if answer == "ok" else answer)
            return
        character = next(self._characters, None)
        if character is None:
            self._end("ok")
        else:
            self._call("check", character, self._check_next)

    def _end(self, answer: str) -> None:
        self._characters = iter(())
        self._secret.wipe()
        self._done(answer)


def _press_key(keyboard: QWidget, character: str) -> None:
    """Send one real key press; the page sees it as trusted."""
    key = Qt.Key(ord(character.upper()))
    shift = Qt.KeyboardModifier.ShiftModifier
    modifiers = shift if character.isupper() else Qt.KeyboardModifier.NoModifier
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        event = QKeyEvent(kind, key.value, modifiers, character)
        QCoreApplication.sendEvent(keyboard, event)
