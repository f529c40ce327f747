"""Builds the Linux program: PyInstaller in a clean Debian of its own, with the locked packages."""

from __future__ import annotations

import platform
import shutil
import subprocess
import tempfile
from pathlib import Path

from installers import cache, chroot, licences, packages
from installers.checkout import debian
from installers.checkout.environment import CHECKOUT, LOCKS
from installers.checkout.words import SetUpError, say, tell

SUITE = "bookworm"
LIBRARIES_OF_OPTIONS = ("libgtk-3-0", "libcups2")
"""What plugins need that the program works without: the desktop's look, and printers."""

_TOOLS = ("python3", "libpython3.11", "binutils", "dpkg-dev", "lintian")
_PYTHON_VERSION = "3.11"
_PYTHON_TEXT = "usr/lib/python3.11/LICENSE.txt"
# Debian's Python looks there by itself, so PyInstaller keeps the folders of packages as they are.
_SITE = "/usr/local/lib/python3.11/dist-packages"
_INPUTS = ("certhelper", "resources", "installers/build", "installers/licences.py")
_LOCK = LOCKS / "build.lock"
_FIXED_MOMENT = "315532800"  # 1980-01-01, the first that a zip file can hold
_LAST_LINES = 30


def built() -> Path:
    """Return the folder with ``certhelper/``, the program, and ``licenses/``.

    It is built now or was before, from the same files.  Raises :class:`SetUpError`.
    """
    machine = builder()
    site = _packages()
    inputs = [CHECKOUT / name for name in _INPUTS]
    recipe: list[bytes | str] = [machine.root.parent.name, site.name, *cache.octets_of(*inputs)]

    def make(folder: Path) -> None:
        tell("Linux 用のプログラムを作っています", "Building the program for Linux")
        _run_pyinstaller(site, folder)
        version = machine.run(
            ["python3", "-c", "import platform; print(platform.python_version())"]
        )
        text = machine.root / _PYTHON_TEXT
        licences.write(site, text, version.stdout.strip(), folder / "licenses")

    return cache.kept("debian-program", recipe, make)


def builder(*mounts: chroot.Mount) -> chroot.Chroot:
    """Return the Debian that programs and packages are built in.  Raises :class:`SetUpError`."""
    libraries = [name for name in debian.RUN if not name.startswith("fonts-")]
    wanted = [*_TOOLS, *libraries, *LIBRARIES_OF_OPTIONS]
    return chroot.Chroot(chroot.made("debian-builder", SUITE, wanted), mounts)


def _packages() -> Path:
    def make(folder: Path) -> None:
        target = f"{platform.machine()}-manylinux_2_36"  # Debian 12's C library
        try:
            packages.install(_LOCK, folder, target, _PYTHON_VERSION)
        except subprocess.CalledProcessError as error:
            raise SetUpError(
                say(
                    f"Python の部品を用意できませんでした: {error}",
                    f"The Python packages could not be installed: {error}",
                )
            ) from error

    return cache.kept("debian-packages", [platform.machine(), _LOCK.read_bytes()], make)


def _run_pyinstaller(site: Path, folder: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        source = work / "source"
        for part in ("certhelper", "resources", "installers"):
            shutil.copytree(
                CHECKOUT / part, source / part, ignore=shutil.ignore_patterns("__pycache__")
            )
        machine = builder(
            chroot.Mount(source, "/source"),
            chroot.Mount(site, _SITE),
            chroot.Mount(work, "/work", writable=True),
            chroot.Mount(folder, "/out", writable=True),
        )
        words = ["python3", "-I", "-m", "PyInstaller", "--noconfirm", "--distpath=/out"]
        specification = "/source/installers/build/certhelper.spec"
        # The same modules in the same order every time: reproducible-builds.org.
        variables = {"PYTHONHASHSEED": "0", "SOURCE_DATE_EPOCH": _FIXED_MOMENT}
        variables |= {"PYINSTALLER_CONFIG_DIR": "/work/configuration"}
        try:
            machine.run([*words, "--workpath=/work", specification], variables=variables)
        except subprocess.CalledProcessError as error:
            said = "\n".join(str(error.stdout).splitlines()[-_LAST_LINES:])
            raise SetUpError(f"PyInstaller:\n{said}") from error
