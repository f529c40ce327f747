"""What a file from the bank may be called on this PC.

The name comes from a server (RFC 6266, ``filename`` and ``filename*``; the engine has decoded it)
and is anybody's words: it must name a file in the chosen folder and nothing else, look like what it
is, and never make a program of what the bank sends.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from certhelper import resources
from certhelper.safe_text import safe

_UNNAMED = "download"
_MOST_OCTETS = 200
"""Of 255 that a file name may have (NTFS, ext4), with room for a number and our own ending."""
_MOST_CHARACTERS = 120
"""A whole path on Windows has 260."""
_LONGEST_ENDING = 12
_MOST_NUMBERS = 10_000

# Not allowed on Windows (learn.microsoft.com/windows/win32/fileio/naming-a-file).  A yen sign
# becomes a backslash there where a program still uses the code page 932.
_NOT_IN_NAMES = re.compile('[<>:"|?*¥]')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])[ ]*(\..*)?")

# One letter of full width, or two kana of half width: one alone may be a Western accent.
_JAPANESE = re.compile("[\u3000-\u9fff\uf900-\ufaff\uff01-\uff60]|[\uff66-\uff9f]{2}")


def safe_name(suggested: str) -> str:
    """Return a name for one file in one folder, on every system.

    Only the last part of a path is taken; what cannot be seen is left out, what Windows does not
    allow becomes ``_``, dots and blanks at both ends go, a reserved name of Windows gets a ``_``
    in front, and a name that is too long loses from its middle and keeps its ending.
    """
    name = unicodedata.normalize("NFC", _in_japanese(suggested))
    name = "".join(character for character in name if _can_be_seen(character))
    name = _without_ends(re.split(r"[/\\]", name)[-1])
    name = _NOT_IN_NAMES.sub("_", name)
    name = _without_ends(_shortened(name)) or _UNNAMED
    return f"_{name}" if _RESERVED.fullmatch(name) else name


def would_run(name: str) -> bool:
    """Whether opening a file of this (safe) name would run something."""
    return "." in name and name.rpartition(".")[2].casefold() in _endings_that_run()


def ending_of(name: str) -> str:
    """The ending with its dot, or nothing."""
    stem, dot, ending = name.rpartition(".")
    return f".{ending}" if dot and stem and len(ending) <= _LONGEST_ENDING else ""


def free_names(name: str) -> Iterator[str]:
    """The name itself, then ``name (2).csv`` and so on; ten thousand in all."""
    yield name
    ending = ending_of(name)
    stem = name.removesuffix(ending) if ending else name
    for number in range(2, _MOST_NUMBERS):
        yield f"{stem} ({number}){ending}"


def with_ending(name: str, ending: str) -> str:
    """A safe name for a title that has no ending: ``明細`` → ``明細.pdf``."""
    base = safe_name(name).removesuffix(ending)
    return safe_name(f"{base}{ending}")


@cache
def _endings_that_run() -> frozenset[str]:
    """Endings that a PC runs, installs, or opens with rights of its own.

    They are PATHEXT of Windows, what Chromium calls dangerous
    (``download_file_types.asciipb``), Office files that carry macros, and pages, which a browser
    would open outside of this program's rules.
    """
    return frozenset((resources.folder() / "endings-that-run.txt").read_text("ascii").split())


def _in_japanese(name: str) -> str:
    """Mend a Shift_JIS name that was taken for Western letters.

    Many servers in Japan send it raw.  RFC 9110 section 5.5 has no such header, and Chromium
    then takes the octets for Windows-1252 (tried with 6.11.3 on Linux).
    """
    if name.isascii():
        return name
    try:
        octets = b"".join(_western(character) for character in name)
        mended = octets.decode("cp932")
    except UnicodeError:
        return name
    return mended if _JAPANESE.search(mended) else name


def _western(character: str) -> bytes:
    try:
        return character.encode("cp1252")
    except UnicodeEncodeError:
        return character.encode("latin-1")  # the five octets that Windows-1252 leaves undefined


def _can_be_seen(character: str) -> bool:
    return safe(character) == character


def _without_ends(name: str) -> str:
    """Windows drops dots and blanks at the end by itself; at the front a dot hides the file."""
    return name.strip(". \u3000\u00a0")


def _shortened(name: str) -> str:
    ending = ending_of(name)
    stem = name.removesuffix(ending) if ending else name
    stem = stem[: _MOST_CHARACTERS - len(ending)]
    while len(f"{stem}{ending}".encode()) > _MOST_OCTETS:
        stem = stem[:-1]
    return stem.rstrip() + ending
