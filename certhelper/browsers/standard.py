"""Which browser the system opens an address with: the one that the person chose for that.

Linux: XDG MIME Applications Associations 1.0.1.  Windows: ``UserChoice`` of the scheme (the
registry's place of "Default apps").  On macOS it is not looked for.
"""

from __future__ import annotations

import configparser
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from certhelper.browsers import places
from certhelper.browsers.kinds import Browser
from certhelper.windows import registry

_SCHEME = "x-scheme-handler/https"
_USER_CHOICE = r"SOFTWARE\Microsoft\Windows\Shell\Associations\UrlAssociations\https\UserChoice"
_PROGRAM_IDS = {
    "msedgehtm": Browser.EDGE,
    "chromehtml": Browser.CHROME,
    "chromiumhtm": Browser.CHROMIUM,
    "firefoxurl": Browser.FIREFOX,
}


def find(environment: Mapping[str, str]) -> Browser | None:
    """Return the browser, None where it is another one or cannot be told."""
    if sys.platform == "win32":
        return _on_windows()
    return _on_linux(environment) if sys.platform.startswith("linux") else None


def _on_windows() -> Browser | None:
    """The names may end in a suffix of the installation (``FirefoxURL-308046B0AF4A39CB``)."""
    try:
        chosen = registry.value(registry.Root.CURRENT_USER, _USER_CHOICE, "ProgId")
    except OSError:
        return None
    name = chosen.casefold() if isinstance(chosen, str) else ""
    return next(
        (browser for start, browser in _PROGRAM_IDS.items() if name.startswith(start)), None
    )


def _on_linux(environment: Mapping[str, str]) -> Browser | None:
    for file in _lists(environment):
        parser = configparser.RawConfigParser(strict=False, delimiters=("=",))
        try:
            parser.read_string(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, configparser.Error):
            continue
        given = parser.get("Default Applications", _SCHEME, fallback="")
        for entry in filter(None, given.split(";")):
            return places.of_entry(entry.strip().removesuffix(".desktop"))
    return None


def _lists(environment: Mapping[str, str]) -> Iterator[Path]:
    home = environment.get("HOME", "")
    desktops = environment.get("XDG_CURRENT_DESKTOP", "").lower().split(":")
    names = [*(f"{one}-mimeapps.list" for one in desktops if one), "mimeapps.list"]
    settings = environment.get("XDG_CONFIG_HOME", "") or f"{home}/.config"
    data = environment.get("XDG_DATA_HOME", "") or f"{home}/.local/share"
    folders = [
        settings,
        *(environment.get("XDG_CONFIG_DIRS", "") or "/etc/xdg").split(":"),
        f"{data}/applications",
    ]
    shared = environment.get("XDG_DATA_DIRS", "") or "/usr/local/share:/usr/share"
    folders += [f"{one}/applications" for one in shared.split(":")]
    for folder in folders:
        yield from (Path(folder) / name for name in names if folder.startswith("/"))
