"""The person's wishes, and what else is to be there again at the next start."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from certhelper.desktop.logons import ChosenRow
from certhelper.look import theme
from certhelper.settings import LastUsed, Settings, SettingsFile, TextSize, UpdateCheck


class Wishes(QObject):
    """Each method keeps one of them.  ``not_kept`` says why that could not be written down.

    A wish holds until the program ends in any case.
    """

    not_kept = Signal(str)

    def __init__(self, file: SettingsFile, parent: QObject) -> None:
        super().__init__(parent)
        self._file = file

    @property
    def now(self) -> Settings:
        return self._file.settings

    @property
    def problem(self) -> str | None:
        """Why the file could not be read, if it could not."""
        return self._file.problem

    def read_again(self) -> None:
        """Take over what a session's window or another window of this program has kept."""
        self._file.read_again()
        theme.current().set_text_size(self.now.text_size)

    def keep_text_size(self, size: TextSize) -> None:
        theme.current().set_text_size(size)
        self._keep(lambda kept: setattr(kept, "text_size", size))

    def keep_certificate(self, bank_id: str, row: ChosenRow) -> None:
        installed = row.judged.installed
        used = LastUsed(installed.certificate.sha256, installed.store)
        self._keep(lambda kept: kept.last_used.update({bank_id: used}))

    def keep_settings(self, change: Callable[[Settings], None]) -> None:
        """Keep what the settings window has brought; the text size counts at once."""
        self._keep(change)
        theme.current().set_text_size(self.now.text_size)

    def keep_shuffle(self, on: bool) -> None:
        self._keep(lambda kept: setattr(kept, "shuffle_digits", on))

    def keep_check(self, outcome: UpdateCheck) -> None:
        self._keep(lambda kept: setattr(kept, "update_check", outcome))

    def keep_stores(self, added: list[str]) -> None:
        self._keep(lambda kept: setattr(kept, "added_stores", added))

    def _keep(self, change: Callable[[Settings], None]) -> None:
        try:
            self._file.change(change)
        except OSError as error:
            self.not_kept.emit(error.strerror or str(error))
