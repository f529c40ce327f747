"""Asking the person for a file or a place, among their own folders and not the session's.

The session's ``HOME`` is private and gone with it.  So on Linux Qt's own dialog is used, with the
person's folders at its side: the desktop's dialog would open in the private home and keep a list
of files there.  Windows and macOS do not go by ``HOME`` and show their own.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, QUrl
from PySide6.QtWidgets import QFileDialog, QMessageBox, QSplitter, QTreeView, QWidget

from certhelper import failures, texts
from certhelper.failures import FailedError
from certhelper.logon.browser import modal
from certhelper.logon.request import SessionRequest

_Option = QFileDialog.Option
_Label = QFileDialog.DialogLabel
_WIDTH, _HEIGHT = 42, 26  # in lines of text
_SIDE_WIDTH = 10
_COLUMNS = (14, 5, 5)  # name, size, kind; the day takes the rest


class FileDialogs:
    """The dialogs of one session; they remember the folder that files were taken from."""

    def __init__(self, request: SessionRequest) -> None:
        self._folders = request.folders
        self._last: Path | None = None

    def where_to_save(self, parent: QWidget, folder: Path, name: str) -> Path | None:
        """Ask for a place and a name; ``None`` when the person does not want any.

        The dialog does not ask about files that are there: nothing is ever written over.
        """
        dialog = self._dialog(parent, texts.text("files.save-title"), folder)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.setOption(_Option.DontConfirmOverwrite)
        dialog.setLabelText(_Label.Accept, texts.text("files.save-button"))
        dialog.selectFile(name)
        chosen = _chosen(dialog)
        return chosen[0] if chosen else None

    def which_files(
        self, parent: QWidget, title: str, filters: Sequence[str], *, several: bool
    ) -> list[Path]:
        """Ask for files that are there; empty when the person does not want any."""
        dialog = self._dialog(parent, title, self._last or self._start())
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptOpen)
        mode = QFileDialog.FileMode
        dialog.setFileMode(mode.ExistingFiles if several else mode.ExistingFile)
        dialog.setNameFilters(list(filters))
        dialog.setLabelText(_Label.Accept, texts.text("files.choose-button"))
        chosen = _chosen(dialog)
        if chosen:
            self._last = chosen[0].parent
        return chosen

    def _start(self) -> Path:
        return next((folder for folder in self._folders if folder.is_dir()), Path("/"))

    def _dialog(self, parent: QWidget, title: str, folder: Path) -> QFileDialog:
        dialog = QFileDialog(parent, title)
        if sys.platform == "linux":
            dialog.setOption(_Option.DontUseNativeDialog)
            places = [folder for folder in (*self._folders, Path("/")) if folder.is_dir()]
            dialog.setSidebarUrls([QUrl.fromLocalFile(str(place)) for place in places])
            line = dialog.fontMetrics().height()
            dialog.resize(QSize(_WIDTH, _HEIGHT) * line)
            dialog.setOption(_Option.HideNameFilterDetails)
            # The two words that Qt's Japanese lacks.
            dialog.setLabelText(_Label.LookIn, texts.text("files.look-in"))
            dialog.setLabelText(_Label.FileType, texts.text("files.file-type"))
            for splitter in dialog.findChildren(QSplitter):
                splitter.setSizes([line * _SIDE_WIDTH, line * (_WIDTH - _SIDE_WIDTH)])
            for table in dialog.findChildren(QTreeView):
                for column, width in enumerate(_COLUMNS):
                    table.setColumnWidth(column, line * width)
        dialog.setDirectory(str(folder if folder.is_dir() else self._start()))
        return dialog


def say(parent: QWidget, error: FailedError) -> None:
    """Tell a failure in a dialog and wait until it was read."""
    told = failures.find(error.code).say(error.facts)
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle(texts.text("files.trouble-title"))
    box.setText(told.message)
    box.setInformativeText(f"{told.cause}\n{told.remedy}\n{code_line(told)}")
    box.addButton(texts.text("files.understood"), QMessageBox.ButtonRole.AcceptRole)
    modal.run(box)


def code_line(told: failures.Told) -> str:
    """The code as it stands wherever a window tells a failure."""
    return texts.text("failure-page.code", code=told.code, number=told.number)


def _chosen(dialog: QFileDialog) -> list[Path]:
    return [Path(file) for file in dialog.selectedFiles()] if modal.run(dialog) else []
