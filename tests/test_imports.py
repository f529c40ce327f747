"""The start stays fast: what is heavy is imported only where it is used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.nssdb import Database
from support.pki import Authority

ROOT = Path(__file__).parents[1]
HEAVY = {
    "OpenSSL",
    "PySide6",
    "cryptography",
    "flask",
    "keyring",
    "psutil",
    "publicsuffixlist",
    "requests",
    "shiboken6",
    "ssl",
}

RUN = """
import sys
from certhelper.__main__ import main
status = main(sys.argv[1:])
print("\\n" + " ".join(sorted({name.partition(".")[0] for name in sys.modules})))
sys.exit(status)
"""

# The program's own start, up to the moment at which the person sees the window.
ASKED_FOR = {"plistlib", "configparser", "certhelper.browsers.check"}
"""What only those need who ask for their own browser."""

FIRST_PAINT = """
import os, sys
from certhelper.desktop import app

class Watched(app.MainWindow):
    def __init__(self, *given, **named):
        super().__init__(*given, **named)
        self.first_painted.connect(self.tell)

    def tell(self):
        print(" ".join(sorted(sys.modules)), flush=True)
        os._exit(0)

app.MainWindow = Watched
from certhelper.__main__ import main
sys.exit(main([]) or 1)
"""


# The same start, up to the moment at which the stores are about to be read.
BEFORE_THE_LIST = """
import os, sys
from certhelper.desktop import app

made = app._program

def tell(*given):
    made(*given)
    print(" ".join(sorted(sys.modules)), flush=True)
    os._exit(0)

app._program = tell
from certhelper.__main__ import main
sys.exit(main([]) or 1)
"""


def imported_by(*arguments: str) -> tuple[str, set[str]]:
    """Run one command in an interpreter of its own; return its output and what it imported."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    output, _, modules = done.stdout.rstrip("\n").rpartition("\n")
    return output, set(modules.split())


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_asking_the_program_about_itself_loads_nothing_heavy(option: str) -> None:
    """Version and help are there at once."""
    _, modules = imported_by(option)
    assert not HEAVY & modules


def test_listing_an_nss_database_loads_nothing_heavy(tmp_path: Path) -> None:
    """Neither Qt nor cryptography is needed to list certificates and judge them."""
    database = Database.create(tmp_path / "nss")
    database.add(Authority().issue("12345678901234 user01"), "mine")
    output, modules = imported_by("list", "--store", f"nss:{database.directory}", "--json")
    assert len(json.loads(output)["certificates"]) == 1
    assert not HEAVY & modules


@pytest.mark.parametrize("until", [FIRST_PAINT, BEFORE_THE_LIST], ids=["window", "list"])
def test_nothing_heavy_is_loaded_before_the_window_shows(until: str) -> None:
    """The person sees the window first; browser, keyring and cryptography come when needed."""
    done = subprocess.run(
        [sys.executable, "-c", until], cwd=ROOT, capture_output=True, text=True, check=True
    )
    modules = done.stdout.split()
    assert "PySide6.QtWidgets" in modules
    assert not (HEAVY - {"PySide6", "shiboken6"}) & {name.partition(".")[0] for name in modules}
    assert not [name for name in modules if name.startswith("PySide6.QtWebEngine")]
    assert not ASKED_FOR.intersection(modules)
