"""Runs one session process up to the top page and does with files what a person would do.

Arguments: the request's file and the name of one of the courses below.  The course's facts are
written as one JSON object; the bank's log and the folders tell the rest.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QMimeData, QObject, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtPrintSupport import QPrintDialog, QPrinter, QPrinterInfo
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QWidget,
)

from certhelper.bank import Bank
from certhelper.demo.customers import DEMO_PIN
from certhelper.logon.browser import engine
from certhelper.logon.browser.downloads import Progress, SavedFile
from certhelper.logon.browser.downloads_bar import FileRow
from certhelper.logon.browser.find_bar import FindBar
from certhelper.logon.browser.pdf_document import PdfDocument
from certhelper.logon.browser.pdf_tab import PdfTab
from certhelper.logon.browser.worker import Worker
from certhelper.logon.request import SessionRequest
from certhelper.logon.stages import Stage, StageReport
from certhelper.look import qt_texts

Kind = TypeVar("Kind", bound=QWidget)
Course = Iterator[Callable[[], object]]
"""Yields what to wait for; goes on as soon as it is true."""

_LOOK_MS = 20


class Person(QObject):
    """Walks a course; :attr:`facts` is what comes out of it."""

    def __init__(self, worker: Worker, course: Callable[[Person], Course]) -> None:
        super().__init__(worker)
        self.worker = worker
        self.window = worker.window
        self.session = worker.session
        self.files: list[SavedFile] = []
        self.facts: dict[str, Any] = {}
        self._course = course(self)
        self._awaited: Callable[[], object] = lambda: True
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self._look)
        self.session.downloads.begun.connect(self.files.append)
        self.session.told.connect(self._told)
        self.answer: object = None

    def _told(self, report: StageReport) -> None:
        if report.stage is Stage.PIN_PAGE:
            self.run(
                f"document.querySelector('input[type=password]').value = '{DEMO_PIN}';"
                "document.querySelector('button.primary').click()"
            )
        elif report.stage in (Stage.TOP_PAGE, Stage.FAILED) and not self._timer.isActive():
            self._timer.start()

    def _look(self) -> None:
        # A dialog of the course has its own event loop: then this comes again inside of it.
        if not self._awaited():
            return
        try:
            self._awaited = next(self._course)
        except StopIteration:
            self._timer.stop()
            sys.stdout.write(json.dumps({"facts": self.facts}) + "\n")
            sys.stdout.flush()
            self.worker.quit()
        except Exception:  # Qt would print it and go on: the course must not seem walked
            self._timer.stop()
            self.worker.quit()
            raise

    def run(self, script: str) -> None:
        """Run a script of the page's own in the first page."""
        self.session.views[0].page().runJavaScript(script, 0)

    def click(self, name: str) -> None:
        """Click what has this id."""
        self.run(f"document.getElementById('{name}').click()")

    def go(self, path: str) -> Callable[[], object]:
        """Go to another page of the bank; wait for what is returned."""
        view = self.session.views[0]
        done: list[bool] = []
        view.loadFinished.connect(done.append)
        self.run(f"location.href = '{path}'")
        return lambda: done and view.url().path() == path

    def ask(self, script: str) -> Callable[[], object]:
        """Ask the page for a value, which :attr:`answer` then holds."""
        self.answer = None

        def take(value: object) -> None:
            self.answer = value

        self.session.views[0].page().runJavaScript(script, 0, take)
        return lambda: self.answer is not None

    def ended(self, count: int = 1) -> Callable[[], object]:
        """So many files have come to an end."""
        return lambda: (
            len(self.files) >= count
            and all(file.progress is not Progress.RUNNING for file in self.files[:count])
        )

    def pdf_tabs(self) -> list[PdfTab]:
        """The documents that are shown."""
        tabs = self.window.tabs
        shown = [tabs.widget(index) for index in range(tabs.count())]
        return [tab for tab in shown if isinstance(tab, PdfTab)]

    def inside(self) -> QWidget:
        """The widget that gets the keys and clicks of the first page."""
        found = self.session.views[0].focusProxy()
        assert found is not None
        return found

    def rows(self) -> list[FileRow]:
        """The lines of the shelf."""
        return self.window.findChildren(FileRow)

    def note_files(self) -> None:
        """Put how each file ended among the facts."""
        self.facts["files"] = [
            {
                "name": file.name,
                "progress": file.progress.name,
                "code": file.failure.code if file.failure else "",
            }
            for file in self.files
        ]
        self.facts["views"] = len(self.session.views)
        self.facts["tabs"] = self.window.tabs.count()


