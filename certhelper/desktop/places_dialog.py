"""Shows where is looked for certificates, with what each place answered, and adds to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from certhelper import failures, texts
from certhelper.desktop.diagnosis_way import CauseOffer
from certhelper.desktop.dialogs import Dialog, ask
from certhelper.desktop.facts_view import clear
from certhelper.desktop.place_names import name_of_place
from certhelper.desktop.rows import Mark
from certhelper.desktop.signs import Sign, sign_of
from certhelper.failures import Told
from certhelper.look.widgets import plain_label, push_button
from certhelper.qt import background
from certhelper.safe_text import safe
from certhelper.stores.base import StoreReading, StoreStatus
from certhelper.texts import text

_PKCS11 = "pkcs11"
_MARKS = {StoreStatus.OK: Mark.GOOD, StoreStatus.UNAVAILABLE: Mark.NEUTRAL}


class PlacesDialog(Dialog):
    """``added`` carries the names of stores that the person picked, ``removed`` the name of one."""

    added = Signal(list)
    removed = Signal(str)

    def __init__(
        self,
        readings: Sequence[StoreReading],
        is_added: Callable[[str], bool],
        *,
        can_add: bool,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, text("desktop.places.title"))
        self._is_added = is_added
        self._remove_buttons: dict[str, QPushButton] = {}
        self.column.addWidget(plain_label(text("desktop.places.meaning")))
        self._rows = QVBoxLayout()
        self.column.addLayout(self._rows)
        self._whose = plain_label(text("desktop.places.whose"), "muted")
        self.column.addWidget(self._whose)
        self.column.addWidget(plain_label(text("desktop.places.later"), "muted"))
        self._problem = plain_label(look="bad", selectable=True)
        self._looking = plain_label(text("desktop.places.looking"), "heading")
        for label in (self._problem, self._looking):
            label.hide()
            self.column.addWidget(label)
        self.file_button = push_button(text("desktop.places.add-file"))
        self.file_button.clicked.connect(self._pick_file)
        self.folder_button = push_button(text("desktop.places.add-folder"))
        self.folder_button.clicked.connect(self._pick_folder)
        for button in (self.file_button, self.folder_button):
            button.setVisible(can_add)
        close = self.close_button(text("desktop.details.close"))
        self._cause = CauseOffer(self)
        self.cause_button = self._cause.button
        self.add_buttons(self.cause_button, self.file_button, self.folder_button, close)
        self.show_readings(readings)

    def show_readings(
        self, readings: Sequence[StoreReading], being_read: Iterable[str] = ()
    ) -> None:
        """Show each place; the ones that were added can be taken away again.

        ``being_read`` are the names of stores that have not answered yet.
        """
        buttons = self._remove_buttons.items()
        focused = next((name for name, button in buttons if button.hasFocus()), "")
        clear(self._rows)
        self._remove_buttons = {}
        rows = [self._row(reading) for reading in readings]
        answered = {reading.name for reading in readings}
        unread = [name for name in dict.fromkeys(being_read) if name not in answered]
        for row in (*rows, *map(self._row_being_read, unread)):
            self._rows.addWidget(row)
            row.show()  # what does not show yet takes no focus
        self._whose.setVisible(any(reading.origin for reading in readings))
        if focused in self._remove_buttons:
            self._remove_buttons[focused].setFocus()

    def show_place(self, name: str) -> None:
        """Put a place in sight, with its button to take it away again under the keyboard."""
        button = self._remove_buttons.get(name)
        if button is not None:
            button.setFocus()
            self.fit()
            QTimer.singleShot(0, button, lambda: self._area.ensureWidgetVisible(button))

    def _row_being_read(self, name: str) -> QWidget:
        kind, _, where = name.partition(":")
        unread = StoreReading(kind, where, StoreStatus.UNAVAILABLE)
        return self._row(unread, text("desktop.places.reading"))

    def _row(self, reading: StoreReading, outcome: str = "") -> QWidget:
        widget = QWidget()
        row = QHBoxLayout(widget)
        row.setContentsMargins(0, 0, 0, 0)
        sign = Sign(sign_of(_mark(reading)))
        row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(plain_label(name_of_place(reading), "heading", selectable=True))
        words.addWidget(plain_label(safe(reading.name), "muted", selectable=True))
        words.addWidget(plain_label(outcome or _outcome(reading), "muted"))
        row.addLayout(words, 1)
        if self._is_added(reading.name):
            remove = push_button(text("desktop.places.remove"))
            remove.setAccessibleName(f"{text('desktop.places.remove')} {name_of_place(reading)}")
            remove.clicked.connect(lambda: self.removed.emit(reading.name))
            row.addWidget(remove, 0, Qt.AlignmentFlag.AlignTop)
            self._remove_buttons[reading.name] = remove
        return widget

    def _pick_file(self) -> None:
        kinds = text("desktop.places.file-kinds")
        picked, _ = QFileDialog.getOpenFileName(
            self, text("desktop.places.add-file"), str(Path.home()), kinds
        )
        if picked:
            self.take(Path(picked))

    def _pick_folder(self) -> None:
        picked = QFileDialog.getExistingDirectory(
            self, text("desktop.places.add-folder"), str(Path.home())
        )
        if picked:
            self.take(Path(picked))

    def take(self, path: Path) -> None:
        """Add what was picked, by what is in it; say so where nothing of it can be read.

        A module is a program that will run: it is asked about first.
        """
        self._say("", is_looking=True)
        background.start("look what was picked", partial(self._look_into, path))

    def _look_into(self, path: Path) -> None:
        """In a thread: a folder of the network may not answer."""
        from certhelper.stores.recognition import NothingToReadError, stores_in

        try:
            found = stores_in(path)
        except NothingToReadError as error:
            background.deliver(self, partial(self._say_failure, failures.told(error)))
        except OSError as error:
            facts = {"where": safe(str(path)), "detail": safe(error.strerror or "")}
            told = failures.find("file-unreadable").say(facts)
            background.deliver(self, partial(self._say_failure, told))
        else:
            background.deliver(self, partial(self._recognized, path, found))

    def _recognized(self, path: Path, found: Sequence[str]) -> None:
        self._say("")
        if any(store.startswith("pkcs11:") for store in found):
            # The path stands in the text itself, which is plain: it is a stranger's.
            question = f"{text('desktop.places.module-question')}\n\n{safe(str(path))}"
            box = ask(
                self, text("desktop.places.module"), question, text("desktop.places.module-add")
            )
            box.accepted.connect(lambda: self.added.emit(list(found)))
            box.open()
        else:
            self.added.emit(list(found))

    def _say_failure(self, told: Told) -> None:
        code = text("desktop.attempt.code-and-number", code=told.code, number=told.number)
        self._say(f"{texts.joined(told.message, told.cause, told.remedy)}\n{code}")
        self._cause.make(told)

    def _say(self, problem: str, *, is_looking: bool = False) -> None:
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self._looking.setVisible(is_looking)
        self._cause.withdraw()
        for button in (self.file_button, self.folder_button):
            button.setEnabled(not is_looking)
        self.grow()


def _tokens(reading: StoreReading) -> int:
    return sum(slot.token is not None for slot in reading.slots)


def _mark(reading: StoreReading) -> Mark:
    is_empty_reader = reading.kind == _PKCS11 and not _tokens(reading)
    if reading.status is StoreStatus.OK and is_empty_reader:
        return Mark.NEUTRAL
    return _MARKS.get(reading.status, Mark.BAD)


def _outcome(reading: StoreReading) -> str:
    if reading.status is not StoreStatus.OK:
        sentence = text(f"stores.{reading.reason}") if reading.reason else ""
        return f"{sentence} {reading.detail}".strip()
    if reading.kind == _PKCS11:
        counts = {"tokens": _tokens(reading), "count": len(reading.installed)}
        return f"{text('desktop.places.read-tokens', **counts)} {reading.detail}".strip()
    outcome = text(
        "desktop.places.read",
        count=len(reading.installed),
        locked=len(reading.locked_entries),
    )
    return f"{outcome} {reading.detail}".strip()
