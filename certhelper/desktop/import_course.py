"""An import in the window, from the file to the list: the work is done off the window's thread."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from certhelper.bank import Bank
from certhelper.desktop.import_dialog import ImportDialog
from certhelper.desktop.place_names import name_of_place
from certhelper.desktop.rows import Mark
from certhelper.desktop.store_change_dialog import own_fault
from certhelper.failures import FailedError, told
from certhelper.installing import importing, targets
from certhelper.installing.importing import Preview
from certhelper.listing import Listing
from certhelper.moment import now
from certhelper.qt import background
from certhelper.secret import Secret
from certhelper.texts import text

_TRY_AGAIN = ("passphrase-needed", "passphrase-wrong")
_PASSWORD = ("store-password-needed", "database-password-wrong")


class Importing(QObject):
    """Opens the dialog for a file.

    ``imported`` is sent when a store has changed, with the fingerprint of the (first) certificate
    that came in with its key; empty where only others of its chain did.
    """

    imported = Signal(str)

    def __init__(
        self, window: QWidget, bank: Callable[[], Bank], listing: Callable[[], Listing | None]
    ) -> None:
        super().__init__(window)
        self._window = window
        self._bank = bank
        self._listing = listing

    def pick(self) -> None:
        """Ask for a file."""
        picked, _ = QFileDialog.getOpenFileName(
            self._window,
            text("installing.window.import-title"),
            str(Path.home()),
            text("installing.window.file-kinds"),
        )
        if picked:
            self.open(Path(picked))

    def open(self, file: Path) -> _Import:
        """Look into a file and show what is inside."""
        return _Import(self, file, self._window, self._bank(), self._places())

    def _places(self) -> list[tuple[str, str]]:
        """The stores of the list that can be changed, with their names."""
        listing = self._listing()
        readings = listing.readings if listing else ()
        return [
            (one.name, name_of_place(one)) for one in readings if targets.is_changeable(one.name)
        ]


class _Import(QObject):
    """One file on its way; it goes with its dialog."""

    def __init__(
        self,
        parent: Importing,
        file: Path,
        window: QWidget,
        bank: Bank,
        places: list[tuple[str, str]],
    ) -> None:
        super().__init__(parent)
        self._owner = parent
        self._file = file
        self._bank = bank
        self._places = places
        self._store = places[0][0] if places else None
        self._passphrase: Secret | None = None
        self._preview: Preview | None = None
        self.dialog = ImportDialog(file, window)
        self.dialog.wanted.connect(self._go_on)
        self.dialog.target_chosen.connect(self._choose)
        self.dialog.finished.connect(self._closed)
        self._look(None)
        self.dialog.open()

    def _closed(self) -> None:
        if self._passphrase is not None:
            self._passphrase.wipe()
        self.deleteLater()

    def _go_on(self) -> None:
        if self.dialog.asks_passphrase:
            self._look(self.dialog.take_passphrase())
        elif self._preview is not None:
            password = self.dialog.take_password()
            self.dialog.show_progress(text("installing.window.importing"), changing=True)
            work = partial(self._bring_in, self._preview, self._passphrase, password)
            background.start("import", work)

    def _choose(self, store: str) -> None:
        self._store = store
        self._look(self._passphrase)

    def _look(self, passphrase: Secret | None) -> None:
        self.dialog.show_progress(text("installing.window.looking"))
        background.start("look into a file", partial(self._look_in_thread, passphrase, self._store))

    def _look_in_thread(self, passphrase: Secret | None, store: str | None) -> None:
        try:
            target = targets.to_import_into(store)
            preview = importing.look(self._file, target, self._bank, now(), passphrase)
        except FailedError as error:
            background.deliver(self, partial(self._not_looked, error, passphrase))
        except Exception as error:  # noqa: BLE001  # told: the dialog must not wait for ever
            failure = own_fault(error)
            background.deliver(self, partial(self._not_looked, failure, passphrase))
        else:
            background.deliver(self, partial(self._looked, preview, passphrase))

    def _looked(self, preview: Preview, passphrase: Secret | None) -> None:
        self._passphrase, self._preview = passphrase, preview
        self.dialog.show_preview(preview, self._places)

    def _not_looked(self, error: FailedError, passphrase: Secret | None) -> None:
        if passphrase is not None:
            passphrase.wipe()
        if error.code not in _TRY_AGAIN:
            self.dialog.show_failure(error)
            return
        self.dialog.ask_passphrase()
        if error.code != "passphrase-needed":
            self.dialog.show_problem(told(error).message)

    def _bring_in(
        self, preview: Preview, passphrase: Secret | None, password: Secret | None
    ) -> None:
        """In a thread.  Whatever comes of it, the dialog is told."""
        try:
            importing.bring_in(preview, passphrase, password)
        except FailedError as error:
            background.deliver(self, partial(self._not_imported, error, preview))
        except Exception as error:  # noqa: BLE001  # as above
            background.deliver(self, partial(self._not_imported, own_fault(error), preview))
        else:
            background.deliver(self, partial(self._imported, preview))
        finally:
            if password is not None:
                password.wipe()

    def _not_imported(self, error: FailedError, preview: Preview) -> None:
        if error.code in _PASSWORD:
            self.dialog.show_preview(preview, self._places)
            self.dialog.show_problem(told(error).message)
        else:
            self.dialog.show_failure(error)

    def _imported(self, preview: Preview) -> None:
        name = dict(self._places).get(preview.store_name, preview.store_name)
        own = [one.certificate.sha256 for one in preview.changes if one.has_key]
        sentences = [text("installing.end.imported", count=len(own), store=name)]
        if preview.makes_store:
            sentences.append(text("installing.end.store-made", store=name))
        if any(one.is_chain for one in preview.changes):
            sentences.append(text("installing.end.chain"))
        self.dialog.show_end(Mark.GOOD, *sentences)
        self._owner.imported.emit(own[0] if own else "")
