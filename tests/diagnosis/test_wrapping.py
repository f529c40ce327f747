"""Lines of a report in plain text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from certhelper.diagnosis.wrapping import wrapped
from certhelper.display_width import width


def test_words_stay_whole_and_japanese_breaks_anywhere() -> None:
    """English words are not cut, and no line begins with a closing or ends with an opening mark."""
    assert wrapped("The proxy wants a password", 10) == ["The proxy", "wants a", "password"]
    assert wrapped("証明書の有効期限", 8) == ["証明書の", "有効期限"]
    assert wrapped("有効期限。", 8) == ["有効期", "限。"]
    assert wrapped("証明書「有効」", 8) == ["証明書", "「有効」"]


def test_what_stands_before_a_line_counts() -> None:
    """The first line may begin otherwise than the rest."""
    assert wrapped("a b c d e", 6, "→ ", "    ") == ["→ a b", "    c", "    d", "    e"]


def test_a_word_that_is_too_long_is_cut() -> None:
    """Fingerprints are longer than some lines."""
    assert wrapped("f" * 10, 4) == ["ffff", "ffff", "ff"]


@given(st.text("aあ。「 b字」、12", max_size=200), st.integers(6, 40))
def test_nothing_is_lost(text: str, columns: int) -> None:
    """Every character but white space at a break is there, in its order."""
    lines = wrapped(text, columns)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(st.lists(st.text("abcあ字12", min_size=1, max_size=6), max_size=40), st.integers(12, 40))
def test_no_line_is_too_wide(words: list[str], columns: int) -> None:
    """However the widths of the characters are mixed."""
    assert all(width(line) <= columns for line in wrapped(" ".join(words), columns))
