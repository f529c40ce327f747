"""Text from outside, made safe to show: nothing in it can hide, reorder or break a line.

A name in a certificate, a nickname or a path may hold control characters, line breaks, bidi
overrides ("Trojan Source", Unicode Technical Report 36) and characters of no width.  They are
shown by their code point, so that two different names never look the same because of them.

In a name that reads like letters and digits of ASCII, such as a 契約法人ID, characters of other
scripts can pass for them (Unicode Technical Standard 39).  Those stay, and their code point is
shown behind them.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import groupby
from typing import Final

# Printable by Unicode's categories, and yet nothing (or only blankness) can be seen of them; all
# that is beyond them is looked at one by one.  A set: every start of the program would spend
# milliseconds on compiling a pattern of such ranges.
_INVISIBLE = frozenset(
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
    + "".join(
        chr(code)
        for first, last in ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0x1D173, 0x1D17A))
        for code in range(first, last + 1)
    )
)
_OCTETS = range(0xDC80, 0xDD00)  # of PEP 383
_TAGS = range(0xE0000, 0xE1000)
_FIRST_TAG = chr(_TAGS[0])
_IDEOGRAPHIC_SPACE = "\u3000"  # ordinary in Japanese names
_AFTER_ASCII = re.compile("[\x00-\x7f][^\x00-\u02ff]")
"""Where a combining mark would be without a letter that it is ordinary on."""

_SCRIPTS_LIKE_LATIN: Final = frozenset(
    {"ARMENIAN", "CHEROKEE", "COPTIC", "CYRILLIC", "DESERET", "GREEK", "LISU", "OSAGE"}
)
"""Their letters can look like those of ASCII.  (First word of a character's Unicode name.)"""

_PHONETIC_LETTERS = (
    *((0x131, 0x131), (0x180, 0x1C3), (0x237, 0x237), (0x250, 0x2FF), (0x1D00, 0x1DBF)),
    *((0x2C60, 0x2C7F), (0xA720, 0xA7FF), (0xAB30, 0xAB6F)),
)
_FULL_WIDTH = range(0xFF01, 0xFF5F)
_DIGITS_OF_AN_ID: Final = 8
"""So many digits make a name one in which spaces and hyphens matter, too."""

_MOST_SHOWN: Final = 2
"""Characters of a run whose code points are shown."""


def safe(text: str) -> str:
    """Return ``text`` with every character that cannot be seen as ``[U+202E]``.

    So is a combining mark on nothing or on a character of ASCII: names that are typed have none.
    """
    if text.isascii() and text.isprintable():
        return text
    if (
        text.isprintable()
        and _INVISIBLE.isdisjoint(text)
        and max(text) < _FIRST_TAG
        and not _has_loose_mark(text)
    ):
        return text
    shown: list[str] = []
    before = ""
    for character in text:
        is_seen = character == _IDEOGRAPHIC_SPACE or (
            character.isprintable() and character not in _INVISIBLE and ord(character) not in _TAGS
        )
        if is_seen and before.isascii() and _is_mark(character):
            is_seen = False
        before = character if is_seen else ""  # a mark behind what is not seen stands on nothing
        shown.append(character if is_seen else _in_brackets(character))
    return "".join(shown)


def in_unicode(text: str) -> str:
    """Return ``text`` with what is no character replaced: ``[0xFF]`` for an octet of a file's name.

    Python keeps octets that are no UTF-8 as halves of surrogate pairs (PEP 383), which no strict
    reader of JSON takes (RFC 8259 section 8.2).
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join(_in_brackets(one) if "\ud800" <= one <= "\udfff" else one for one in text)
    return text


def with_octets(text: str) -> str:
    """Return a path in which each ``[0xFF]`` is the octet of which :func:`in_unicode` made it."""
    return re.sub(
        r"\[0x([89A-F][0-9A-F])\]", lambda found: chr(0xDC00 + int(found.group(1), 16)), text
    )


def _in_brackets(character: str) -> str:
    code = ord(character)
    if code in _OCTETS:
        return f"[0x{code & 0xFF:02X}]"
    return f"[U+{code:04X}]"


def _has_loose_mark(text: str) -> bool:
    return _is_mark(text[0]) or any(_is_mark(pair[1]) for pair in _AFTER_ASCII.findall(text))


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"


def safe_name(text: str) -> str:
    """Return :func:`safe` text in which what passes for ASCII has its code point behind it.

    Only where all letters and digits read as ASCII: in a Japanese name full-width letters are
    ordinary, and so they are in a name that has no others and is no long number.
    """
    if text.isascii():
        return safe(text)
    return "".join(
        f"{safe(run)}{_code_points(run)}" if is_marked else safe(run)
        for is_marked, run in _runs(text)
    )


def has_look_alikes(text: str) -> bool:
    """Whether characters in a name that reads like ASCII only pass for it."""
    return not text.isascii() and any(is_marked for is_marked, _ in _runs(text))


def _runs(text: str) -> list[tuple[bool, str]]:
    """Cut a name into runs of characters that are to be marked, and others."""
    if not _reads_as_ascii(text):
        return [(False, text)]
    is_id = _is_like_an_id(text)
    runs = groupby(
        text, lambda one: _passes_for_ascii(one) or (is_id and _passes_for_a_separator(one))
    )
    return [(is_marked, "".join(run)) for is_marked, run in runs]


def _reads_as_ascii(text: str) -> bool:
    others: list[str] = []
    for one in text:
        if not one.isascii() and _is_letter_or_digit(one):
            if not _passes_for_ascii(one):
                return False  # as nearly every Japanese name does, soon
            others.append(one)
    return not others or (
        any(one.isascii() and one.isalnum() for one in text)
        or not all(ord(one) in _FULL_WIDTH for one in others)
        or _is_like_an_id(text)
    )


def _is_like_an_id(text: str) -> bool:
    return sum(map(_is_like_a_digit, text)) >= _DIGITS_OF_AN_ID


@lru_cache(maxsize=4096)
def _is_letter_or_digit(character: str) -> bool:
    return unicodedata.category(character)[0] in "LN"


@lru_cache(maxsize=4096)
def _passes_for_ascii(character: str) -> bool:
    """Whether a letter or digit beyond ASCII can be taken for one of it."""
    if character.isascii() or not _is_letter_or_digit(character):
        return False
    plain = unicodedata.normalize("NFKC", character)
    return (
        (plain.isascii() and plain.isalnum())
        or _is_like_a_digit(character)
        or unicodedata.name(character, "").partition(" ")[0] in _SCRIPTS_LIKE_LATIN
        or any(first <= ord(character) <= last for first, last in _PHONETIC_LETTERS)
    )


def _is_like_a_digit(character: str) -> bool:
    is_number = unicodedata.category(character)[0] == "N"
    return is_number and unicodedata.numeric(character, 10.0) in range(10)


def _passes_for_a_separator(character: str) -> bool:
    """Whether a character beyond ASCII can be taken for a space, hyphen or underscore."""
    return not character.isascii() and (
        character in "\u3000\u2212\uff3f" or unicodedata.category(character) == "Pd"
    )


def _code_points(run: str) -> str:
    shown = [f"U+{ord(character):04X}" for character in run]
    if len(shown) > _MOST_SHOWN:
        return f"[{shown[0]}…{shown[-1]}]"
    return f"[{' '.join(shown)}]"
