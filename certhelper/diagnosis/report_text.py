"""A diagnosis as plain text, for a terminal and for mail: lines of at most 78 columns."""

from __future__ import annotations

from certhelper.diagnosis.told import ToldReport


def text_of(told: ToldReport) -> str:
    """Return the whole report."""
    return f"{told.verdict.headline}\n{told.verdict.next_step}\n"
