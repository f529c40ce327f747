"""Which browsers run on this PC just now, by their processes.

What somebody chose when the bank asked for a certificate, "none" included, is remembered until the
browser's process ends (Chromium: ``net/ssl/ssl_client_auth_cache.h``), and closing its windows does
not always end it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path, PurePath, PureWindowsPath
from typing import NamedTuple

from certhelper.browsers.kinds import Browser

_NAMES = {
    "msedge": Browser.EDGE,
    "microsoft edge": Browser.EDGE,  # macOS calls it so, and the next
    "google chrome": Browser.CHROME,
    "chrome": Browser.CHROME,
    "chromium": Browser.CHROMIUM,
    "chromium-browser": Browser.CHROMIUM,
    "firefox": Browser.FIREFOX,
    "firefox-bin": Browser.FIREFOX,
    "firefox-esr": Browser.FIREFOX,
}
"""What their processes are called; the parts that a browser is made of have the same name."""

_FIRST_PROCESS = Path("/proc/1")
"""Where it cannot be seen, others' processes are hidden (proc(5), ``hidepid``)."""


class Process(NamedTuple):
    """One process of a browser.

    ``is_mine`` is None where its user could not be seen; ``began`` is aware, None: not told.
    """

    browser: Browser
    is_mine: bool | None
    began: datetime | None


class Running(NamedTuple):
    """A browser of this person's that runs; ``since`` is when its first process began."""

    browser: Browser
    since: datetime | None


class Seen(NamedTuple):
    """What could be seen.

    ``mine`` are this person's; ``of_others`` those that another user runs; ``of_unknown`` those
    whose user could not be seen.  ``others_hidden``: this system shows a person no process of
    another user's.
    """

    mine: tuple[Running, ...] = ()
    of_others: tuple[Browser, ...] = ()
    of_unknown: tuple[Browser, ...] = ()
    others_hidden: bool = False


def look() -> Seen:
    """Look at the processes of this PC; takes some milliseconds."""
    return sorted_out(_processes(), others_hidden=_are_others_hidden())


def sorted_out(processes: Iterable[Process], *, others_hidden: bool = False) -> Seen:
    """Put the processes of each browser together, in the order of :class:`Browser`."""
    found = list(processes)
    return Seen(
        mine=tuple(Running(one, _earliest(found, one)) for one in _with(found, is_mine=True)),
        of_others=_with(found, is_mine=False),
        of_unknown=_with(found, is_mine=None),
        others_hidden=others_hidden,
    )


def browser_of(name: str, program: str) -> Browser | None:
    """Return the browser that a process belongs to; ``program`` is its file, empty: not known.

    Chrome and Chromium are both ``chrome`` on Windows and as a snap; their folders tell them apart.
    """
    path = PureWindowsPath(program) if "\\" in program else PurePath(program)
    found = _NAMES.get(name.casefold().removesuffix(".exe"))
    if found is Browser.CHROME and "chromium" in [part.casefold() for part in path.parts]:
        return Browser.CHROMIUM
    return found


def _with(processes: list[Process], *, is_mine: bool | None) -> tuple[Browser, ...]:
    there = {one.browser for one in processes if one.is_mine is is_mine}
    return tuple(browser for browser in Browser if browser in there)


def _earliest(processes: list[Process], browser: Browser) -> datetime | None:
    mine = (one.began for one in processes if one.is_mine and one.browser is browser)
    return min((began for began in mine if began is not None), default=None)


def _processes() -> list[Process]:
    """Only of browsers is more asked than the name: to name a user may take Windows a while."""
    import psutil  # nobody else needs it

    me = psutil.Process().username()
    found: list[Process] = []
    for one in psutil.process_iter(["name"]):  # what may not be seen of one is None
        name = one.info["name"] or ""
        if browser_of(name, "") is None:
            continue
        try:
            facts = one.as_dict(["exe", "username", "create_time", "status"])
        except psutil.NoSuchProcess:
            continue  # it has ended meanwhile
        browser = browser_of(name, facts["exe"] or "")
        if browser is None or facts["status"] == psutil.STATUS_ZOMBIE:
            continue
        user, began = facts["username"], facts["create_time"]
        is_mine = None if user is None else user.casefold() == me.casefold()
        found.append(
            Process(browser, is_mine, None if not began else datetime.fromtimestamp(began, UTC))
        )
    return found


def _are_others_hidden() -> bool:
    return sys.platform == "linux" and not _FIRST_PROCESS.exists()
