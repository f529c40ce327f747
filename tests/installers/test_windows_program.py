"""What the built Windows program holds, what it says about itself, and that it starts."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from support import windows_installation as installation
from support import xvfb

from certhelper import __version__
from installers.build import contents
from installers.windows import identity, program
from installers.wine import machine

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only as root"),
    pytest.mark.timeout(1800),  # with the build, where there is none yet
]

LARGEST = 355_000_000  # octets; Qt WebEngine alone is 204 million, QtPdf 5
OBJDUMP = "x86_64-w64-mingw32-objdump"
NATIVE = (".dll", ".exe", ".pyd", ".com")


# The window is asked to close as a person would, once it is there.
WATCH_WINDOW = """
import ctypes, subprocess, sys
from ctypes import wintypes
user32 = ctypes.WinDLL("user32")
CALLBACK = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.HWND, wintypes.LPARAM)
user32.EnumWindows.argtypes = [CALLBACK, wintypes.LPARAM]
# Unlike GetWindowText it does not wait for a window that is busy.
user32.InternalGetWindowText.argtypes = [wintypes.HWND, wintypes.LPWSTR, ctypes.c_int]
user32.PostMessageW.argtypes = [wintypes.HWND, ctypes.c_uint, wintypes.WPARAM, wintypes.LPARAM]
found, titles = [], set()
def look(window, _):
    title = ctypes.create_unicode_buffer(200)
    user32.InternalGetWindowText(window, title, 200)
    titles.add(title.value)
    if user32.IsWindowVisible(window) and title.value.endswith(sys.argv[2]):
        found.append(window)
    return True
program = subprocess.Popen([sys.argv[1], *sys.argv[3:]])
for _ in range(900):
    try:
        program.wait(0.1)  # its end is an event; that a window shows is told to no other process
        break
    except subprocess.TimeoutExpired:
        user32.EnumWindows(CALLBACK(look), 0)
    if found:
        break
print("window", bool(found) or sorted(titles))
for window in found:
    user32.PostMessageW(window, 0x10, 0, 0)
print("status", program.wait(60))
"""


@pytest.fixture(scope="module")
def tree() -> Path:
    return installation.built()


def libraries(tree: Path) -> dict[str, Path]:
    return {path.name.lower(): path for path in tree.rglob("*") if path.suffix in NATIVE}


def linked(path: Path) -> set[str]:
    """Return the libraries that a program file is linked with, in lower case."""
    said = subprocess.run([OBJDUMP, "-p", str(path)], capture_output=True, text=True, check=True)
    return {name.lower() for name in re.findall(r"DLL Name: (\S+)", said.stdout)}


def test_nothing_of_qt_is_shipped_that_the_list_does_not_name(tree: Path) -> None:
    """A new release of Qt, or a new hook of the builder, brings nothing along by itself."""
    files = [path.relative_to(tree / "_internal") for path in tree.glob("_internal/**/*")]
    shipped = [str(file) for file in files if (tree / "_internal" / file).is_file()]
    assert [file for file in shipped if not contents.keeps(file)] == []


def test_every_library_of_qt_that_is_linked_is_there(tree: Path) -> None:
    """The list of what is kept must not cut off what another file needs."""
    present = libraries(tree)
    missing = {
        (path.name, name)
        for path in present.values()
        for name in linked(path)
        if name.startswith(("qt6", "pyside6", "shiboken6", "python3", "libssl", "libcrypto"))
        and name not in present
    }
    assert missing == set()


def test_every_library_of_qt_that_is_there_is_needed(tree: Path) -> None:
    """What nothing links and no plugin loads would only be carried along."""
    present = libraries(tree)
    needed = {name for path in present.values() for name in linked(path)}
    assert {name for name in present if name.startswith("qt6")} - needed == set()


@pytest.mark.parametrize("name", ["ja.pak", "en-US.pak", "icudtl.dat", "QtWebEngineProcess.exe"])
def test_the_browser_has_what_it_loads(tree: Path, name: str) -> None:
    """Chromium ends without a word when one of these is missing."""
    assert [path.name for path in tree.rglob(name)] == [name]


def test_it_is_no_larger_than_it_has_to_be(tree: Path) -> None:
    """A person downloads this, and an administrator sends it to every PC."""
    assert sum(program.sizes(tree).values()) < LARGEST


def test_the_licences_of_the_parts_go_with_it(tree: Path) -> None:
    """Every part's notice is shipped with the program, Qt's, Chromium's and Python's among them."""
    index = (tree / program.LICENCES / "INDEX.txt").read_text("utf-8")
    for part in ("Qt", "Qt WebEngine with Chromium", "Python", "cryptography"):
        assert f"\n{part} " in index


def text_of(path: Path) -> str:
    """Return what Windows' own resources in a program file say (UTF-16 and UTF-8)."""
    octets = path.read_bytes()
    return octets.decode("utf-16-le", "ignore") + octets.decode("utf-8", "ignore")


