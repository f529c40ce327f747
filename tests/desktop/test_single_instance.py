"""A second start brings the first window to the front."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot
from support.systems import only_on_linux

from certhelper.desktop.single_instance import SingleInstance

SECOND = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from certhelper.desktop.single_instance import SingleInstance
application = QCoreApplication([])
one = SingleInstance(Path(sys.argv[1]), sys.argv[2:])
print(one.is_first(), not one.is_first() and one.raise_first())
"""


def second_start(folder: Path, *key: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SECOND, str(folder), *key], stdout=subprocess.PIPE, text=True
    )


def said(start: subprocess.Popen[str]) -> str:
    return start.communicate(timeout=60)[0].strip()


def test_a_second_start_raises_the_first(qtbot: QtBot, tmp_path: Path) -> None:
    """The first window is asked to come to the front, and the second start knows it was heard."""
    first = SingleInstance(tmp_path, ["bank", "store"])
    assert first.is_first()
    first.listen()
    with qtbot.waitSignal(first.raise_wanted, timeout=60_000):
        second = second_start(tmp_path, "bank", "store")
    assert said(second) == "False True"


def test_other_arguments_are_another_window(tmp_path: Path) -> None:
    """The demo never raises the real window, nor one bank another's."""
    first = SingleInstance(tmp_path, ["", ""])
    assert first.is_first()
    for key in (["demo.toml", "nss:/demo"], ["", "nss:/other"]):
        assert SingleInstance(tmp_path, key).is_first()


def test_the_place_is_free_again_after_a_crash(tmp_path: Path) -> None:
    """A lock file left on disk does not keep the next start away."""
    code = SECOND + "\nimport os; sys.stdout.flush(); os.kill(os.getpid(), 9)"
    crashed = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), "bank"], capture_output=True, text=True
    )
    assert crashed.stdout.strip() == "True False"
    assert crashed.returncode != 0
    again = SingleInstance(tmp_path, ["bank"])
    assert again.is_first()
    again.listen()


def test_a_first_one_that_does_not_answer_does_not_block(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A frozen window must not keep the person from opening another."""
    monkeypatch.setattr(QThread, "msleep", lambda _: None)
    monkeypatch.setattr("certhelper.desktop.single_instance._CONNECT_MS", 10)
    frozen = SingleInstance(tmp_path, ["bank"])
    assert frozen.is_first()
    second = SingleInstance(tmp_path, ["bank"])
    assert not second.is_first()
    assert not second.raise_first()


@only_on_linux  # on Windows the profile folder has the rights
def test_nobody_else_can_reach_the_lock(tmp_path: Path) -> None:
    """The folder and the lock are this user's own."""
    folder = tmp_path / "config" / "certhelper"
    SingleInstance(folder, ["bank"]).is_first()
    assert folder.stat().st_mode & 0o077 == 0
    assert all(file.stat().st_mode & 0o077 == 0 for file in folder.iterdir())
