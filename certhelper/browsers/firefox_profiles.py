"""The person's profile of Firefox: where it is, and what is set in it.  Read and never written.

Sources: support.mozilla.org "Understand and manage profiles" (``profiles.ini``), Firefox's
``toolkit/profile/nsToolkitProfileService.cpp``, and ``modules/libpref`` for ``prefs.js``.
"""

from __future__ import annotations

import configparser
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

_PREFERENCE = re.compile(r'^\s*user_pref\(\s*("(?:[^"\\]|\\.)*")\s*,\s*(.+?)\s*\);', re.MULTILINE)
_FILES = ("prefs.js", "user.js")  # the second is read at the start, over the first
_MOST_OCTETS = 16 * 1024 * 1024
_FLATPAK = ".var/app/org.mozilla.firefox"


def folders(environment: Mapping[str, str]) -> tuple[Path, ...]:
    """Return every folder that Firefox may keep its profiles in, whether or not it is there."""
    if sys.platform == "win32":
        given = environment.get("APPDATA", "")
        return (Path(given) / "Mozilla/Firefox",) if given else ()
    home = Path(environment.get("HOME", "") or Path.home())
    if sys.platform == "darwin":
        return (home / "Library/Application Support/Firefox",)
    settings = environment.get("XDG_CONFIG_HOME", "") or str(home / ".config")
    return (
        home / ".mozilla/firefox",
        Path(settings) / "mozilla/firefox",  # since Firefox 147
        home / "snap/firefox/common/.mozilla/firefox",
        home / _FLATPAK / ".mozilla/firefox",
        home / _FLATPAK / "config/mozilla/firefox",
    )


def usual_profiles(environment: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """Return the profiles that Firefox opens by itself, one for each installation of it."""
    found: dict[Path, None] = {}
    for folder in folders(environment):
        found |= dict.fromkeys(path for path in _usual(folder) if path.is_dir())
    return tuple(found)


def preferences(profile: Path) -> dict[str, object]:
    """Return what is set in a profile; a file that cannot be read or a line that is none is left.

    Text, numbers and truth values; what the person never changed stands nowhere.
    """
    found: dict[str, object] = {}
    for name in _FILES:
        try:
            text = (profile / name).read_bytes()[:_MOST_OCTETS].decode("utf-8", "replace")
        except OSError:
            continue
        for key, value in _PREFERENCE.findall(text):
            try:
                found[json.loads(key)] = json.loads(value)
            except ValueError:
                continue
    return found


def _usual(folder: Path) -> Iterator[Path]:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string((folder / "profiles.ini").read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, configparser.Error):
        return
    installs = [name for name in parser.sections() if name.startswith("Install")]
    chosen = [parser.get(name, "Default", fallback="") for name in installs]
    if any(chosen):
        yield from (folder / path for path in chosen if path)
        return
    profiles = [name for name in parser.sections() if re.fullmatch(r"Profile\d+", name)]
    marked = [name for name in profiles if parser.get(name, "Default", fallback="") == "1"]
    for name in marked or profiles[:1]:
        path = parser.get(name, "Path", fallback="")
        if path:
            yield folder / path  # an absolute path replaces the folder
