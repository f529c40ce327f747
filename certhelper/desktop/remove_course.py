"""A removal in the window: what depends on it first; the work is done off the window's thread."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from certhelper.desktop.place_names import PlaceNames
from certhelper.desktop.remove_dialog import RemoveDialog
from certhelper.desktop.rows import CertificateRow, HolderRow, Mark, Row
from certhelper.desktop.selection import Facts, all_facts, short_name
from certhelper.desktop.store_change_dialog import own_fault
from certhelper.failures import FailedError, told
from certhelper.installing import removing, targets
from certhelper.installing.backup import Backup
from certhelper.installing.removing import Removal
from certhelper.listing import Listing
from certhelper.qt import background
from certhelper.safe_text import safe
from certhelper.secret import Secret
from certhelper.stores import registry
from certhelper.stores.base import Installed
from certhelper.texts import text

_TRY_AGAIN = (
    *("store-password-needed", "database-password-wrong"),
    *("backup-exists", "backup-folder-missing", "backup-not-written"),
    "backup-passphrase-needed",
)
_SHOWN_OF_FINGERPRINT = 8  # hex digits

IsInUse = Callable[[HolderRow | CertificateRow], bool]


class Removing(QObject):
    """Opens the dialog for a row of the list; ``removed`` is sent when a store has changed."""

    removed = Signal()

    def __init__(
        self, window: QWidget, listing: Callable[[], Listing | None], is_in_use: IsInUse
    ) -> None:
        super().__init__(window)
        self._window = window
        self._listing = listing
        self._is_in_use = is_in_use

    def ask(self, row: Row | None) -> _Remove | None:
        """Show what depends on the row's certificate, in the place that is chosen for it."""
        listing = self._listing()
        if not isinstance(row, HolderRow | CertificateRow) or listing is None:
            dialog = RemoveDialog(self._window)
            dialog.show_end(Mark.NEUTRAL, text("installing.window.choose-first"))
            dialog.open()
            return None
        refusal = None
        if self._is_in_use(row):
            refusal = FailedError("certificate-in-use")
        name = short_name(row.judged)
        facts = (
            *all_facts(row.judged, listing.at),
            (
                text("installing.window.place"),
                PlaceNames(listing.readings).of(row.judged.installed),
            ),
        )
        return _Remove(self, row.judged.installed, name, facts, listing, self._window, refusal)


class _Remove(QObject):
    """One certificate on its way out; it goes with its dialog."""

    def __init__(
        self,
        parent: Removing,
        installed: Installed,
        name: str,
        facts: Facts,
        listing: Listing,
        window: QWidget,
        refusal: FailedError | None,
    ) -> None:
        super().__init__(parent)
        self._owner = parent
        self._installed = installed
        self._name = name
        self._facts = facts
        self._removal: Removal | None = None
        self.dialog = RemoveDialog(window)
        self.dialog.wanted.connect(self._go_on)
        self.dialog.finished.connect(self.deleteLater)
        if refusal is not None:
            self.dialog.show_failure(refusal)
        else:
            self.dialog.show_progress(text("installing.window.looking-up"))
            background.start("look what depends", partial(self._look, listing))
        self.dialog.open()

    def _look(self, listing: Listing) -> None:
        """In a thread: the store is read once more."""
        store = self._installed.store
        try:
            target = targets.to_remove_from(registry.open_store(store))
            sha256 = self._installed.certificate.sha256
            removal = removing.look(sha256, store, target, listing)
        except FailedError as error:
            background.deliver(self, partial(self.dialog.show_failure, error))
        except Exception as error:  # noqa: BLE001  # told: the dialog must not wait for ever
            background.deliver(self, partial(self.dialog.show_failure, own_fault(error)))
        else:
            background.deliver(self, partial(self._show, removal))

    def _show(self, removal: Removal) -> None:
        self._removal = removal
        self.dialog.show_removal(removal, self._name, self._facts, self._backup_name())

    def _backup_name(self) -> Path:
        """A name in the home folder that nothing has yet."""
        short = self._installed.certificate.sha256[:_SHOWN_OF_FINGERPRINT]
        folder = Path.home()
        names = (
            f"certificate-{short}{more}.p12" for more in ("", *map("-{}".format, range(2, 99)))
        )
        return next((folder / name for name in names if not (folder / name).exists()), folder)

    def _go_on(self) -> None:
        removal = self._removal
        if removal is None:
            return
        backup = None
        if self.dialog.wants_backup and self.dialog.backup_file is not None:
            first, again = self.dialog.take_backup_secrets()
            if not _are_same(first, again):
                first.wipe()
                self.dialog.show_problem(text("installing.window.not-same"))
                return
            backup = Backup(self.dialog.backup_file, first)
        password = self.dialog.take_password()
        self.dialog.show_progress(text("installing.window.removing"), changing=True)
        background.start("remove", partial(self._take_out, removal, password, backup))

    def _take_out(self, removal: Removal, password: Secret | None, backup: Backup | None) -> None:
        """In a thread.  Whatever comes of it, the dialog is told."""
        try:
            removing.take_out(removal, password, backup)
        except FailedError as error:
            background.deliver(self, partial(self._not_removed, error, removal))
        except Exception as error:  # noqa: BLE001  # as above
            background.deliver(self, partial(self._not_removed, own_fault(error), removal))
        else:
            file = backup.file if backup is not None else None
            background.deliver(self, partial(self._removed, file))
        finally:
            for secret in (password, backup.passphrase if backup is not None else None):
                if secret is not None:
                    secret.wipe()

    def _not_removed(self, error: FailedError, removal: Removal) -> None:
        if error.code not in _TRY_AGAIN:
            self.dialog.show_failure(error)
            return
        said = told(error)
        self.dialog.show_removal(removal, self._name, self._facts, self._backup_name())
        self.dialog.show_problem(f"{said.message} {said.remedy}")

    def _removed(self, file: Path | None) -> None:
        sentences = [text("installing.window.removed")]
        if file is not None:
            sentences.append(text("installing.window.backed-up", file=safe(str(file))))
        self.dialog.show_end(Mark.GOOD, *sentences)
        self._owner.removed.emit()


def _are_same(one: Secret, other: Secret) -> bool:
    with other, one.view() as first, other.view() as second:
        return hmac.compare_digest(first, second)
