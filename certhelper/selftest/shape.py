"""Paths as they may be told to others: which folder it is, not whose."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path

_HOME = "~"
_TEMPORARY = "(TEMP)"


def shape(text: str) -> str:
    """Return ``text`` with the home folder as ``~`` and the folder for temporary files as (TEMP).

    Both hold the account's name on most systems.
    """
    flags = re.IGNORECASE if sys.platform == "win32" else 0
    for folder, shown in _known():
        text = re.sub(re.escape(folder), lambda _, shown=shown: shown, text, flags=flags)
    return text


def _known() -> list[tuple[str, str]]:
    """Return folder and word, the longest first: one may lie in another."""
    found: dict[str, str] = {}
    for folder in (tempfile.gettempdir(), os.environ.get("XDG_RUNTIME_DIR", "")):
        found |= dict.fromkeys(_spellings(folder), _TEMPORARY)
    found |= dict.fromkeys(_spellings(str(Path.home())), _HOME)
    return sorted(found.items(), key=lambda one: -len(one[0]))


def _spellings(folder: str) -> set[str]:
    names = {folder, os.path.realpath(folder)} if folder else set()
    return {name for name in names if len(name) > 1}
