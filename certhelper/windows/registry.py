"""Windows' registry, read and never written.

By Python's own ``winreg``, which opens a key for reading unless it is told otherwise.
"""

from __future__ import annotations

import sys
from enum import StrEnum

Value = str | int | bytes | list[str] | None


class Root(StrEnum):
    """The two roots that programs and policies stand under."""

    CURRENT_USER = "HKEY_CURRENT_USER"
    LOCAL_MACHINE = "HKEY_LOCAL_MACHINE"


def value(root: Root, path: str, name: str = "") -> Value:
    """Return one value of a key; the empty name is the key's own.  None where there is none.

    Raises ``OSError`` for what is there and cannot be read.
    """
    if sys.platform == "win32":
        import winreg

        try:
            with winreg.OpenKey(getattr(winreg, root.value), path) as key:
                found: Value = winreg.QueryValueEx(key, name)[0]
                return found
        except FileNotFoundError:
            return None
    else:  # a type checker for another system must not see what is above
        return None


def values(root: Root, path: str) -> dict[str, Value]:
    """Return every value of a key, in the registry's order; empty where there is no such key.

    Raises ``OSError`` for what is there and cannot be read.
    """
    if sys.platform == "win32":
        import winreg

        try:
            with winreg.OpenKey(getattr(winreg, root.value), path) as key:
                count = winreg.QueryInfoKey(key)[1]
                found = (winreg.EnumValue(key, number) for number in range(count))
                return {name: content for name, content, _kind in found}
        except FileNotFoundError:
            return {}
    else:  # as above
        return {}


def exists(root: Root, path: str) -> bool:
    """Say whether there is such a key.  Raises ``OSError`` for one that cannot be opened."""
    if sys.platform == "win32":
        import winreg

        try:
            winreg.OpenKey(getattr(winreg, root.value), path).Close()
        except FileNotFoundError:
            return False
        return True
    else:  # noqa: RET505  # as above
        return False
