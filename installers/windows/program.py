"""Builds the Windows program on Linux: PyInstaller under Wine, with what the lock files name."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from installers import cache, licences
from installers.checkout.environment import CHECKOUT, LOCKS
from installers.checkout.words import SetUpError, say, tell
from installers.wine import machine
from installers.wine.python import interpreter

CONSOLE_PROGRAM = "certhelper.com"
"""The one that writes into the console it was started in (docs/decisions/0012)."""
WINDOW_PROGRAM = "certhelper.exe"
LICENCES = "licenses"

_INPUTS = (
    *("certhelper", "resources", "installers/build"),
    *("installers/windows/identity.py", "installers/windows/program.manifest"),
    *("installers/windows/program.py", "installers/wine/python.py"),
    *("installers/licences.py", "installers/notices"),
)
_LOCKS = ("build.lock", "windows-python.lock")
_SPECIFICATION = r"Z:\repo\installers\build\certhelper.spec"
_TIME_LIMIT_S = 30 * 60
_LAST_LINES = 30


def moment() -> int:
    """Return the moment that every file of a build carries, in seconds since 1970.

    It is what ``SOURCE_DATE_EPOCH`` says (reproducible-builds.org/specs/source-date-epoch), or
    else the moment of the last commit.  Raises :class:`SetUpError` where there is neither.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return int(given)
    last = subprocess.run(
        # The folder is ours to read whoever owns it.
        ["git", "-c", f"safe.directory={CHECKOUT}", "log", "-1", "--format=%ct"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
    )
    if last.returncode:
        raise SetUpError(
            say(
                "SOURCE_DATE_EPOCH が無く、git の記録もありません。",
                "There is neither SOURCE_DATE_EPOCH nor a git history.",
            )
        )
    return int(last.stdout)


def built(at: int) -> Path:
    """Return the folder of the program, built now or before from the same files.

    ``at`` is the moment that its files carry.  Raises :class:`SetUpError`.
    """

    def make(folder: Path) -> None:
        tell("Windows 用のプログラムを作っています", "Building the program for Windows")
        with machine.fresh(locks=("build",)) as wine:
            _run_pyinstaller(wine, {"PYTHONHASHSEED": "0", "SOURCE_DATE_EPOCH": str(at)})
            tree = wine.work / "dist" / "certhelper"
            (tree / "certhelper-console.exe").rename(tree / CONSOLE_PROGRAM)
            python = interpreter("build", search=(r"Z:\repo",))
            version = wine.run([wine.python, "-V"]).stdout.split()[-1]
            packages = python / "Lib" / "site-packages"
            licences.write(packages, python / "LICENSE.txt", version, tree / LICENCES)
            shutil.move(tree, folder / "certhelper")
        date(folder / "certhelper", at)

    inputs = [CHECKOUT / name for name in _INPUTS] + [LOCKS / name for name in _LOCKS]
    return cache.kept("windows-program", [str(at), *cache.octets_of(*inputs)], make) / "certhelper"


def date(tree: Path, at: int) -> None:
    """Give every file and folder below ``tree`` the same moment (seconds since 1970)."""
    for path in (tree, *tree.rglob("*")):
        os.utime(path, (at, at), follow_symlinks=False)


def sizes(tree: Path) -> dict[str, int]:
    """Return the size in bytes of every file below ``tree``, the largest first."""
    files = {str(p.relative_to(tree)): p.stat().st_size for p in tree.rglob("*") if p.is_file()}
    return dict(sorted(files.items(), key=lambda item: (-item[1], item[0])))


def _run_pyinstaller(wine: machine.Machine, variables: Mapping[str, str]) -> None:
    folders = [r"--distpath=Z:\work\dist", r"--workpath=Z:\work\build"]
    words = [wine.python, "-m", "PyInstaller", "--noconfirm", *folders, _SPECIFICATION]
    try:
        wine.run(words, variables=variables, time_limit=_TIME_LIMIT_S)
    except subprocess.CalledProcessError as error:
        said = "\n".join(str(error.stdout).splitlines()[-_LAST_LINES:])
        raise SetUpError(f"PyInstaller:\n{said}") from error
