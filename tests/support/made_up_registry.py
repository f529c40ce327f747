"""Windows' registry as a dictionary: values by root and path."""

from __future__ import annotations

import sys

import pytest

from certhelper.windows import registry
from certhelper.windows.registry import Root, Value

Keys = dict[tuple[Root, str], dict[str, Value]]


def put_in_place(monkeypatch: pytest.MonkeyPatch) -> Keys:
    """Return the registry of a PC, empty at first; a key with a value ``refused`` cannot be read.

    The program takes this PC for Windows meanwhile.
    """
    made: Keys = {}

    def values(root: Root, path: str) -> dict[str, Value]:
        found = made.get((root, path), {})
        if "refused" in found:
            raise PermissionError(5, "Access is denied")
        return found

    monkeypatch.setattr(registry, "values", values)
    monkeypatch.setattr(registry, "value", lambda root, path, name="": values(root, path).get(name))
    monkeypatch.setattr(sys, "platform", "win32")
    return made
