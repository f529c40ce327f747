r"""A fresh Windows for one run: Wine in a chroot of its own, with a Python for Windows.

What a command sees there:

=========  ===========  ====================================================================
on Linux   on Windows
=========  ===========  ====================================================================
/work      ``Z:\work``   this machine's own folder, writable (:attr:`Machine.work`)
/repo      ``Z:\repo``   the checkout, for reading only
/py        ``Z:\py``     the Python for Windows with the packages of the lock, reading only
=========  ===========  ====================================================================
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from installers import cache, chroot
from installers.checkout.environment import CHECKOUT
from installers.checkout.words import SetUpError, say
from installers.chroot import Chroot, Mount
from installers.wine import python

# Wine 10; the Wine 8 of Debian 12 lacks what `cryptography` needs.
_SUITE = "trixie"
_PACKAGES = ("wine", "wine64", "libgl1", "fonts-noto-cjk", "ca-certificates")
_NO_32_BIT = "/usr/lib/x86_64-linux-gnu/wine/i386-windows/*"
_HERE = Path(__file__).parent
_ICU = _HERE / "icuuc.c"
_X_SOCKETS = Path("/tmp", ".X11-unix")  # noqa: S108  # where X servers listen
_WORK = "/work"
_VARIABLES = {
    "WINEPREFIX": f"{_WORK}/prefix",
    "WINEDEBUG": "-all",
    "WINEDLLOVERRIDES": "mscoree,mshtml=;winemenubuilder.exe=d",
    "XDG_RUNTIME_DIR": "/tmp",  # noqa: S108  # this machine's own, see _mounts
    "PYTHONUTF8": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}


@dataclass(frozen=True, slots=True)
class Machine:
    """One Windows; it is gone, with all that was put into it, when its ``with`` block ends."""

    chroot: Chroot
    work: Path
    variables: Mapping[str, str]

    python = r"Z:\py\python.exe"

    @property
    def prefix(self) -> Path:
        """The folder with ``drive_c`` and the registry's files."""
        return self.work / "prefix"

    def run(
        self,
        words: Sequence[str],
        *,
        folder: str = _WORK,
        variables: Mapping[str, str] | None = None,
        time_limit: float = 600.0,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program for Windows (a path in Windows' spelling, then its arguments).

        Raises ``subprocess.CalledProcessError`` with what it said, and
        ``subprocess.TimeoutExpired`` after ``time_limit`` seconds.
        """
        given = {**self.variables, **(variables or {})}
        return self.chroot.run(
            ["wine", *words], folder=folder, variables=given, time_limit=time_limit
        )

    def command(
        self,
        words: Sequence[str],
        *,
        folder: str = _WORK,
        variables: Mapping[str, str] | None = None,
    ) -> list[str]:
        """Return the words that do the same, for a caller who follows the program's output."""
        given = {**self.variables, **(variables or {})}
        return self.chroot.command(["wine", *words], folder=folder, variables=given)

    def settle(self) -> None:
        """Wait until every program has ended and the registry's files are written."""
        self._server("--wait")

    def end(self) -> None:
        """End every program that still runs."""
        self._server("--kill")
        self._server("--wait")

    def _server(self, option: str) -> None:
        # Its status is 1 when nothing ran.
        self.chroot.run(
            ["sh", "-c", f"wineserver {option} || true"],
            variables=dict(self.variables),
            time_limit=120,
        )


@contextmanager
def fresh(
    *,
    mounts: Mapping[str, Path] | None = None,
    display: str | None = None,
    locks: Sequence[str] = ("dev",),
) -> Iterator[Machine]:
    """Lend a Windows in which nobody has done anything yet.

    ``mounts`` are further folders, for reading only, by the place where they are seen
    (``{"/dist": folder}``); ``display`` is an X display for its windows.  Raises
    :class:`SetUpError` where the machine cannot be made here.
    """
    root = _root()
    interpreter = python.interpreter(*locks, search=(r"Z:\repo",))
    pristine = _pristine(root)
    with tempfile.TemporaryDirectory(prefix="certhelper-wine-") as name:
        work = Path(name)
        (work / "tmp" / _X_SOCKETS.name).mkdir(parents=True)  # a place to mount the sockets on
        # Made by Wine itself once and copied: making it takes 20 s.
        subprocess.run(
            ["cp", "-a", "--reflink=auto", str(pristine), str(work / "prefix")], check=True
        )
        shown = [Mount(_X_SOCKETS, str(_X_SOCKETS), writable=True)] if display else []
        lent = [Mount(source, target) for target, source in (mounts or {}).items()]
        mounted = [*_mounts(work, interpreter), *shown, *lent]
        variables = _VARIABLES | ({"DISPLAY": display} if display else {})
        machine = Machine(Chroot(root, mounted), work, variables)
        try:
            yield machine
        finally:
            machine.end()


def _mounts(work: Path, interpreter: Path) -> list[Mount]:
    return [
        Mount(work, _WORK, writable=True),
        Mount(work / "tmp", "/tmp", writable=True),  # noqa: S108  # Wine's own sockets
        Mount(interpreter, "/py"),
        Mount(CHECKOUT, "/repo"),
    ]


def _root() -> Path:
    return chroot.made("wine", _SUITE, _PACKAGES, _NO_32_BIT)


def _pristine(root: Path) -> Path:
    """Return a prefix as Wine makes it, with the one library that Qt needs and Wine lacks."""

    def make(folder: Path) -> None:
        (folder / "tmp").mkdir()
        empty = Chroot(root, _mounts(folder, _HERE))
        try:
            empty.run(["wineboot", "--init"], variables=_VARIABLES)
            empty.run(["wineserver", "--wait"], variables=_VARIABLES)
            system = folder / "prefix" / "drive_c" / "windows" / "system32"
            compile_library(_ICU, system / "icuuc.dll")
        except (subprocess.SubprocessError, OSError) as error:
            raise SetUpError(
                say(f"Wine を準備できませんでした: {error}", f"Wine could not be set up: {error}")
            ) from error

    recipe: list[bytes | str] = [
        root.parent.name,
        *cache.octets_of(_ICU),
        *map(str, sorted(_VARIABLES.items())),
    ]
    return cache.kept("wine-prefix", recipe, make) / "prefix"


def compile_library(source: Path, target: Path) -> None:
    """Make a DLL of one C file, with mingw-w64.  Raises ``subprocess.CalledProcessError``."""
    compiler = ["x86_64-w64-mingw32-gcc", "-shared", "-O2", "-s", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([*compiler, "-o", str(target), str(source)], check=True)
