"""How old the browser engine is that this program is built with, and whether that must be said.

An engine that is part of a program grows old with it: new holes in Chromium become known every
few weeks, and nothing closes them here but a new release of the program.
"""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from functools import cache
from typing import NamedTuple

from certhelper import moment, resources

OLD_AFTER_DAYS = 60
"""Releases of PySide6 come some two months apart (6.11.2 on 2026-08-18, 6.12.0 on 2026-10-08,
6.11.3 on 2026-10-26): an older engine has most likely missed one that brought fixes."""


class Engine(NamedTuple):
    """One release of the engine, as ``resources/engine.toml`` states it.

    ``built`` is the day on which its files were made, ``published`` the one on which it could be
    had.  ``chromium_security_patch`` is the Chrome release up to which security fixes are in it.
    """

    pyside6: str
    qt: str
    chromium: str
    chromium_security_patch: str
    built: date
    published: date

    def line(self) -> str:
        """Say it in one line, for the version and for the helpdesk."""
        return (
            f"Qt WebEngine {self.qt} (Chromium {self.chromium}, "
            f"security fixes up to {self.chromium_security_patch}), built {self.built.isoformat()}"
        )

    def age_days(self, at: datetime) -> int:
        """Return how many days lie between the build and ``at``, by the calendar of Japan."""
        return (at.astimezone(moment.JAPAN).date() - self.built).days

    def is_old(self, at: datetime, old_after_days: int) -> bool:
        """Say whether it is older than ``old_after_days``; 0 stands for the usual limit."""
        return self.age_days(at) > (old_after_days or OLD_AFTER_DAYS)


@cache
def engine() -> Engine:
    """Return the engine that this program is built with."""
    with (resources.folder() / "engine.toml").open("rb") as file:
        return Engine(**tomllib.load(file))
