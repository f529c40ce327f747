"""A real keyring for the tests that need one."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import keyring.backend
import keyring.core
import pytest
from support import credential_locker, pki, secret_service


@pytest.fixture(scope="module")
def authority() -> pki.Authority:
    return pki.Authority()


@pytest.fixture
def unlocked_keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The keyring of this system: a Secret Service that answers, or Windows' Credential Locker."""
    if sys.platform == "win32":
        yield from credential_locker.emptied(monkeypatch)
    else:
        yield from _keyring(monkeypatch, "keyring password")


@pytest.fixture
def locked_keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Start a Secret Service that is locked, with nobody to unlock it."""
    yield from _keyring(monkeypatch, None)


def _keyring(monkeypatch: pytest.MonkeyPatch, password: str | None) -> Iterator[None]:
    # A socket's path may have 107 octets only; pytest's own folders are longer.
    with (
        tempfile.TemporaryDirectory() as folder,
        secret_service.running(Path(folder), password) as address,
    ):
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        # keyring remembers for the whole process which services it saw at its first look.
        monkeypatch.setattr(keyring.core, "_keyring_backend", None)
        vars(keyring.backend.get_all_keyring).pop("saved_result", None)
        yield
        vars(keyring.backend.get_all_keyring).pop("saved_result", None)
