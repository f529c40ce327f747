"""Which browsers are on this PC: where, and which version."""

from __future__ import annotations

import configparser
import os
import plistlib
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from certhelper.browsers import places
from certhelper.browsers.kinds import Browser
from certhelper.browsers.places import Place
from certhelper.outside_programs import person_environment

_TIME_LIMIT_S = 5.0
_VERSION = re.compile(r"(?<![\w.])(\d+(?:\.\d+){1,3}(?:esr)?)(?![\w.])")


class InstalledBrowser(NamedTuple):
    """A browser that is there; ``version`` is empty where it cannot be told."""

    browser: Browser
    place: Place
    version: str

    @property
    def major(self) -> int | None:
        """The number that people know a version by."""
        first = self.version.partition(".")[0]
        return int(first) if first.isdigit() else None


def present(environment: Mapping[str, str] = os.environ) -> tuple[Browser, ...]:
    """Return which browsers are there, without asking them anything: fast."""
    outside = person_environment(environment)
    return tuple(browser for browser in Browser if _place_of(browser, outside) is not None)


def find(
    browser: Browser, environment: Mapping[str, str] = os.environ, *, asks: bool = True
) -> InstalledBrowser | None:
    """Return one browser, None where it is not.

    Asks it for its version, which takes a moment: not to be called in the window's thread.  Without
    ``asks`` nothing is started, and where the version stands in no file it is empty.
    """
    outside = person_environment(environment)
    place = _place_of(browser, outside)
    if place is None:
        return None
    return InstalledBrowser(browser, place, _version(browser, place, outside, asks=asks))


def _place_of(browser: Browser, outside: Mapping[str, str]) -> Place | None:
    """A place that cannot be looked into has no browser for us."""
    try:
        return places.find(browser, outside)
    except OSError:
        return None


def _version(browser: Browser, place: Place, environment: Mapping[str, str], *, asks: bool) -> str:
    if sys.platform == "win32":
        from certhelper.windows import file_version

        return file_version.of(place.path)
    if sys.platform == "darwin":
        return _bundle_version(place.path)
    written = _written_version(place.path) if browser is Browser.FIREFOX else ""
    return written or (_said_version(place, environment) if asks else "")


def _written_version(program: Path) -> str:
    """Firefox keeps it beside its program, so nothing has to be started."""
    parser = configparser.RawConfigParser()
    try:
        file = program.resolve().parent / "application.ini"
        parser.read_string(file.read_text(encoding="utf-8"))
        return parser.get("App", "Version", fallback="")
    except (OSError, ValueError, configparser.Error):
        return ""


def _said_version(place: Place, environment: Mapping[str, str]) -> str:
    """What it prints for ``--version``, for which none of them opens a window."""
    words = [word for word in place.words if word not in (places.ADDRESS, "@@u", "@@")]
    try:
        done = subprocess.run(
            [*words, "--version"],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_TIME_LIMIT_S,
            text=True,
            errors="replace",
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = _VERSION.search(done.stdout)
    return found[1] if found else ""


def _bundle_version(bundle: Path) -> str:
    try:
        facts = plistlib.loads((bundle / "Contents/Info.plist").read_bytes())
    except (OSError, ValueError, plistlib.InvalidFileException):
        return ""
    return str(facts.get("CFBundleShortVersionString", ""))
