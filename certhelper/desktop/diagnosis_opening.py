"""The diagnosis of the window: its page in place of the list, its run, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal
from shiboken6 import isValid

from certhelper import banks, failures
from certhelper.bank import Bank
from certhelper.desktop import diagnosis_faces
from certhelper.desktop.diagnosis_faces import FindingFace, State
from certhelper.desktop.diagnosis_page import DiagnosisPage
from certhelper.desktop.diagnosis_people import Person, people_of
from certhelper.desktop.diagnosis_progress import Progress
from certhelper.desktop.diagnosis_run import DiagnosisRun
from certhelper.desktop.diagnosis_way import Start, Surroundings
from certhelper.desktop.frame import Frame
from certhelper.diagnosis.beginning import scene_of
from certhelper.diagnosis.code import code_of, grouped
from certhelper.diagnosis.findings import Outcome
from certhelper.diagnosis.scene import Occasion, Scene
from certhelper.failures import FailedError
from certhelper.qt import background
from certhelper.standing import Judged
from certhelper.stores.base import Store
from certhelper.texts import text

REHEARSAL = "rehearsal"
"""It logs on as far as the PIN page: never beside a log-on that is open."""

_TOGETHER_MS = 100
"""Outcomes that come within this time are shown together: each means to lay the page out anew."""

_LOOK_AGAIN_MS = 1000
"""What has not answered is named after this time: a line that comes and goes at once is no news."""


class Diagnoses(QObject):
    """One at a time; another one that is asked for takes its place.

    ``begun`` carries the :class:`~.diagnosis_way.Start`.
    """

    begun = Signal(object)

    def __init__(self, frame: Frame, surroundings: Surroundings, parent: QObject) -> None:
        super().__init__(parent)
        self._frame = frame
        self._surroundings = surroundings
        self._start = Start()
        self._progress = Progress()
        self._soon = QTimer(self, singleShot=True, interval=_TOGETHER_MS)
        self._soon.timeout.connect(self._show_progress)
        self._places: Sequence[str] = ()
        self._takes_long = False
        self._failed_since: Start | None = None
        self._again = QTimer(self, interval=_LOOK_AGAIN_MS)
        self._again.timeout.connect(self._look_again)
        self.page: DiagnosisPage | None = None
        self.run: DiagnosisRun | None = None

    def open(self, start: Start) -> None:
        """Show the page for ``start`` and begin."""
        self._stop()
        self._start, self._failed_since = start, None
        leads_to_failure = start.dialog is not None or start.failure is not None
        page = DiagnosisPage(start.judged, start.failure, leads_to_failure=leads_to_failure)
        page.back_wanted.connect(self.close)
        page.again_wanted.connect(self._begin_again)
        page.cancel_wanted.connect(self._cancel)
        page.whose.picked.connect(self._ask_about)
        page.save_wanted.connect(self._save)
        self.page = page
        if start.dialog is not None:
            start.dialog.hide()
        self._frame.show_page(page)
        self._begin()
        self.begun.emit(start)

    def log_on_failed(self, start: Start) -> None:
        """A log-on has failed behind the page: what it says of the same person is not all any more.

        Nothing is asked of the bank before the person wants it.
        """
        about = self._start.judged
        if self.page is None or (about is not None and not _is_same(about, start.judged)):
            return
        self._failed_since = start
        if self._progress.is_over:
            self._show_end()

    def is_finding(self, start: Start) -> bool:
        """Whether a diagnosis of the same certificate after the same failure is under way."""
        if self.run is None or self._progress.is_over:
            return False
        same = (self._start.judged, self._start.failure)
        return same == (start.judged, start.failure)

    def stop(self) -> None:
        """The window was closed: nobody waits for a run any more; its page stays as it is."""
        if self.run is not None:
            self.run.cancel()

    def close(self) -> None:
        """Go back to where it was asked for; what is still being checked is given up."""
        self._stop()
        self.page = None
        self._frame.end_page()
        dialog = self._start.dialog
        if dialog is not None and isValid(dialog):
            dialog.show()
            dialog.raise_()
            dialog.activateWindow()

    def _begin_again(self) -> None:
        if self._failed_since is not None:
            self.open(self._failed_since)
        else:
            self._begin()

    def _begin(self) -> None:
        assert self.page is not None
        self._stop()
        try:
            bank = self._bank()
            scene = self._scene(bank)
        except FailedError as error:  # the shipped profile, or what the administrator has set
            self.page.show_failure(failures.told(error))
            return
        notes: list[str] = []
        left_out: tuple[str, ...] = ()
        if self._surroundings.bank() is None:
            notes.append(text("diagnosis-window.other-bank", name=bank.name))
        if self._surroundings.is_logging_on():
            left_out = (REHEARSAL,)
            name = diagnosis_faces.check_name(REHEARSAL)
            notes.append(text("diagnosis-window.checks.left-out-why", name=name))
        self._progress = Progress(left_out)
        run = DiagnosisRun(scene, self._progress.checks, self)
        run.came.connect(self._came)
        run.ended.connect(self._ended)
        self.run = run
        self.page.show_start(notes)
        self._progress.begin()
        self._places = ()
        self._takes_long = False
        self._again.start()
        self._show_progress()
        run.start()
        background.start("people", partial(self._offer_people, self.page, scene))

    def _stop(self) -> None:
        """Nobody waits any more for a run that is under way."""
        self._soon.stop()
        self._again.stop()
        run, self.run = self.run, None
        if run is not None:
            run.came.disconnect(self._came)
            run.ended.disconnect(self._ended)
            run.cancel()
            run.deleteLater()

    def _ask_about(self, judged: Judged | None) -> None:
        """Begin anew about somebody else, or everybody; another's failure is none of theirs."""
        failure = self._start.failure if judged is None else None
        self.open(self._start._replace(judged=judged, failure=failure))

    def _offer_people(self, page: DiagnosisPage, scene: Scene) -> None:
        """In a thread: who is there is known when the stores have answered."""
        try:
            people = people_of(scene.found())
        except Exception:  # noqa: BLE001  # the checks, which ask the same, say what it is
            return
        background.deliver(page.whose, partial(self._show_people, page, scene, people))

    def _show_people(self, page: DiagnosisPage, scene: Scene, people: Sequence[Person]) -> None:
        """Unless another diagnosis was begun meanwhile: a store that hung may answer behind it."""
        if self.run is not None and self.run.scene is scene:
            page.whose.show_people(people)

    def _cancel(self) -> None:
        if self.run is not None:
            self.run.cancel()

    def _came(self, outcome: Outcome, faces: tuple[FindingFace, ...]) -> None:
        self._progress.take(outcome, faces)
        if not self._progress.is_over and not self._soon.isActive():
            self._soon.start()

    def _ended(self) -> None:
        self._soon.stop()
        self._again.stop()
        self._show_end()

    def _show_end(self) -> None:
        assert self.page is not None
        outcomes = self._progress.outcomes
        verdict, code = diagnosis_faces.verdict(outcomes), grouped(code_of(outcomes))
        if self._failed_since is not None and verdict.state is not State.FAULT:
            verdict, code = diagnosis_faces.outdated(), ""
        self.page.show_end(self._progress.faces(), self._progress.findings(), verdict, code)

    def _show_progress(self) -> None:
        assert self.page is not None
        outcomes = self._progress.outcomes
        waiting = self._progress.waiting if self._takes_long else ()
        self.page.show_progress(
            self._progress.faces(),
            self._progress.findings(),
            self._progress.done,
            diagnosis_faces.so_far(
                outcomes, self._start.failure, waiting=waiting, places=self._places
            ),
        )

    def _look_again(self) -> None:
        assert self.run is not None
        places = self.run.scene.unanswered()
        if places != self._places or not self._takes_long:
            self._places, self._takes_long = places, True
            self._show_progress()

    def _save(self) -> None:
        from certhelper.desktop.diagnosis_save_dialog import SaveDialog

        if self.page is not None and self.run is not None:
            log = self._surroundings.log()
            SaveDialog(self.run.scene, self._progress.outcomes, log, self.page).open()

    def _scene(self, bank: Bank) -> Scene:
        """Of now: who asks once more may have changed something."""
        given, judged = self._surroundings, self._start.judged
        chosen = judged.installed.certificate.sha256 if judged is not None else ""
        is_agreed = given.bank() is not None or banks.is_trusted(banks.find(None))
        failure = self._start.failure
        return scene_of(
            bank,
            self._stores,
            given.clock(),
            given.proxy(),
            chosen,
            is_trusted=is_agreed,
            occasion=None if failure is None else Occasion(failure.code, failure.facts),
        )

    def _bank(self) -> Bank:
        """The profile in use; where none could be read, the one that is shipped."""
        return self._surroundings.bank() or banks.find(None).bank

    def _stores(self) -> Sequence[Store]:
        """In a thread.  Where a store was named wrongly, this PC's own are looked into."""
        from certhelper.stores import registry

        try:
            return self._surroundings.find_stores()
        except FailedError:
            return registry.stores_of_this_pc()


def _is_same(one: Judged, other: Judged | None) -> bool:
    return other is not None and (
        one.installed.certificate.sha256 == other.installed.certificate.sha256
    )
