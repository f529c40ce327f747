"""Saving a diagnosis: what will be in the file is seen first, and is what is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QFontDatabase,
    QTextCursor,
)
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QPlainTextEdit,
    QRadioButton,
    QStackedWidget,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from certhelper import failures, folders, texts
from certhelper.desktop.diagnosis_findings_view import Unfolding
from certhelper.desktop.diagnosis_saving import file_name, labels_in, usual_folder, with_suffix
from certhelper.desktop.dialogs import Dialog, ask
from certhelper.desktop.facts_view import clear, note
from certhelper.desktop.rows import Mark
from certhelper.desktop.store_change_dialog import own_fault
from certhelper.diagnosis import report, saving, telling
from certhelper.diagnosis.code import code_of, grouped
from certhelper.diagnosis.findings import Outcome
from certhelper.diagnosis.report import Report
from certhelper.diagnosis.saving import Format
from certhelper.diagnosis.scene import Scene
from certhelper.failures import FailedError
from certhelper.look.widgets import plain_label, push_button, set_look
from certhelper.qt import background
from certhelper.safe_text import safe
from certhelper.texts import text

_AREA = "diagnosis-window.save-dialog"
_FEWEST_LINES, _OTHER_LINES = 7, 18
_LOWEST = _FEWEST_LINES + _OTHER_LINES
"""Where a screen has fewer lines, the choices are folded: what will be saved has to be seen."""

_LONGEST_PAGE = 150_000
"""Characters; a longer page would hold up the window for a second: it is shown as it is written."""

_MOST_NAMES = 4
"""Lines that are in sight at once."""

_PIECE = 60_000
"""Characters that are shown in one go: as many take some hundredths of a second."""

_GREEDY = 100  # all the room that there is
_NAMES = {Format.HTML: "html", Format.TEXT: "text", Format.JSON: "json"}


class _Preview(QStackedWidget):
    """The contents of the file; those of a page also as a browser shows them."""

    def __init__(self) -> None:
        super().__init__()
        self.plain = QPlainTextEdit()
        self.plain.setReadOnly(True)
        self.plain.setTabChangesFocus(True)
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        fixed.setPointSizeF(self.font().pointSizeF())
        self.plain.setFont(fixed)
        self.page = QTextBrowser()
        self.page.setOpenLinks(False)
        for view in (self.plain, self.page):
            view.setAccessibleName(text(f"{_AREA}.preview"))
            self.addWidget(view)
        self.setMinimumHeight(self.fontMetrics().height() * _FEWEST_LINES)
        self.plain.setUndoRedoEnabled(False)
        self._rest = ""
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._show_more)

    def sizeHint(self) -> QSize:
        """The room that the dialog's other lines leave on the screen."""
        height = self.fontMetrics().height()
        room = self.screen().availableGeometry().height() * 9 // 10 - height * _OTHER_LINES
        return QSize(height * 30, min(max(room, height * _FEWEST_LINES), height * 20))

    @property
    def is_empty(self) -> bool:
        return self.plain.document().isEmpty()

    def show_contents(self, contents: str, *, as_page: bool) -> None:
        self._rest = contents
        self.plain.clear()
        self._show_more()
        self.page.setHtml(contents if as_page else "")
        self.setCurrentWidget(self.page if as_page else self.plain)

    def _show_more(self) -> None:
        """Add to what is shown: of a megabyte all at once would hold up the window."""
        end = self._rest.find("\n", _PIECE) + 1 or len(self._rest)
        piece, self._rest = self._rest[:end], self._rest[end:]
        cursor = QTextCursor(self.plain.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(piece)
        if self._rest:
            self._soon.start()


class _Names(QPlainTextEdit):
    """Scrolls by itself: of a thousand people it would push the preview away."""

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setAccessibleName(text(f"{_AREA}.called"))

    def show_lines(self, lines: Sequence[str]) -> None:
        self.setPlainText("\n".join(lines))
        height = min(len(lines), _MOST_NAMES) * self.fontMetrics().lineSpacing()
        around = round(self.document().documentMargin()) * 2 + self.frameWidth() * 2
        self.setFixedHeight(height + around)


class SaveDialog(Dialog):
    """``contents`` is what the preview shows and what is written, letter for letter.

    ``log`` are the lines of the program's log, which go into the file only when asked for.
    """

    lines_wide = 46
    repeats_title = False

    def __init__(
        self, scene: Scene, outcomes: Sequence[Outcome], log: Sequence[str], parent: QWidget
    ) -> None:
        super().__init__(parent, text(f"{_AREA}.title"))
        self.setModal(True)
        self._report: Report | None = None
        self._code = grouped(code_of(outcomes))
        self._at = scene.at
        self._folder: Path | None = None
        self._called: Sequence[tuple[str, str]] = ()
        self._request = 0
        self.contents = ""
        self.formats = {one: QRadioButton(text(f"{_AREA}.{_NAMES[one]}")) for one in _NAMES}
        self.redacted = QRadioButton(text(f"{_AREA}.redacted"))
        self.unredacted = QRadioButton(text(f"{_AREA}.unredacted"))
        self.meaning = plain_label()
        self.choices = QWidget()
        self.chosen = plain_label()
        self.change_button = push_button(text(f"{_AREA}.change"), "quiet")
        self.names = _Names()
        words = text(f"{_AREA}.called")
        self.called = Unfolding(words, words, lambda column: column.addWidget(self.names))
        self.called.hide()
        self.called.moved.connect(self.fit)
        self.log = QCheckBox(text(f"{_AREA}.log", count=len(log)))
        self.log.setVisible(bool(log))
        self.as_file = QCheckBox(text(f"{_AREA}.as-file"))
        self.preview = _Preview()
        self._outcome = QVBoxLayout()
        self.save_button = push_button(text(f"{_AREA}.save"), "primary")
        self.folder_button = push_button(text(f"{_AREA}.open-folder"))
        self._lay_out()
        self._connect()
        self._say(Mark.NEUTRAL, text(f"{_AREA}.preparing"))
        background.prepare()
        background.start("report", partial(self._make, scene, tuple(outcomes), tuple(log)))

    @property
    def form(self) -> Format:
        return next(form for form, button in self.formats.items() if button.isChecked())

    def _lay_out(self) -> None:
        height = self.fontMetrics().height()
        self.column.setSpacing(height // 4)
        self.column.addWidget(plain_label(text(f"{_AREA}.meaning")))
        self.column.addLayout(self._chosen_row())
        self.column.addWidget(self.choices)
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        self._add_choice(grid, "format", list(self.formats.values()))
        self._add_choice(grid, "names", [self.redacted, self.unredacted])
        self.formats[Format.HTML].setChecked(True)
        self.redacted.setChecked(True)
        choices = QVBoxLayout(self.choices)
        choices.setContentsMargins(0, 0, 0, 0)
        choices.setSpacing(height // 4)
        choices.addLayout(grid)
        for widget in (self.meaning, self.called, self.log):
            choices.addWidget(widget)
        is_low = self.screen().availableGeometry().height() * 9 // 10 < height * _LOWEST
        self._show_choices(is_shown=not is_low)
        head = QHBoxLayout()
        head.addWidget(plain_label(text(f"{_AREA}.preview"), "heading", wrap=False))
        head.addStretch(1)
        head.addWidget(self.as_file)
        self.column.addLayout(head)
        self.column.addWidget(self.preview, _GREEDY)
        footer = QWidget()
        footer.setLayout(self._outcome)
        self._outcome.setContentsMargins(0, 0, 0, 0)
        self.add_footer(footer)
        self.folder_button.hide()
        self.save_button.setEnabled(False)
        end = self.close_button(text(f"{_AREA}.close"))
        self.add_buttons(self.folder_button, end, self.save_button)

    def _chosen_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addWidget(self.chosen, 1)
        row.addWidget(self.change_button)
        self.change_button.clicked.connect(self._change)
        return row

    def _show_choices(self, *, is_shown: bool) -> None:
        self.choices.setVisible(is_shown)
        self.chosen.setHidden(is_shown)
        self.change_button.setHidden(is_shown)

    def _change(self) -> None:
        self._show_choices(is_shown=True)
        self.formats[self.form].setFocus()

    def _add_choice(self, grid: QGridLayout, name: str, buttons: Sequence[QRadioButton]) -> None:
        row, group, number = QHBoxLayout(), QButtonGroup(self), grid.rowCount()
        title = text(f"{_AREA}.{name}")
        grid.addWidget(plain_label(title, "muted", wrap=False), number, 0)
        grid.addLayout(row, number, 1)
        for button in buttons:
            button.setAccessibleName(f"{title} {button.text()}")
            group.addButton(button)
            row.addWidget(button)
        row.addStretch(1)

    def _connect(self) -> None:
        for form in self.formats.values():
            form.toggled.connect(lambda is_chosen: self._show_contents() if is_chosen else None)
        self.redacted.toggled.connect(self._show_contents)
        self.log.toggled.connect(self._show_contents)
        self.as_file.toggled.connect(self._show_preview)
        self.save_button.clicked.connect(self._choose_file)
        self.folder_button.clicked.connect(self._open_folder)

    def _make(self, scene: Scene, outcomes: tuple[Outcome, ...], log: tuple[str, ...]) -> None:
        """In a thread: what the report tells of this PC is looked up now."""
        try:
            made = report.make(scene, outcomes, log)
            called = telling.tell(made, redacted=False).aliases
        except Exception as error:  # noqa: BLE001  # told: nobody waits for what does not come
            words = failures.told(own_fault(error)).sentence()
            background.deliver(self, partial(self._say, Mark.BAD, words))
            return
        background.deliver(self, partial(self._made, made, called))

    def _made(self, made: Report, called: Sequence[tuple[str, str]]) -> None:
        self._report, self._called = made, called
        self._show_contents()

    def _show_contents(self) -> None:
        redacted = self.redacted.isChecked()
        names = self.redacted if redacted else self.unredacted
        words = {"format": self.formats[self.form].text(), "names": names.text()}
        self.chosen.setText(text(f"{_AREA}.chosen", **words))
        set_look(self.meaning, "muted" if redacted else "caution")
        self.meaning.setText(text(f"{_AREA}.{'' if redacted else 'un'}redacted-why"))
        self.called.hide()  # until it is known who stands in the contents
        if self._report is None:
            return
        told = self._report if self.log.isChecked() else replace(self._report, log=())
        self._request += 1
        self.contents = ""
        self.save_button.setEnabled(False)
        self.folder_button.hide()
        self._say(Mark.NEUTRAL, text(f"{_AREA}.preparing"))
        work = partial(self._put_into_words, self._request, told, self.form, redacted=redacted)
        background.start("report contents", work)

    def _put_into_words(self, request: int, told: Report, form: Format, *, redacted: bool) -> None:
        """In a thread: of a thousand certificates it takes a second."""
        contents, failure, names = "", "", []
        try:
            contents = saving.content(told, form, redacted=redacted)
            names = self._names_in(contents) if redacted else []
        except Exception as error:  # noqa: BLE001  # told: what was seen before is not what this is
            failure = failures.told(own_fault(error)).sentence()
        background.deliver(self, partial(self._preview, request, contents, names, failure))

    def _names_in(self, contents: str) -> list[str]:
        """Return who is meant by each label that stands in the file, a line each."""
        there = labels_in(contents, (alias for alias, _ in self._called))
        return [
            text(f"{_AREA}.called-one", alias=alias, name=name)
            for alias, name in self._called
            if alias in there
        ]

    def _preview(self, request: int, contents: str, names: Sequence[str], failure: str) -> None:
        if request != self._request:
            return  # something else was chosen meanwhile
        is_first = self.preview.is_empty
        self.contents = contents
        clear(self._outcome)
        if failure:
            self._say(Mark.BAD, failure)
        self.save_button.setEnabled(bool(contents))
        self.names.show_lines(names)
        self.called.setVisible(bool(names))
        self._show_preview()
        if is_first:
            self.save_button.setFocus()

    def _show_preview(self) -> None:
        """Show the contents, a page as a page where it is not too long to be set at once."""
        is_page = self.form is Format.HTML and len(self.contents) <= _LONGEST_PAGE
        self.as_file.setVisible(is_page)
        self.preview.show_contents(self.contents, as_page=is_page and not self.as_file.isChecked())

    def _choose_file(self) -> None:
        form = self.form
        usual = (self._folder or usual_folder()) / file_name(form, self._at, self._code)
        picked, _ = QFileDialog.getSaveFileName(
            self,
            text(f"{_AREA}.title"),
            str(usual),
            text(f"{_AREA}.file-kind-{_NAMES[form]}"),
            options=QFileDialog.Option.DontConfirmOverwrite,  # asked below, for the whole name
        )
        if picked:
            self.save(with_suffix(Path(picked), form))

    def save(self, path: Path, *, replaces: bool = False) -> None:
        """Write the contents; a file that is there already is replaced only after a question."""
        try:
            saving.write(path, self.contents, replaces=replaces)
        except FailedError as error:
            if error.code == "report-exists":
                self._ask_to_replace(path)
                return
            said = failures.told(error)
            self.folder_button.hide()  # it leads to what was saved before
            self._say(Mark.BAD, texts.joined(said.message, said.cause, said.remedy))
            return
        self._folder = path.parent
        self._say(Mark.GOOD, text(f"{_AREA}.saved", file=safe(str(path))))
        self.folder_button.show()
        self.folder_button.setFocus()

    def _ask_to_replace(self, path: Path) -> None:
        box = ask(
            self,
            text(f"{_AREA}.replace-title"),
            text(f"{_AREA}.replace", file=safe(str(path))),
            text(f"{_AREA}.replace-go-on"),
        )
        box.accepted.connect(lambda: self.save(path, replaces=True))
        box.open()

    def _open_folder(self) -> None:
        folder = str(self._folder)

        def work() -> None:
            try:
                folders.show(folder)
            except FailedError as error:
                words = failures.told(error).sentence()
                background.deliver(self, lambda: self._say(Mark.BAD, words))

        background.start("folder", work)

    def _say(self, mark: Mark, words: str) -> None:
        clear(self._outcome)
        self._outcome.addWidget(note(mark, words))
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, words))
        self.fit()
