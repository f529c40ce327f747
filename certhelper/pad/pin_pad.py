"""The on-screen keyboard for the 利用者暗証番号, and for other secrets of a bank's pages.

It follows what Japanese banks' own software keyboards do: keys are clicked, the entry is masked,
the physical keyboard is opt-in, digits can be shuffled.  The PIN lives in one
:class:`~certhelper.secret.Secret` and can be neither shown nor pasted.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from certhelper.look.widgets import as_tool_tip, plain_label, push_button, set_look
from certhelper.pad.masked_entry import MaskedEntry
from certhelper.pad.screen_capture import Hiding, ScreenCapture
from certhelper.pad.wording import EntryRule, Wording, for_logon
from certhelper.secret import Secret
from certhelper.texts import text

DIGITS = "1234567890"
LETTER_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_HALF_KEYS = 20  # ten keys a row; letters are set off by half a key as on a real keyboard
_NO_HINT = "\u00a0"  # keeps the line, so that nothing below it jumps under the pointer
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


@dataclass(frozen=True, slots=True)
class PadTitle:
    """Whose PIN is asked for: (name, value) pairs, and whether it is the demo bank's."""

    facts: tuple[tuple[str, str], ...]
    demo: bool = False


class PinPad(QDialog):
    """``submitted`` is sent once; then :meth:`take_pin` hands the PIN over.

    However else the dialog ends, the PIN is overwritten.  ``shuffle_changed`` carries the
    person's wish for the next time.  ``remote_support_wanted`` is sent when somebody is going to
    look on; the pad is then put away.
    """

    submitted = Signal()
    remote_support_wanted = Signal()
    shuffle_changed = Signal(bool)

    def __init__(
        self,
        title: PadTitle,
        rule: EntryRule,
        capture: ScreenCapture,
        *,
        shuffle: bool,
        wording: Wording | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """``wording`` says which secret is asked for; without one it is the log-on's PIN."""
        super().__init__(parent)
        self._words = wording or for_logon()
        self._capture = capture
        self.hiding = Hiding.NOT_DONE
        self._rule = rule
        self._done = False
        self._upper = False
        self.setWindowTitle(self._words.window)
        self.setModal(True)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        self.entry = MaskedEntry(rule.maximum_length, rule.accepts, keyboard=False)
        self.entry.setAccessibleName(self._words.entry)
        self.entry.changed.connect(self._count_changed)
        self.entry.refused.connect(self._say_refused)
        self._count = plain_label(wrap=False)
        self._hint = plain_label(_NO_HINT, "muted")
        self._seen = plain_label()
        self._seen.hide()
        self._keys: dict[tuple[int, int], QPushButton] = {}
        self._digit_keys: list[QPushButton] = []
        self._letter_keys: list[QPushButton] = []
        self._build_buttons()
        self._build_choices(shuffle=shuffle)
        self._lay_out(title)
        self._set_caps()
        self._count_changed(0)
        self._order_tabs()
        self.entry.setFocus()

    def take_pin(self) -> Secret:
        """Hand over the PIN; the caller must wipe it."""
        return self.entry.take()

    def done(self, result: int) -> None:
        """However it ends, nothing of the entry stays here."""
        self._done = True
        self.entry.clear()
        super().done(result)

    def event(self, event: QEvent) -> bool:
        """Hide each native window from captures as soon as Qt has made it."""
        if event.type() is QEvent.Type.WinIdChange:
            self._hide_from_captures()
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter on the ログオン button or in the field submits; on a key it presses that key."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._enter_pressed(event)
        elif event.key() == Qt.Key.Key_Escape:
            self.reject()
        elif not self.keyboard_choice.isChecked():
            if len(event.text()) == 1 and event.text().isprintable():
                self._hint.setText(text("pad.keyboard-is-off"))
            event.ignore()
        elif not self.entry.type_key(event):
            event.ignore()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrow keys walk over the keys as they lie; a click leaves nothing behind for Enter.

        Whoever clicks means Enter for the whole entry: on the key that they clicked last it would
        add a character once more, and send a wrong PIN, which counts.
        """
        if event.type() is QEvent.Type.MouseButtonPress:
            self.entry.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = _ARROWS.get(Qt.Key(event.key()))
            if step is not None and watched in self._keys.values():
                assert isinstance(watched, QPushButton)
                self._walk(watched, step)
                return True
        return super().eventFilter(watched, event)

    def _hide_from_captures(self) -> None:
        window = self.effectiveWinId()
        if not window:  # the old one is gone and there is no new one yet
            return
        self.hiding = self._capture.hide(window)
        self._seen.setVisible(self.hiding is not Hiding.NOT_DONE)
        if self.hiding is not Hiding.NOT_DONE:
            self._seen.setText(text(f"pad.{self.hiding.value}"))
            set_look(self._seen, "caution" if self.hiding is Hiding.FAILED else "muted")

    def _build_buttons(self) -> None:
        self.case_button = push_button("", "word-key")
        self.case_button.setParent(self)
        self.case_button.clicked.connect(self._switch_case)
        self.delete_button = push_button(text("pad.delete"), "word-key")
        self.delete_button.clicked.connect(self._delete)
        for word_key in (self.case_button, self.delete_button):
            self._leave_focus_at_a_click(word_key)
        self.clear_button = push_button(text("pad.clear"))
        self.clear_button.clicked.connect(self._clear)
        self._leave_focus_at_a_click(self.clear_button)
        self.close_button = push_button(text("pad.close"))
        self.close_button.clicked.connect(self.reject)
        self.remote_button = push_button(text("pad.remote"), "quiet")
        self.remote_button.setToolTip(as_tool_tip(text("desktop.remote.meaning")))
        self.remote_button.clicked.connect(self.remote_support_wanted)
        self.logon_button = push_button(self._words.submit, "primary")
        self.logon_button.clicked.connect(self._submit)

    def _build_choices(self, *, shuffle: bool) -> None:
        self.keyboard_choice = QCheckBox(text("pad.keyboard"))
        self.keyboard_choice.toggled.connect(self._keyboard_toggled)
        self.shuffle_choice = QCheckBox(text("pad.shuffle"))
        self.shuffle_choice.setChecked(shuffle)
        self.shuffle_choice.toggled.connect(self._shuffle_toggled)
        for choice in (self.keyboard_choice, self.shuffle_choice):
            self._leave_focus_at_a_click(choice)

    def _leave_focus_at_a_click(self, widget: QWidget) -> None:
        widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        widget.installEventFilter(self)

    def _lay_out(self, title: PadTitle) -> None:
        """Two columns, so that the pad fits a screen of 768 lines at the largest text size."""
        layout = QHBoxLayout(self)
        height = self.fontMetrics().height()
        layout.setSpacing(height)
        layout.setContentsMargins(height, height, height, height)
        layout.addLayout(self._certificate_column(title), 2)
        layout.addLayout(self._entry_column(), 5)

    def _certificate_column(self, title: PadTitle) -> QVBoxLayout:
        column = QVBoxLayout()
        if title.demo:
            demo = plain_label(text("desktop.demo"), "demo", wrap=False)
            column.addWidget(demo, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(plain_label(text("pad.certificate"), "heading"))
        frame = _certificate_frame(title)
        frame.setMinimumWidth(self.fontMetrics().height() * 12)
        column.addWidget(frame)
        column.addStretch(1)
        column.addWidget(plain_label(self._words.caution, "muted"))
        return column

    def _entry_column(self) -> QVBoxLayout:
        height = self.fontMetrics().height()
        column = QVBoxLayout()
        column.setSpacing(height // 3)
        heading = QHBoxLayout()
        heading.addWidget(plain_label(self._words.title, "title"), 1)
        heading.addWidget(self.remote_button)
        column.addLayout(heading)
        if self._words.words:
            column.addWidget(plain_label(self._words.words, "heading"))
        if self._words.warning:
            column.addWidget(plain_label(self._words.warning, "caution"))
        column.addWidget(plain_label(self._words.which, "muted"))
        shown = QHBoxLayout()
        shown.addWidget(self.entry, 1)
        shown.addWidget(self._count)
        column.addLayout(shown)
        column.addWidget(self._hint)
        column.addLayout(self._key_grid())
        choices = QHBoxLayout()
        choices.addWidget(self.keyboard_choice)
        choices.addWidget(self.shuffle_choice)
        choices.addStretch(1)
        column.addLayout(choices)
        column.addWidget(self._seen)
        column.addStretch(1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.clear_button)
        buttons.addWidget(self.close_button)
        buttons.addStretch(1)
        buttons.addWidget(self.logon_button)
        self.logon_button.setMinimumSize(height * 9, height * 5 // 2)
        column.addLayout(buttons)
        return column

    def _key_grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(4)
        for column in range(_HALF_KEYS):
            grid.setColumnStretch(column, 1)
        self._digit_keys = [self._add_key(grid, 0, place * 2) for place in range(len(DIGITS))]
        self._lay_digits(shuffle=self.shuffle_choice.isChecked())
        if self._rule.characters != "alphanumeric":
            self.case_button.hide()
            grid.addWidget(self.delete_button, 1, 16, 1, 4)
            return grid
        for row, letters in enumerate(LETTER_ROWS, start=1):
            offset = (0, 1, 3)[row - 1]
            for place in range(len(letters)):
                self._letter_keys.append(self._add_key(grid, row, offset + place * 2))
        last = len(LETTER_ROWS)
        for word_key in (self.case_button, self.delete_button):
            word_key.setMinimumHeight(self._digit_keys[0].minimumHeight())
        grid.addWidget(self.case_button, last, 0, 1, 3)
        grid.addWidget(self.delete_button, last, 17, 1, 3)
        return grid

    def _order_tabs(self) -> None:
        widgets: list[QWidget] = [
            self.entry,
            *self._digit_keys,
            *self._letter_keys,
            self.case_button,
            self.delete_button,
            self.keyboard_choice,
            self.shuffle_choice,
            self.clear_button,
            self.close_button,
            self.logon_button,
            self.remote_button,
        ]
        for before, after in pairwise(widgets):
            self.setTabOrder(before, after)

    def _add_key(self, grid: QGridLayout, row: int, column: int) -> QPushButton:
        key = push_button("", "key")
        height = self.fontMetrics().height()
        key.setMinimumSize(height * 23 // 10, height * 19 // 10)
        key.clicked.connect(self._key_clicked)
        self._leave_focus_at_a_click(key)
        grid.addWidget(key, row, column, 1, 2)
        self._keys[(column, row)] = key
        return key

    def _lay_digits(self, *, shuffle: bool) -> None:
        digits = list(DIGITS)
        if shuffle:
            random.SystemRandom().shuffle(digits)
        for key, digit in zip(self._digit_keys, digits, strict=True):
            key.setText(digit)
            key.setAccessibleName(digit)

    def _set_caps(self) -> None:
        name = "pad.upper-letter" if self._upper else "pad.lower-letter"
        for key, letter in zip(self._letter_keys, "".join(LETTER_ROWS), strict=False):
            cap = letter.upper() if self._upper else letter
            key.setText(cap)
            key.setAccessibleName(text(name, letter=cap))
        other = "lower" if self._upper else "upper"
        self.case_button.setText(text(f"pad.{other}"))
        self.case_button.setAccessibleName(text(f"pad.to-{other}"))

    def _key_clicked(self) -> None:
        key = self.sender()
        if isinstance(key, QPushButton):
            self.entry.enter(key.text())

    def _switch_case(self) -> None:
        self._upper = not self._upper
        self._set_caps()

    def _delete(self) -> None:
        self.entry.remove_last()

    def _clear(self) -> None:
        self.entry.clear()

    def _keyboard_toggled(self, on: bool) -> None:
        self.entry.keyboard = on
        self._hint.setText(text("pad.keyboard-is-on") if on else _NO_HINT)
        if on:
            self.entry.setFocus()

    def _shuffle_toggled(self, on: bool) -> None:
        self._lay_digits(shuffle=on)
        self.shuffle_changed.emit(on)

    def _count_changed(self, count: int) -> None:
        self._hint.setText(_NO_HINT)
        minimum, maximum = self._rule.minimum_length, self._rule.maximum_length
        self._count.setText(text("pad.count", count=count, minimum=minimum, maximum=maximum))
        complete = minimum <= count <= maximum
        self.logon_button.setEnabled(complete and not self._done)
        self.logon_button.setAccessibleDescription(
            "" if complete else text("pad.not-yet", minimum=minimum, maximum=maximum)
        )

    def _say_refused(self) -> None:
        full = self.entry.count >= self._rule.maximum_length
        too_many = text("pad.full", maximum=self._rule.maximum_length)
        self._hint.setText(too_many if full else self._words.not_allowed)

    def _enter_pressed(self, event: QKeyEvent) -> None:
        focused = self.focusWidget()
        if event.isAutoRepeat():
            return
        if isinstance(focused, QPushButton):
            focused.click()
        elif isinstance(focused, QCheckBox):
            focused.toggle()
        else:
            self.logon_button.click()

    def _submit(self) -> None:
        """Once only: a second press of a hurried hand must not count as a second try."""
        if self._done or not self.logon_button.isEnabled():
            return
        self._done = True
        self.logon_button.setEnabled(False)
        self.submitted.emit()
        self.accept()

    def _walk(self, start: QPushButton, step: tuple[int, int]) -> None:
        places: Sequence[tuple[int, int]] = [p for p, key in self._keys.items() if key is start]
        if not places:
            return
        column, row = places[0]
        across, down = step
        if across:
            target = self._keys.get((column + across * 2, row))
        else:
            in_row = [place for place in self._keys if place[1] == row + down]
            nearest = min(in_row, key=lambda place: abs(place[0] - column), default=None)
            target = self._keys[nearest] if nearest is not None else None
        if target is not None:
            target.setFocus(Qt.FocusReason.TabFocusReason)


def _certificate_frame(title: PadTitle) -> QFrame:
    frame = QFrame()
    frame.setProperty("look", "panel")
    column = QVBoxLayout(frame)
    column.setSpacing(0)
    for number, (name, value) in enumerate(title.facts):
        if number:
            column.addSpacing(frame.fontMetrics().height() // 2)
        column.addWidget(plain_label(name, "muted"))
        column.addWidget(plain_label(value, "heading"))
    return frame
