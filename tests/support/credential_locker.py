"""Windows' Credential Locker, for passphrases of tests under a name of their own."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import keyring.core
import pytest

from certhelper.stores import passphrases


def emptied(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let passphrases be kept under another name than the program's; none is left at the end."""
    name = f"certhelper test {uuid4()}"
    monkeypatch.setattr(passphrases, "SERVICE", name)
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    yield
    for target in targets(name):
        _remove(target)


def targets(part: str) -> list[str]:
    """The names of all entries that contain ``part``."""
    from win32ctypes.pywin32 import (  # type: ignore[import-not-found]  # with keyring, on Windows
        pywintypes,
        win32cred,
    )

    try:
        found = win32cred.CredEnumerate(None, 0)
    except pywintypes.error as error:
        if error.winerror == _NOT_FOUND:
            return []
        raise
    return [entry["TargetName"] for entry in found if part in entry["TargetName"]]


def _remove(target: str) -> None:
    from win32ctypes.pywin32 import win32cred

    win32cred.CredDelete(Type=win32cred.CRED_TYPE_GENERIC, TargetName=target)


_NOT_FOUND = 1168
"""``ERROR_NOT_FOUND``: there is no entry at all."""
