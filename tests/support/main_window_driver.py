"""Runs the program's own main window in a process that never learns the PIN as a whole.

Arguments: the profile and the store (``KIND:WHERE``).  The window chooses its one certificate and
opens the pad; each character that comes on standard input is clicked on it at once, and a line
feed clicks ログオン.  Where the key's own secret is asked for first, the characters are typed
there, and a line feed enters it.  One word a line is written: ``secret``, ``pad``, ``clicked``,
``sent``, and the stages.
"""

from __future__ import annotations

import os
import sys
import threading

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from certhelper import banks, settings
from certhelper.desktop.attempt import Attempt
from certhelper.desktop.key_secret_dialog import KeySecretDialog
from certhelper.desktop.places import Places
from certhelper.desktop.program import Program
from certhelper.desktop.window import MainWindow
from certhelper.look.theme import Theme
from certhelper.pad.masked_entry import MaskedEntry
from certhelper.pad.pin_pad import PinPad
from certhelper.settings import SettingsFile, TextSize


class Driver(QObject):
    """Clicks what comes; ``came`` carries one character."""

    came = Signal(str)

    def __init__(self, program: Program, window: MainWindow) -> None:
        super().__init__(window)
        self._program = program
        self._window = window
        self._pad: PinPad | None = None
        self._secret: MaskedEntry | None = None
        self._stage = ""
        self.came.connect(self._click)
        program.logons.changed.connect(self._changed)
        self._timer = QTimer(self, interval=50)
        self._timer.timeout.connect(self._open)
        self._timer.start()

    def _open(self) -> None:
        """Open the pad as soon as the list is filled."""
        if self._pad is not None or not hasattr(self._program, "body"):
            return
        view = self._program.body.list
        if view.model().rowCount() == 0:
            return
        if getattr(view.chosen_row(), "judged", None) is None:
            QTest.keyClick(view, Qt.Key.Key_Down)
            return
        QTest.keyClick(view, Qt.Key.Key_Return)
        self._look_for_pad()
        for dialog in self._window.findChildren(KeySecretDialog):
            self._secret = dialog.entry
            self._timer.stop()
            say("secret")
            threading.Thread(target=self._read, daemon=True).start()

    def _look_for_pad(self) -> None:
        pads = self._window.findChildren(PinPad)
        if pads:
            self._pad = pads[-1]
            self._timer.stop()
            say("pad")
            if self._secret is None:
                threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while character := os.read(0, 1):
            self.came.emit(character.decode("ascii"))

    def _type(self, entry: MaskedEntry, character: str) -> None:
        if character != "\n":
            QTest.keyClicks(entry, character)
            say("clicked")
            return
        QTest.keyClick(entry, Qt.Key.Key_Return)
        say("sent")
        self._timer.timeout.disconnect()
        self._timer.timeout.connect(self._look_for_pad)
        self._timer.start()

    def _click(self, character: str) -> None:
        pad = self._pad
        if pad is None and self._secret is not None:
            self._type(self._secret, character)
            return
        assert pad is not None
        if character == "\n":
            QTest.mouseClick(pad.logon_button, Qt.MouseButton.LeftButton)
            say("sent")
            return
        keys = {key.text(): key for key in pad.findChildren(QPushButton)}
        if character not in keys:
            QTest.mouseClick(pad.case_button, Qt.MouseButton.LeftButton)
            keys = {key.text(): key for key in pad.findChildren(QPushButton)}
        QTest.mouseClick(keys[character], Qt.MouseButton.LeftButton)
        say("clicked")

    def _changed(self, attempt: Attempt) -> None:
        stage = attempt.stage.value if attempt.stage is not None else ""
        if stage and stage != self._stage:
            self._stage = stage
            say(stage)


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main() -> None:
    profile, store = sys.argv[1:]
    application = QApplication(["certhelper", "-platform", "offscreen"])
    Theme(application, TextSize.STANDARD).settle()
    window = MainWindow()
    program = Program(
        window,
        SettingsFile(settings.folder() / settings.FILE_NAME),
        lambda: banks.find(profile),
        Places([store]),
    )
    window.show()
    program.begin()
    driver = Driver(program, window)
    application.exec()
    del driver


if __name__ == "__main__":
    main()