def _dialog(kind: type[Kind]) -> Kind | None:
    found = QApplication.activeModalWidget()
    return found if isinstance(found, kind) else None


def csv_by_link_form_and_tab(person: Person) -> Course:
    """A link, a link and a form that open a tab, a form into an empty window: one name."""
    yield person.go("/biznet/statements")
    person.click("csv")
    yield person.ended(1)
    person.click("csv-tab")
    yield person.ended(2)
    person.click("form-csv")
    yield person.ended(3)
    yield person.go("/biznet/statements")
    person.run(
        "window.open('', 'file'); const f = document.getElementById('form-csv').form;"
        "f.target = 'file'; document.getElementById('form-csv').click()"
    )
    yield person.ended(4)
    yield lambda: len(person.session.views) == 1
    person.note_files()
    person.rows()[0].open_folder.click()
    person.facts["states"] = [row.state.text() for row in person.rows()]


def old_name(person: Person) -> Course:
    """A file whose name comes in raw Shift_JIS."""
    person.run("location.href = '/biznet/bulk-transfer/sample'")
    yield person.ended(1)
    person.note_files()


def cancel(person: Person) -> Course:
    """A slow file is stopped by its button after the first octets."""
    person.run("location.href = '/biznet/archive.zip'")
    yield lambda: person.files and person.files[0].received > 0
    person.facts["running"] = person.session.downloads.running
    person.facts["state"] = person.rows()[0].state.text()
    person.facts["names"] = [path.name for path in person.files[0].folder.iterdir()]
    person.rows()[0].cancel.click()
    yield person.ended(1)
    person.facts["running-after"] = person.session.downloads.running
    person.note_files()
    yield lambda: not list(person.files[0].folder.iterdir())


def file_to_the_end(person: Person) -> Course:
    """The slow archive, whatever becomes of it."""
    person.run("location.href = '/biznet/archive.zip'")
    yield person.ended(1)
    person.note_files()


def file_to_another_place(person: Person) -> Course:
    """The usual folder is not there; the person names another."""
    person.run("location.href = '/biznet/archive.zip'")
    yield person.ended(1)
    (row,) = person.window.findChildren(FileRow)
    error = person.files[0].failure
    assert error is not None
    person.facts["code"] = error.code
    person.facts["offered"] = row.save_as.isVisible()
    QTimer.singleShot(0, row.save_as.click)
    yield lambda: _dialog(QFileDialog) is not None
    dialog = _dialog(QFileDialog)
    assert dialog is not None
    dialog.accept()
    yield lambda: person.files[0].path is not None
    path = person.files[0].path
    assert path is not None
    person.facts["octets"] = path.stat().st_size


def close_while_running(person: Person) -> Course:
    """The window goes while a file comes."""
    person.run("location.href = '/biznet/archive.zip'")
    yield lambda: person.files and person.files[0].received > 0


def made_up_files(person: Person) -> Course:
    """A page's script makes files itself, out of data and of a blob."""
    yield person.go("/biznet/statements")
    for address in (
        "'data:text/csv,a'",
        "URL.createObjectURL(new Blob(['a'], {type: 'text/csv'}))",
    ):
        person.run(
            "(() => { const a = document.createElement('a'); a.download = 'made.csv';"
            f"a.href = {address}; a.click() }})()"
        )
        yield lambda: True
    yield person.ended(2)
    person.note_files()


