"""How to start this program again as a child."""

from __future__ import annotations

import sys


def program() -> list[str]:
    """The words that start it: installed, from a checkout, or as one built file."""
    if getattr(sys, "frozen", False):
        return [sys.executable]
    return [sys.executable, "-m", "certhelper"]
