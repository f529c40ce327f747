"""The entries of a Linux desktop's menu: how a program is started with an address.

Source: Desktop Entry Specification 1.5, "The Exec key", and XDG Base Directory Specification.
"""

from __future__ import annotations

import configparser
import shlex
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

ADDRESS = "%u"
"""Stands for the address among the words of a command."""

_SECTION = "Desktop Entry"
_ADDRESS_CODES = ("%u", "%U", "%f", "%F")
_IGNORED_CODES = ("%i", "%c", "%k", "%d", "%D", "%n", "%N", "%v", "%m")
_SYSTEM_FOLDERS = "/usr/local/share:/usr/share"


class Entry(NamedTuple):
    """The file and the words of its command, :data:`ADDRESS` among them."""

    file: Path
    words: tuple[str, ...]


def find(name: str, environment: Mapping[str, str]) -> Entry | None:
    """Return the entry of that id (without ``.desktop``) whose program is there.

    An entry that cannot be read or takes no address is passed over: the next folder may have one.
    """
    for folder in _folders(environment):
        file = folder / "applications" / f"{name}.desktop"
        words = _words(file)
        if words and shutil.which(words[0], path=environment.get("PATH")) is not None:
            return Entry(file, words)
    return None


def _folders(environment: Mapping[str, str]) -> Iterator[Path]:
    home = environment.get("HOME", "")
    own = environment.get("XDG_DATA_HOME", "") or (f"{home}/.local/share" if home else "")
    for folder in (own, *(environment.get("XDG_DATA_DIRS", "") or _SYSTEM_FOLDERS).split(":")):
        if folder.startswith("/"):
            yield Path(folder)


def _words(file: Path) -> tuple[str, ...]:
    parser = configparser.RawConfigParser(strict=False, delimiters=("=",), comment_prefixes=("#",))
    try:
        parser.read_string(file.read_text(encoding="utf-8"))
        given = shlex.split(parser.get(_SECTION, "Exec"))
    except (OSError, ValueError, configparser.Error):
        return ()
    words = [ADDRESS if word in _ADDRESS_CODES else word for word in given]
    kept = tuple(word.replace("%%", "%") for word in words if word not in _IGNORED_CODES)
    return kept if kept.count(ADDRESS) == 1 and kept[0] != ADDRESS else ()
