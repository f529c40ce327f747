"""How many columns a text takes on a terminal."""

from __future__ import annotations

import unicodedata
from functools import lru_cache


def width(text: str) -> int:
    """Return how many columns a terminal gives this text (Unicode Standard Annex 11).

    Characters of ambiguous width (○, ×) count as one, as terminals without an East Asian setting
    show them.
    """
    return len(text) if text.isascii() else _width_of_wide(text)


@lru_cache(maxsize=4096)
def _width_of_wide(text: str) -> int:
    return sum(map(_width_of_character, text))


@lru_cache(maxsize=4096)
def _width_of_character(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
