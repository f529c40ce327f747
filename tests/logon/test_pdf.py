"""PDFs in tabs of our own: whole ones, damaged ones, locked ones, and their links."""

from __future__ import annotations

import base64
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPageLayout
from PySide6.QtPrintSupport import QPrinter
from pytestqt.qtbot import QtBot
from support.systems import only_on_linux

from certhelper.demo import statement
from certhelper.demo.customers import Account
from certhelper.logon.browser.pdf_document import PdfDocument
from certhelper.logon.browser.pdf_tab import PdfTab
from certhelper.look.theme import Theme

# One empty page, made with qpdf 11: --static-id --allow-weak-crypto --encrypt secret secret 40
LOCKED = base64.b64decode(
    """
JVBERi0xLjUKJb/3ov4KMSAwIG9iago8PCAvUGFnZXMgMiAwIFIgL1R5cGUgL0NhdGFsb2cgPj4KZW5kb2JqCjIgMCBvYmoK
PDwgL0NvdW50IDEgL0tpZHMgWyAzIDAgUiBdIC9UeXBlIC9QYWdlcyA+PgplbmRvYmoKMyAwIG9iago8PCAvTWVkaWFCb3gg
WyAwIDAgMTAwIDEwMCBdIC9QYXJlbnQgMiAwIFIgL1R5cGUgL1BhZ2UgPj4KZW5kb2JqCjQgMCBvYmoKPDwgL0ZpbHRlciAv
U3RhbmRhcmQgL0xlbmd0aCA0MCAvTyA8ZTVhOGQyNjg3YmQ5ZDBjZmY5NDZiN2FjNTVmNTEwODFkY2YwZDExNjU1NGM0YmZj
YjBhNWU0NDZmNjllYTQ4YT4gL1AgLTQgL1IgMiAvVSA8YjgyNGI5NDEwMDIxZGVkMTE2OTlhODNhNWM1NzEzOGYyYTEwMWUy
NjdlYTY3OWNiMzgxMTYzMzEyN2EzMDJjOT4gL1YgMSA+PgplbmRvYmoKeHJlZgowIDUKMDAwMDAwMDAwMCA2NTUzNSBmIAow
MDAwMDAwMDE1IDAwMDAwIG4gCjAwMDAwMDAwNjQgMDAwMDAgbiAKMDAwMDAwMDEyMyAwMDAwMCBuIAowMDAwMDAwMTk2IDAw
MDAwIG4gCnRyYWlsZXIgPDwgL1Jvb3QgMSAwIFIgL1NpemUgNSAvSUQgWzwzMTQxNTkyNjUzNTg5NzkzMjM4NDYyNjQzMzgz
Mjc5NT48MzE0MTU5MjY1MzU4OTc5MzIzODQ2MjY0MzM4MzI3OTU+XSAvRW5jcnlwdCA0IDAgUiA+PgpzdGFydHhyZWYKNDAy
CiUlRU9GCg==
"""
)

LINK = """%PDF-1.5
1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj
2 0 obj << /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >> endobj
3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Annots [
<< /Type /Annot /Subtype /Link /Rect [0 0 200 200] /Dest [4 0 R /XYZ 0 200 1] >> ] >> endobj
4 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >> endobj
trailer << /Size 5 /Root 1 0 R >>
"""


@pytest.fixture
def octets() -> bytes:
    """The demo's statement."""
    return statement.as_pdf(Account(date(2026, 11, 23)))


def shown(qtbot: QtBot, theme: Theme, octets: bytes) -> PdfTab:
    tab = PdfTab("明細.pdf", octets)
    qtbot.addWidget(tab)
    tab.resize(800, 600)
    tab.show()
    return tab


def test_a_document_is_read_from_memory(octets: bytes, qtbot: QtBot) -> None:
    """No file is needed, and its sheet is known."""
    document = PdfDocument(octets)
    assert document.failure == ""
    assert document.pages.pageCount() == 1
    assert document.layout().orientation() is QPageLayout.Orientation.Portrait


@pytest.mark.parametrize(
    ("damaged", "code"),
    [
        (b"", "pdf-damaged"),
        (b"%PDF-1.4 nonsense", "pdf-damaged"),
        (b"<html>error</html>", "pdf-damaged"),
        (LOCKED, "pdf-encrypted"),
    ],
)
def test_what_cannot_be_shown_says_why_and_can_be_saved(
    qtbot: QtBot, theme: Theme, damaged: bytes, code: str
) -> None:
    """The person is not left before an empty tab; 保存 keeps the file as it came."""
    tab = shown(qtbot, theme, damaged)
    assert tab.document.failure == code
    words = [label.text() for label in tab.findChildren(type(tab.state))]
    assert any(code in text for text in words)
    with qtbot.waitSignal(tab.save_wanted):
        tab.save.click()
    assert tab.document.octets == damaged


def test_zoom_has_ends(qtbot: QtBot, theme: Theme, octets: bytes) -> None:
    """However often one presses, the page stays between a quarter and five times."""
    tab = shown(qtbot, theme, octets)
    for _ in range(30):
        tab.zoom_by(1.25)
    assert tab.zoom.text() == "500%"
    for _ in range(30):
        tab.zoom_by(1 / 1.25)
    assert tab.zoom.text() == "25%"
    tab.fit_width()
    assert tab.zoom.text() == ""


def test_a_link_in_a_pdf_is_not_followed(qtbot: QtBot, theme: Theme) -> None:
    """Not even to another page: the same press may start a program with an address."""
    tab = shown(qtbot, theme, LINK.encode())
    assert tab.document.pages.pageCount() == 2
    inside = tab.pages.viewport()
    qtbot.mouseMove(inside, QPoint(200, 100))
    qtbot.mouseClick(inside, Qt.MouseButton.LeftButton, pos=QPoint(200, 100))
    assert tab.pages.pageNavigator().currentPage() == 0


@only_on_linux
def test_paper_has_every_page_once_for_each_copy(
    qtbot: QtBot, octets: bytes, tmp_path: Path
) -> None:
    """Printed into a file, so that it can be counted."""
    printer = QPrinter()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "paper.pdf"))
    printer.setCopyCount(2)
    assert PdfDocument(octets).print_on(printer)
    paper = PdfDocument((tmp_path / "paper.pdf").read_bytes())
    assert paper.pages.pageCount() in (1, 2)  # Qt's own PDF writer may take the copies itself
    image = paper.pages.render(0, paper.pages.pagePointSize(0).toSize())
    drawn = {image.pixel(x, y) for x in range(0, 500, 2) for y in range(0, 500, 2)}
    assert len(drawn) > 1


@pytest.mark.qt_log_ignore("QPainter::begin")
def test_a_printer_that_refuses_is_told(qtbot: QtBot, octets: bytes, tmp_path: Path) -> None:
    """Nothing seems printed that was not."""
    printer = QPrinter()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "gone" / "paper.pdf"))
    assert not PdfDocument(octets).print_on(printer)
