"""What opens beside the list and decides nothing: details, the own browser, and about this."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from certhelper import __version__, banks, failures
from certhelper.bank import Bank
from certhelper.desktop.details import details_of
from certhelper.desktop.dialogs import AboutDialog, BrowserDialog, DetailsDialog
from certhelper.desktop.rows import Row
from certhelper.desktop.selection import Facts, describe, picking_facts
from certhelper.failures import FailedError
from certhelper.texts import text

OpenAddress = Callable[[str], bool]


def open_in_browser(address: str) -> bool:
    """Open an address in the person's own browser; ``False`` when there is none."""
    return QDesktopServices.openUrl(QUrl(address))


class SideWindows:
    """Opens them over ``window``; ``open_address`` is how an address gets into a browser."""

    def __init__(self, window: QWidget, open_address: OpenAddress) -> None:
        self._window = window
        self._open_address = open_address

    def show_details(self, row: Row) -> None:
        judged = describe(row).judged
        if judged is not None:
            DetailsDialog(details_of(judged), self._window).open()

    def offer_browser(self, row: Row | None, address: str) -> None:
        """Offer the bank's log-on page in the own browser, with what to pick there."""
        judged = describe(row).judged
        dialog = BrowserDialog(picking_facts(judged) if judged else (), address, self._window)

        def go() -> None:
            problem = self.go_to(address)
            if problem:
                dialog.show_problem(problem)
            else:
                dialog.accept()

        dialog.open_wanted.connect(go)
        dialog.open()

    def go_to(self, address: str) -> str:
        """Open one of the bank's pages; return what is to be said when that does not work."""
        if self._open_address(address):
            return ""
        return failures.told(FailedError("browser-not-opened", address=address)).sentence()

    def show_about(self, bank: Bank, of_the_program: Facts) -> None:
        facts = (
            (text("desktop.about.version"), __version__),
            *of_the_program,
            (text("desktop.about.bank"), bank.name),
            (text("desktop.about.profile"), str(bank.source)),
            (text("desktop.about.hosts"), banks.hosts(bank)),
        )
        AboutDialog(facts, self._window).open()
