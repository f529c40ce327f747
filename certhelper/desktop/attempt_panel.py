"""A log-on under way: its steps, and when it fails, what happened and what to do."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from certhelper.desktop.attempt import Attempt, Phase, StepState
from certhelper.desktop.facts_view import clear, note
from certhelper.desktop.rows import Mark
from certhelper.failures import Told
from certhelper.look.widgets import plain_label, push_button, set_look
from certhelper.texts import text

_STEP_SIGNS = {StepState.DONE: "✓", StepState.CURRENT: "▶", StepState.AHEAD: "・"}


class AttemptPanel(QWidget):
    """Shows one :class:`Attempt`; the controller acts on the signals."""

    cancel_wanted = Signal()
    retry_wanted = Signal()
    browser_wanted = Signal()
    cause_wanted = Signal()
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._headline = plain_label(look="heading")
        self._name = plain_label(look="muted", selectable=True)
        self._steps = QVBoxLayout()
        self._steps.setSpacing(0)
        self._failure = QVBoxLayout()
        self._failure.setSpacing(self.fontMetrics().height() // 4)
        self._hint = plain_label(look="muted")
        self.cancel_button = push_button(text("desktop.attempt.cancel"))
        self.cancel_button.clicked.connect(self.cancel_wanted)
        self.retry_button = push_button(text("desktop.attempt.retry"), "primary")
        self.retry_button.clicked.connect(self.retry_wanted)
        self.close_button = push_button(text("desktop.attempt.close"))
        self.close_button.clicked.connect(self.closed)
        self.browser_button = push_button(text("desktop.panel.browser"))
        self.browser_button.clicked.connect(self.browser_wanted)
        self.cause_button = push_button(text("desktop.panel.find-cause"))
        self.cause_button.clicked.connect(self.cause_wanted)

        layout = QVBoxLayout(self)
        layout.setSpacing(self.fontMetrics().height() // 2)
        layout.addWidget(self._headline)
        layout.addWidget(self._name)
        layout.addLayout(self._steps)
        layout.addLayout(self._failure)
        layout.addWidget(self._hint)
        for button in (
            self.retry_button,
            self.cause_button,
            self.cancel_button,
            self.close_button,
            self.browser_button,
        ):
            layout.addWidget(button)
        layout.addStretch(1)

    def show_attempt(self, attempt: Attempt) -> None:
        failed = attempt.phase is Phase.FAILED
        if self._headline.text() != attempt.headline:
            self._headline.setText(attempt.headline)
            spoken = QAccessibleAnnouncementEvent(self, attempt.headline)
            QAccessible.updateAccessibility(spoken)
        self._name.setText(attempt.name)
        clear(self._steps)
        if not failed:
            self._show_steps(attempt)
        clear(self._failure)
        if attempt.failure is not None:
            self._show_failure(attempt.failure)
        self._hint.setText(_hint(attempt))
        self._hint.setVisible(bool(self._hint.text()))
        self.cancel_button.setVisible(attempt.phase in (Phase.WAITING_FOR_PIN, Phase.RUNNING))
        self.retry_button.setVisible(failed)
        set_look(self.retry_button, "primary" if attempt.may_succeed_again else "")
        self.browser_button.setVisible(failed)
        self.cause_button.setVisible(failed)
        set_look(self.cause_button, "" if attempt.may_succeed_again else "primary")
        self.close_button.setVisible(attempt.is_over or attempt.phase is Phase.SESSION)

    def take_keyboard(self) -> None:
        """After a failure: a secret that is typed blindly once more must not go to the list.

        Enter asks anew then, where another try is what to do; elsewhere it does nothing.
        """
        is_first = self.retry_button.property("look") == "primary"
        (self.retry_button if is_first else self).setFocus()

    def _show_steps(self, attempt: Attempt) -> None:
        for name, state in attempt.steps():
            words = f"{_STEP_SIGNS[state]} {name}"
            label = plain_label(words, "muted" if state is StepState.AHEAD else "")
            if state is StepState.CURRENT:
                label.setProperty("look", "heading")
            label.setAccessibleName(f"{name} {text(f'desktop.step-state.{state.value}')}")
            self._steps.addWidget(label)

    def _show_failure(self, told: Told) -> None:
        self._failure.addWidget(note(Mark.BAD, told.message))
        for name, words in (("cause", told.cause), ("remedy", told.remedy)):
            self._failure.addWidget(plain_label(text(f"desktop.attempt.{name}"), "muted"))
            self._failure.addWidget(plain_label(words, selectable=True))
        code = text("desktop.attempt.code-and-number", code=told.code, number=told.number)
        self._failure.addWidget(plain_label(code, "muted", selectable=True))


def _hint(attempt: Attempt) -> str:
    if attempt.phase is Phase.SESSION:
        return text("desktop.attempt.in-session")
    if attempt.phase is Phase.RUNNING:
        return text("desktop.attempt.wait")
    return ""
