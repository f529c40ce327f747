"""What the MSI's tables let somebody do who is no administrator of the PC.

Windows Installer repairs a product for every user of the PC, with the system's rights.
"""

from __future__ import annotations

import csv
import io
import subprocess
from pathlib import Path

import pytest

from installers.windows import msi


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MSI of a program that is one file."""
    folder = tmp_path_factory.mktemp("msi")
    (folder / "tree").mkdir()
    (folder / "tree" / "certhelper.exe").write_bytes(b"MZ")
    target = folder / "certhelper.msi"
    msi.make(folder / "tree", "0.1.0", target, 1_700_000_000)
    return target


def rows(package: Path, table: str) -> list[dict[str, str]]:
    command = ["msiinfo", "export", str(package), table]
    said = subprocess.run(command, capture_output=True, check=True).stdout.decode("cp932")
    lines = said.splitlines()
    reader = csv.DictReader(
        io.StringIO("\n".join([lines[0], *lines[3:]])), delimiter="\t", quoting=csv.QUOTE_NONE
    )
    return list(reader)


def test_a_repair_takes_no_files_from_an_ordinary_user(package: Path) -> None:
    """What is not secure is dropped unless an administrator says it; theirs decide for the PC."""
    properties = {row["Property"]: row["Value"] for row in rows(package, "Property")}
    secure = set(properties["SecureCustomProperties"].split(";"))
    assert not secure & {"BANKPROFILE", "SETTINGS"}
    assert {row["SourceFolder"] for row in rows(package, "MoveFile")} == {"BANKPROFILE", "SETTINGS"}


def test_no_command_line_moves_a_folder(package: Path) -> None:
    """Names in capitals are public properties: the program would not find its rules elsewhere."""
    public = {row["Directory"] for row in rows(package, "Directory") if row["Directory"].isupper()}
    assert public == {"TARGETDIR"}


def test_commands_with_the_systems_rights_name_nothing_that_others_choose(package: Path) -> None:
    """Each is cmd by its whole path, without AutoRun, and only when an administrator asked."""
    commands = {row["Action"]: row["Target"] for row in rows(package, "CustomAction")}
    sequence = {row["Action"]: row["Condition"] for row in rows(package, "InstallExecuteSequence")}
    own = {name: words for name, words in commands.items() if "cmd.exe" in words}
    assert own
    for name, words in own.items():
        assert words.startswith('"[System64Folder]cmd.exe" /d /c ')
        assert "[BANKPROFILE]" not in words
        assert "[SETTINGS]" not in words
        assert sequence[name].startswith(("BANKPROFILE AND", "SETTINGS AND", 'REMOVE="ALL" AND'))
