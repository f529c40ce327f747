"""Dialogs that wait for the person in an event loop of their own, and can be taken away.

One may stand inside a call of the engine's (it waits for a file): then nothing of the engine may be
deleted before that call has returned.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QDialog

_open: list[QDialog] = []
_afterwards: list[Callable[[], object]] = []


def run(dialog: QDialog) -> bool:
    """Show a dialog until it is answered; tell whether it was accepted."""
    _open.append(dialog)
    try:
        return dialog.exec() == QDialog.DialogCode.Accepted
    finally:
        _open.remove(dialog)
        dialog.deleteLater()
        while _afterwards and not _open:
            QTimer.singleShot(0, _afterwards.pop(0))


def dismiss() -> None:
    """Take every dialog away, as if the person did not want it."""
    for dialog in reversed(_open):
        dialog.reject()


def when_quiet(then: Callable[[], object]) -> None:
    """Call ``then`` once no dialog stands any more."""
    if _open:
        _afterwards.append(then)
    else:
        then()
