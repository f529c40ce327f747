"""One PDF in memory: read, and put on paper.  It never lies on the disk (docs/decisions/0013)."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QObject, QRect, QSize, QSizeF, Qt
from PySide6.QtGui import QPageLayout, QPageSize, QPainter
from PySide6.QtPdf import QPdfDocument
from PySide6.QtPrintSupport import QPrinter

_ERRORS = {
    QPdfDocument.Error.IncorrectPassword: "pdf-encrypted",
    QPdfDocument.Error.UnsupportedSecurityScheme: "pdf-encrypted",
}
_MOST_DOTS = 300
"""Dots an inch that a page is drawn with; a printer's own 1200 would take a gigabyte a page."""


class PdfDocument(QObject):
    """A document; ``failure`` is the code of what keeps it from being shown, empty for nothing."""

    def __init__(self, octets: bytes, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.octets = octets
        self.pages = QPdfDocument(self)
        self._buffer = QBuffer(self)
        self._buffer.setData(octets)
        self._buffer.open(QIODevice.OpenModeFlag.ReadOnly)
        self.pages.load(self._buffer)
        error = self.pages.error()
        good = error is QPdfDocument.Error.None_ and self.pages.pageCount() > 0
        self.failure = "" if good else _ERRORS.get(error, "pdf-damaged")

    def layout(self) -> QPageLayout:
        """A sheet as the first page is: A4 upright where nothing else is known."""
        size = self.pages.pagePointSize(0)
        wide = size.width() > size.height()
        way = QPageLayout.Orientation
        return QPageLayout(
            QPageSize(size.transposed() if wide else size, QPageSize.Unit.Point),
            way.Landscape if wide else way.Portrait,
            QMarginsF(),
        )

    def print_on(self, printer: QPrinter) -> bool:
        """Print the pages that the person chose; tell whether the printer took them.

        Each is fitted into what the printer can print on, or into the whole sheet where the
        printer was set so (``setFullPage``).
        """
        first, last = printer.fromPage() or 1, printer.toPage() or self.pages.pageCount()
        painter = QPainter()
        if not painter.begin(printer):
            return False
        copies = 1 if printer.supportsMultipleCopies() else printer.copyCount()
        numbers = [*range(first - 1, min(last, self.pages.pageCount()))] * max(1, copies)
        if printer.pageOrder() is QPrinter.PageOrder.LastPageFirst:
            numbers.reverse()
        taken = True
        for place, number in enumerate(numbers):
            if place:
                taken = taken and printer.newPage()
            self._draw(painter, number, printer)
        return painter.end() and taken

    def _draw(self, painter: QPainter, number: int, printer: QPrinter) -> None:
        sheet = printer.pageLayout().paintRectPixels(printer.resolution()).size()
        size = self.pages.pagePointSize(number)
        place = QRect(0, 0, sheet.width(), sheet.height())
        fitted = size.scaled(QSizeF(sheet), Qt.AspectRatioMode.KeepAspectRatio).toSize()
        place.setSize(fitted)
        place.moveCenter(QRect(0, 0, sheet.width(), sheet.height()).center())
        factor = min(1.0, _MOST_DOTS / printer.resolution())
        drawn = QSize(round(fitted.width() * factor), round(fitted.height() * factor))
        painter.drawImage(place, self.pages.render(number, drawn))