def pdf(person: Person) -> Course:
    """A PDF to look at, one in a tab, one by a form; then it is searched, printed and saved."""
    yield person.go("/biznet/statements")
    person.click("pdf-view")
    yield lambda: len(person.pdf_tabs()) == 1
    person.click("pdf-tab")
    yield lambda: len(person.pdf_tabs()) == 2
    person.click("form-pdf")
    yield lambda: len(person.pdf_tabs()) == 3
    yield lambda: len(person.session.views) == 1
    tab = person.pdf_tabs()[-1]
    person.facts["failure"] = tab.document.failure
    person.facts["home"] = [
        path.name for path in Path.cwd().rglob("*") if path.suffix in (".pdf", ".certhelper-part")
    ]
    finding = person.window.findChild(FindBar)
    assert finding is not None
    finding.open()
    person.facts["ready-to-find"] = person.window.focusWidget() is tab.words
    tab.words.setText("給与")
    yield lambda: "1" in tab.hits.text()
    person.facts["marked"] = tab.pages.currentSearchResultIndex() == 0
    finding.forward()
    person.facts["hits"] = tab.hits.text()
    QTest.keyClick(tab.words, Qt.Key.Key_Escape)
    person.facts["room"] = tab.finding.isHidden()
    person.facts["reload"] = person.window.header._reload.isEnabled()
    before = tab.zoom.text()
    tab.zoom_by(1.25)
    person.facts["zoomed"] = tab.zoom.text() != before
    printer = QPrinter()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(person.window.request.downloads / "printed.pdf"))
    person.facts["printed"] = tab.document.print_on(printer)
    tab.save_wanted.emit()
    yield person.ended(1)
    person.note_files()


def upload(person: Person) -> Course:
    """The person presses the page's button, sees the dialog, cancels, then chooses two files."""
    yield person.go("/biznet/bulk-transfer")
    folder = person.window.request.folders[0]
    for chosen in ([], sorted(folder.glob("*.txt"))):
        _press_file_button(person)
        yield lambda: _dialog(QFileDialog) is not None
        dialog = _dialog(QFileDialog)
        assert dialog is not None
        person.facts["title"] = dialog.windowTitle()
        person.facts["filters"] = dialog.nameFilters()
        person.facts["starts-in"] = dialog.directory().absolutePath()
        if not chosen:
            dialog.reject()
        else:
            names = " ".join(f'"{file.name}"' for file in chosen)
            dialog.findChildren(QLineEdit)[0].setText(names)
            dialog.accept()
        yield lambda: _dialog(QFileDialog) is None
    yield person.ask("document.getElementById('chosen').innerText")
    person.facts["chosen"] = person.answer
    person.click("send")
    yield lambda: "確認" in person.session.views[0].title()


def _press_file_button(person: Person) -> None:
    """A real click: the engine opens its chooser for a person's press only."""
    from PySide6.QtTest import QTest

    view = person.session.views[0]
    person.run("document.getElementById('file').scrollIntoView()")

    def press(place: object) -> None:
        x, y = (round(float(part) * view.zoomFactor()) for part in str(place).split())
        QTest.mouseClick(person.inside(), Qt.MouseButton.LeftButton, pos=QPointF(x, y).toPoint())

    view.page().runJavaScript(
        "(() => { const r = document.getElementById('file').getBoundingClientRect();"
        "return `${r.left + 30} ${r.top + r.height / 2}` })()",
        0,
        press,
    )


def close_with_a_dialog(person: Person) -> Course:
    """The session ends while the engine waits for a file."""
    yield person.go("/biznet/bulk-transfer")
    _press_file_button(person)
    yield lambda: _dialog(QFileDialog) is not None


def close_with_a_question(person: Person) -> Course:
    """The session ends while the page waits for a printer."""
    QPrinterInfo.availablePrinters = staticmethod(list)  # type: ignore[method-assign]
    yield person.go("/biznet/statements")
    person.click("print")
    yield lambda: _dialog(QMessageBox) is not None


