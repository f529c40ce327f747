"""Runs one session process and does in it what a person would do: reload, back, close.

Arguments: the request's file, then actions.  ``reload`` and ``back`` press the window's buttons,
``run:SCRIPT`` runs a script of the page's own world, ``stage:NAME`` waits for a stage, ``wait``
for one more line of standard input; ``garbage`` asks where Python collects it.  The actions start
when the PIN has been answered, or, without a PIN, at its page.  For each, one line
``{"action": …, "answer": …}`` is written with what the session answered: ``refused``, ``loaded``,
``blocked``, ``told``, ``read``, and for ``garbage`` ``here`` or ``anywhere``.
``{"said": CODE}`` is what the person was told beside the stages.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import threading
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from certhelper.bank import Bank
from certhelper.logon.browser import engine
from certhelper.logon.browser.worker import Worker
from certhelper.logon.request import SessionRequest
from certhelper.logon.stages import Stage, StageReport


class Driver(QObject):
    """Does the actions one after the other; each waits for the session's answer."""

    answered = Signal(str)
    line_read = Signal()

    def __init__(self, worker: Worker, actions: list[str], *, with_pin: bool) -> None:
        super().__init__(worker)
        self._worker = worker
        self._actions = actions
        session = worker.session
        session.told.connect(self._told)
        session.repeat_refused.connect(lambda: self._answer("refused"))
        session.outside.connect(lambda *_: self._answer("blocked"))
        session.handed_over.connect(lambda code: _write({"said": code}))
        self.line_read.connect(lambda: self._answer("read"))
        self._started = False
        self._with_pin = with_pin
        self._seen = set[Stage]()
        self._action = ""

    def _told(self, report: StageReport) -> None:
        self._seen.add(report.stage)
        if self._action.startswith("stage:") and report.stage == self._action[6:]:
            self._answer("told")
        starting = {Stage.OTHER_AUTHENTICATION, Stage.TOP_PAGE, Stage.FAILED}
        if not self._with_pin:
            starting.add(Stage.PIN_PAGE)
        if report.stage in starting and not self._started:
            self._started = True
            page = self._worker.session.views[-1].page()
            page.loadFinished.connect(lambda _: self._answer("loaded"))
            QTimer.singleShot(0, self._next)

    def _next(self) -> None:
        if not self._actions:
            self._worker.quit()
            return
        self._action = self._actions.pop(0)
        view = self._worker.session.views[-1]
        match self._action.partition(":"):
            case "reload", _, _:
                view.reload()
            case "back", _, _:
                view.back()
            case "run", _, script:
                view.page().runJavaScript(script, 0)
            case "stage", _, name if name in self._seen:
                self._answer("told")
            case "garbage", _, _:
                self._answer("anywhere" if gc.isenabled() else "here")
            case "wait", _, _:
                threading.Thread(target=self._read_line, daemon=True).start()

    def _read_line(self) -> None:
        while os.read(0, 1) not in (b"\n", b""):
            pass
        self.line_read.emit()

    def _answer(self, answer: str) -> None:
        if not self._action or (self._action.startswith("stage:") and answer != "told"):
            return
        _write({"action": self._action, "answer": answer})
        self._action = ""
        QTimer.singleShot(0, self._next)


def _write(line: dict[str, str]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main() -> None:
    request = SessionRequest.read(Path(sys.argv[1]))
    bank = Bank.read(request.bank)
    switches = engine.switches(bank, request.proxy)
    application = QApplication(
        ["certhelper", "-platform", "offscreen", "--webEngineArgs", *switches]
    )
    worker = Worker(request, bank, application)
    driver = Driver(worker, sys.argv[2:], with_pin=request.pin_stdin)
    worker.start()
    application.exec()
    del driver


if __name__ == "__main__":
    main()
