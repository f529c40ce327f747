"""The set-up program for one person lives its whole life on a fresh Windows (Wine), silently.

The life is lived once; each test looks at one thing that was seen in it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support import windows_installation as installation
from support.windows_installation import (
    NEWER,
    OLDER,
    ONLY_IN_NEWER,
    ONLY_IN_OLDER,
    PUT_INTO_STORE,
    Life,
    fingerprints,
)

from installers.windows import setup_program
from installers.wine import machine

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only as root"),
    pytest.mark.timeout(1800),  # with the build, where there is none yet
]

FOLDER = "users/root/AppData/Local/Programs/certhelper"
SETTINGS = "users/root/AppData/Local/certhelper"
PROGRAM = r"C:\users\root\AppData\Local\Programs\certhelper"
CONSOLE = PROGRAM + r"\certhelper.com"
WINDOW = PROGRAM + r"\certhelper.exe"
UNINSTALL = PROGRAM + r"\uninstall.exe"
UNINSTALL_KEY = r"Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\certhelper"
RUN_KEY = r"Software\\Microsoft\\Windows\\CurrentVersion\\Run"

LIST_STORE = """
from certhelper.windows.certificate_store import Place, contexts, der_of, opened
from hashlib import sha256
with opened(Place.CURRENT_USER) as store:
    for context in contexts(store):
        print(sha256(der_of(context)).hexdigest())
