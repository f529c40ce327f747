"""Shows where is looked for certificates, with what each place answered, and adds to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from certhelper import failures, texts
from certhelper.desktop.dialogs import Dialog, ask
from certhelper.desktop.facts_view import Sign, clear
from certhelper.desktop.place_names import name_of_place
from certhelper.desktop.rows import Mark
from certhelper.look.widgets import plain_label, push_button
from certhelper.safe_text import safe
from certhelper.stores.base import StoreReading, StoreStatus
from certhelper.texts import text

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
        self.column.addWidget(plain_label(text("desktop.places.meaning")))
        self._rows = QVBoxLayout()
        self.column.addLayout(self._rows)
        self._whose = plain_label(text("desktop.places.whose"), "muted")
        self.column.addWidget(self._whose)
        self.column.addWidget(plain_label(text("desktop.places.later"), "muted"))
        self._problem = plain_label(look="bad")
        self._problem.hide()
        self.column.addWidget(self._problem)
        self.file_button = push_button(text("desktop.places.add-file"))
        self.file_button.clicked.connect(self._pick_file)
        self.folder_button = push_button(text("desktop.places.add-folder"))
        self.folder_button.clicked.connect(self._pick_folder)
        for button in (self.file_button, self.folder_button):
            button.setVisible(can_add)
        close = self.close_button(text("desktop.details.close"))
        self.add_buttons(self.file_button, self.folder_button, close)
        self.show_readings(readings)

    def show_readings(self, readings: Sequence[StoreReading]) -> None:
        """Show each place; the ones that were added can be taken away again."""
        clear(self._rows)
        for reading in readings:
            self._rows.addWidget(self._row(reading))
        self._whose.setVisible(any(reading.origin for reading in readings))

    def _row(self, reading: StoreReading) -> QWidget:
        widget = QWidget()
        row = QHBoxLayout(widget)
        row.setContentsMargins(0, 0, 0, 0)
        sign = Sign(_MARKS.get(reading.status, Mark.BAD))
        row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(plain_label(name_of_place(reading), "heading", selectable=True))
        words.addWidget(plain_label(safe(reading.name), "muted", selectable=True))
        words.addWidget(plain_label(_outcome(reading), "muted"))
        row.addLayout(words, 1)
        if self._is_added(reading.name):
            remove = push_button(text("desktop.places.remove"))
            remove.setAccessibleName(f"{text('desktop.places.remove')} {name_of_place(reading)}")
            remove.clicked.connect(lambda: self.removed.emit(reading.name))
            row.addWidget(remove, 0, Qt.AlignmentFlag.AlignTop)
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
        from certhelper.stores.recognition import NothingToReadError, stores_in

        try:
            found = stores_in(path)
        except NothingToReadError as error:
            told = failures.told(error)
            self._say(texts.joined(told.message, told.cause, told.remedy))
            return
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

    def _say(self, problem: str) -> None:
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self.grow()


def _outcome(reading: StoreReading) -> str:
    if reading.status is not StoreStatus.OK:
        sentence = text(f"stores.{reading.reason}") if reading.reason else ""
        return f"{sentence} {reading.detail}".strip()
    outcome = text(
        "desktop.places.read",
        count=len(reading.installed),
        locked=len(reading.locked_entries),
    )
    return f"{outcome} {reading.detail}".strip()
