"""The switch for remote support: while it is on, nobody is asked for a PIN.

Whoever looks on by screen sharing either sees the PIN pad and every click on it, or, where it can
be hidden, nothing at all in its place.  So the pad is put away and the list stays, with a line
that says for both sides what is going on and how it ends.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from certhelper.desktop.frame import Frame
from certhelper.texts import text


class RemoteSupport(QObject):
    """``begun`` is sent when the pad must go.

    The switch is never remembered: with the next start it is off.
    """

    begun = Signal()

    def __init__(self, window: QWidget, frame: Frame) -> None:
        super().__init__(window)
        self._window = window
        self._button = frame.remote_button
        self._banner = frame.banner(
            text("desktop.remote.banner"), text("desktop.remote.end"), self.end
        )
        self._button.toggled.connect(self._toggled)
        self._button.setEnabled(True)

    @property
    def is_on(self) -> bool:
        return self._button.isChecked()

    def begin(self) -> None:
        self._button.setChecked(True)

    def end(self) -> None:
        self._button.setChecked(False)

    def ask_to_end(self, go_on: Callable[[], None]) -> None:
        """A PIN is needed: say that the sharing must be over first, and then go on."""
        from certhelper.desktop.dialogs import ask

        box = ask(
            self._window,
            text("desktop.remote.title"),
            text("desktop.remote.question"),
            text("desktop.remote.go-on"),
        )

        def ended() -> None:
            self.end()
            go_on()

        box.accepted.connect(ended)
        box.open()

    def _toggled(self, on: bool) -> None:
        self._banner.setVisible(on)
        if on:
            self.begun.emit()
