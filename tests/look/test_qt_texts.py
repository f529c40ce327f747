"""Where the desktop has no dialog for files of its own, Qt's is in Japanese."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from support.systems import only_on_linux

ROOT = Path(__file__).parents[2]

SHOW = """
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton
from certhelper.desktop import program

class Asking(program.Program):
    def begin(self):
        dialog = QFileDialog(self.window, "", "", "(*.p12)")
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        for kind in (QLabel, QPushButton):
            print(*(one.text() for one in dialog.findChildren(kind)), sep="\\n")
        print(QCoreApplication.translate("QAbstractFileIconProvider", "Folder"), flush=True)
        self.window.close()
        self.finished.emit(0)

program.Program = Asking
from certhelper.cli import main
import sys
sys.exit(main(sys.argv[1:]))
"""


@only_on_linux  # elsewhere the system has a dialog of its own
def test_qt_s_own_dialog_for_files_speaks_japanese(tmp_path: Path) -> None:
    """None of its labels and buttons is left in English, but for the letters to press."""
    done = subprocess.run(
        [sys.executable, "-c", SHOW],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "QT_QPA_PLATFORM": "offscreen",
            "LANG": "ja_JP.UTF-8",
            "LC_ALL": "",
            "HOME": str(tmp_path),
        },
    )
    assert done.returncode == 0, done.stderr
    shown = done.stdout.split("\n")
    assert any("ファイルの種類" in one for one in shown)
    assert [one for one in shown if re.search(r"[a-z]", one)] == []
