"""The window's cancel on Windows: the child is ended at once, and nothing of it stays."""

from __future__ import annotations

import sys
from pathlib import Path

from pytestqt.qtbot import QtBot

from certhelper.desktop.session_process import SessionProcess
from certhelper.logon.stages import StageReport

# As ``certhelper logon`` does it: a private home, and a job that holds the worker, which keeps a
# file of the home open for ever.
COMMAND = """
import json, subprocess, sys
from certhelper.logon.home import private_home
from certhelper.windows.jobs import Job
worker = "import sys; held = open('held', 'w'); print('held', flush=True); sys.stdin.read()"
with private_home() as home, Job() as job:
    process = subprocess.Popen(
        [sys.executable, "-c", worker], cwd=home, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    job.take(process.pid)
    process.stdout.readline()
    print(json.dumps({"stage": "opened", "code": None, "detail": {"home": str(home)}}), flush=True)
    process.wait()
"""


def test_a_cancelled_log_on_leaves_no_process_and_no_home(qtbot: QtBot) -> None:
    """Windows gives the child no chance to tidy up, so the window does when it has ended."""
    child = SessionProcess([sys.executable, "-c", COMMAND])
    homes: list[Path] = []
    statuses: list[int] = []

    def opened(report: StageReport) -> None:
        homes.append(Path(report.detail["home"]))
        assert (homes[0] / "held").exists()
        child.cancel()

    child.reported.connect(opened)
    child.ended.connect(lambda status, _: statuses.append(status))
    child.start()
    qtbot.waitUntil(lambda: bool(statuses), timeout=60_000)
    qtbot.waitUntil(lambda: not homes[0].exists(), timeout=60_000)
    assert statuses[0] != 0
