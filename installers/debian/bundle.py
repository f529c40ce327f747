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

DEPENDENCIES = "dependencies.txt"
"""Lines ``depends=…`` and ``recommends=…``, as dpkg-shlibdeps worked them out."""

_OPTIONAL = ("platformthemes/libqgtk3.so", "printsupport/libcupsprintersupport.so")
_TOOLS = ("python3", "libpython3.11", "binutils", "dpkg-dev", "lintian")
_PYTHON_VERSION = "3.11"
_PYTHON_TEXT = "usr/lib/python3.11/LICENSE.txt"
# Debian's Python looks there by itself, so PyInstaller keeps the folders of packages as they are.
_SITE = "/usr/local/lib/python3.11/dist-packages"
_WORK = "/work"
_INPUTS = ("certhelper", "resources", "installers/build", "installers/debian/bundle.py")
_LOCK = LOCKS / "build.lock"
_FIXED_MOMENT = "315532800"  # 1980-01-01, the first that a zip file can hold
_LAST_LINES = 30


def built() -> Path:
    """Return the folder with ``certhelper/``, the program, and :data:`DEPENDENCIES`.

    It is built now or was before, from the same files.  Raises :class:`SetUpError`.
    """
    machine = builder()
    site = _packages()
    inputs = [CHECKOUT / name for name in _INPUTS]
    recipe: list[bytes | str] = [machine.root.parent.name, site.name, *cache.octets_of(*inputs)]

    def make(folder: Path) -> None:
        tell("Linux 用のプログラムを作っています", "Building the program for Linux")
        _run_pyinstaller(site, folder)
        (folder / DEPENDENCIES).write_text(_dependencies(folder, site), encoding="ascii")

    return cache.kept("debian-program", recipe, make)


def notices(target: Path) -> list[licences.Part]:
    """Write the licence notices of the program into the new folder ``target``; return its parts.

    Raises :class:`SetUpError`.
    """
    machine = builder()
    version = machine.run(["python3", "-c", "import platform; print(platform.python_version())"])
    text = machine.root / _PYTHON_TEXT
    return licences.write(_packages(), text, version.stdout.strip(), target)


def builder(*mounts: chroot.Mount) -> chroot.Chroot:
    """Return the Debian that programs and packages are built in.  Raises :class:`SetUpError`."""
    wanted = [*_TOOLS, *_libraries(), *LIBRARIES_OF_OPTIONS]
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
            chroot.Mount(work, _WORK, writable=True),
            chroot.Mount(folder, "/out", writable=True),
        )
        words = ["python3", "-m", "PyInstaller", "--noconfirm", "--distpath=/out"]
        specification = "/source/installers/build/certhelper.spec"
        # The same modules in the same order every time: reproducible-builds.org.
        variables = {"PYTHONHASHSEED": "0", "SOURCE_DATE_EPOCH": _FIXED_MOMENT}
        variables |= {"PYINSTALLER_CONFIG_DIR": f"{_WORK}/configuration"}
        try:
            machine.run([*words, f"--workpath={_WORK}", specification], variables=variables)
        except subprocess.CalledProcessError as error:
            said = "\n".join(str(error.stdout).splitlines()[-_LAST_LINES:])
            raise SetUpError(f"PyInstaller:\n{said}") from error


def _dependencies(folder: Path, site: Path) -> str:
    """Work out the packages whose libraries the program's own files are linked with.

    What only :data:`LIBRARIES_OF_OPTIONS` have is recommended.  What is opened by name at run time
    dpkg-shlibdeps cannot see: it is what the checkout needs, too.
    """
    files = sorted(path for path in (folder / "certhelper").rglob("*") if _is_elf(path))
    names = [f"/out/{path.relative_to(folder)}" for path in files]

    def make(target: Path) -> None:
        (target / DEPENDENCIES).write_text(_asked(folder, names), encoding="ascii")

    # The same files of the same packages, whatever changed in our own code.
    recipe = [builder().root.parent.name, site.name, *names, *_libraries()]
    kept = cache.kept("debian-dependencies", recipe, make)
    return (kept / DEPENDENCIES).read_text(encoding="ascii")


def _asked(folder: Path, names: list[str]) -> str:
    optional = [name for name in names if name.endswith(_OPTIONAL)]
    needed = [name for name in names if name not in optional]
    own = sorted({f"-l{name.rpartition('/')[0]}" for name in names})
    words = ["dpkg-shlibdeps", "-O", "--ignore-missing-info", *own]
    words += ["-dDepends", *needed, "-dRecommends", *optional]
    with tempfile.TemporaryDirectory() as name:
        control = Path(name) / "debian" / "control"
        control.parent.mkdir()
        control.write_text("Source: certhelper\n\nPackage: certhelper\nArchitecture: any\n")
        machine = builder(
            chroot.Mount(folder, "/out"), chroot.Mount(Path(name), "/work", writable=True)
        )
        said = machine.run(words, folder="/work").stdout
    found = dict(
        line.removeprefix("shlibs:").lower().split("=", 1)
        for line in said.splitlines()
        if line.startswith("shlibs:")
    )
    linked = {entry.split()[0] for entry in found["depends"].split(", ")}
    by_name = [name for name in _libraries() if name not in linked]
    depends = ", ".join(sorted([*found["depends"].split(", "), *by_name]))
    return f"depends={depends}\nrecommends={found.get('recommends', '')}\n"


def _is_elf(path: Path) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def _libraries() -> list[str]:
    return [name for name in debian.RUN if not name.startswith("fonts-")]
