"""Tells when a window comes into sight and when nobody can see it any more."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QWidget

_OF_VISIBILITY: Final = (QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.WindowStateChange)


class Visibility(QObject):
    """``changed`` is sent for every event after which it may be another; ask :attr:`is_seen`."""

    changed = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        window.installEventFilter(self)

    @property
    def is_seen(self) -> bool:
        """Whether the window is shown and not minimised."""
        return self._window.isVisible() and not self._window.isMinimized()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window and event.type() in _OF_VISIBILITY:
            self.changed.emit()
        return False
