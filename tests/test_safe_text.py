"""Text from outside shows everything that is in it, and nothing that is not."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certhelper.safe_text import has_look_alikes, safe, safe_name


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
        *"\U000e0001\U000e0041\U000e007f",  # tags, with which whole sentences can be hidden
        *"\u0300\u0338\u20dd\u0e31",  # marks that ordinary names do not carry on such letters
        *"\u2028\u2029\u00a0\u2003",  # line ends and other spaces
        *"\ue000\U000f0000\ud800\uffff\U000e0fff\u0378",  # private, half, none, unassigned
    ],
)
def test_what_cannot_be_seen_is_shown_by_its_number(character: str) -> None:
    """And the letters around it stay where they are."""
    assert safe(f"a{character}b") == f"a[U+{ord(character):04X}]b"


@pytest.mark.parametrize("text", ["か\u3099", "カ\u309a", "é", "ก\u0e31"])
def test_marks_stay_on_the_letters_they_are_made_for(text: str) -> None:
    """A file's name on macOS has its 濁点 by itself, and other scripts have no other way."""
    assert safe(text) == text


def test_every_mark_on_a_plain_letter_is_shown() -> None:
    """Also the second one, and one with nothing before it."""
    assert safe("\u0301a\u0301\u0302b") == "[U+0301]a[U+0301][U+0302]b"
    assert safe("か\u200b\u3099") == "か[U+200B][U+3099]"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("1234567890123４ user01", "1234567890123４[U+FF14] user01"),
        (
            "１２３４５６７８９０１２３４ user01",
            "１２３４５６７８９０１２３４[U+FF11…U+FF14] user01",
        ),
        ("１２３４５６７８９０１２３４", "１２３４５６７８９０１２３４[U+FF11…U+FF14]"),
        ("12345678901234 us\u0435r01", "12345678901234 us\u0435[U+0435]r01"),
        ("12345678901234 \u03bf1", "12345678901234 \u03bf[U+03BF]1"),
        ("123456789012\u0663\u0664", "123456789012\u0663\u0664[U+0663 U+0664]"),
        ("1234567890123\u3007", "1234567890123\u3007[U+3007]"),
        ("\U0001d7ff2345678901234", "\U0001d7ff[U+1D7FF]2345678901234"),
        ("12345678901234 user\u0261", "12345678901234 user\u0261[U+0261]"),
        ("12345678901234\u2010user01", "12345678901234\u2010[U+2010]user01"),
        ("12345678901234\u3000user01", "12345678901234\u3000[U+3000]user01"),
        ("12345678901234 \u200buser\uff11", "12345678901234 [U+200B]user\uff11[U+FF11]"),
    ],
)
def test_what_passes_for_ascii_is_marked(name: str, shown: str) -> None:
    """The helpdesk sees which letters, digits and separators of such a name are others."""
    assert safe_name(name) == shown
    assert has_look_alikes(name)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "12345678901234 user01",
            "株式会社ABC　第１営業部",
            "ＡＢＣ　ＣＯ．",
            "利用者０１",
            "第①",
        ),
        *("José Müller", "Møller", "Let’s Encrypt – R3", "東京１ 02", "", "カブシキ", "No.５ 工場"),
    ],
)
def test_ordinary_names_are_not_marked(name: str) -> None:
    """Full-width letters are ordinary in Japanese names, and accents are seen by themselves."""
    assert safe_name(name) == name
    assert not has_look_alikes(name)


@given(
    st.from_regex(r"[0-9]{14} [a-z0-9]{4,8}", fullmatch=True),
    st.integers(0, 200),
    st.characters(categories=["Nd", "Nl", "No"], exclude_characters="0123456789"),
)
def test_a_number_of_another_script_never_looks_plain(name: str, at: int, other: str) -> None:
    """Wherever it stands in an ID, what is shown differs from every name of ASCII."""
    at %= len(name)
    shown = safe_name(name[:at] + other + name[at + 1 :])
    if unicodedata.numeric(other) in range(10):
        assert f"U+{ord(other):04X}" in shown
    assert not shown.isascii()


@given(st.text(st.characters(), max_size=40))
def test_a_marked_name_hides_nothing(name: str) -> None:
    """It is as safe as any other text, and holds at least what is there."""
    shown = safe_name(name)
    assert shown == safe(shown)
    if name.isascii():
        assert shown == safe(name)


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
