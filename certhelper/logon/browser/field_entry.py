"""The password fields of the page in front: finding the one that is meant, and filling it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWebEngineCore import QWebEngineFrame
from PySide6.QtWebEngineWidgets import QWebEngineView
from shiboken6 import isValid

from certhelper.bank import Bank
from certhelper.logon import facts
from certhelper.logon.browser import scripts
from certhelper.logon.browser.page import BankPage
from certhelper.logon.browser.typing_in import Then, Typing
from certhelper.logon.field_choice import Chosen, FrameSeen, SecretField, choose
from certhelper.logon.recognition import Recognised
from certhelper.secret import Secret

_FRAMES = 20
_LIMIT_MS = 3000
_PATIENCE_MS = 5000  # for one answer while a secret waits


class FieldEntry(QObject):
    """One use of the software keyboard for the page in front.

    First :meth:`look`; then, when the person has entered something, :meth:`fill`, once.  Frames
    are looked into like the page itself, as far as their host is the bank's.
    """

    def __init__(self, view: QWebEngineView, bank: Bank, parent: QObject) -> None:
        super().__init__(parent)
        self._view = view
        self._bank = bank
        self._frames = list(_all_frames(view.page().mainFrame()))[:_FRAMES]
        self._seen: dict[int, str] = {}
        self._frame: QWebEngineFrame | None = None
        self._number = 0
        self._typing: Typing | None = None
        self._limit = QTimer(self, singleShot=True)
        self._secret = Secret(0)
        self._done: Then | None = None
        self._patience = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._patience.timeout.connect(self._lost)
        view.page().renderProcessTerminated.connect(self._lost)
        view.destroyed.connect(self._lost)

    def look(self, found: Callable[[Chosen | str], None]) -> None:
        """Find the field; ``found`` gets it, or the name of a text that says why there is none."""

        def decide() -> None:
            self._limit.stop()
            choice = choose(self._frames_seen(), self._bank)
            if isinstance(choice, Chosen):
                self._frame, self._number = self._frames[choice.frame], choice.field.number
            found(choice)

        def note(number: int, answer: object) -> None:
            if not isValid(self):
                return
            self._seen[number] = answer if isinstance(answer, str) else ""
            if len(self._seen) == len(self._frames) and self._limit.isActive():
                decide()

        self._limit.timeout.connect(decide)
        self._limit.start(_LIMIT_MS)
        for number, frame in enumerate(self._frames):
            frame.runJavaScript(
                scripts.fields(), scripts.WORLD, lambda answer, number=number: note(number, answer)
            )

    def fill(self, secret: Secret, *, by_keys: bool, done: Then) -> None:
        """Type ``secret`` into the field that was found; nothing is submitted.

        ``done`` gets ``ok``, ``page-changed`` (then nothing stands there), ``field-too-short`` or
        ``not-taken``.  The secret is wiped in any case, also where the page never answers, has
        crashed or is closed.  The entry is used up then.
        """
        self._secret, self._done = secret, done
        self.destroyed.connect(lambda *_: secret.wipe())

        def typed(answer: str) -> None:
            if answer == "ok":
                self._finish("ok")
            else:
                self._call("clear", None, lambda _: self._finish(answer))

        def chosen(answer: str) -> None:
            if answer != "ok":
                self._finish("page-changed")
                return
            page = self._view.page()
            if isinstance(page, BankPage):
                page.gate.repeats.secret_typed(page.window)
            self._view.setFocus()
            keyboard = self._view.focusProxy() if by_keys else None
            self._typing = Typing(
                self._call, secret, keyboard, self, typed, lambda: self._done is not None
            )
            self._typing.start()

        self._call("choose", self._number, chosen)

    def end(self) -> None:
        """Nobody wants it any more: whatever was to be typed is wiped, and nothing is told."""
        self._done = None
        self._finish("")

    def _finish(self, answer: str) -> None:
        self._secret.wipe()
        self._patience.stop()
        done, self._done = self._done, None
        self.deleteLater()
        if done is not None:
            done(answer)

    def _lost(self) -> None:
        """The page is gone, or does not answer; whether anything stands there is not known."""
        if self._done is not None:
            self._finish("page-changed")

    def _frames_seen(self) -> list[FrameSeen]:
        values = [_value(self._seen.get(number, "")) for number in range(len(self._frames))]
        cursor_is_inside = bool(values and values[0].get("inside"))
        return [
            self._frame_seen(value, focused=(number > 0) == cursor_is_inside)
            for number, value in enumerate(values)
        ]

    def _frame_seen(self, value: dict[str, Any], *, focused: bool) -> FrameSeen:
        url = str(value.get("url", ""))
        page = facts.PageSeen(0, url, 200, str(value.get("text", "")))
        fields = tuple(
            SecretField(field["number"], field["label"], field["focused"], field["maximum"])
            for field in value.get("fields", ())
        )
        is_pin_page = Recognised(page, self._bank.pages).is_pin_page
        return FrameSeen(url, focused, is_pin_page, fields)

    def _call(self, method: str, argument: int | str | None, then: Then) -> None:
        def answered(answer: object) -> None:
            if isValid(self) and self._done is not None:
                self._patience.stop()
                then(answer if isinstance(answer, str) else "page-changed")

        if self._frame is None or not isValid(self._view) or not self._frame.isValid():
            then("page-changed")
        else:
            script = scripts.field_call(method, argument)
            self._patience.start()
            self._frame.runJavaScript(script, scripts.WORLD, answered)


def _all_frames(frame: QWebEngineFrame) -> list[QWebEngineFrame]:
    return [frame, *(inner for child in frame.children() for inner in _all_frames(child))]


def _value(answer: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(answer) if answer else {}
    return value
