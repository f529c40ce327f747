"""Text from outside, made safe to show: nothing in it can hide, reorder or break a line.

A name in a certificate, a nickname or a path may hold control characters, line breaks, bidi
overrides ("Trojan Source", Unicode Technical Report 36) and characters of no width.  They are
shown by their code point, so that two different names never look the same because of them.
"""

from __future__ import annotations

import re

# Printable by Unicode's categories, and yet nothing (or only blankness) can be seen of them.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_IDEOGRAPHIC_SPACE = "\u3000"  # ordinary in Japanese names


def safe(text: str) -> str:
    """Return ``text`` with every character that cannot be seen as ``[U+202E]``."""
    if text.isprintable() and (text.isascii() or not _INVISIBLE.search(text)):
        return text
    return "".join(
        character
        if character == _IDEOGRAPHIC_SPACE
        or (character.isprintable() and not _INVISIBLE.match(character))
        else f"[U+{ord(character):04X}]"
        for character in text
    )
