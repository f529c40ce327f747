"""Text from outside shows everything that is in it, and nothing that is not."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certhelper.safe_text import safe


@pytest.mark.parametrize(
    "text", ["", "12345678901234 user01", "株式会社　見本", "カブシキ", "é", "葛"]
)
def test_ordinary_names_stay_as_they_are(text: str) -> None:
    """Japanese names with their wide space included."""
    assert safe(text) == text


@pytest.mark.parametrize(
    "character",
    [
        *"\0\t\n\r\x1b\x7f\x85",  # control
        *"\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c",  # bidi
        *"\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e",  # of no width
        *"\u115f\u1160\u3164\uffa0\u2800",  # blank, though letters and symbols
        *"\ufe0f\U000e0100",  # change the character before them
        *"\u2028\u2029\u00a0\u2003",  # line ends and other spaces
        *"\ue000\ud800\uffff",  # private, half of a pair, no character
    ],
)
def test_what_cannot_be_seen_is_shown_by_its_number(character: str) -> None:
    """And the letters around it stay where they are."""
    assert safe(f"a{character}b") == f"a[U+{ord(character):04X}]b"


@given(st.text(st.characters()))
def test_nothing_invisible_is_left(text: str) -> None:
    """No control, format, surrogate or unassigned character, no line end, in what is shown."""
    shown = safe(text)
    assert not {unicodedata.category(character) for character in shown} & {
        *("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"),
    }
    assert shown == safe(shown)


@given(st.text(st.characters(categories=["L", "N", "P"]), max_size=20), st.characters())
def test_a_hidden_character_changes_what_is_seen(text: str, extra: str) -> None:
    """Two different names never look the same because of something that cannot be seen."""
    assert safe(text) != safe(text + extra)
