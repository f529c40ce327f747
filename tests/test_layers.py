"""Qt and WebEngine stay in their rooms; import-linter guards the rest (pyproject.toml)."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

from support.systems import only_on_linux

import bootstrap

PACKAGE = Path(__file__).parents[1] / "certhelper"
QT_ROOMS = re.compile(r"desktop/|look/|pad/|qt/|logon/browser")
PLANTED = (
    ("standing", "listing"),
    ("folders", "browsers"),
    ("outside_programs", "folders"),
    ("machine_settings", "settings_in_force"),
    ("settings", "machine_settings"),
    ("proxy_choice", "settings"),
    ("system_trust", "windows"),
)
"""A lower module, and a higher one that it may not import."""
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


def test_threads_beside_qt_come_back_by_one_way() -> None:
    """What a thread finds is delivered to an object that may be gone (certhelper/qt/background.py).

    The readers of a child's pipes are started by such a thread, and a timer touches no object.
    What finds out about certificates uses an event only, which tells such a thread to stop.
    """
    beside_qt = {name for name in importers(r"threading\b") if QT_ROOMS.match(name)}
    assert beside_qt == {
        "desktop/check_means.py",
        "desktop/checking.py",
        "desktop/following.py",
        "desktop/session_process.py",
        "qt/background.py",
    }


def check_layers(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the check of the layers as ``bootstrap.py test`` does, in another tree."""
    (check,) = [one for one in bootstrap.CHECKS if "importlinter" in one[-1]]
    return subprocess.run(
        [sys.executable, *check], cwd=folder, capture_output=True, text=True, timeout=100
    )


@only_on_linux  # it reads the sources alone
def test_the_check_of_the_layers_fails_where_one_is_broken(tmp_path: Path) -> None:
    """A check that cannot fail guards nothing: a planted import must end it with an error."""
    skipped = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE, tmp_path / "certhelper", ignore=skipped)
    shutil.copy(PACKAGE.parent / "pyproject.toml", tmp_path)
    kept = check_layers(tmp_path)
    assert kept.returncode == 0, kept.stdout
    for lower, higher in PLANTED:
        planted = tmp_path / "certhelper" / f"{lower}.py"
        planted.write_text(planted.read_text("utf-8") + f"\nimport certhelper.{higher}\n", "utf-8")
    broken = check_layers(tmp_path)
    assert broken.returncode != 0
    for lower, higher in PLANTED:
        assert f"certhelper.{lower} -> certhelper.{higher} " in broken.stdout
