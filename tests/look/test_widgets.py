"""The small widgets that the windows share."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QFrame, QProgressBar, QPushButton, QVBoxLayout
from pytestqt.qtbot import QtBot

from certhelper.look import theme
from certhelper.look.widgets import plain_label, put_away_button, set_busy, set_look

pytestmark = pytest.mark.usefixtures("theme")


def test_the_words_in_a_bar_follow_its_look(qtbot: QtBot) -> None:
    """A sentence about a fault in the colour of a remark would be read on the wrong ground."""
    bar, words = QFrame(), plain_label("words")
    QVBoxLayout(bar).addWidget(words)
    qtbot.addWidget(bar)
    set_look(bar, "said", words)
    bar.show()
    colours = theme.current().colours
    for look, colour in (("said-fault", colours.bad), ("said-done", colours.good)):
        set_look(bar, look, words)
        assert words.palette().windowText().color().name() == colour


def test_a_bar_shows_whether_something_is_under_way(qtbot: QtBot) -> None:
    """At rest it has the colour of nothing."""
    bar = QProgressBar()
    bar.setProperty("look", "line")
    bar.setTextVisible(False)
    qtbot.addWidget(bar)
    bar.resize(200, 4)
    bar.setRange(0, 1)
    bar.setValue(1)
    set_busy(bar, busy=False)
    bar.show()
    at_rest = bar.grab().toImage()
    set_busy(bar, busy=True)
    assert bar.grab().toImage() != at_rest
    set_busy(bar, busy=False)
    assert bar.grab().toImage() == at_rest


def test_a_cross_says_what_it_puts_away(qtbot: QtBot) -> None:
    """To whoever cannot see it, too; Enter elsewhere in a window does not press it."""
    button = put_away_button("<タブ> を閉じる")
    qtbot.addWidget(button)
    assert isinstance(button, QPushButton)
    assert button.accessibleName() == "<タブ> を閉じる"
    assert "&lt;タブ&gt;" in button.toolTip()
    assert not button.autoDefault()
