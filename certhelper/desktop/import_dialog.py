"""The dialog of an import: the file's passphrase, what is inside, the end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from certhelper.desktop.facts_view import FactsView, note
from certhelper.desktop.import_words import item_facts, item_mark, item_words, target_words
from certhelper.desktop.rows import Mark
from certhelper.desktop.secret_field import SecretField
from certhelper.desktop.store_change_dialog import StoreChangeDialog
from certhelper.installing.importing import Item, Preview
from certhelper.look.widgets import plain_label, rule
from certhelper.safe_text import safe
from certhelper.secret import Secret
from certhelper.texts import text

Places = Sequence[tuple[str, str]]
"""Where it can be imported to: what ``--store`` takes, and its name."""


class ImportDialog(StoreChangeDialog):
    """``target_chosen`` carries the store that the person wants it in, as ``--store`` takes it."""

    target_chosen = Signal(str)

    def __init__(self, file: Path, parent: QWidget | None = None) -> None:
        super().__init__(text("installing.window.import-title"), parent)
        self._file = safe(str(file))
        self._passphrase: SecretField | None = None
        self._password: SecretField | None = None
        self.places: QComboBox | None = None

    def begin_step(self) -> None:
        super().begin_step()
        self._passphrase = self._password = self.places = None

    @property
    def asks_passphrase(self) -> bool:
        return self._passphrase is not None

    def ask_passphrase(self) -> None:
        """The first step of a file that is protected."""
        self.begin_step()
        self.contents.addWidget(plain_label(text("desktop.passphrase.which")))
        self._show_file()
        name = text("desktop.passphrase.entry")
        self._passphrase = self.add_field(SecretField(name))
        self.go_button.setText(text("desktop.passphrase.open"))
        self.settle()
        self._passphrase.setFocus()
        self.fit()

    def take_passphrase(self) -> Secret | None:
        """Hand the file's passphrase over; the caller must wipe it."""
        return self._passphrase.take() if self._passphrase is not None else None

    def take_password(self) -> Secret | None:
        """Hand the database's password over; None where it has none."""
        return self._password.take() if self._password is not None else None

    def show_preview(self, preview: Preview, places: Places) -> None:
        """Show what is inside, and what would be done with it."""
        self.begin_step()
        self._show_file()
        self._show_target(preview, places)
        if not preview.changes:
            self.contents.addWidget(note(Mark.NEUTRAL, text("installing.end.nothing")))
        if preview.changes and preview.needs_password:
            name = text("secrets.database-password.name")
            meaning = text("secrets.database-password.meaning")
            self._password = self.add_field(SecretField(name, meaning))
        for item in preview.items:
            self.contents.addWidget(rule())
            self._show_item(item)
        if not preview.changes:
            self.show_only_closing()
            return
        self.go_button.setText(text("installing.window.import"))
        self.settle()
        (self._password or self._area).setFocus()
        self.fit()

    def _show_file(self) -> None:
        view = FactsView()
        view.show_facts([(text("desktop.fact.file"), self._file)])
        self.contents.addWidget(view)

    def _show_target(self, preview: Preview, places: Places) -> None:
        self.contents.addWidget(plain_label(text("installing.window.target"), "muted"))
        names = dict(places)
        if len(places) > 1:
            self.places = QComboBox()
            self.places.setAccessibleName(text("installing.window.target"))
            for store, name in places:
                self.places.addItem(name, store)
            self.places.setCurrentIndex(max(0, self.places.findData(preview.store_name)))
            self.places.activated.connect(self._place_activated)
            self.contents.addWidget(self.places)
        else:
            known = names.get(preview.store_name, safe(preview.store_name))
            self.contents.addWidget(plain_label(known, "heading"))
        for words in target_words(preview):
            self.contents.addWidget(note(Mark.NEUTRAL, words))

    def _place_activated(self, number: int) -> None:
        if self.places is not None:
            self.target_chosen.emit(self.places.itemData(number))

    def _show_item(self, item: Item) -> None:
        first, *others = item_words(item)
        self.contents.addWidget(note(item_mark(item), first))
        for words in others:
            self.contents.addWidget(note(Mark.CAUTION, words))
        view = FactsView()
        view.show_facts(item_facts(item))
        self.contents.addWidget(view)
