"""Opens an address in the person's own browser, from a process without Qt and without a shell.

Python's own ``webbrowser`` is not used: it hands on this process's variables, falls back to
browsers of a terminal, and cannot tell whether Windows has opened anything.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping

from certhelper.browsers import places
from certhelper.browsers.address import checked
from certhelper.browsers.kinds import Browser
from certhelper.failures import FailedError
from certhelper.outside_programs import person_environment, starts

_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")
_OPENERS = (("xdg-open",), ("gio", "open"), ("x-www-browser",))


def open_address(address: str, browser: str = "") -> None:
    """Open an https or http address in ``browser`` ("": the one that the system would take).

    Waits up to two seconds, to see whether it starts.  Raises :class:`FailedError`
    (``address-refused`` for what is no plain web address, ``browser-not-opened``) and
    ``ValueError`` for an unknown browser.
    """
    chosen = Browser(browser) if browser else None
    target = checked(address)
    try:
        opened = _open(target, chosen, person_environment(os.environ))
    except OSError as error:
        raise FailedError("browser-not-opened", address=target) from error
    if not opened:
        raise FailedError("browser-not-opened", address=target)


def _open(address: str, browser: Browser | None, environment: dict[str, str]) -> bool:
    if sys.platform == "win32":
        return _open_on_windows(address, browser, environment)
    if sys.platform == "darwin":
        command = ["/usr/bin/open", address]
        found = None if browser is None else places.find(browser, environment)
        if browser is not None:
            return found is not None and starts(found.command(address), environment)
        return starts(command, environment)
    if not any(environment.get(name) for name in _DISPLAYS):
        return False  # what would open then is a browser of a terminal, which nobody sees
    return any(starts(words, environment) for words in _commands(address, browser, environment))


def _commands(
    address: str, browser: Browser | None, environment: Mapping[str, str]
) -> Iterator[list[str]]:
    """Every way to open it on Linux, the better ones first."""
    if browser is None:
        for program, *rest in _OPENERS:
            path = shutil.which(program, path=environment.get("PATH", os.defpath))
            if path is not None:
                yield [path, *rest, address]
    for one in Browser if browser is None else (browser,):
        found = places.find(one, environment)
        if found is not None:
            yield found.command(address)


def _open_on_windows(address: str, browser: Browser | None, environment: Mapping[str, str]) -> bool:
    from certhelper.windows import shell
    from certhelper.windows.library import WindowsCallError

    found = None if browser is None else places.find(browser, environment)
    if browser is not None and found is None:
        return False
    with shell.without_dll_directory():
        if found is not None:
            return starts(found.command(address), environment)
        try:
            shell.open_address(address)
        except WindowsCallError:
            return False
        return True
