"""Qt and WebEngine stay in their rooms; import-linter guards the rest (pyproject.toml)."""

from __future__ import annotations

import ast
import re
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "certhelper"
QT_ROOMS = re.compile(r"desktop/|look/|logon/browser")
WEBENGINE_ROOMS = re.compile(r"logon/browser")


def imported(path: Path) -> set[str]:
    names = set[str]()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def importers(pattern: str) -> set[str]:
    """Return which modules import, anywhere in them, a name that matches."""
    return {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if any(re.match(pattern, name) for name in imported(path))
    }


def test_qt_is_only_in_the_window_and_the_browser() -> None:
    """Decisions live where they can be read and tested without a window."""
    found = importers("(PySide6|shiboken6)")
    assert found
    assert {name for name in found if not QT_ROOMS.match(name)} == set()


def test_webengine_is_only_in_the_browser() -> None:
    """The main window never loads the browser: one process a session."""
    found = importers(r"PySide6\.QtWebEngine")
    assert found
    assert {name for name in found if not WEBENGINE_ROOMS.match(name)} == set()
