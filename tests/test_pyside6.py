"""The pinned PySide6 keeps its promises on this Python."""

from __future__ import annotations

import sys

import PySide6
import pytest
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from support.systems import not_under_wine


def test_calls_without_a_result_do_not_use_up_none(qtbot: QtBot) -> None:
    """PySide6 6.12.0 on Python 3.11 loses a reference to None at every such call, and then dies."""
    label = QLabel()
    qtbot.addWidget(label)
    before = sys.getrefcount(None)
    for _ in range(1000):
        label.setText("あ")
    assert abs(sys.getrefcount(None) - before) < 100


def test_the_pinned_version_is_the_one_in_use() -> None:
    """docs/decisions/0001 gives the reason for exactly this version."""
    assert PySide6.__version__ == "6.11.3"


@not_under_wine("no font for Japanese is installed there")
@pytest.mark.usefixtures("qapp")
def test_japanese_letters_have_a_font() -> None:
    """No window and no picture may show boxes for letters."""
    assert QFontDatabase.families(QFontDatabase.WritingSystem.Japanese)
