"""What opens beside the list and decides nothing: details, the self test, about this program.

The dialogs are loaded when they are asked for: they would keep the list waiting.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QWidget

from certhelper import __version__, banks
from certhelper.bank import Bank
from certhelper.desktop.rows import CertificateRow, HolderRow, Row
from certhelper.desktop.selection import Facts
from certhelper.standing import Judged
from certhelper.texts import text

FoundOut = Callable[[Judged], Facts]
"""Tells what is known of a certificate beyond its store."""


class SideWindows:
    """Opens them over ``window``."""

    def __init__(self, window: QWidget) -> None:
        self._window = window

    def show_details(
        self,
        row: Row,
        found_out: FoundOut,
        changed: SignalInstance,
        remove: Callable[[Row], None],
    ) -> None:
        """Show all of a certificate; what is found out meanwhile is added when ``changed`` says.

        ``remove`` is called for the row when the person wants it removed.
        """
        from certhelper.desktop.details import details_of
        from certhelper.desktop.dialogs import DetailsDialog

        if isinstance(row, HolderRow | CertificateRow):

            def facts() -> Facts:
                return details_of(row.judged, row.copies, row.names, found_out(row.judged))

            dialog = DetailsDialog(facts(), self._window)
            told = changed.connect(lambda: dialog.show_facts(facts()))
            dialog.finished.connect(lambda: changed.disconnect(told))
            dialog.remove_wanted.connect(lambda: remove(row))
            dialog.open()

    def show_self_test(self) -> None:
        from certhelper.desktop.self_test import open_self_test

        open_self_test(self._window)

    def show_about(self, bank: Bank, of_the_program: Facts) -> None:
        from certhelper.desktop.dialogs import AboutDialog

        facts = (
            (text("desktop.about.version"), __version__),
            *of_the_program,
            (text("desktop.about.bank"), bank.name),
            (text("desktop.about.profile"), str(bank.source)),
            (text("desktop.about.hosts"), banks.hosts(bank)),
        )
        AboutDialog(facts, self._window).open()
