"""The program as it is started: its first picture, a second start, and what it was told."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.nssdb import Database
from support.pki import Authority

ROOT = Path(__file__).parents[2]
PATIENCE = 60

START = """
import sys
from certhelper.desktop import window

class Watched(window.MainWindow):
    def __init__(self):
        super().__init__()
        self.first_painted.connect(self.tell)

    def tell(self):
        loaded = sorted({name for name in sys.modules})
        print("\\n".join(loaded), flush=True)
        import os
        os._exit(0)

window.MainWindow = Watched
from certhelper.cli import main
sys.exit(main(sys.argv[1:]))
"""

WHOLE = """
import sys
from certhelper.desktop import program

class Watched(program.Program):
    def _go_on(self):
        super()._go_on()
        self.reader.finished.connect(self.tell)

    def _say_failure(self, error):
        super()._say_failure(error)
        print("failure", error.code, flush=True)
        self.window.close()

    def tell(self):
        if self.frame.shows_page:
            return  # there is no list
        for section in self.listed.sections:
            for row in section.rows:
                print(row.key, flush=True)
        print("first", flush=True)

program.Program = Watched
from certhelper.cli import main
sys.exit(main(sys.argv[1:]))
"""


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = Database.create(tmp_path / "nss")
    made.add(Authority().issue("12345678901234 user01"), "mine")
    return made


def test_nothing_slow_is_loaded_before_the_first_picture() -> None:
    """No network, no cryptography, no keyring, no engine; of Qt only its three basic modules."""
    output, errors = start(START).communicate(timeout=PATIENCE)
    loaded = set(output.split())
    assert "certhelper.desktop.window" in loaded, errors
    slow = {"requests", "cryptography", "keyring", "msgspec", "platformdirs", "ssl", "sqlite3"}
    if sys.platform == "win32":
        slow.remove("platformdirs")  # only Windows knows where the settings are
    assert not slow & {name.partition(".")[0] for name in loaded}
    qt = {name for name in loaded if name.startswith("PySide6.Qt")}
    assert qt == {"PySide6.QtCore", "PySide6.QtGui", "PySide6.QtWidgets"}


def test_the_list_is_filled_and_a_second_start_ends_at_once(database: Database) -> None:
    """The first start lists the named store; the same start again only raises it."""
    arguments = ["--store", f"nss:{database.directory}"]
    first = start(WHOLE, *arguments)
    try:
        assert first.stdout is not None
        lines = []
        while (line := first.stdout.readline().strip()) != "first":
            assert line, first.stderr.read() if first.stderr else ""
            lines.append(line)
        assert lines == ["12345678901234/user01"]
        if sys.platform == "linux":  # a PIN may be entered now: a crash must not write it down
            limits = Path(f"/proc/{first.pid}/limits").read_text()
            assert re.search(r"Max core file size +0 ", limits)
        second = start(WHOLE, *arguments)
        output, errors = second.communicate(timeout=PATIENCE)
        assert (second.returncode, output) == (0, ""), errors
        assert first.poll() is None
    finally:
        first.kill()
        first.communicate()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--store", "nss:/no/such/folder"], "store-not-found"),
        (["--store", "nonsense"], "unknown-store-kind"),
        (["--bank", "no-such-bank"], "unknown-bank"),
        (["--bank", "no/such/file.toml"], "profile-unreadable"),
    ],
)
def test_wrong_use_is_told_in_the_window_and_by_the_exit_status(
    arguments: list[str], code: str
) -> None:
    """Who starts it from a script gets status 2, who looks at it the sentence."""
    done = start(WHOLE, *arguments)
    output, errors = done.communicate(timeout=PATIENCE)
    assert output.split() == ["failure", code], errors
    assert done.returncode == 2
    assert "Traceback" not in errors
