"""The PDFs of the window: each that the bank sends gets a tab, and is gone with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from certhelper.logon import file_names
from certhelper.logon.browser.file_dialogs import FileDialogs
from certhelper.logon.browser.pdf_tab import PdfTab
from certhelper.logon.browser.session import BrowserSession

if TYPE_CHECKING:
    from certhelper.logon.browser.printing import Printing
    from certhelper.logon.browser.window import SessionWindow


class PdfPages(QObject):
    """Shows what ``session.downloads.pdf_came`` brings, and previews of pages to be printed."""

    def __init__(self, window: SessionWindow, printing: Printing) -> None:
        super().__init__(window)
        self._window = window
        self._dialogs = FileDialogs(window.request)
        self._printing = printing
        self._tabs: list[PdfTab] = []
        printing.preview_made.connect(self.show)
        window.session_attached.connect(self._attach)
        window.tabs.turned.connect(self._turned)

    def show(self, name: str, octets: bytes) -> None:
        """Show a document in a tab of its own."""
        tab = PdfTab(name, octets)
        tab.save_wanted.connect(lambda: self.save(tab))
        tab.save_as_wanted.connect(lambda: self.save_as(tab))
        tab.print_wanted.connect(lambda: self._printing.print_document(tab.document))
        tab.destroyed.connect(lambda: self._tabs.remove(tab))
        self._tabs.append(tab)
        self._window.tabs.show_beside(tab, name)

    def current(self) -> PdfTab | None:
        """The document in front, if it is one."""
        shown = self._window.tabs.currentWidget()
        return shown if isinstance(shown, PdfTab) else None

    def save(self, tab: PdfTab) -> None:
        """Save it in the person's folder."""
        if self._window.session.downloads.save(tab.document.octets, tab.name):
            tab.tell_saved()

    def save_as(self, tab: PdfTab) -> None:
        """Ask where, and save it there."""
        folder = self._window.request.downloads
        chosen = self._dialogs.where_to_save(self._window, folder, tab.name)
        if chosen is not None:
            name = file_names.with_ending(chosen.name, ".pdf")
            if self._window.session.downloads.save(tab.document.octets, name, chosen.parent):
                tab.tell_saved()

    def _came(self, name: str, octets: bytes) -> None:
        """Show it, but read nothing as long as a PIN may be in this process: save it then."""
        if self._window.standing.logged_on:
            self.show(name, octets)
        else:
            self._window.session.downloads.save(octets, name)

    def _attach(self, session: BrowserSession) -> None:
        for tab in tuple(self._tabs):
            tab.deleteLater()
        session.downloads.pdf_came.connect(self._came)

    def _turned(self) -> None:
        tab = self.current()
        if tab is not None:
            self._window.header.address.show_words(tab.name)
