"""Where the browsers of this PC are, and the words that start one."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from certhelper.browsers import desktop_entries
from certhelper.browsers.kinds import Browser
from certhelper.windows import registry

_SNAPS = "/snap/bin"
_SYSTEMFLATPAKS = "/var/lib/flatpak/exports/bin"

_PROGRAMS = {
    Browser.EDGE: ("microsoft-edge-stable", "microsoft-edge"),
    Browser.CHROME: ("google-chrome-stable", "google-chrome"),
    Browser.CHROMIUM: ("chromium", "chromium-browser"),
    Browser.FIREFOX: ("firefox", "firefox-esr"),
}
_FLATPAKS = {
    Browser.EDGE: "com.microsoft.Edge",
    Browser.CHROME: "com.google.Chrome",
    Browser.CHROMIUM: "org.chromium.Chromium",
    Browser.FIREFOX: "org.mozilla.firefox",
}
_ENTRIES = {
    Browser.EDGE: ("microsoft-edge",),
    Browser.CHROME: ("google-chrome",),
    Browser.CHROMIUM: ("chromium", "chromium-browser", "chromium_chromium"),
    Browser.FIREFOX: ("firefox", "firefox-esr", "firefox_firefox"),
}
_BUNDLES = {
    Browser.EDGE: "Microsoft Edge",
    Browser.CHROME: "Google Chrome",
    Browser.CHROMIUM: "Chromium",
    Browser.FIREFOX: "Firefox",
}
_APP_PATHS = r"SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths"
_EXECUTABLES = {
    Browser.EDGE: "msedge.exe",
    Browser.CHROME: "chrome.exe",
    Browser.FIREFOX: "firefox.exe",
}
_CHROMIUM_OF_USER = r"Chromium\Application\chrome.exe"


class Place(NamedTuple):
    """A browser that is there.

    ``path`` is the program, or what starts it; ``words`` start it, with :data:`ADDRESS` standing
    where the address goes.  ``package`` is ``flatpak`` or ``snap`` for one that is kept apart from
    the rest of the system, and so has a home of its own.
    """

    path: Path
    words: tuple[str, ...]
    package: str = ""

    def command(self, address: str) -> list[str]:
        """Return the words that open the address."""
        return [address if word == ADDRESS else word for word in self.words]


ADDRESS = desktop_entries.ADDRESS


def of_entry(name: str) -> Browser | None:
    """Return the browser whose entry in the menu has that id (without ``.desktop``)."""
    for browser in Browser:
        if name in (*_ENTRIES[browser], *_PROGRAMS[browser], _FLATPAKS[browser]):
            return browser
    return None


def find(browser: Browser, environment: Mapping[str, str]) -> Place | None:
    """Return where the browser is on this PC, None where it is not.

    ``environment`` is the person's own.  Raises ``OSError`` for a registry that cannot be read.
    """
    if sys.platform == "win32":
        return _find_on_windows(browser, environment)
    if sys.platform == "darwin":
        return _find_on_macos(browser)
    return _find_on_linux(browser, environment)


def _find_on_linux(browser: Browser, environment: Mapping[str, str]) -> Place | None:
    """By its program's name, then as a snap or flatpak, then by its entry in the menu.

    The last finds a browser that was unpacked somewhere, as Mozilla's own archive of Firefox.
    """
    for name in _PROGRAMS[browser]:
        for folders in (environment.get("PATH", os.defpath), _SNAPS):
            found = shutil.which(name, path=folders)
            if found is not None:
                return _place(Path(found))
    for folder in _flatpak_folders(environment):
        found = shutil.which(_FLATPAKS[browser], path=folder)
        if found is not None:
            return _place(Path(found))
    for name in (*_ENTRIES[browser], _FLATPAKS[browser]):
        entry = desktop_entries.find(name, environment)
        if entry is not None:
            return Place(Path(entry.words[0]), entry.words, _package(Path(entry.words[0])))
    return None


def _flatpak_folders(environment: Mapping[str, str]) -> Iterator[str]:
    data = environment.get("XDG_DATA_HOME", "")
    home = environment.get("HOME", "")
    if data or home:
        yield str((Path(data) if data else Path(home) / ".local/share") / "flatpak/exports/bin")
    yield _SYSTEMFLATPAKS


def _place(path: Path) -> Place:
    return Place(path, (str(path), ADDRESS), _package(path))


def _package(path: Path) -> str:
    if path.name == "flatpak" or path.parent.match("flatpak/exports/bin"):
        return "flatpak"
    # What lies in /snap/bin is a link to the snap program; Debian's wrapper is a script beside it.
    return "snap" if path.is_relative_to("/snap") or path.resolve().name == "snap" else ""


def _find_on_windows(browser: Browser, environment: Mapping[str, str]) -> Place | None:
    """Where its set-up program registered it ("Application Registration", App Paths)."""
    for path in _windows_candidates(browser, environment):
        if path.is_absolute() and path.is_file() and _is_of(browser, path):
            return Place(path, (str(path), ADDRESS))
    return None


def _windows_candidates(browser: Browser, environment: Mapping[str, str]) -> Iterator[Path]:
    if browser is Browser.CHROMIUM:
        yield Path(environment.get("LOCALAPPDATA", "")) / _CHROMIUM_OF_USER
    executable = _EXECUTABLES.get(browser, _EXECUTABLES[Browser.CHROME])
    for root in (registry.Root.CURRENT_USER, registry.Root.LOCAL_MACHINE):
        found = registry.value(root, rf"{_APP_PATHS}\{executable}")
        if isinstance(found, str):
            yield Path(os.path.expandvars(found.strip().strip('"')))


def _is_of(browser: Browser, path: Path) -> bool:
    """Chrome and Chromium have a program of the same name; their folders tell them apart."""
    is_chromium = "chromium" in [part.casefold() for part in path.parts]
    return is_chromium == (browser is Browser.CHROMIUM)


def _find_on_macos(browser: Browser) -> Place | None:
    name = _BUNDLES[browser]
    for folder in (Path("/Applications"), Path.home() / "Applications"):
        bundle = folder / f"{name}.app"
        if bundle.is_dir():
            return Place(bundle, ("/usr/bin/open", "-a", str(bundle), ADDRESS))
    return None
