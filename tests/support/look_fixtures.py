"""What all tests with Qt share; tests/conftest.py brings it in."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication
from shiboken6 import delete

from certhelper.look.theme import Theme
from certhelper.settings import TextSize


@pytest.fixture(scope="session")
def theme(qapp: QApplication) -> Theme:
    """Every window needs one; the application owns it."""
    made = Theme(qapp, TextSize.STANDARD)
    made.settle()
    return made


@pytest.fixture(scope="module")
def garbage_is_collected_here() -> Iterator[None]:
    """As in the program: a thread must never be the one that destroys a Qt object."""
    gc.disable()
    yield
    gc.collect()
    gc.enable()


@pytest.fixture
def owner() -> Iterator[QObject]:
    """Owns what would otherwise end with whoever lets go of it last, perhaps in a thread."""
    made = QObject()
    yield made
    delete(made)
