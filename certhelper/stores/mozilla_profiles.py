"""The profiles of Firefox, Thunderbird and their relatives: where they are, and their names.

Sources: ``toolkit/profile/nsToolkitProfileService.cpp`` (``profiles.ini``, ``installs.ini``) and
``xpcom/ds/nsINIParser.cpp`` of Firefox.  A profile that no list names any more, as after a
reinstallation, is found by its folder.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from certhelper.stores import files_folder

_LISTS: Final = ("profiles.ini", "installs.ini")
_MOST_OF_A_LIST: Final = 1 << 20  # octets
_PROFILE_FOLDERS: Final = ("", "Profiles")
_TRUTHS: Final = ("0", "1")  # what ``Default`` says in a profile's own section


def profiles_in(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield each profile's folder, which need not be there, and name, which is not safe to show.

    ``folder`` is where an application keeps its lists.  Some profiles come twice.  Whatever the
    lists hold, nothing is raised and nothing is waited for.
    """
    for list_name in _LISTS:
        for section in _sections(folder / list_name):
            # A profile has a path, an installation names the profile that it opens.
            path = section.get("Path") or section.get("Default", "")
            if path and path not in _TRUTHS:
                directory = folder / path  # an absolute path replaces the folder
                yield directory, section.get("Name") or directory.name
    for name in _PROFILE_FOLDERS:
        for directory in _folders_in(folder / name):
            yield directory, directory.name


def _folders_in(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return sorted(Path(entry.path) for entry in entries if entry.is_dir())
    except (OSError, ValueError):
        return []


def _sections(file: Path) -> list[dict[str, str]]:
    """Return the sections of a list as Firefox reads it: what is no section or pair is passed over.

    The library's parser refuses a whole file for one such line.
    """
    try:
        octets = files_folder.octets_of(str(file), is_named=True)
    except files_folder.UnreadableError:
        return []
    text = octets[:_MOST_OF_A_LIST].decode("utf-8", "surrogateescape")
    found: list[dict[str, str]] = []
    for line in text.removeprefix("\ufeff").splitlines():
        stripped = line.strip()
        if stripped.startswith("["):
            found.append({})
        elif found and not stripped.startswith((";", "#")):
            key, _, value = stripped.partition("=")
            found[-1][key.rstrip()] = value.lstrip()
    return found
