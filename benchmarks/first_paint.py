"""From the start of the process to the first picture, beside an empty PySide6 window.

The first picture of ours is the window's ground; the frame with its texts and the filled list
follow.  All three moments are measured, because a person counts the later ones.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.report import Measurement
from certhelper.demo import cases, store
from certhelper.demo.authority import Authority

CODE = Path(__file__).parents[1]

_EMPTY = """
import os, sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget

class Window(QWidget):
    def paintEvent(self, event):
        super().paintEvent(event)
        QTimer.singleShot(0, lambda: (print("painted", flush=True), os._exit(0)))

application = QApplication(sys.argv)
window = Window()
window.resize(1000, 640)
window.show()
application.exec()
"""
_OURS = """
import os, sys
from certhelper.desktop import app
LAST = sys.argv.pop(1)

class Watched(app.MainWindow):
    def __init__(self):
        super().__init__()
        if LAST == "ground":
            self.first_painted.connect(self.tell)

    def set_contents(self, contents):
        super().set_contents(contents)
        paint = contents.paintEvent
        def painted(event):
            from PySide6.QtCore import QTimer
            paint(event)
            QTimer.singleShot(0, self.tell)
        if LAST == "frame":
            contents.paintEvent = painted
        elif LAST == "list":
            from certhelper.desktop.list_view import ListView
            show = ListView.show_sections
            def shown(view, sections, **how):
                show(view, sections, **how)
                if sections:
                    from PySide6.QtCore import QTimer
                    QTimer.singleShot(0, self.tell)
            ListView.show_sections = shown

    def tell(self):
        print("painted", flush=True)
        os._exit(0)

app.MainWindow = Watched
from certhelper.__main__ import main
sys.exit(main(sys.argv[1:]) or 1)
"""


def _seconds(program: str, *arguments: str) -> float:
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {
            "HOME": home,
            "XDG_CONFIG_HOME": home,
            "QT_QPA_PLATFORM": "offscreen",
        }
        started = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-c", program, *arguments],
            cwd=CODE,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            assert process.stdout is not None
            painted = process.stdout.readline() == "painted\n"
            took = time.perf_counter() - started
    if not painted:
        raise RuntimeError("nothing was painted")
    return took


def measurements(runs: int) -> Iterator[Measurement]:
    """The ground and the frame, each in turn with the empty window."""
    ground, frame, filled, peer = [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        authority = Authority()
        store.write(Path(folder), authority, cases.make(authority))
        for _ in range(runs):
            ground.append(_seconds(_OURS, "ground"))
            peer.append(_seconds(_EMPTY))
            frame.append(_seconds(_OURS, "frame"))
            filled.append(_seconds(_OURS, "list", "--store", f"nss:{folder}"))
    yield Measurement("first picture", ground, "empty PySide6 window", peer, 1.3)
    yield Measurement("frame with its texts", frame, "empty PySide6 window", peer, None)
    yield Measurement("list of the demo filled", filled, "empty PySide6 window", peer, None)
