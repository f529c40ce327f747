"""Asks for the secret that opens a key on this PC, such as a token's PIN.

It looks unlike the pad for the bank's 利用者暗証番号 in every way: another frame, another title, no
keys to click; and it says that what is typed here stays on this PC.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from certhelper.desktop.dialogs import ask
from certhelper.desktop.facts_view import FactsView
from certhelper.desktop.secret_dialog import SecretDialog
from certhelper.desktop.selection import Facts
from certhelper.logon.secret_wanted import SecretKind, SecretWanted
from certhelper.look.widgets import plain_label, push_button, set_look
from certhelper.secret import Secret
from certhelper.stores.base import TriesLeft
from certhelper.texts import text

_LOOKS = {TriesLeft.LOW: "caution", TriesLeft.LAST: "bad", TriesLeft.NONE: "bad"}


class KeySecretDialog(SecretDialog):
    """``entered`` is sent once a press; then :meth:`take` hands the secret over.

    The dialog stays, and takes no other, until it is closed.  ``is_last_try``: the person was
    asked, and insists on the token's last one.
    """

    entered = Signal()

    def __init__(
        self, needed: SecretWanted, certificate: Facts, parent: QWidget | None = None
    ) -> None:
        """``certificate`` says whose certificate the key belongs to."""
        self._area_name = f"secrets.{needed.kind.value}"
        title, name = (text(f"{self._area_name}.{part}") for part in ("title", "name"))
        pastes = needed.kind is not SecretKind.TOKEN_PIN
        super().__init__(parent, title, name, pastes=pastes)
        self._needed = needed
        self._tries = needed.tries
        self._is_waiting = False
        self.is_last_try = False
        self.column.addWidget(self._frame())
        self._tries_label = plain_label()
        self.column.addWidget(self._tries_label)
        view = FactsView()
        view.show_facts([(text(f"{self._area_name}.of"), needed.where), *certificate])
        self.column.addWidget(view)
        self.entry.changed.connect(self._settle)
        self._state = plain_label(look="muted")
        self._build_entry()
        self._settle()
        self.entry.setFocus()

    def take(self) -> Secret | None:
        """Hand the secret over, which the caller must wipe; None where the reader takes it."""
        return None if self._needed.is_typed_on_reader else self.entry.take()

    def show_tries(self, tries: TriesLeft) -> None:
        """Tell what the token says now."""
        self._tries = tries
        self._settle()
        self.fit()

    @property
    def is_waiting(self) -> bool:
        """Whether the secret was handed over and is being tried."""
        return self._is_waiting

    def wait(self) -> None:
        """Say that the key is being opened, which takes a moment."""
        self._is_waiting = True
        on_reader = self._needed.is_typed_on_reader
        facts = {"token": self._needed.where}
        waiting = "secrets.on-reader" if on_reader else f"{self._area_name}.trying"
        self._settle()
        self._state.setText(text(waiting, **facts))

    def _frame(self) -> QFrame:
        frame = QFrame()
        frame.setProperty("look", "own-secret")
        column = QVBoxLayout(frame)
        column.addWidget(plain_label(text(f"{self._area_name}.meaning"), "heading"))
        column.addWidget(plain_label(text("secrets.stays-here")))
        return frame

    def _build_entry(self) -> None:
        clear = push_button(text("pad.clear"))
        clear.clicked.connect(self.entry.clear)
        typed_here = not self._needed.is_typed_on_reader
        if typed_here:
            self.column.addWidget(plain_label(text(f"{self._area_name}.name"), "heading"))
            self.column.addWidget(self.entry)
        self.add_footer(self._state)
        self.open_button = push_button(text("secrets.open"), "primary")
        self.open_button.clicked.connect(self.press_enter)
        close = self.close_button(text("desktop.details.close"))
        self.add_buttons(*([clear] if typed_here else []), close, self.open_button)
        clear.setVisible(typed_here)

    def _settle(self) -> None:
        typed = self._needed.is_typed_on_reader or self.entry.count > 0
        can_try = self._tries is not TriesLeft.NONE
        self.open_button.setEnabled(typed and can_try and not self._is_waiting)
        self.entry.setEnabled(can_try and not self._is_waiting)
        if not self._is_waiting:
            on_reader = self._needed.is_typed_on_reader
            self._state.setText(
                text("secrets.reader-hint") if on_reader else self.entry.accessibleDescription()
            )
        self._tries_label.setVisible(self._tries is not TriesLeft.PLENTY)
        self._tries_label.setText(text(f"secrets.tries.{self._tries.value}"))
        set_look(self._tries_label, _LOOKS.get(self._tries, ""))

    def press_enter(self) -> None:
        if not self.open_button.isEnabled():
            return
        if self._tries is not TriesLeft.LAST:
            self.entered.emit()
            return
        box = ask(
            self,
            text("secrets.last-try-title"),
            text("secrets.last-try", token=self._needed.where),
            text("secrets.last-try-go-on"),
        )
        box.accepted.connect(self._insist)
        box.open()

    def _insist(self) -> None:
        self.is_last_try = True
        self.entered.emit()
