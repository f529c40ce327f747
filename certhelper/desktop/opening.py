"""Opening a certificate file with its passphrase, off the window's thread."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from certhelper.desktop.passphrases_held import HeldPassphrases
from certhelper.desktop.reading import Reader
from certhelper.desktop.rows import LockedRow
from certhelper.qt import background
from certhelper.secret import Secret
from certhelper.stores.base import Store
from certhelper.texts import text

if TYPE_CHECKING:
    from certhelper.desktop.passphrase_dialog import PassphraseDialog

WRONG = "passphrase-wrong"


@runtime_checkable
class Unlockable(Protocol):
    """A store of files that a passphrase opens (see :mod:`certhelper.stores.pkcs12`)."""

    def unlock(self, passphrase: Secret, where: str | None = None) -> bool: ...


class FileOpening(QObject):
    """Asks, tries, and keeps the passphrase where the person wants it.

    ``opened`` is sent when a file can be read; ``not_remembered`` says why a passphrase was not
    kept (a code of stores.toml).
    """

    opened = Signal()
    not_remembered = Signal(str)

    def __init__(self, window: QWidget, reader: Reader, held: HeldPassphrases) -> None:
        super().__init__(window)
        self._window = window
        self._reader = reader
        self._held = held
        self._dialog: PassphraseDialog | None = None

    def ask(self, row: LockedRow) -> None:
        """Ask for the passphrase of the file behind ``row``."""
        from certhelper.desktop.passphrase_dialog import PassphraseDialog

        dialog = PassphraseDialog(row.entry.where, self._window)
        dialog.entered.connect(lambda: self._try(dialog, row))
        dialog.finished.connect(self._closed)
        self._dialog = dialog
        background.start("look for a keyring", partial(self._look_for_keyring, dialog))
        dialog.open()

    def _closed(self) -> None:
        self._dialog = None

    def _look_for_keyring(self, dialog: PassphraseDialog) -> None:
        """In a thread: the keyring is another program, which may be slow to answer."""
        from certhelper.stores import passphrases

        obstacle = passphrases.availability().reason or ""
        background.deliver(self, partial(self._offer_remembering, dialog, obstacle))

    def _offer_remembering(self, dialog: PassphraseDialog, obstacle: str) -> None:
        if dialog is self._dialog:
            dialog.offer_remembering(text(f"stores.{obstacle}") if obstacle else "")

    def _try(self, dialog: PassphraseDialog, row: LockedRow) -> None:
        remember = dialog.remember_choice.isChecked()
        passphrase = dialog.take()
        dialog.wait()
        stores = [store for store in self._reader.stores if isinstance(store, Unlockable)]
        work = partial(self._unlock, dialog, row, stores, passphrase, remember)
        background.start("open a file", work)

    def _unlock(
        self,
        dialog: PassphraseDialog,
        row: LockedRow,
        stores: Sequence[Store],
        passphrase: Secret,
        remember: bool,
    ) -> None:
        """In a thread: making the key from a passphrase is slow on purpose."""
        where = row.entry.where
        opened = [
            isinstance(store, Unlockable) and store.unlock(passphrase, where)
            for store in stores
            if f"{store.kind}:{store.where}" == row.store
        ]
        if not any(opened):
            passphrase.wipe()
            background.deliver(self, partial(self._finish, dialog, None, _why(stores, row)))
            return
        problem = _remember(where, passphrase) if remember else ""
        self._held.hold(f"pkcs12:{where}", passphrase)
        background.deliver(self, partial(self._finish, dialog, row, problem))

    def _finish(self, dialog: PassphraseDialog, row: LockedRow | None, problem: str) -> None:
        if row is None:
            if dialog is self._dialog:
                dialog.show_problem(text(f"stores.{problem}"))
            return
        if dialog is self._dialog:
            dialog.accept()
        if problem:
            self.not_remembered.emit(problem)
        self.opened.emit()


def _why(stores: Sequence[Store], row: LockedRow) -> str:
    """Return why a file did not open: a code of stores.toml.  The store knows it without a look."""
    reasons = (
        entry.reason
        for store in stores
        if f"{store.kind}:{store.where}" == row.store
        for entry in store.read().locked_entries
        if entry.where == row.entry.where
    )
    return next(reasons, WRONG)


def _remember(where: str, passphrase: Secret) -> str:
    """Keep it in the OS's keyring; return the code of why it was not kept, or nothing."""
    from certhelper.stores import passphrases

    try:
        fingerprint = passphrases.fingerprint(Path(where).read_bytes())
        passphrases.remember(fingerprint, passphrase)
    except passphrases.KeyringRefusedError as error:
        return error.code
    except OSError:
        return "file-unreadable"
    return ""
