"""The built program for Windows and what an installation of it changes on a machine under Wine."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from installers.windows import program
from installers.wine.machine import Machine

MOMENT = 1_700_000_000
"""When the builds of the tests say they were made; the last commit would make each one anew."""
OLDER, NEWER = "0.1.0", "0.2.0"
ONLY_IN_OLDER = "_internal/certhelper/resources/only-in-older.txt"
ONLY_IN_NEWER = "_internal/certhelper/resources/new folder/only-in-newer.txt"

PUT_INTO_STORE = """
import sys
sys.path[:0] = [r"Z:\\repo\\tests"]
from support.pki import Authority
from certhelper.windows import own_store
issued = Authority().issue("12345678901234 user01", key="rsa")
own_store.put(issued.der, issued.key, "user01")
print(issued.sha256)
"""
# An uninstaller of NSIS runs as a copy of itself, which Windows removes at its next start.
COPY_OF_UNINSTALLER = re.compile(r"users/root/AppData/Local/Temp/~nsu\w*\.tmp/Un\w*\.exe")

# What Wine itself writes while anything runs, by the start of a registry key.
_OF_WINE = re.compile(
    r"(?i)(System\\\\(ControlSet001|CurrentControlSet)\\\\|Hardware\\\\"
    # Keys are wrapped anew whenever they are read.
    r"|Software\\\\Wine\\\\Crypto\\\\"
    r"|Software\\\\Microsoft\\\\Windows NT\\\\CurrentVersion(\\\\NetworkCards.*)?$"
    r"|Software\\\\Microsoft\\\\Windows\\\\CurrentVersion\\\\(Explorer|Telephony))"
)
_KEY = re.compile(r"\[(.*)\] \d+")


@cache
def built() -> Path:
    """Return the folder of the program as it is built now, and built at most once."""
    return program.built(MOMENT)


def version_of(tree: Path, folder: Path, own_file: str) -> Path:
    """Return a program like ``tree`` with one file of its own, without copying the others."""
    subprocess.run(["cp", "-al", str(tree), str(folder)], check=True)
    path = folder / own_file
    path.parent.mkdir(exist_ok=True)
    path.write_text("one version alone has this file", encoding="ascii")
    return folder


@dataclass(frozen=True)
class State:
    """What is on a machine: files by their path below drive C with their size, registry values."""

    files: dict[str, int]
    registry: frozenset[tuple[str, str]]

    def registry_since(self, before: State) -> set[tuple[str, str]]:
        return set(self.registry - before.registry)

    def files_since(self, before: State) -> set[str]:
        return set(self.files) - set(before.files)


def state(wine: Machine) -> State:
    """Look at the whole machine, once every program has ended and the registry is written."""
    wine.settle()
    drive = wine.prefix / "drive_c"
    files = {
        str(path.relative_to(drive)): path.stat().st_size
        for path in drive.rglob("*")
        if path.is_file() and not path.is_symlink()
    }
    registry = frozenset(
        value for name in ("user.reg", "system.reg") for value in _values(wine.prefix / name)
    )
    return State(files, registry)


def _values(path: Path) -> list[tuple[str, str]]:
    """Return (key, value) for every value of a registry file of Wine's; continued lines joined."""
    found = []
    key = ""
    text = path.read_text(encoding="utf-8", errors="replace").replace("\\\n", "")
    for line in text.splitlines():
        header = _KEY.match(line)
        if header:
            key = header[1]
        elif line.startswith(('"', "@")) and not _OF_WINE.match(key):
            found.append((key, line))
    return found


def status(wine: Machine, *words: str, time_limit: float = 300) -> tuple[int, str]:
    """Run a program to its end; return its exit status and all that it said."""
    try:
        return 0, wine.run(words, time_limit=time_limit).stdout
    except subprocess.CalledProcessError as error:
        return error.returncode, str(error.stdout)


@dataclass
class Life:
    """What was seen of an installation: what each start said, the machine after each stage."""

    wine: Machine
    said: dict[str, tuple[int, str]] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)

    def run(self, stage: str, *words: str) -> None:
        self.said[stage] = status(self.wine, *words)

    def look(self, stage: str) -> None:
        self.states[stage] = state(self.wine)

    def added(self, stage: str) -> set[str]:
        files = self.states[stage].files_since(self.states["before"])
        return {file for file in files if not COPY_OF_UNINSTALLER.fullmatch(file)}

    def registry_added(self, stage: str) -> dict[str, set[str]]:
        added: dict[str, set[str]] = {}
        for key, value in self.states[stage].registry_since(self.states["before"]):
            added.setdefault(key, set()).add(value)
        return added


def fingerprints(said: tuple[int, str]) -> list[str]:
    code, words = said
    assert code == 0, words
    return [each["sha256"] for each in json.loads(words)["certificates"]]
