"""From the card that was pressed to the pad: what has to be asked before a log-on starts."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from certhelper.desktop.bank_choice import BankChoice
from certhelper.desktop.key_opening import KeyOpening, KeyOpenings
from certhelper.desktop.logons import ChosenRow, Logons
from certhelper.desktop.remote_support import RemoteSupport
from certhelper.desktop.selection import certificate_facts, describe
from certhelper.desktop.wishes import Wishes
from certhelper.logon import secret_wanted
from certhelper.texts import text


class LogOnCourse(QObject):
    """Every question opens over ``window``; whoever dismisses one has not begun anything."""

    def __init__(
        self,
        window: QWidget,
        banks: BankChoice,
        wishes: Wishes,
        logons: Logons,
        keys: KeyOpenings,
        remote: RemoteSupport,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._banks = banks
        self._wishes = wishes
        self._logons = logons
        self._keys = keys
        self._remote = remote

    def begin(self, row: ChosenRow) -> None:
        """Log on with this certificate, unless something stands against it."""
        selection = describe(row)
        if selection.obstacle:
            return
        if self._remote.is_on:
            self._remote.ask_to_end(lambda: self.begin(row))
            return
        if self._banks.needs_address:
            self._banks.ask_address(lambda: self.begin(row))
        elif selection.asks_about_administrator:
            self._ask_first(row, "administrator")
        else:
            self._begin_another(row)

    def _begin_another(self, row: ChosenRow) -> None:
        if self._logons.is_open(row):
            self._ask_first(row, "open-already")
        else:
            self._open_key(row)

    def _ask_first(self, row: ChosenRow, about: str) -> None:
        from certhelper.desktop.dialogs import ask

        box = ask(
            self._window,
            text(f"desktop.ask.{about}-title"),
            text(f"desktop.ask.{about}"),
            text(f"desktop.ask.{about}-go-on"),
        )
        go_on = self._begin_another if about == "administrator" else self._open_key
        box.accepted.connect(lambda: go_on(row))
        box.open()

    def _open_key(self, row: ChosenRow) -> None:
        needed = secret_wanted.wanted(row.judged.installed)
        if needed is None:
            self._start(row, None)
            return
        go_on = partial(self._start, row)
        self._keys.ask(row.judged.installed, needed, certificate_facts(row.judged), go_on)

    def _start(self, row: ChosenRow, opening: KeyOpening | None) -> None:
        shuffle = self._wishes.now.shuffle_digits
        self._logons.start(row, self._banks.bank, shuffle=shuffle, opening=opening)
