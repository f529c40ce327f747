"""What the child of a log-on is told and given, from the card that was chosen."""

from __future__ import annotations

from PySide6.QtCore import QObject

from certhelper.bank import Bank
from certhelper.desktop.bank_choice import BankChoice
from certhelper.desktop.key_opening import KeyOpening
from certhelper.desktop.logons import ChosenRow
from certhelper.desktop.passphrases_held import HeldPassphrases
from certhelper.desktop.session_process import SessionProcess, logon_command


class SessionMaker:
    """The children belong to ``parent``; ``held`` are the passphrases that were typed before."""

    def __init__(self, banks: BankChoice, held: HeldPassphrases, parent: QObject) -> None:
        self._banks = banks
        self._held = held
        self._parent = parent

    def make(self, row: ChosenRow, bank: Bank, opening: KeyOpening | None) -> SessionProcess:
        """Return the child, not yet started; a secret of ``opening`` is given to it alone."""
        installed = row.judged.installed
        command = logon_command(
            installed.store,
            installed.certificate.sha256,
            self._banks.command_line,
            pin=bank.pin.entry != "page",
            last_try=opening is not None and opening.is_last_try,
        )
        if opening is not None:
            return SessionProcess(command, opening.secret, self._parent, once=True)
        return SessionProcess(command, self._held.find(installed.store), self._parent)
