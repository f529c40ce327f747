"""Runs one session process with its window and plays the person in it, step by step.

Arguments: the request's file, ``module:function`` and more switches for the engine.  The function
gets a :class:`Person` and is a generator: it yields what it waits for (a callable that answers
true at last), and what it returns is written to standard output as JSON.  Nothing sleeps: the
conditions are asked again whenever the event loop comes round.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from certhelper.bank import Bank
from certhelper.logon.browser import engine
from certhelper.logon.browser.overlay import Overlay
from certhelper.logon.browser.scripts import WORLD
from certhelper.logon.browser.window import SessionWindow
from certhelper.logon.browser.worker import Worker
from certhelper.logon.request import SessionRequest
from certhelper.logon.stages import StageReport
from certhelper.pad.pin_pad import PinPad

Wait = Callable[[], object]
Play = Generator[Wait, None, Any]
Kind = TypeVar("Kind", bound=QWidget)

PLATFORM = "ATTENDED_PLATFORM"
"""The variable that names Qt's platform."""

_LOOK_MS = 20
_LIMIT_MS = 40_000


class Person:
    """What a person sees and does; every wait is a generator for ``yield from``."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.reports: list[StageReport] = []
        worker.session.told.connect(self.reports.append)
        worker.window.session_attached.connect(
            lambda session: session.told.connect(self.reports.append)
        )

    @property
    def window(self) -> SessionWindow:
        return self.worker.window

    @property
    def view(self) -> QWebEngineView:
        """The page in front."""
        view = self.window.view()
        assert view is not None
        return view

    def pad(self) -> Generator[Wait, None, PinPad]:
        """Wait for the software keyboard and return it."""
        yield lambda: self.window.findChildren(PinPad)
        return self.window.findChildren(PinPad)[-1]

    def enter(self, pad: PinPad, secret: str) -> Play:
        """Click the pad's own keys and its last button, and wait until it has gone."""
        for character in secret:
            keys = {key.text(): key for key in pad.findChildren(QPushButton)}
            if character not in keys:
                QTest.mouseClick(pad.case_button, Qt.MouseButton.LeftButton)
                keys = {key.text(): key for key in pad.findChildren(QPushButton)}
            QTest.mouseClick(keys[character], Qt.MouseButton.LeftButton)
        QTest.mouseClick(pad.logon_button, Qt.MouseButton.LeftButton)
        yield lambda: not self.window.findChildren(PinPad)

    def overlay(self) -> Overlay | None:
        """The message that is open, wherever it lies."""
        shown = [one for one in self.window.findChildren(Overlay) if not one.isHidden()]
        return shown[-1] if shown else None

    def stage(self, name: str) -> Play:
        """Wait for a stage of the log-on."""
        yield lambda: any(report.stage == name for report in self.reports)

    def message(self) -> Generator[Wait, None, Overlay]:
        """Wait for a message and return it."""
        yield lambda: self.overlay() is not None
        overlay = self.overlay()
        assert overlay is not None
        return overlay

    def script(self, source: str, world: int = 0, view: QWebEngineView | None = None) -> Play:
        """Run a script in the page and return what it evaluates to."""
        answers: list[Any] = []
        (view or self.view).page().runJavaScript(source, world, answers.append)
        yield lambda: answers
        return answers[0]

    def start_script(self, source: str) -> None:
        """Run a script that need not return: a message may hold it up."""
        self.view.page().runJavaScript(source, 0)

    def text(self) -> Play:
        """What the page in front shows."""
        return self.script("document.body ? document.body.innerText : ''", WORLD)

    def shows(self, words: str) -> Play:
        """Wait until the page in front shows these words."""
        while words not in str((yield from self.text())):
            yield lambda: True

    def press(self, key: Qt.Key, widget: QWidget | None = None, **modifiers: bool) -> None:
        """Press a key where the focus is."""
        pressed = Qt.KeyboardModifier.NoModifier
        for name in modifiers:
            pressed |= getattr(Qt.KeyboardModifier, f"{name.capitalize()}Modifier")
        focused: QWidget | None = widget or self.window.focusWidget()
        QTest.keyClick(focused or self.window, key, pressed)


class _Player(QObject):
    """Asks the condition under way again and again, and goes on where it holds."""

    def __init__(self, play: Play, worker: Worker) -> None:
        super().__init__(worker)
        self._play = play
        self._worker = worker
        self._condition: Wait = lambda: True
        self._busy = False
        timer = QTimer(self, interval=_LOOK_MS)
        timer.timeout.connect(self._look)
        timer.start()
        QTimer.singleShot(_LIMIT_MS, self, self._give_up)

    def _look(self) -> None:
        if self._busy or not self._condition():
            return
        self._busy = True
        try:
            self._condition = next(self._play)
        except StopIteration as end:
            self._leave({"returned": end.value})
        except BaseException as error:
            self._leave({"error": repr(error)})
            raise
        self._busy = False

    def _give_up(self) -> None:
        inner: Any = self._play
        frame = inner.gi_frame
        while getattr(inner, "gi_yieldfrom", None) is not None:
            inner = inner.gi_yieldfrom
        lines = [frame.f_lineno if frame else 0, getattr(inner.gi_frame, "f_lineno", 0)]
        self._leave({"error": f"waited for nothing at lines {lines}"})

    def _leave(self, result: dict[str, Any]) -> None:
        self._condition = lambda: False
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()
        self._worker.quit()


def main() -> None:
    request = SessionRequest.read(Path(sys.argv[1]))
    module, _, name = sys.argv[2].partition(":")
    platform = os.environ.get(PLATFORM, "offscreen")
    bank = Bank.read(request.bank)
    given = sys.argv[3:]
    own = {one.partition("=")[0] for one in given}  # they stand in the place of the product's
    product_s = engine.switches(bank, request.proxy)
    switches = [*(one for one in product_s if one.partition("=")[0] not in own), *given]
    application = QApplication(["certhelper", "-platform", platform, "--webEngineArgs", *switches])
    application.setQuitOnLastWindowClosed(False)  # what a play returns must still get out
    worker = Worker(request, bank, application)
    play = getattr(importlib.import_module(module), name)
    player = _Player(play(Person(worker)), worker)
    worker.start()
    application.exec()
    del player


if __name__ == "__main__":
    main()
