"""What the keyboard does on a button."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout
from pytestqt.qtbot import QtBot

from certhelper.look.widgets import push_button

pytestmark = pytest.mark.usefixtures("theme")


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_enter_presses_the_button_that_has_the_focus(qtbot: QtBot, key: Qt.Key) -> None:
    """In a window, too, and not only in Qt's dialogs."""
    window = QFrame()
    button = push_button("もう一度ログオンする")
    QVBoxLayout(window).addWidget(button)
    qtbot.addWidget(window)
    window.show()
    pressed: list[bool] = []
    button.clicked.connect(lambda: pressed.append(True))
    qtbot.keyClick(button, key)
    assert pressed == [True]
