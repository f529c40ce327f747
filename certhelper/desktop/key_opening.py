"""Asks for the secret of a locked key before its log-on, and hands it to the log-on's child.

Nothing typed here is held: one press is one secret, given to one child, which tries it once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from certhelper.desktop.selection import Facts
from certhelper.logon.secret_wanted import SecretWanted
from certhelper.qt import background
from certhelper.secret import Secret
from certhelper.stores.base import Installed, TriesLeft

if TYPE_CHECKING:
    from certhelper.desktop.key_secret_dialog import KeySecretDialog

Look = Callable[[Installed], TriesLeft | None]
"""How many tries a certificate's token has left now; None where it cannot be told."""


class KeyOpening(QObject):
    """One secret on its way; ``given_up``: the person closed the dialog while it was tried."""

    given_up = Signal()

    def __init__(self, dialog: KeySecretDialog) -> None:
        super().__init__(dialog.parentWidget())
        self.secret: Secret | None = dialog.take()
        self.is_last_try = dialog.is_last_try
        self._dialog: KeySecretDialog | None = dialog
        dialog.wait()
        dialog.finished.connect(self._closed)

    def finish(self) -> None:
        """It was tried, well or badly: the dialog goes."""
        dialog, self._dialog = self._dialog, None
        if dialog is not None:
            dialog.accept()
        self.deleteLater()

    def _closed(self) -> None:
        if self._dialog is not None:
            self._dialog = None
            self.given_up.emit()


class KeyOpenings(QObject):
    """Asks for the secrets of locked keys, one at a time."""

    def __init__(self, window: QWidget, look: Look | None = None) -> None:
        super().__init__(window)
        self._window = window
        self._look = look or tries_now
        self._dialog: KeySecretDialog | None = None
        self._installed: Installed | None = None

    def ask(
        self,
        installed: Installed,
        needed: SecretWanted,
        certificate: Facts,
        go_on: Callable[[KeyOpening], None],
    ) -> None:
        """Ask for what ``needed`` says; ``go_on`` is called when it was typed."""
        from certhelper.desktop.key_secret_dialog import KeySecretDialog

        dialog = KeySecretDialog(needed, certificate, self._window)
        dialog.entered.connect(lambda: go_on(KeyOpening(dialog)))
        dialog.finished.connect(self._closed)
        self._dialog, self._installed = dialog, installed
        if needed.token is not None:
            work = partial(self._look_at, dialog, installed)
            background.start("look at the token", work)
        dialog.open()

    def asks_for(self, sha256: str) -> bool:
        """Whether the dialog is open for this certificate."""
        installed = self._installed if self._dialog is not None else None
        return installed is not None and installed.certificate.sha256 == sha256

    @property
    def waiting(self) -> Installed | None:
        """The certificate whose secret is being typed: once it is tried, the child will tell."""
        is_typed = self._dialog is not None and not self._dialog.is_waiting
        return self._installed if is_typed else None

    def close(self) -> None:
        """Put the dialog away, with what was typed."""
        if self._dialog is not None:
            self._dialog.reject()

    def _closed(self) -> None:
        self._dialog = None

    def _look_at(self, dialog: KeySecretDialog, installed: Installed) -> None:
        """In a thread: the list may be minutes old, and another program may have tried a PIN."""
        tries = self._look(installed)
        background.deliver(self, partial(self._show_tries, dialog, tries))

    def _show_tries(self, dialog: KeySecretDialog, tries: TriesLeft | None) -> None:
        if tries is not None and dialog is self._dialog:
            dialog.show_tries(tries)


def tries_now(installed: Installed) -> TriesLeft | None:
    """Read the token's module once more (in a child process, without a PIN)."""
    from certhelper.stores import registry

    for one in registry.open_store(installed.store).read().installed:
        if one.token is not None and one.certificate.sha256 == installed.certificate.sha256:
            return one.token.tries
    return None
