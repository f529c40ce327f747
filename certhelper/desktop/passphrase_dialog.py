"""Asks for the passphrase of a certificate file."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from certhelper.desktop.facts_view import FactsView
from certhelper.desktop.secret_dialog import SecretDialog
from certhelper.look.widgets import plain_label, push_button
from certhelper.secret import Secret
from certhelper.texts import text


class PassphraseDialog(SecretDialog):
    """Asks for the passphrase of one certificate file, by name.

    ``entered`` is sent with :meth:`take` holding it; the dialog stays open until it is told
    whether the passphrase was right.
    """

    entered = Signal()

    def __init__(self, file: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, text("desktop.passphrase.title"), text("desktop.passphrase.entry"))
        self.column.addWidget(plain_label(text("desktop.passphrase.which")))
        view = FactsView()
        view.show_facts([(text("desktop.fact.file"), file)])
        self.column.addWidget(view)
        self.entry.changed.connect(self._count_changed)
        self.column.addWidget(plain_label(text("desktop.passphrase.entry"), "heading"))
        self.column.addWidget(self.entry)
        self._count = plain_label(look="muted")
        self.column.addWidget(self._count)
        self.remember_choice = QCheckBox(text("desktop.passphrase.remember"))
        self.remember_choice.setEnabled(False)
        self.column.addWidget(self.remember_choice)
        self._remember_hint = plain_label(text("desktop.passphrase.looking"), "muted")
        self.column.addWidget(self._remember_hint)
        self._problem = plain_label(look="bad")
        self._problem.hide()
        self.column.addWidget(self._problem)
        clear = push_button(text("pad.clear"))
        clear.clicked.connect(self.entry.clear)
        self.open_button = push_button(text("desktop.passphrase.open"), "primary")
        self.open_button.clicked.connect(self.press_enter)
        self.add_buttons(clear, self.close_button(text("desktop.details.close")), self.open_button)
        self._count_changed(0)
        self.entry.setFocus()

    def take(self) -> Secret:
        """Hand the passphrase over; the caller must wipe it."""
        return self.entry.take()

    def offer_remembering(self, obstacle: str) -> None:
        """``obstacle`` says why this PC cannot remember it; empty when it can."""
        self.remember_choice.setEnabled(not obstacle)
        self._remember_hint.setText(obstacle or text("desktop.passphrase.remember-hint"))

    def wait(self) -> None:
        """Say that the file is being opened, which takes a moment."""
        self.open_button.setEnabled(False)
        self._problem.hide()
        self._count.setText(text("desktop.passphrase.trying"))

    def show_problem(self, words: str) -> None:
        """Say why it did not open, and let the person try again."""
        self._count_changed(self.entry.count)
        self._problem.setText(words)
        self._problem.show()
        self.entry.setFocus()

    def _count_changed(self, count: int) -> None:
        self.open_button.setEnabled(count > 0)
        self._count.setText(self.entry.accessibleDescription())

    def press_enter(self) -> None:
        if self.open_button.isEnabled():
            self.entered.emit()
