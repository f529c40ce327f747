"""A diagnosis as one HTML file that needs nothing else, on the screen and on paper."""

from __future__ import annotations

from certhelper.diagnosis.told import ToldReport


def page(told: ToldReport) -> str:
    """Return the whole document."""
    return f"<!doctype html><title>{told.check_code}</title>"
