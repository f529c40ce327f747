"""What the set-up says to a person, in Japanese or English."""

from __future__ import annotations

import os


class SetUpError(Exception):
    """The set-up cannot go on; the text is what the person reads."""


def say(japanese: str, english: str) -> str:
    """Choose the language as the program does: Japanese unless the locale asks for English."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "")
        if value:
            return english if value.startswith("en") else japanese
    return japanese


def tell(japanese: str, english: str) -> None:
    """Print a line at once, so that it stands before what a started program prints."""
    print(say(japanese, english), flush=True)
