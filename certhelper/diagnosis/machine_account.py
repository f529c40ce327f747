"""The account that the person is signed in with, of which their private keys depend."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

from certhelper.diagnosis.machine_facts import KEYS, Source
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import Kind, Phrase, Value
from certhelper.logon import environment
from certhelper.safe_text import safe
from certhelper.windows.profile_type import profile_type


def current_account() -> Value:
    """Return as whom the program runs.

    Raises :class:`~certhelper.windows.library.WindowsCallError` on Windows, ``OSError`` or
    ``KeyError`` where the account has no name.
    """
    if sys.platform == "win32":
        from certhelper.windows import account

        found = account.own()
        return Value(Kind.ACCOUNT, safe(rf"{found.domain}\{found.name}"))
    return Value(Kind.ACCOUNT, safe(getpass.getuser()))


def _name(_: Scene) -> Value:
    return current_account()


def _origin(_: Scene) -> Phrase | None:
    if sys.platform == "win32":
        from certhelper.windows import account

        return Phrase(f"{KEYS}.origin.{account.own().origin.value}")
    else:  # noqa: RET505  # a type checker for another system must not see what is above
        return None


def _profile(_: Scene) -> Phrase | None:
    """Windows tells it; other systems have no such kinds."""
    found = profile_type()
    return None if found is None else Phrase(f"{KEYS}.profile.{found.value}")


def _rights(_: Scene) -> Phrase:
    if sys.platform == "win32":
        from certhelper.windows import account

        return Phrase(f"{KEYS}.rights.{account.rights().value}")
    return Phrase(f"{KEYS}.rights.{'root' if environment.runs_as_root() else 'ordinary'}")


def _home(_: Scene) -> Value:
    """Folders with names beyond ASCII are what some programs of card readers fail at."""
    return Value(Kind.PATH, safe(str(Path.home())))


SOURCES = (
    Source("account", _name),
    Source("origin", _origin),
    Source("profile", _profile),
    Source("rights", _rights),
    Source("home", _home),
)
