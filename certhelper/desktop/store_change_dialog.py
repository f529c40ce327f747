"""What the dialogs of an import and of a removal share: steps, progress, an end that is said."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QKeyEvent
from PySide6.QtWidgets import QProgressBar, QPushButton, QVBoxLayout, QWidget

from certhelper import failures
from certhelper.desktop.diagnosis_way import CauseOffer
from certhelper.desktop.dialogs import Dialog
from certhelper.desktop.facts_view import clear, note
from certhelper.desktop.rows import Mark
from certhelper.desktop.secret_field import SecretField
from certhelper.failures import FailedError
from certhelper.look.widgets import plain_label, push_button
from certhelper.pad.masked_entry import MaskedEntry
from certhelper.texts import text


class StoreChangeDialog(Dialog):
    """``wanted``: the person presses the button that goes on.

    While something is being changed the dialog cannot be closed: it takes less than a second, and
    is whole or not at all.
    """

    wanted = Signal()

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, title)
        self.setModal(True)
        self._is_changing = False
        self._fields: list[SecretField] = []
        self.contents = QVBoxLayout()
        self.contents.setSpacing(self.fontMetrics().height() // 2)
        self.column.addLayout(self.contents)
        self._problem = plain_label(look="bad")
        self._problem.hide()
        self._needed = push_button("", "quiet")
        self._needed.clicked.connect(self._show_missing)
        self._needed.hide()
        self._area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # what is decided can be scrolled to
        self._progress = QProgressBar()
        self._progress.setRange(0, 0)
        self._progress.setTextVisible(False)
        self._progress.hide()
        self._now = plain_label(look="heading")
        self._now.hide()
        self.go_button = push_button("", "primary")
        self.go_button.clicked.connect(self._go)
        self.cancel_button = self.close_button(text("installing.window.cancel"))
        self.add_footer(self._problem, self._needed, self._progress, self._now)
        self._cause = CauseOffer(self)
        self.cause_button = self._cause.button
        self.add_buttons(self.cause_button, self.cancel_button, self.go_button)

    def begin_step(self) -> None:
        """Empty the dialog for the next step; what was typed before is overwritten."""
        self._wipe()
        clear(self.contents)
        self._fields = []
        self._say_progress("")
        self.show_problem("")
        self.go_button.show()
        self._cause.withdraw()
        self.cancel_button.setText(text("installing.window.cancel"))

    def add_field(self, field: SecretField) -> SecretField:
        """Add a field without which the person cannot go on."""
        self._fields.append(field)
        self.contents.addWidget(field)
        field.show()  # what does not show yet takes no focus, and Enter would go to another
        field.changed.connect(self.settle)
        return field

    def settle(self) -> None:
        """Enable what can be done now."""
        missing = [field.name for field in self._fields if field.is_missing]
        self.go_button.setEnabled(not missing and not self._is_changing)
        words = text("installing.window.needed", name=missing[0]) if missing else ""
        self.go_button.setAccessibleDescription(words)
        self._needed.setText(words)
        self._needed.setVisible(bool(words))

    def show_progress(self, words: str, *, changing: bool = False) -> None:
        """Say what is being done; with ``changing`` the dialog stays until it is over."""
        self._is_changing = changing
        self.show_problem("")
        self._say_progress(words)
        self._needed.hide()
        self.go_button.setEnabled(False)
        self.cancel_button.setEnabled(not changing)

    def show_problem(self, words: str) -> None:
        """Say why it did not go on, and let the person try again."""
        self._is_changing = False
        self._problem.setText(words)
        self._problem.setVisible(bool(words))
        if words:
            self._say_progress("")
            self._announce(words)
            self._show_missing()
        self.cancel_button.setEnabled(True)
        self.settle()
        self.fit()

    def show_failure(self, error: FailedError) -> None:
        """Say what cannot be helped here: what happened, why, what to do; only closing is left."""
        self.begin_step()
        told = failures.told(error)
        self.contents.addWidget(note(Mark.BAD, told.message))
        self.contents.addWidget(plain_label(told.cause))
        self.contents.addWidget(plain_label(told.remedy, selectable=True))
        code = text("desktop.attempt.code-and-number", code=told.code, number=told.number)
        self.contents.addWidget(plain_label(code, "muted", selectable=True))
        self._announce(told.message)
        self._cause.make(told)
        self.show_only_closing()

    def show_only_closing(self) -> None:
        """There is nothing more to do here."""
        self._is_changing = False
        self._needed.hide()
        self.go_button.hide()
        self.cancel_button.setText(text("desktop.details.close"))
        self.cancel_button.setEnabled(True)
        self.cancel_button.setFocus()
        QTimer.singleShot(0, self, self._fit)  # when it is laid out

    def show_end(self, mark: Mark, *sentences: str) -> None:
        """Say what has been done."""
        self.begin_step()
        first, *others = sentences
        self.contents.addWidget(note(mark, first))
        for sentence in others:
            self.contents.addWidget(plain_label(sentence, selectable=True))
        self._announce(first)
        self.show_only_closing()

    def reject(self) -> None:
        if not self._is_changing:
            super().reject()

    def done(self, result: int) -> None:
        self._wipe()
        super().done(result)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            focused = self.focusWidget()
            if event.isAutoRepeat():
                return
            if isinstance(focused, QPushButton):
                focused.click()
            elif isinstance(focused, MaskedEntry):
                self._go()
            return  # a second Enter after the passphrase does nothing that nobody has read
        super().keyPressEvent(event)

    def _go(self) -> None:
        if self.go_button.isEnabled() and not self.go_button.isHidden():
            self.wanted.emit()

    def _wipe(self) -> None:
        for field in self._fields:
            field.clear()

    def _show_missing(self) -> None:
        """Put the first field that is to be filled again in sight."""
        missing = next((field for field in self._fields if field.is_missing), None)
        if missing is not None:
            missing.setFocus()
            self._keep_secret_in_sight()

    def _say_progress(self, words: str) -> None:
        self._now.setText(words)
        for widget in (self._now, self._progress):
            widget.setVisible(bool(words))
        if words:
            self._announce(words)

    def _announce(self, words: str) -> None:
        spoken = QAccessibleAnnouncementEvent(self, words)
        QAccessible.updateAccessibility(spoken)


def own_fault(error: Exception) -> FailedError:
    """Return what is told of a fault of the program itself: its kind and place, never its words."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = "?" if place is None else Path(place.tb_frame.f_code.co_filename).name
    return FailedError("internal-error", kind=type(error).__name__, place=where)
