"""Lines of at most so many columns, for text in which Japanese and English stand side by side.

Japanese breaks between any two characters, but no line begins with a closing mark or ends with an
opening one (the rules of JIS X 4051 that a terminal can keep); a word of ASCII is not broken unless
it is longer than a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from certhelper.display_width import width

_UNIT = re.compile(r"[!-~]+|\s+|.", re.DOTALL)
_NEVER_FIRST = frozenset(
    "、。，．・：；？！」』）】〕〉》ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々…,.:;?!)]"
)
_NEVER_LAST = frozenset("「『（【〔〈《([")


def wrapped(text: str, columns: int, first: str = "", rest: str = "") -> list[str]:
    """Return the lines; the first begins with ``first``, the others with ``rest``."""
    if width(first) + width(text) <= columns:
        return [(first + text).rstrip()]
    lines: list[str] = []
    line, filled, is_begun = first, width(first), False
    for unit in _units(text, columns - width(rest)):
        taken = width(unit)
        if is_begun and filled + width(unit.rstrip()) > columns:
            lines.append(line.rstrip())
            line, filled = rest, width(rest)
            if unit.isspace():
                continue
        line += unit
        filled += taken
        is_begun = True
    return [*lines, line.rstrip()]


def _units(text: str, columns: int) -> Iterator[str]:
    """Yield what stays together on a line."""
    unit = ""
    for part in _parts(text, columns):
        stays = unit and (part[0] in _NEVER_FIRST or unit[-1] in _NEVER_LAST)
        if unit and not stays:
            yield unit
            unit = ""
        unit += part
    if unit:
        yield unit


def _parts(text: str, columns: int) -> Iterator[str]:
    for found in _UNIT.finditer(text):
        part = found[0]
        step = max(columns, 1)
        yield from (part[at : at + step] for at in range(0, len(part), step))
