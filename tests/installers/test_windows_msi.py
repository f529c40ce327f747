"""The MSI for silent roll-out lives its whole life on a fresh Windows (Wine).

The life is lived once; each test looks at one thing that was seen in it.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import windows_installation as installation
from support.windows_installation import (
    MOMENT,
    NEWER,
    OLDER,
    ONLY_IN_NEWER,
    ONLY_IN_OLDER,
    PUT_INTO_STORE,
    Life,
    fingerprints,
)

from installers.windows import msi
from installers.wine import machine

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only as root"),
    pytest.mark.timeout(1800),  # with the build, where there is none yet
]

FOLDER = "Program Files/certhelper"
MACHINE = f"{FOLDER}/machine"
CONSOLE = r"C:\Program Files\certhelper\certhelper.com"
SHORTCUT = "電子証明書でログオン.lnk"
REFUSED = 1603 % 256  # ERROR_INSTALL_FAILURE, as far as a process on Linux can tell it
OWN_KEY = r"Software\\certhelper"

BANK = (Path(__file__).parents[2] / "resources/banks/kitagin-biznet.toml").read_text("utf-8")
OUR_BANK = BANK.replace('id = "kitagin-biznet"', 'id = "our-bank"')
NEW_BANK = BANK.replace('id = "kitagin-biznet"', 'id = "new-bank"')


@pytest.fixture(scope="module")
def packages() -> Iterator[Path]:
    """The packages of two versions."""
    tree = installation.built()
    with tempfile.TemporaryDirectory(dir=tree.parent.parent) as name:
        folder = Path(name)
        for version, own_file in ((OLDER, ONLY_IN_OLDER), (NEWER, ONLY_IN_NEWER)):
            files = installation.version_of(tree, folder / version, own_file)
            msi.make(files, version, folder / f"{version}.msi", MOMENT)
        yield folder


@pytest.fixture(scope="module")
def life(packages: Path) -> Iterator[Life]:
    with machine.fresh(mounts={"/dist": packages}) as wine:
        yield _lived(Life(wine))


def _lived(life: Life) -> Life:
    given = {"our-bank.toml": OUR_BANK, "new-bank.toml": NEW_BANK, "given.toml": ""}
    given["given.toml"] = "engine_age_days = 90\n"
    for name, contents in given.items():
        (life.wine.work / name).write_text(contents, encoding="utf-8")

    def install(version: str, *properties: str) -> list[str]:
        return ["msiexec", "/i", rf"Z:\dist\{version}.msi", "/qn", *properties]

    life.run("put", life.wine.python, "-c", PUT_INTO_STORE)
    life.look("before")
    properties = [r"BANKPROFILE=Z:\work\our-bank.toml", r"SETTINGS=Z:\work\given.toml"]
    life.run("install", *install(OLDER, *properties))
    life.look("installed")
    life.run("list", CONSOLE, "list", "--json")
    life.run("upgrade", *install(NEWER))
    life.look("upgraded")
    life.run("downgrade", *install(OLDER))
    life.look("downgrade refused")
    life.run("another bank", *install(NEWER, r"BANKPROFILE=Z:\work\new-bank.toml"))
    life.look("another bank")
    life.run("list of another bank", CONSOLE, "list", "--json")
    life.run("uninstall", "msiexec", "/x", rf"Z:\dist\{NEWER}.msi", "/qn")
    life.look("removed")
    return life


def machine_wide(life: Life, stage: str) -> set[str]:
    files = life.states[stage].files
    return {file.removeprefix(f"{MACHINE}/") for file in files if file.startswith(MACHINE)}


def test_it_installs_silently_for_everybody(life: Life, packages: Path) -> None:
    """The program goes where only administrators can write, and everybody gets a shortcut."""
    assert life.said["install"][0] == 0
    root = packages / OLDER
    built = {f"{FOLDER}/{p.relative_to(root)}" for p in root.rglob("*") if p.is_file()}
    added = life.added("installed")
    assert built <= added
    others = {file for file in added - built if not file.startswith(MACHINE)}
    assert {Path(file).name for file in others} == {SHORTCUT, "certhelper.ico"} | {
        Path(file).name for file in others if file.startswith("windows/Installer/")
    }


def test_the_two_properties_place_the_administrators_files(life: Life) -> None:
    """The profile keeps its name, because it must be that of its id; the settings get theirs."""
    assert machine_wide(life, "installed") == {"banks/our-bank.toml", "settings.toml"}


def test_the_program_lists_the_persons_store_for_the_rolled_out_bank(life: Life) -> None:
    """The only profile that was rolled out is the bank of the PC."""
    assert fingerprints(life.said["list"]) == [life.said["put"][1].strip()]
    assert json.loads(life.said["list"][1])["bank"] == "our-bank"


def test_an_upgrade_keeps_what_the_administrator_decided(life: Life) -> None:
    """Files of the older version go; the machine-wide folder stays without a word about it."""
    assert life.said["upgrade"][0] == 0
    files = life.states["upgraded"].files
    assert f"{FOLDER}/{ONLY_IN_OLDER}" not in files
    assert f"{FOLDER}/{ONLY_IN_NEWER}" in files
    assert machine_wide(life, "upgraded") == {"banks/our-bank.toml", "settings.toml"}


def test_windows_knows_one_version_only(life: Life) -> None:
    """An upgrade replaces the older product among the installed programs."""
    versions = {
        value
        for values in life.registry_added("upgraded").values()
        for value in values
        if value.startswith('"DisplayVersion"')
    }
    assert versions == {f'"DisplayVersion"="{NEWER}"'}


def test_a_downgrade_is_refused_and_changes_nothing(life: Life) -> None:
    """A silent roll-out of an older version fails and leaves the newer one as it was."""
    assert life.said["downgrade"][0] == REFUSED
    before, after = life.states["upgraded"], life.states["downgrade refused"]
    assert {f for f in after.files if f.startswith(FOLDER)} == {
        f for f in before.files if f.startswith(FOLDER)
    }
    assert {key for key, _ in after.registry_since(before)} == set()


def test_another_profile_takes_the_place_of_the_one_before(life: Life) -> None:
    """Two profiles would leave open which one is meant; the settings were not named and stay."""
    assert life.said["another bank"][0] == 0
    assert machine_wide(life, "another bank") == {"banks/new-bank.toml", "settings.toml"}
    assert json.loads(life.said["list of another bank"][1])["bank"] == "new-bank"


def test_uninstalling_leaves_the_pc_as_it_was(life: Life) -> None:
    """No file, no value, and nothing of the machine-wide folder; certificates stay."""
    assert life.said["uninstall"][0] == 0
    assert life.added("removed") == set()
    assert life.registry_added("removed") == {}
    before, after = life.states["before"], life.states["removed"]
    assert set(before.files) - set(after.files) == set()
    assert before.registry_since(after) == set()
