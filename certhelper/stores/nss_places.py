"""Every NSS database on this PC that a program made: browsers', mail programs', the system's.

Beside the one place that Chrome, Edge and Chromium share (:func:`nss.default_directory`): profiles
of Firefox and Thunderbird, the homes of packages that are kept apart (Snap, Flatpak), and the
system's own.  Only what is there is a place; whether it can be read is told by reading it.

A browser sees its own database alone; this program reads and uses any of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from certhelper.safe_text import safe
from certhelper.texts import text

SYSTEM_DIRECTORIES: Final = (Path("/etc/pki/nssdb"),)
"""Shared by all users: Fedora, Red Hat and openSUSE have it."""

_DATABASES: Final = ("cert9.db", "cert8.db")
_MOZILLA: Final = (
    # application, in the home folder, in the folder for settings (Firefox since version 147)
    ("Firefox", ".mozilla/firefox", "mozilla/firefox"),
    ("Thunderbird", ".thunderbird", "thunderbird"),
    ("SeaMonkey", ".mozilla/seamonkey", "mozilla/seamonkey"),
    ("LibreWolf", ".librewolf", "librewolf/librewolf"),
)
_PROGRAMS: Final = {
    "chromium": "Chromium",
    "com.brave.Browser": "Brave",
    "com.google.Chrome": "Chrome",
    "com.microsoft.Edge": "Edge",
    "com.vivaldi.Vivaldi": "Vivaldi",
    "org.chromium.Chromium": "Chromium",
}
_LONGEST_NAME: Final = 60  # characters


class Place(NamedTuple):
    """The folder of a database, links followed, and whose it is in words that are safe to show."""

    directory: Path
    origin: str


class _Home(NamedTuple):
    """A home folder as a program sees it that is packed apart (``package``), or as all others."""

    folder: Path
    settings: Path
    data: Path
    program: str = ""
    package: str = ""


def places(environment: Mapping[str, str] = os.environ) -> list[Place]:
    """Return the places that exist, each folder once, under the first name that it has."""
    found: dict[Path, Place] = {}
    for home in _homes(environment):
        for directory, origin in (*_of_mozilla(home), *_of_chromium(home)):
            found.setdefault(directory, Place(directory, origin))
    for directory in SYSTEM_DIRECTORIES:
        if real := _database(directory):
            found.setdefault(real, Place(real, text("nss-places.system")))
    return list(found.values())


def _homes(environment: Mapping[str, str]) -> Iterator[_Home]:
    home = Path.home()
    yield _Home(
        home,
        Path(environment.get("XDG_CONFIG_HOME") or home / ".config"),
        Path(environment.get("XDG_DATA_HOME") or home / ".local/share"),
    )
    for program in _folders_in(home / "snap"):
        for part in ("common", "current"):
            folder = program / part
            settings, data = folder / ".config", folder / ".local/share"
            yield _Home(folder, settings, data, program.name, "snap")
    for program in _folders_in(home / ".var/app"):
        yield _Home(program, program / "config", program / "data", program.name, "flatpak")


def _of_mozilla(home: _Home) -> Iterator[tuple[Path, str]]:
    for application, in_home, in_settings in _MOZILLA:
        for folder in (home.folder / in_home, home.settings / in_settings):
            if not _is_folder(folder):
                continue
            from certhelper.stores.mozilla_profiles import profiles_in

            for directory, name in profiles_in(folder):
                if real := _database(directory):
                    facts = {"program": application, "profile": safe(name[:_LONGEST_NAME])}
                    yield real, text(f"nss-places.profile{_suffix(home)}", **facts)


def _of_chromium(home: _Home) -> Iterator[tuple[Path, str]]:
    for directory in (home.folder / ".pki/nssdb", home.data / "pki/nssdb"):
        if real := _database(directory):
            program = _PROGRAMS.get(home.program, safe(home.program[:_LONGEST_NAME]))
            yield real, text(f"nss-places.browser{_suffix(home)}", program=program)


def _suffix(home: _Home) -> str:
    return f"-{home.package}" if home.package else ""


def is_database(directory: Path) -> bool:
    """Whether a database is in a folder, of today's format or the old one, or nobody may look."""
    for name in _DATABASES:
        try:
            (directory / name).stat()
        except PermissionError:
            pass  # the reading says so
        except (OSError, ValueError):
            continue
        return True
    return False


def _database(directory: Path) -> Path | None:
    """Return the folder, links followed, where it is one of a database."""
    return Path(os.path.realpath(directory)) if is_database(directory) else None


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _folders_in(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return sorted(Path(entry.path) for entry in entries if entry.is_dir())
    except OSError:
        return []
