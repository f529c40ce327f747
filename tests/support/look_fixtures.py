"""The program's look, once for all tests that show a window; tests/conftest.py brings it in."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from certhelper.look.theme import Theme
from certhelper.settings import TextSize


@pytest.fixture(scope="session")
def theme(qapp: QApplication) -> Theme:
    """Every window needs one; the application owns it."""
    made = Theme(qapp, TextSize.STANDARD)
    made.settle()
    return made
