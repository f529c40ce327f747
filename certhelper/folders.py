"""Shows a folder in the person's file manager, from a process outside of any session's home."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from certhelper.failures import FailedError
from certhelper.outside_programs import person_environment, starts

_OPENERS = (("xdg-open",), ("gio", "open"))


def show(folder: str) -> None:
    """Open ``folder``; only what is a folder now is opened, never a file or an address.

    Raises :class:`FailedError` (``folder-not-opened``).
    """
    place = Path(folder)
    if not (place.is_absolute() and _is_folder(place) and _opens(place)):
        raise FailedError("folder-not-opened", folder=folder)


def _is_folder(place: Path) -> bool:
    try:
        return place.is_dir()
    except (OSError, ValueError):
        return False


def _opens(place: Path) -> bool:
    if sys.platform == "win32":
        try:
            os.startfile(place, "explore")  # noqa: S606  # a verb that only folders have
        except OSError:
            return False
        return True
    environment = person_environment(os.environ)
    if sys.platform == "darwin":
        # Named, because "open" by itself would start a folder that is a program.
        return starts(["/usr/bin/open", "-a", "Finder", str(place)], environment)
    for program, *rest in _OPENERS:
        found = shutil.which(program, path=environment.get("PATH", os.defpath))
        if found is not None and starts([found, *rest, str(place)], environment):
            return True
    return False