def drop(person: Person) -> Course:
    """A file is dropped on a page that lets it come: nothing is loaded in its place."""
    yield person.go("/biznet/statements")
    view = person.session.views[0]
    person.run(
        "window.seen = []; for (const kind of ['dragenter', 'dragover', 'drop'])"
        " document.addEventListener(kind, (event) => {"
        " seen.push(kind); if (kind !== 'drop') event.preventDefault(); })"
    )
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(person.window.request.folders[0] / "sofuri.txt"))])
    place, copy = QPoint(100, 100), Qt.DropAction.CopyAction
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    for event in (
        QDragEnterEvent(place, copy, mime, left, none),
        QDragMoveEvent(place, copy, mime, left, none),
        QDropEvent(QPointF(place), copy, mime, left, none),
    ):
        QApplication.sendEvent(person.inside(), event)
        yield person.ask("document.title")
    yield person.ask("seen.join(' ')")
    person.facts["seen"] = person.answer
    person.facts["address"] = view.url().path()
    person.facts["tabs"] = person.window.tabs.count()


def no_printer(person: Person) -> Course:
    """The page's own print button where there is no printer: a PDF is offered and saved."""
    QPrinterInfo.availablePrinters = staticmethod(list)  # type: ignore[method-assign]
    yield person.go("/biznet/statements")
    person.click("print")
    yield lambda: _dialog(QMessageBox) is not None
    box = _dialog(QMessageBox)
    assert box is not None
    person.facts["told"] = box.text()
    next(b for b in box.findChildren(QPushButton) if "PDF" in b.text()).click()
    yield lambda: _dialog(QFileDialog) is not None
    dialog = _dialog(QFileDialog)
    assert dialog is not None
    dialog.accept()
    yield person.ended(1)
    person.note_files()


def frame_prints(person: Person) -> Course:
    """A frame calls print(); without a printer its PDF is saved."""
    QPrinterInfo.availablePrinters = staticmethod(list)  # type: ignore[method-assign]
    yield person.go("/biznet/statements")
    person.run(
        "(() => { const f = document.createElement('iframe'); f.srcdoc = '<p>枠の中</p>';"
        "f.onload = () => f.contentWindow.print(); document.body.append(f) })()"
    )
    yield lambda: _dialog(QMessageBox) is not None
    box = _dialog(QMessageBox)
    assert box is not None
    person.facts["asked"] = len(person.window.findChildren(QMessageBox))
    next(b for b in box.findChildren(QPushButton) if "PDF" in b.text()).click()
    yield lambda: _dialog(QFileDialog) is not None
    dialog = _dialog(QFileDialog)
    assert dialog is not None
    dialog.accept()
    yield person.ended(1)
    path = person.files[0].path
    assert path is not None
    document = PdfDocument(path.read_bytes())
    person.facts["text"] = document.pages.getAllText(0).text()
    person.facts["asked"] = max(person.facts["asked"], len(person.window.findChildren(QMessageBox)))


def prints(person: Person) -> Course:
    """The page in front goes to the printer that the person chooses."""
    QPrinterInfo.availablePrinters = staticmethod(lambda: [QPrinterInfo()])  # type: ignore[method-assign]
    into = person.window.request.downloads / "paper.pdf"
    yield person.go("/biznet/statements")
    person.click("print")
    yield lambda: _dialog(QPrintDialog) is not None
    dialog = _dialog(QPrintDialog)
    assert dialog is not None
    printer = dialog.printer()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(into))
    dialog.done(QPrintDialog.DialogCode.Accepted)
    yield lambda: into.exists() and PdfDocument(into.read_bytes()).failure == ""
    person.facts["dialogs"] = _dialog(QMessageBox) is not None


def main() -> None:
    request = SessionRequest.read(Path(sys.argv[1]))
    bank = Bank.read(request.bank)
    switches = engine.switches(bank, request.proxy)
    application = QApplication(
        ["certhelper", "-platform", "offscreen", "--webEngineArgs", *switches]
    )
    qt_texts.install(application)
    worker = Worker(request, bank, application)
    person = Person(worker, globals()[sys.argv[2]])
    worker.start()
    application.exec()
    del person


if __name__ == "__main__":
    main()
