"""What a person reads, in Japanese and English.

``resources/texts/AREA.toml`` holds tables of ``name = { ja = "…", en = "…" }``; a key is
``AREA.name``.  Codes and JSON keys are never translated and do not come from here.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any, Literal

from certhelper import resources

Language = Literal["ja", "en"]


@cache
def language() -> Language:
    """Japanese, unless the person's locale asks for English messages."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "")
        if value:
            return "en" if value.startswith("en") else "ja"
    return "ja"


@cache
def area(name: str) -> dict[str, Any]:
    """Return one file's tables as they stand in it.  Raises ``OSError`` when there is none."""
    import tomllib  # the window's first picture shows before any text is needed

    with (resources.folder() / "texts" / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


def joined(*sentences: str, in_language: Language | None = None) -> str:
    """Put whole sentences one after the other: English wants a blank between, Japanese none.

    Empty ones are left out.
    """
    gap = " " if (in_language or language()) == "en" else ""
    return gap.join(filter(None, sentences))


def has_table(area_name: str, name: str) -> bool:
    """Say whether a file has a table with this header, without taking the file apart."""
    path = resources.folder() / "texts" / f"{area_name}.toml"
    is_one_line = name.isprintable()
    return is_one_line and f"\n[{name}]".encode() in b"\n" + path.read_bytes()


def text(key: str, in_language: Language | None = None, /, **facts: object) -> str:
    """Return the text of ``key`` (``"desktop.logon"``) with ``{facts}`` put in.

    Raises ``KeyError`` for a key or fact that does not exist: that is a mistake in the program.
    """
    pattern = _pattern(key, in_language or language())
    return pattern.format_map(facts) if facts else pattern


@cache
def _pattern(key: str, in_language: Language) -> str:
    area_name, _, name = key.partition(".")
    first, *others = name.split(".")
    found: Any = table(area_name, first)
    for part in others:
        found = found[part]
    pattern: str = found[in_language]
    return pattern


@cache
def table(area_name: str, name: str) -> dict[str, Any]:
    """Return one of a file's outermost tables: to read the whole file takes longer than a list.

    Raises ``KeyError`` when there is none.
    """
    import tomllib

    pieces = _pieces(area_name)
    found: dict[str, Any] = tomllib.loads("\n".join(pieces.get(name) or pieces[""]))[name]
    return found


@cache
def _pieces(area_name: str) -> dict[str, list[str]]:
    """Return a file cut before each header, by the first part of the header's name."""
    path = resources.folder() / "texts" / f"{area_name}.toml"
    pieces: dict[str, list[str]] = {"": []}
    name = ""
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("["):
            name = line[1:].partition("]")[0].partition(".")[0].strip('" ')
        pieces.setdefault(name, []).append(line)
    return pieces
