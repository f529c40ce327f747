"""The page of the diagnosis: the verdict, the number for the phone, the findings, the checks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QPoint, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QFocusEvent,
    QGuiApplication,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from certhelper.desktop.diagnosis_checks_view import ChecksView, sign_of_state
from certhelper.desktop.diagnosis_faces import (
    CheckFace,
    FindingFace,
    State,
    Verdict,
    spoken_code,
)
from certhelper.desktop.diagnosis_findings_view import FindingsView
from certhelper.desktop.diagnosis_people import PeopleChoice
from certhelper.desktop.facts_view import clear, note
from certhelper.desktop.rows import Mark
from certhelper.desktop.signs import Sign
from certhelper.failures import Told
from certhelper.look import theme
from certhelper.look.theme import larger
from certhelper.look.widgets import plain_label, push_button, rule, set_look
from certhelper.standing import Judged
from certhelper.texts import text

_NARROW = 34
"""Below this many heights of a line the checks stand under the findings, not beside them."""

_SIDE = 17
"""Heights of a line that the number and the checks take beside the findings, and more where the
names of the checks need it."""

_GROUNDS = {
    State.FAULT: "said-fault",
    State.ATTENTION: "said-action",
    State.OK: "said-done",
}
_CODE_SIZE = 1.9
_RING = 2  # pixels


class VerdictCard(QFrame):
    """The verdict in one sentence, and the next step; while it is being found out, how far."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("look", "said")
        self.setProperty("round", "true")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        height = self.fontMetrics().height()
        row = QHBoxLayout(self)
        row.setContentsMargins(height // 2, height // 2, height // 2, height // 2)
        row.setSpacing(height // 2)
        self._sign = Sign(sign_of_state(State.RUNNING), 1.6)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(height // 4)
        row.addLayout(column, 1)
        self.sentence = plain_label(look="title", selectable=True)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(height // 3)
        self._next = plain_label(text("diagnosis-report.next-step"), "heading")
        self.remedy = plain_label(selectable=True)
        self.who = plain_label(selectable=True)
        self._others = plain_label(text("diagnosis-window.verdict.others"), "heading")
        self.others = plain_label(selectable=True)
        self.beside = plain_label(selectable=True)
        calm = (self._next, self.remedy, self.who, self._others, self.others, self.beside)
        self._labels = (self.sentence, *calm)
        for label in calm:
            label.setProperty("calm", "true")  # what to do is read, and alarms nobody
        for widget in (self.sentence, self.progress, *calm):
            column.addWidget(widget)
            widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the card itself is read as a whole

    def show_progress(self, done: int, count: int, so_far: str) -> None:
        words = text("diagnosis-window.running.headline", done=done, count=count)
        self.progress.setRange(0, count)
        self.progress.setValue(done)
        self.progress.setAccessibleName(words)
        self.show_verdict(Verdict(State.RUNNING, words, beside=so_far))

    def show_verdict(self, verdict: Verdict) -> None:
        self.progress.setVisible(verdict.state is State.RUNNING)
        self._sign.show_sign(sign_of_state(verdict.state))
        set_look(self, _GROUNDS.get(verdict.state, "said"), *self._labels)
        self._next.setVisible(bool(verdict.remedy))
        self._others.setVisible(bool(verdict.others))
        who = text("diagnosis-window.verdict.who", who=verdict.who) if verdict.who else ""
        told = (
            (self.remedy, verdict.remedy),
            (self.who, who),
            (self.others, verdict.others),
            (self.beside, verdict.beside),
        )
        for label, words in ((self.sentence, verdict.sentence), *told):
            label.setText(words)
            label.setVisible(bool(words))
        self.setAccessibleName(verdict.sentence)
        self.setAccessibleDescription("\n".join(words for _, words in told if words))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(theme.current().colours.accent), _RING))
            round_side = self.fontMetrics().height() / 2
            inside = QRectF(self.rect()).adjusted(1, 1, -1, -1)
            painter.drawRoundedRect(inside, round_side, round_side)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()


class CodeCard(QFrame):
    """The nine digits to read aloud, in groups of three."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("look", "panel")
        self._column = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._column.setSpacing(self.fontMetrics().height() // 6)
        label = plain_label(text("diagnosis-window.code.label"), "heading")
        self.digits = plain_label(wrap=False, selectable=True)
        self._meaning = plain_label(look="muted")
        self._is_in_line = False
        self.copy_button = push_button(text("diagnosis-window.code.copy"))
        self.copy_button.clicked.connect(self._copy)
        self.copy_button.setAccessibleName(text("diagnosis-window.code.copy-name"))
        row = QHBoxLayout()
        row.addWidget(self.digits, 1)
        row.addWidget(self.copy_button)
        self._column.addWidget(label)
        self._column.addLayout(row)
        self._column.addWidget(self._meaning)
        self.show_code("")
        theme.current().changed.connect(self._take_size)

    def _take_size(self) -> None:
        self.digits.setFont(larger(QGuiApplication.font(), _CODE_SIZE, bold=True))

    def show_in_line(self, *, is_in_line: bool) -> None:
        """Where there is little room, what it is for is left out."""
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._column.setDirection(across if is_in_line else down)
        self._is_in_line = is_in_line
        self._show_meaning()

    def _show_meaning(self) -> None:
        self._meaning.setVisible(not (self._is_in_line and self.digits.text()))

    def show_code(self, grouped: str) -> None:
        """Show a code; empty: there is none yet."""
        self.digits.setText(grouped)
        self._take_size()
        spoken = f"{text('diagnosis-window.code.label')} {spoken_code(grouped)}"
        self.digits.setAccessibleName(spoken)
        self.digits.setVisible(bool(grouped))
        self.copy_button.setVisible(bool(grouped))
        self.copy_button.setText(text("diagnosis-window.code.copy"))
        words = "code.meaning" if grouped else "running.code"
        self._meaning.setText(text(f"diagnosis-window.{words}"))
        self._show_meaning()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.digits.text())
        self.copy_button.setText(text("diagnosis-window.code.copied"))


class DiagnosisPage(QWidget):
    """Shows what it is told; the person's wishes are the signals.

    ``failure`` is what the page was opened from, ``judged`` the certificate that it is about; None:
    everybody's.
    """

    back_wanted = Signal()
    again_wanted = Signal()
    cancel_wanted = Signal()
    save_wanted = Signal()

    def __init__(
        self, judged: Judged | None, failure: Told | None, *, leads_to_failure: bool
    ) -> None:
        super().__init__()
        back = "back-to-failure" if leads_to_failure else "back"
        self.back_button = push_button(text(f"diagnosis-window.{back}"))
        self.cancel_button = push_button(text("diagnosis-window.cancel"))
        self.again_button = push_button(text("diagnosis-window.again"))
        self.save_button = push_button(text("diagnosis-window.save"))
        self.whose = PeopleChoice(judged)
        for button, signal in (
            (self.back_button, self.back_wanted),
            (self.cancel_button, self.cancel_wanted),
            (self.again_button, self.again_wanted),
            (self.save_button, self.save_wanted),
        ):
            button.clicked.connect(signal)
        self.verdict = VerdictCard()
        self._notes = QVBoxLayout()
        self.findings_title = plain_label(text("diagnosis-window.finding.title"), "heading")
        self.findings = FindingsView()
        self.code = CodeCard()
        self.checks = ChecksView()
        self._lay_out(failure)
        self.checks.chosen.connect(self._lead_to)
        self.findings.grown.connect(self._put_in_sight)
        theme.current().changed.connect(self._settle)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.back_wanted)

    def show_start(self, notes: Sequence[str] = ()) -> None:
        """A diagnosis has begun; what an earlier one has found goes.

        ``notes`` are to be known beside the verdict.
        """
        clear(self._notes)
        for words in notes:
            self._notes.addWidget(note(Mark.NEUTRAL, words))
        self.findings.show_findings(())
        self.findings_title.hide()
        self.code.show_code("")
        self._set_running(is_running=True)
        self.verdict.setFocus()

    def show_progress(
        self, faces: Sequence[CheckFace], findings: Sequence[FindingFace], done: int, so_far: str
    ) -> None:
        """How far it is; ``so_far`` is the verdict on what has come."""
        is_first = not self.checks.faces
        self.checks.show_faces(faces)
        if is_first:
            self._settle()
        self.verdict.show_progress(done, len(faces), so_far)
        self._show_findings(findings)

    def show_end(
        self,
        faces: Sequence[CheckFace],
        findings: Sequence[FindingFace],
        verdict: Verdict,
        code: str,
    ) -> None:
        """Everything has come, or was cancelled; ``code`` is in groups of three.

        Without a code it has to be looked into again, and there is nothing to save.
        """
        self.checks.show_faces(faces)
        self._show_findings(findings)
        self.verdict.show_verdict(verdict)
        self.code.show_code(code)
        had_focus = self.cancel_button.hasFocus() or (not code and self.save_button.hasFocus())
        self._set_running(is_running=False)
        self.save_button.setVisible(bool(code))
        if had_focus:
            self.verdict.setFocus()
        self._scroll.verticalScrollBar().setValue(0)
        words = "\n".join(filter(None, (verdict.sentence, verdict.remedy)))
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, words))

    def show_failure(self, told: Told) -> None:
        """It cannot even be begun."""
        self._set_running(is_running=False)
        self.save_button.hide()
        self.verdict.show_verdict(
            Verdict(State.FAULT, told.message, told.remedy, beside=told.cause)
        )
        self.verdict.setFocus()

    def _show_findings(self, findings: Sequence[FindingFace]) -> None:
        self.findings.show_findings(findings)
        self.findings_title.setVisible(bool(findings))
        in_order = [
            self.whose,
            self.verdict,
            *self.findings.in_order,
            self.code.copy_button,
            self.checks,
        ]
        for one, following in pairwise(in_order):
            self.setTabOrder(one, following)

    def _set_running(self, *, is_running: bool) -> None:
        self.cancel_button.setVisible(is_running)
        self.again_button.setVisible(not is_running)
        self.save_button.setVisible(not is_running)

    def _lay_out(self, failure: Told | None) -> None:
        height = self.fontMetrics().height()
        tools = QHBoxLayout()
        tools.addWidget(self.back_button)
        tools.addWidget(plain_label(text("diagnosis-window.title"), "title", wrap=False))
        tools.addStretch(1)
        for button in (self.cancel_button, self.again_button, self.save_button):
            tools.addWidget(button)
        contents = QWidget()
        column = QVBoxLayout(contents)
        column.setContentsMargins(0, 0, height // 2, 0)
        column.setSpacing(height // 2)
        if failure is not None:
            column.addWidget(_from_failure(failure))
        column.addLayout(self._about_row())
        self._code_above = QVBoxLayout()
        column.addLayout(self._code_above)
        column.addWidget(self.verdict)
        column.addLayout(self._notes)
        column.addWidget(self.findings_title)
        column.addWidget(self.findings)
        self._checks_below = QVBoxLayout()
        column.addLayout(self._checks_below)
        column.addWidget(plain_label(text("diagnosis-window.harmless"), "muted"))
        column.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(contents)
        self._side = QWidget()
        self._beside = QVBoxLayout(self._side)
        self._beside.setContentsMargins(0, 0, 0, 0)
        self._beside.setSpacing(height // 2)
        parts = QHBoxLayout()
        parts.setSpacing(height // 2)
        parts.addWidget(self._scroll, 1)
        parts.addWidget(self._side)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(height // 2)
        layout.addLayout(tools)
        layout.addWidget(rule())
        layout.addLayout(parts, 1)
        self._put_side(is_narrow=False)

    def _about_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        label = QLabel(text("diagnosis-window.about"))
        label.setBuddy(self.whose)
        row.addWidget(label)
        row.addWidget(self.whose, 0)
        row.addStretch(1)
        return row

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settle()

    def _settle(self) -> None:
        """Give the side its width at this text size, or its place below at this window's."""
        height = self.fontMetrics().height()
        wanted = max(height * _SIDE, self.checks.wanted_width())
        self._side.setFixedWidth(min(wanted, max(height * _SIDE, self.width() * 2 // 5)))
        is_narrow = self.width() < height * _NARROW
        if is_narrow is self._side.isVisibleTo(self):
            self._put_side(is_narrow=is_narrow)

    def _put_side(self, *, is_narrow: bool) -> None:
        """Where there is no room beside the findings, the number and the checks scroll with them.

        The number then stands above the verdict, in one line: it is what the phone needs.
        """
        (self._code_above if is_narrow else self._beside).addWidget(self.code)
        self.code.show_in_line(is_in_line=is_narrow)
        (self._checks_below if is_narrow else self._beside).addWidget(self.checks, 1)
        self.checks.show_whole(is_whole=is_narrow)
        self._side.setHidden(is_narrow)

    def _lead_to(self, check: str) -> None:
        self.findings.lead_to(check)

    def _put_in_sight(self, widget: QWidget) -> None:
        QTimer.singleShot(0, self, lambda: self._scroll_to(widget))  # when it is laid out

    def _scroll_to(self, widget: QWidget) -> None:
        """Show all of it, or its beginning where it is longer than the page."""
        if not isValid(widget):
            return
        contents = self._scroll.widget()
        assert contents is not None
        if widget.height() < self._scroll.viewport().height():
            self._scroll.ensureWidgetVisible(widget, 0, self.fontMetrics().height() // 2)
        else:
            self._scroll.verticalScrollBar().setValue(widget.mapTo(contents, QPoint(0, 0)).y())


def _from_failure(failure: Told) -> QFrame:
    """The failure that it was opened from, with its code."""
    frame = QFrame()
    frame.setProperty("look", "aside")
    column = QVBoxLayout(frame)
    column.setSpacing(0)
    message = text("diagnosis-window.from-failure", message=failure.message)
    column.addWidget(plain_label(message, selectable=True))
    code = text("desktop.attempt.code-and-number", code=failure.code, number=failure.number)
    column.addWidget(plain_label(code, "muted", selectable=True))
    return frame
