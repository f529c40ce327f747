"""The demo as README starts it: an ordinary user, no display, and the browser's sandbox on."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from support.engine_processes import EngineProcess
from support.systems import only_on_linux

from installers.checkout.user import IS_ROOT, User

pytestmark = [
    only_on_linux,
    pytest.mark.timeout(300),  # the first set-up of a checkout may be part of it
]

ROOT = Path(__file__).parents[1]
PAGES = ["logon-page", "pin-page", "top-page"]
FEWEST_COLOURS = 20  # of a page with letters; an empty page has one


@dataclass
class Shown:
    """One run of the demo."""

    status: int = -1
    lines: list[str] = field(default_factory=list)
    engines: list[EngineProcess] = field(default_factory=list)

    @property
    def pictures(self) -> Path:
        found = re.search(r"\S*certhelper-demo-pictures-\S+", "\n".join(self.lines))
        assert found, self.lines
        return Path(found[0])


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """Run README's command and look at the engine's processes at every line that it prints."""
    run = Shown()
    home = tmp_path_factory.mktemp("home")
    with subprocess.Popen(
        [sys.executable, "bootstrap.py", "demo"],
        cwd=ROOT,
        env=os.environ | {"HOME": str(home)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as demo:
        assert demo.stdout is not None
        for line in demo.stdout:
            run.lines.append(line.rstrip("\n"))
            run.engines += EngineProcess.below(demo.pid)
    run.status = demo.returncode
    yield run
    shutil.rmtree(run.pictures)


def test_the_demo_logs_on_and_ends_well(shown: Shown) -> None:
    """One command, exit status 0, nothing else to be done."""
    assert shown.status == 0, shown.lines


def test_each_step_has_a_picture_with_something_on_it(shown: Shown) -> None:
    """Where there is no display, a person sees the log-on in pictures."""
    pictures = sorted(shown.pictures.iterdir())
    steps = [re.sub(r"^\d+-", "", picture.stem) for picture in pictures]
    assert [step for step in steps if step in PAGES] == PAGES
    for picture in pictures:
        image = QImage(str(picture))
        points = (image.pixel(x, y) for x in range(image.width()) for y in range(image.height()))
        assert len(set(points)) >= FEWEST_COLOURS, picture.name


def test_the_browser_runs_unprivileged_in_its_sandbox(shown: Shown) -> None:
    """Pages are drawn by processes without rights, and nothing switched that off."""
    assert shown.engines
    assert any(engine.sandboxed for engine in shown.engines)
    assert not any("--no-sandbox" in engine.arguments for engine in shown.engines)
    if sys.platform == "win32":
        pytest.skip("only on Linux")
    ordinary = User.choose().uid if IS_ROOT else os.getuid()
    assert {engine.uid for engine in shown.engines} == {ordinary}


def test_nothing_stays_behind(shown: Shown) -> None:
    """Neither the lent home nor the demo's bank and store are there afterwards."""
    mentioned = re.findall(r"(/\S*?/certhelper-demo-(?!pictures)[^/\s]+)", "\n".join(shown.lines))
    assert mentioned
    assert not any(Path(folder).exists() for folder in mentioned)