"""


# Windows has mapped the program's file when CreateProcess comes back.
RUN_UNTIL_END_OF_INPUT = """
import subprocess, sys
words = [sys.argv[1], "list", "--secret-fd", "0"]
with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as program:
    print("running", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def programs() -> Iterator[Path]:
    """The set-up programs of two versions, not compressed: that only costs time."""
    tree = installation.built()
    # Beside the program, so that the files can be linked and are not copied.
    with tempfile.TemporaryDirectory(dir=tree.parent.parent) as name:
        folder = Path(name)
        for version, own_file in ((OLDER, ONLY_IN_OLDER), (NEWER, ONLY_IN_NEWER)):
            files = installation.version_of(tree, folder / version, own_file)
            target = folder / f"setup-{version}.exe"
            setup_program.make(files, version, target, compressed=False)
        yield folder


@pytest.fixture(scope="module")
def life(programs: Path) -> Iterator[Life]:
    with machine.fresh(mounts={"/dist": programs}) as wine:
        yield _lived(Life(wine))


def _lived(life: Life) -> Life:
    wine, run, look = life.wine, life.run, life.look

    def setup(version: str) -> list[str]:
        return [rf"Z:\dist\setup-{version}.exe", "/S", "/NCRC"]  # NCRC: read once, not twice

    run("put", wine.python, "-c", PUT_INTO_STORE)
    look("before")
    run("install", *setup(OLDER))
    look("installed")
    run("list", CONSOLE, "list", "--json")
    run("list of the window program", WINDOW, "list", "--json")
    run("version", CONSOLE, "--version")
    _while_running(wine, lambda: run("while running", *setup(NEWER)))
    run("upgrade", *setup(NEWER), "/AUTOSTART=1")
    look("upgraded")
    run("list after upgrade", CONSOLE, "list", "--json")
    run("downgrade", *setup(OLDER))
    look("downgrade refused")
    run("same again", *setup(NEWER))
    look("installed again")
    (wine.prefix / "drive_c" / SETTINGS / "banks").mkdir(parents=True, exist_ok=True)
    for name in ("settings.json", "banks/own.toml", "window-0a1b2c3d.lock"):
        (wine.prefix / "drive_c" / SETTINGS / name).write_text("{}", encoding="ascii")
    run("uninstall", UNINSTALL, "/S")
    look("settings kept")
    run("install again", *setup(NEWER))
    run("uninstall all", UNINSTALL, "/S", "/REMOVESETTINGS")
    look("all removed")
    run("store at the end", wine.python, "-c", LIST_STORE)
    return life


def _while_running(wine: machine.Machine, act: Callable[[], object]) -> None:
    """Call ``act`` while the installed program runs: it waits for a passphrase that never comes."""
    command = wine.command([wine.python, "-c", RUN_UNTIL_END_OF_INPUT, CONSOLE])
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline().strip() == "running"
        act()
        starter.communicate(timeout=120)


def test_it_installs_silently_into_the_persons_own_folders(life: Life) -> None:
    """No administrator is needed because nothing else is touched."""
    assert life.said["install"][0] == 0
    added = life.added("installed")
    shortcut = "users/root/AppData/Roaming/Microsoft/Windows/Start Menu/Programs/certhelper.lnk"
    assert {file for file in added if not file.startswith(f"{FOLDER}/")} == {shortcut}
    assert {f"{FOLDER}/{name}" for name in ("certhelper.exe", "uninstall.exe")} <= added


def test_every_file_of_the_program_arrives(life: Life, programs: Path) -> None:
    """The installed folder is the built one and the uninstaller."""
    files = life.states["installed"].files
    root = programs / OLDER
    built = {
        f"{FOLDER}/{path.relative_to(root)}": path.stat().st_size
        for path in root.rglob("*")
        if path.is_file()
    }
    installed = {file: size for file, size in files.items() if file.startswith(f"{FOLDER}/")}
    del installed[f"{FOLDER}/uninstall.exe"]
    assert installed == built


def test_windows_shows_it_among_the_installed_programs(life: Life) -> None:
    """With name, version, icon, size, and both ways to remove it; nothing else is registered."""
    added = life.registry_added("installed")
    assert set(added) == {UNINSTALL_KEY}
    names = {value.partition("=")[0].strip('"') for value in added[UNINSTALL_KEY]}
    assert names >= {"DisplayName", "DisplayIcon", "EstimatedSize", "QuietUninstallString"}
    assert f'"DisplayVersion"="{OLDER}"' in added[UNINSTALL_KEY]


def test_it_does_not_start_by_itself_unless_somebody_says_so(life: Life) -> None:
    """The start at sign-in is off by default, and an upgrade keeps what was chosen."""
    assert RUN_KEY not in life.registry_added("installed")
    for stage in ("upgraded", "installed again"):
        (value,) = life.registry_added(stage)[RUN_KEY]
        assert value.startswith('"certhelper"=')
        assert "certhelper.exe" in value


@pytest.mark.parametrize(
    "stage", ["list", "list of the window program", "list after upgrade"], ids=str
)
def test_the_installed_program_lists_the_persons_store(life: Life, stage: str) -> None:
    """What Windows holds is listed; the program without a console answers through a pipe, too."""
    code, put = life.said["put"]
    assert code == 0, put
    assert fingerprints(life.said[stage]) == [put.strip()]


def test_an_upgrade_leaves_nothing_of_the_older_version(life: Life) -> None:
    """A file that the newer version does not have goes; one that it brings is there."""
    assert life.said["upgrade"][0] == 0
    files = life.states["upgraded"].files
    assert f"{FOLDER}/{ONLY_IN_OLDER}" not in files
    assert f"{FOLDER}/{ONLY_IN_NEWER}" in files
    assert f'"DisplayVersion"="{NEWER}"' in life.registry_added("upgraded")[UNINSTALL_KEY]


def test_a_program_that_runs_is_not_closed(life: Life) -> None:
    """A session with the bank may be open: the set-up says so and changes nothing (status 4)."""
    code, words = life.said["while running"]
    assert code == 4
    assert "running" in words


def test_a_downgrade_is_refused_and_changes_nothing(life: Life) -> None:
    """Status 3, with a sentence on standard output."""
    code, words = life.said["downgrade"]
    assert code == 3
    assert NEWER in words
    assert OLDER in words
    before, after = life.states["upgraded"], life.states["downgrade refused"]
    assert {f for f in after.files if FOLDER in f} == {f for f in before.files if FOLDER in f}
    assert after.registry_since(before) == set()


def test_installing_the_same_version_again_repairs_it(life: Life) -> None:
    """Whoever starts the same set-up program twice has the program, once."""
    assert life.said["same again"][0] == 0
    assert {f for f in life.states["installed again"].files if FOLDER in f} == {
        f for f in life.states["upgraded"].files if FOLDER in f
    }


def test_uninstalling_keeps_the_persons_settings_and_nothing_else(life: Life) -> None:
    """Settings and added profiles stay where nobody asked to remove them; locks do not."""
    assert life.said["uninstall"][0] == 0
    assert life.added("settings kept") == {
        f"{SETTINGS}/settings.json",
        f"{SETTINGS}/banks/own.toml",
    }
    assert life.registry_added("settings kept") == {}


def test_uninstalling_everything_leaves_the_pc_as_it_was(life: Life) -> None:
    """Files and registry are the ones from before the first installation."""
    assert life.said["install again"][0] == 0
    assert life.said["uninstall all"][0] == 0
    assert life.added("all removed") == set()
    assert life.registry_added("all removed") == {}
    before, after = life.states["before"], life.states["all removed"]
    assert set(before.files) - set(after.files) == set()
    assert before.registry_since(after) == set()


def test_certificates_are_never_touched(life: Life) -> None:
    """What was in the person's store before is in it afterwards."""
    assert life.said["store at the end"] == life.said["put"]
