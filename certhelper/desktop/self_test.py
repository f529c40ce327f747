"""The self test in the window: said before what it does, then followed step by step.

It runs as ``certhelper selftest`` in a process of its own, like a log-on; the window only shows it.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QGuiApplication
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from certhelper import failures
from certhelper.desktop.diagnosis_way import CauseOffer
from certhelper.desktop.dialogs import Dialog
from certhelper.desktop.facts_view import clear, note
from certhelper.desktop.following import follow
from certhelper.desktop.rows import Mark
from certhelper.desktop.self_test_report import StepReport, as_plain_text
from certhelper.failures import FailedError, Told
from certhelper.look.widgets import plain_label, push_button, rule, set_look
from certhelper.starting import program
from certhelper.texts import text


class SelfTestProcess(QObject):
    """``stepped`` carries each :class:`StepReport`; ``ended`` what was said to stderr, once."""

    stepped = Signal(object)
    ended = Signal(str)

    def __init__(self, parent: QObject, command: Sequence[str] | None = None) -> None:
        super().__init__(parent)
        self._command = command or [*program(), "selftest", "--json", "--end-with-stdin"]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it.  Raises :class:`FailedError` (``session-not-started``)."""
        try:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise FailedError("session-not-started", detail=error.strerror or "") from error
        follow(self, self._process, self._line_came, self._finished)

    def stop(self) -> None:
        """Ask it to end; it removes what it has made first, and is never killed for that."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    def _line_came(self, line: str) -> None:
        step = StepReport.parse(line)
        if step is not None:
            self.stepped.emit(step)

    def _finished(self, _status: int, last_words: str) -> None:
        self.stop()
        self.ended.emit(last_words)


class SelfTestDialog(Dialog):
    """``started`` asks for a run, ``stopped`` for its end; also when the dialog is closed."""

    started = Signal()
    stopped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, text("desktop.self-test.title"))
        self._steps: list[StepReport] = []
        self._ending = ""
        self._intro = QWidget()
        self._lines = QVBoxLayout()
        self._progress = QProgressBar()
        self._progress.setRange(0, 0)
        self._progress.setTextVisible(False)
        self._progress.setAccessibleName(text("desktop.self-test.running"))
        self._progress.setFixedHeight(self.fontMetrics().height() // 2)
        self._progress.hide()
        self._now = plain_label(look="heading")
        self._now.hide()
        self.start_button = push_button(text("desktop.self-test.start"), "primary")
        self.stop_button = push_button(text("desktop.self-test.stop"))
        self.copy_button = push_button(text("desktop.self-test.copy"))
        self._cause = CauseOffer(self)
        self.cause_button = self._cause.button
        self._lay_out()

    def _lay_out(self) -> None:
        inner = QVBoxLayout(self._intro)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addWidget(plain_label(text("desktop.self-test.meaning")))
        for name in ("puts", "demo", "removes"):
            inner.addWidget(note(Mark.NEUTRAL, text(f"desktop.self-test.{name}")))
        inner.addWidget(plain_label(text("desktop.self-test.harmless"), "muted"))
        self.column.addWidget(self._intro)
        self.column.addLayout(self._lines)
        self.start_button.clicked.connect(self.started)
        self.stop_button.clicked.connect(self._stop)
        self.stop_button.hide()
        self.copy_button.clicked.connect(self._copy)
        self.copy_button.hide()
        self._close = self.close_button(text("desktop.details.close"))
        self.add_footer(self._progress, self._now)
        self.add_buttons(
            self.copy_button, self.cause_button, self.start_button, self.stop_button, self._close
        )

    @property
    def went_well(self) -> bool:
        """Whether a run has come to its end and found no fault."""
        return any(step.is_summary and step.mark is Mark.GOOD for step in self._steps)

    def show_start(self) -> None:
        """A run has begun."""
        self._steps, self._ending = [], ""
        clear(self._lines)
        self._intro.hide()
        self._say(text("desktop.self-test.running"))
        self._set_running(running=True)

    def show_step(self, step: StepReport) -> None:
        """A step has ended."""
        self._steps.append(step)
        if step.is_summary:
            self._say(step.message)
            return
        if self._lines.count():
            self._lines.addWidget(rule())
        self._lines.addWidget(note(step.mark, f"{step.name}: {step.message}"))
        for words in (step.cause, step.remedy):
            if words:
                self._lines.addWidget(self._below_sign(plain_label(words, selectable=True)))
        if step.shown_code:
            code = text("desktop.attempt.code", code=step.shown_code)
            label = plain_label(code, "muted", selectable=True)
            self._lines.addWidget(self._below_sign(label))
        self.grow()

    def show_end(self, last_words: str, failure: Told | None = None) -> None:
        """The run is over; without a summary it broke off, and ``last_words`` say why.

        ``failure`` is what kept it from beginning.
        """
        self._set_running(running=False)
        if not any(step.is_summary for step in self._steps):
            self._ending = last_words
            self._say(text("desktop.self-test.broken-off"))
            if last_words:
                self._lines.addWidget(note(Mark.BAD, last_words))
        self.start_button.setText(text("desktop.self-test.again"))
        set_look(self.start_button, "")
        set_look(self.copy_button, "" if self.went_well else "primary")
        if not self.went_well:
            self._cause.make(failure or self._failed(last_words))
        (self._close if self.went_well else self.copy_button).setFocus()
        self.grow()

    def show_failure(self, error: FailedError) -> None:
        """It could not even be started."""
        told = failures.told(error)
        self.show_end(told.sentence(), told)

    def _failed(self, last_words: str) -> Told | None:
        """What failed first; None where the person has stopped it."""
        found = next((step.failure for step in self._steps if step.failure is not None), None)
        code = failures.code_at_end(last_words) if found is None else ""
        return failures.find(code).say({}) if code else found

    def done(self, result: int) -> None:
        self.stopped.emit()
        super().done(result)

    def _set_running(self, *, running: bool) -> None:
        self._progress.setVisible(running)
        self.stop_button.setVisible(running)
        self.stop_button.setEnabled(running)
        self.start_button.setVisible(not running)
        self.copy_button.setVisible(not running)
        self._cause.withdraw()
        self.copy_button.setText(text("desktop.self-test.copy"))

    def _below_sign(self, label: QWidget) -> QWidget:
        """Set it under the words of the note above."""
        widget = QWidget()
        row = QVBoxLayout(widget)
        row.setContentsMargins(self.fontMetrics().height() * 5 // 4, 0, 0, 0)
        row.addWidget(label)
        return widget

    def _say(self, words: str) -> None:
        self._now.setText(words)
        self._now.show()
        spoken = QAccessibleAnnouncementEvent(self, words)
        QAccessible.updateAccessibility(spoken)

    def _stop(self) -> None:
        self.stop_button.setEnabled(False)
        self._say(text("desktop.self-test.stopping"))
        self.stopped.emit()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(as_plain_text(self._steps, self._ending))
        self.copy_button.setText(text("desktop.details.copied"))


def open_self_test(
    window: QWidget, make: Callable[[QObject], SelfTestProcess] = SelfTestProcess
) -> SelfTestDialog:
    """Open the dialog over ``window``, which also keeps a run that outlives the dialog."""
    dialog = SelfTestDialog(window)

    def start() -> None:
        process = make(window)
        process.stepped.connect(dialog.show_step)
        process.ended.connect(dialog.show_end)
        process.ended.connect(process.deleteLater)
        dialog.stopped.connect(process.stop)
        dialog.show_start()
        try:
            process.start()
        except FailedError as error:
            dialog.show_failure(error)
            process.deleteLater()

    dialog.started.connect(start)
    dialog.open()
    return dialog
