"""What the dialog for a page's files offers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certhelper.logon.accepted_files import endings, filters

KINDS = {"text/csv": ["csv"], "image/*": ["png", "jpg"]}


@pytest.mark.parametrize(
    ("accepted", "found"),
    [
        ([".txt", ".DAT"], [".txt", ".dat"]),
        ([".txt, .csv"], [".txt", ".csv"]),
        (["text/csv", ".csv"], [".csv"]),
        (["image/*"], [".png", ".jpg"]),
        (["*", "", "*.exe;rm", ".(x)", "a/b/c"], []),
    ],
)
def test_endings_and_kinds_are_understood(accepted: list[str], found: list[str]) -> None:
    """Whatever is no ending and no kind is left out."""
    assert endings(accepted, lambda kind: KINDS.get(kind, [])) == found


def test_everything_can_always_be_chosen() -> None:
    """A 全銀 file may have any ending; a page must not hide it."""
    assert filters([])[-1].endswith("(*)")
    wanted, everything = filters([".txt"])
    assert wanted.endswith("(*.txt *.TXT)")
    assert everything.endswith("(*)")


@given(st.lists(st.text(max_size=30), max_size=8))
def test_a_page_cannot_break_the_filter(accepted: list[str]) -> None:
    """Brackets and line breaks in ``accept`` do not get into the dialog's own language."""
    for one in filters(endings(accepted, lambda _: [])):
        assert one.count("(") == one.count(")") == 1
        assert "\n" not in one
