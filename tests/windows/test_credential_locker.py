"""Passphrases in Windows' own Credential Locker (Credential Manager)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring.core
import pytest
from support import credential_locker

from certhelper.secret import Secret
from certhelper.stores import passphrases
from certhelper.stores.base import Availability

ONE = passphrases.fingerprint(b"one file")
OTHER = passphrases.fingerprint(b"another file")

_RECALL = """
import sys
sys.path.insert(0, sys.argv[1])
from certhelper.stores import passphrases
passphrases.SERVICE = sys.argv[2]
found = passphrases.recall(sys.argv[3])
sys.stdout.buffer.write("".join(found.characters()).encode() if found else b"")
"""


@pytest.fixture(autouse=True)
def _locker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    yield from credential_locker.emptied(monkeypatch)


def text_of(secret: Secret | None) -> str | None:
    return None if secret is None else "".join(secret.characters())


def recalled_after_a_restart(file_fingerprint: str) -> str:
    """What a process that was started later is given."""
    code = str(Path(passphrases.__file__).parents[2])
    command = [sys.executable, "-c", _RECALL, code, passphrases.SERVICE, file_fingerprint]
    return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout.decode()


def test_it_is_windows_own() -> None:
    """No setting was needed, and nothing else stands in for it."""
    assert passphrases.availability() == Availability(usable=True)
    backend = keyring.core.get_keyring()
    assert type(passphrases._backend()).__name__ == "WinVaultKeyring", backend


def test_a_passphrase_is_there_again_after_a_restart() -> None:
    """In any script; each file has its own, and a forgotten one is gone for good."""
    passphrases.remember(ONE, Secret.from_characters("合言葉 𠮷 pass"))
    passphrases.remember(OTHER, Secret.from_characters("other"))
    assert recalled_after_a_restart(ONE) == "合言葉 𠮷 pass"
    assert recalled_after_a_restart(OTHER) == "other"

    passphrases.forget(ONE)
    assert recalled_after_a_restart(ONE) == ""
    assert text_of(passphrases.recall(OTHER)) == "other"


def test_nothing_is_left_of_what_was_forgotten() -> None:
    """Credential Manager shows no entry of ours any more, though one was replaced meanwhile."""
    for text in ("old", "new"):
        passphrases.remember(ONE, Secret.from_characters(text))
        passphrases.remember(OTHER, Secret.from_characters(text))
    assert credential_locker.targets(passphrases.SERVICE)
    passphrases.forget(ONE)
    passphrases.forget(OTHER)
    assert credential_locker.targets(passphrases.SERVICE) == []
