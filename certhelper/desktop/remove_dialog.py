"""The dialog of a removal: what depends on the certificate, the backup, the question, the end."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QCheckBox, QFileDialog, QHBoxLayout, QWidget

from certhelper.desktop.facts_view import FactsView, note
from certhelper.desktop.rows import Mark
from certhelper.desktop.secret_field import SecretField
from certhelper.desktop.selection import Facts
from certhelper.desktop.store_change_dialog import StoreChangeDialog
from certhelper.installing.removing import Removal, Weight
from certhelper.look.widgets import plain_label, push_button, rule
from certhelper.safe_text import safe
from certhelper.secret import Secret
from certhelper.texts import text

_MARKS = {Weight.GRAVE: Mark.BAD, Weight.MIND: Mark.CAUTION, Weight.CALM: Mark.NEUTRAL}


class RemoveDialog(StoreChangeDialog):
    """The safe answer, やめる, has the focus."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(text("installing.window.remove-title"), parent)
        self.backup_choice: QCheckBox | None = None
        self.backup_file: Path | None = None
        self.first: SecretField | None = None
        self.again: SecretField | None = None
        self.password: SecretField | None = None

    def begin_step(self) -> None:
        super().begin_step()
        self.backup_choice = self.first = self.again = self.password = None

    def show_removal(self, removal: Removal, name: str, certificate: Facts, file: Path) -> None:
        """Show whose certificate it is and what depends on it; ``file`` is a name for a backup.

        ``name`` is what the person knows it by.  All that ``certificate`` tells stands at the end:
        what is to be decided comes first.
        """
        self.begin_step()
        self.contents.addWidget(plain_label(name, "heading", selectable=True))
        for one in removal.depends:
            self.contents.addWidget(note(_MARKS[one.weight], one.message()))
        if removal.can_back_up:
            self.contents.addWidget(rule())
            self._add_backup(file)
        if removal.needs_password:
            self.contents.addWidget(rule())
            name = text("secrets.database-password.name")
            meaning = text("secrets.database-password.meaning")
            self.password = self.add_field(SecretField(name, meaning))
        self.contents.addWidget(rule())
        view = FactsView()
        view.show_facts(certificate)
        self.contents.addWidget(view)
        self.go_button.setText(text("installing.window.remove"))
        self.settle()
        self.cancel_button.setFocus()
        self.fit()

    @property
    def wants_backup(self) -> bool:
        return self.backup_choice is not None and self.backup_choice.isChecked()

    def take_backup_secrets(self) -> tuple[Secret, Secret]:
        """Hand over the passphrase and its repetition; the caller must wipe them."""
        assert self.first is not None
        assert self.again is not None
        return self.first.take(), self.again.take()

    def take_password(self) -> Secret | None:
        """Hand the database's password over; None where it has none."""
        return self.password.take() if self.password is not None else None

    def _add_backup(self, file: Path) -> None:
        self.backup_file = self.backup_file or file
        choice = QCheckBox(text("installing.window.backup"))
        choice.setChecked(True)
        choice.toggled.connect(self._settle_backup)
        self.backup_choice = choice
        self.contents.addWidget(choice)
        self._place = QWidget()
        row = QHBoxLayout(self._place)
        row.setContentsMargins(0, 0, 0, 0)
        self._place_label = plain_label(safe(str(self.backup_file)), selectable=True)
        row.addWidget(self._place_label, 1)
        change = push_button(text("installing.window.choose-file"))
        change.clicked.connect(self._choose_file)
        row.addWidget(change)
        self.contents.addWidget(self._place)
        meaning = text("installing.window.backup-passphrase-meaning")
        self.first = self.add_field(
            SecretField(text("installing.window.backup-passphrase"), meaning)
        )
        self.again = self.add_field(SecretField(text("installing.window.backup-again")))

    def _settle_backup(self) -> None:
        self._place.setVisible(self.wants_backup)
        for field in (self.first, self.again):
            if field is not None:
                field.want(is_wanted=self.wants_backup)
        self.settle()
        self.fit()

    def _choose_file(self) -> None:
        picked, _ = QFileDialog.getSaveFileName(
            self,
            text("installing.window.backup"),
            str(self.backup_file),
            text("installing.window.file-kinds"),
            options=QFileDialog.Option.DontConfirmOverwrite,  # none is ever overwritten
        )
        if picked:
            path = Path(picked)
            self.backup_file = path if path.suffix else path.with_suffix(".p12")
            self._place_label.setText(safe(str(self.backup_file)))
