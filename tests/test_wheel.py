"""A built package holds everything that the program reads."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.systems import only_on_linux

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_carries_the_resources(wheel: Path) -> None:
    """Texts, profiles and scripts stand inside the package, where the program looks first."""
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    there = {
        f"certhelper/resources/{path.relative_to(ROOT / 'resources').as_posix()}"
        for path in (ROOT / "resources").rglob("*")
        if path.is_file()
    }
    assert there - packed == set()


@only_on_linux  # a built program is what Windows gets
def test_the_wheel_starts_by_its_command(wheel: Path, tmp_path: Path) -> None:
    """The entry point of the package is the program, and it finds its texts there."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
        (name,) = [name for name in archive.namelist() if name.endswith("entry_points.txt")]
        assert "certhelper = certhelper.__main__:main" in archive.read(name).decode()
    code = (
        "from certhelper.__main__ import main; from certhelper import resources, texts;"
        "assert texts.area('failures'); print(resources.folder())"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(done.stdout.strip()) == tmp_path / "certhelper" / "resources"
