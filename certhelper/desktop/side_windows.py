"""What opens beside the list and decides nothing: details, and about this program."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from certhelper import __version__, banks
from certhelper.bank import Bank
from certhelper.desktop.details import details_of
from certhelper.desktop.dialogs import AboutDialog, DetailsDialog
from certhelper.desktop.rows import CertificateRow, HolderRow, Row
from certhelper.desktop.selection import Facts
from certhelper.texts import text


class SideWindows:
    """Opens them over ``window``."""

    def __init__(self, window: QWidget) -> None:
        self._window = window

    def show_details(self, row: Row) -> None:
        if isinstance(row, HolderRow | CertificateRow):
            facts = details_of(row.judged, row.copies, row.names)
            DetailsDialog(facts, self._window).open()

    def show_about(self, bank: Bank, of_the_program: Facts) -> None:
        facts = (
            (text("desktop.about.version"), __version__),
            *of_the_program,
            (text("desktop.about.bank"), bank.name),
            (text("desktop.about.profile"), str(bank.source)),
            (text("desktop.about.hosts"), banks.hosts(bank)),
        )
        AboutDialog(facts, self._window).open()
