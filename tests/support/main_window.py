"""The program's own main window, in a process that is driven from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.engine_processes import EngineProcess, below
from support.xvfb import screen

_ROOT = Path(__file__).parents[2]
_DRIVER = Path(__file__).parent / "main_window_driver.py"


class Running:
    """The main window's process and those that it starts."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def hear(self, word: str) -> None:
        """Wait until the driver has said it."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.strip() == word:
                return
        raise AssertionError(f"it ended before it said {word!r}")

    def click(self, character: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(character)
        self._process.stdin.flush()
        self.hear("sent" if character == "\n" else "clicked")

    @property
    def main(self) -> int:
        return self._process.pid

    @property
    def others(self) -> list[int]:
        """What runs beside the session's own process: the window and the command that it starts."""
        return [self.main, *(pid for pid, line in below(self.main) if " logon " in line)]

    @property
    def session(self) -> int:
        (pid,) = (pid for pid, line in below(self.main) if "logon.browser.worker" in line)
        return pid

    @property
    def engine(self) -> list[int]:
        return [one.pid for one in EngineProcess.below(self.main)]


def end(process: subprocess.Popen[str]) -> None:
    """End the log-on like a cancel of the window does, and then the window."""
    for pid, line in below(process.pid):
        if " logon " in line:
            os.kill(pid, signal.SIGTERM)
    process.terminate()


@contextmanager
def main_window(profile: Path, store: str) -> Iterator[Running]:
    """Run the driver on a profile and a store (``KIND:WHERE``), with a screen for its sessions."""
    with screen() as display:
        environment = os.environ | {
            "DISPLAY": display,
            "PYTHONPATH": os.pathsep.join((str(_ROOT), str(_ROOT / "tests"))),
        }
        del environment["QT_QPA_PLATFORM"]  # the session's window has the screen
        with subprocess.Popen(
            [sys.executable, str(_DRIVER), str(profile), store],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
            cwd=_ROOT,
        ) as process:
            try:
                yield Running(process)
            finally:
                end(process)