@pytest.mark.parametrize("name", [program.WINDOW_PROGRAM, program.CONSOLE_PROGRAM])
def test_the_programs_say_who_they_are(tree: Path, name: str) -> None:
    """Version and names in Japanese and English, long paths, sharp at every scale, no rights."""
    said = text_of(tree / name)
    assert identity.JAPANESE_DESCRIPTION in said
    assert identity.ENGLISH_DESCRIPTION in said
    assert __version__ in said
    assert ">true</longPathAware>" in said
    assert ">PerMonitorV2</dpiAwareness>" in said
    assert 'level="asInvoker"' in said


@pytest.mark.parametrize(
    ("name", "subsystem"), [(program.WINDOW_PROGRAM, 2), (program.CONSOLE_PROGRAM, 3)]
)
def test_one_program_has_a_console_and_one_has_none(tree: Path, name: str, subsystem: int) -> None:
    """The desktop opens no black window; the command line prints where it was called."""
    octets = (tree / name).read_bytes()
    header = struct.unpack_from("<I", octets, 0x3C)[0]  # Microsoft, "PE Format"
    assert struct.unpack_from("<H", octets, header + 24 + 68)[0] == subsystem


@pytest.mark.parametrize(
    "version", ["1", "1.2", "1.2.3.4", "256.0.0", "1.0.65536", "1.0.-1", "a.b.c"]
)
def test_a_version_that_windows_cannot_compare_is_refused(version: str) -> None:
    """An installer would take it for older or newer than it is."""
    with pytest.raises(ValueError, match="cannot compare"):
        identity.numbers(version)


def test_it_starts_and_speaks_utf_8(tree: Path) -> None:
    """Without any installation: the version, the stores, and Japanese through a pipe."""
    with machine.fresh(mounts={"/program": tree}) as wine:
        console = r"Z:\program\certhelper.com"
        assert f"certhelper {__version__}" in wine.run([console, "--version"]).stdout
        assert '"schema": "certhelper.stores/1"' in wine.run([console, "stores", "--json"]).stdout
        assert "証明書" in wine.run([console, "list"]).stdout


def test_wrong_use_of_the_window_program_is_said_in_a_pipe(tree: Path) -> None:
    """Where somebody reads its output there is no message box, and the status tells."""
    with machine.fresh(mounts={"/program": tree}) as wine:
        code, words = installation.status(wine, r"Z:\program\certhelper.exe", "--no-such-option")
    assert code == 2
    assert words.strip()


@pytest.mark.parametrize(
    ("words", "status_at_end"), [([], 0), (["--no-such-option"], 2)], ids=["window", "message"]
)
def test_the_window_program_shows_a_window(
    tree: Path, words: list[str], status_at_end: int
) -> None:
    """Its own on Windows' platform plugin; a message box where it has nobody to print for."""
    path = r"Z:\program\certhelper.exe"
    with (
        xvfb.screen() as display,
        machine.fresh(mounts={"/program": tree}, display=display) as wine,
    ):
        title = "電子証明書でログオン"
        watch = [wine.python, "-c", WATCH_WINDOW, path, title, *words]
        code, said = installation.status(wine, *watch, time_limit=200)
    assert (code, said.splitlines()) == (0, ["window True", f"status {status_at_end}"])
