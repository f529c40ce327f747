"""What a fact of this PC is found out by, and how it is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import Facts, Phrase, Told, Value

KEYS = "diagnosis-surroundings"
"""The texts that name sections and facts: ``[section]`` and ``[fact]`` there."""

Found = Told | Facts | None
"""One value; several facts with names of their own; or nothing, where it does not apply here."""


class Source(NamedTuple):
    """``key`` is its name in ``[fact]``; ``find`` may raise whatever it likes."""

    key: str
    find: Callable[[Scene], Found]


def told(key: str, found: Found) -> Facts:
    """Return what was found as facts of a section."""
    if found is None:
        return ()
    if isinstance(found, (Value, Phrase)):
        return ((f"{KEYS}.fact.{key}", found),)
    return found


def yes_or_no(answer: object) -> Phrase:
    """Return one of the two words."""
    return Phrase(f"{KEYS}.word.{'yes' if answer else 'no'}")


def word(name: str) -> Phrase:
    """Return a word of ``[word]``."""
    return Phrase(f"{KEYS}.word.{name}")
