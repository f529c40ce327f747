"""Windows' program without a console says in a window what it would have printed."""

from __future__ import annotations

import sys

import pytest

from certhelper import __main__ as entry
from certhelper.windows import message


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    boxes: list[tuple[str, str]] = []
    monkeypatch.setattr(message, "show", lambda title, words: boxes.append((title, words)))
    return boxes


def started(*words: str) -> int:
    """Run the program with neither standard output nor standard error, as the Start menu does."""
    with pytest.MonkeyPatch.context() as patch:
        for stream in ("stdin", "stdout", "stderr"):
            patch.setattr(sys, stream, None)
        return entry.main(words)


def test_wrong_use_is_shown(shown: list[tuple[str, str]]) -> None:
    """A shortcut with a mistake in it must not end without a word."""
    assert started("list", "--bank", "no-such-bank") == 2
    ((title, words),) = shown
    assert title
    assert "no-such-bank" in words


def test_what_went_well_needs_no_window(shown: list[tuple[str, str]]) -> None:
    """Nobody has to close anything after a success."""
    assert started("--version") == 0
    assert shown == []
