"""One diagnosis in a thread; its outcomes arrive in the window's thread as they come."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal

from certhelper.desktop.diagnosis_faces import faces_of
from certhelper.diagnosis.course import CRASHED, Course
from certhelper.diagnosis.findings import Finding, Outcome
from certhelper.diagnosis.order import Check
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import facts
from certhelper.qt import background


class DiagnosisRun(QObject):
    """``came`` carries an outcome and its faces, ``ended`` is sent once, when all have come.

    The faces, which may be hundreds, are made in the thread.

    Nobody waits for a check that hangs: its thread keeps neither the window nor the program.
    """

    came = Signal(object, object)
    ended = Signal()

    def __init__(self, scene: Scene, checks: tuple[Check, ...], parent: QObject) -> None:
        super().__init__(parent)
        self.scene = scene
        self._course = Course(scene, self._told, checks)

    def start(self) -> None:
        background.prepare()
        background.start("diagnosis", self._work)

    def cancel(self) -> None:
        """What has not answered comes as cancelled, at once."""
        self._course.cancel()

    def _work(self) -> None:
        self._course.run()
        background.deliver(self, self.ended.emit)

    def _told(self, outcome: Outcome) -> None:
        """In the thread.  A finding that cannot be put into words must not hold up the rest."""
        try:
            faces = faces_of(outcome)
        except Exception as fault:  # noqa: BLE001  # it is the finding now
            crashed = Finding(CRASHED, facts(fault=type(fault).__name__))
            outcome = outcome._replace(findings=(crashed,))
            faces = faces_of(outcome)
        background.deliver(self, partial(self.came.emit, outcome, faces))
