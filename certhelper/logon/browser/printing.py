"""Printing what is in front, and saving it as PDF: by Ctrl+P, the menu, or a page's own button.

The engine makes a PDF of a page, and the same code prints that and a PDF of the bank's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QKeySequence, QPageLayout, QPageSize
from PySide6.QtPrintSupport import QPrintDialog, QPrinter, QPrinterInfo
from PySide6.QtWebEngineCore import QWebEngineFrame, QWebEnginePage
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QMessageBox

from certhelper import failures, texts
from certhelper.failures import FailedError
from certhelper.logon import file_names
from certhelper.logon.browser import file_dialogs, modal
from certhelper.logon.browser.file_dialogs import FileDialogs, code_line
from certhelper.logon.browser.pdf_document import PdfDocument
from certhelper.logon.browser.pdf_tab import PdfTab
from certhelper.logon.browser.session import BrowserSession

if TYPE_CHECKING:
    from certhelper.logon.browser.window import SessionWindow

Make = Callable[[Callable[[object], None], QPageLayout | None], object]
"""Makes a PDF, for a sheet of paper where one is known, and hands it to its first argument."""


class Printing(QObject):
    """Prints and saves; one thing at a time, so that no page floods the person with dialogs.

    Signal: ``preview_made(name, bytes)``.
    """

    preview_made = Signal(str, bytes)

    def __init__(self, window: SessionWindow) -> None:
        super().__init__(window)
        self._window = window
        self._dialogs = FileDialogs(window.request)
        self._busy = False
        menu = window.header.menu
        menu.addSeparator()
        printing = menu.addAction(texts.text("files.print"), self._print_current)
        printing.setShortcut(QKeySequence(QKeySequence.StandardKey.Print))
        menu.addAction(texts.text("files.preview"), self._preview)
        saving = menu.addAction(texts.text("files.save-page"), self._save_current)
        saving.setShortcut(QKeySequence(QKeySequence.StandardKey.Save))
        window.session_attached.connect(self._attach)

    def print_document(self, document: PdfDocument) -> None:
        """Ask for the printer and print a document."""
        if self._busy or document.failure:
            return
        self._busy = True
        try:
            printer = self._printer(document.layout(), lambda: self._save(document.octets, ""))
            if printer is not None and not document.print_on(printer):
                file_dialogs.say(self._window, FailedError("not-printed"))
        finally:
            self._busy = False

    # Which of the things in front

    def _print_current(self) -> None:
        shown = self._window.tabs.currentWidget()
        if isinstance(shown, PdfTab):
            self.print_document(shown.document)
        elif isinstance(shown, QWebEngineView):
            self._print_page(shown.page())

    def _preview(self) -> None:
        view = self._window.view()
        if view is not None:
            name = file_names.with_ending(view.title(), ".pdf")
            self._with_pdf(_maker(view.page()), None, lambda pdf: self.preview_made.emit(name, pdf))

    def _save_current(self) -> None:
        shown = self._window.tabs.currentWidget()
        if isinstance(shown, PdfTab):
            shown.save_as_wanted.emit()
        elif isinstance(shown, QWebEngineView):
            title = shown.title()
            self._with_pdf(_maker(shown.page()), None, lambda pdf: self._save(pdf, title))

    # A page of the bank's

    def _attach(self, session: BrowserSession) -> None:
        session.follow_pages(self._hear)

    def _hear(self, view: QWebEngineView) -> None:
        page = view.page()
        page.printRequested.connect(lambda: self._asked(lambda: self._print_page(page)))
        page.printRequestedByFrame.connect(
            lambda frame: self._asked(lambda: self._print_frame(frame, page.title()))
        )

    def _asked(self, act: Callable[[], None]) -> None:
        """A page wants to be printed; where nobody is there to be asked, nothing happens."""
        if self._window.request.until is None:
            act()

    def _print_page(self, page: QWebEnginePage) -> None:
        self._print(_maker(page), page.title())

    def _print_frame(self, frame: QWebEngineFrame, title: str) -> None:
        if frame.isMainFrame():
            return  # printRequested says so, too

        def make(take: Callable[[object], None], _: QPageLayout | None) -> None:
            frame.printToPdf(take)

        self._print(make, title)

    def _print(self, make: Make, title: str) -> None:
        if self._busy:
            return
        self._busy = True

        def offer_pdf() -> None:
            self._with_pdf(make, None, lambda pdf: self._save(pdf, title))

        try:
            printer = self._printer(None, offer_pdf)
        finally:
            self._busy = False
        if printer is None:
            return

        def made(pdf: bytes) -> None:
            document = PdfDocument(pdf)
            printer.setFullPage(True)  # the margins are in the document already
            if document.failure or not document.print_on(printer):
                file_dialogs.say(self._window, FailedError("not-printed"))

        self._with_pdf(make, printer.pageLayout(), made)

    def _with_pdf(
        self, make: Make, layout: QPageLayout | None, use: Callable[[bytes], None]
    ) -> None:
        def made(pdf: object) -> None:
            octets = bytes(pdf.data()) if hasattr(pdf, "data") else b""
            if octets:
                use(octets)
            else:
                file_dialogs.say(self._window, FailedError("not-printed"))

        make(made, layout)

    # Paper, or a file

    def _printer(
        self, layout: QPageLayout | None, offer_pdf: Callable[[], None]
    ) -> QPrinter | None:
        """The printer that the person chooses; where there is none, a PDF is offered."""
        if not QPrinterInfo.availablePrinters():
            if self._wants_pdf_instead():
                offer_pdf()
            return None
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        if layout is not None:
            printer.setPageLayout(layout)
        else:
            printer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
        dialog = QPrintDialog(printer, self._window)
        # Qt would write it into the session's private home; the menu has a way to a file.
        dialog.setOption(QPrintDialog.PrintDialogOption.PrintToFile, False)
        dialog.setWindowTitle(texts.text("files.print-title"))
        return printer if modal.run(dialog) else None

    def _wants_pdf_instead(self) -> bool:
        told = failures.find("no-printer").say({})
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Information)
        box.setWindowTitle(texts.text("files.print-title"))
        box.setText(told.message)
        box.setInformativeText(f"{told.cause}\n{told.remedy}\n{code_line(told)}")
        role = QMessageBox.ButtonRole
        pdf = box.addButton(texts.text("files.save-as-pdf"), role.AcceptRole)
        box.addButton(texts.text("files.understood"), role.RejectRole)
        modal.run(box)
        return box.clickedButton() is pdf

    def _save(self, octets: bytes, title: str) -> None:
        folder = self._window.request.downloads
        suggested = file_names.with_ending(title or texts.text("files.page"), ".pdf")
        chosen = self._dialogs.where_to_save(self._window, folder, suggested)
        if chosen is not None:
            name = file_names.with_ending(chosen.name, ".pdf")
            self._window.session.downloads.save(octets, name, chosen.parent)


def _maker(page: QWebEnginePage) -> Make:
    def make(take: Callable[[object], None], layout: QPageLayout | None) -> None:
        if layout is None:
            page.printToPdf(take)
        else:
            page.printToPdf(take, layout)

    return make
