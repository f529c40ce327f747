"""What an uninstaller leaves of what the program keeps for a person."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from certhelper import removal, settings
from certhelper.revocation import cache
from certhelper.secret import Secret
from certhelper.stores import passphrases

FINGERPRINT = "ab" * 32


@pytest.fixture
def folder() -> Path:
    folder = settings.folder()
    (folder / "banks").mkdir(parents=True)
    for name in ("settings.json", "trusted-profiles.txt", "banks/own.toml"):
        (folder / name).write_text("kept", encoding="ascii")
    (folder / "window-0a1b.lock").touch()
    (folder / "cache").mkdir()
    (folder / "cache" / "page").touch()
    return folder


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def test_what_the_person_chose_stays_and_the_rest_goes(folder: Path) -> None:
    """An uninstallation keeps settings and added profiles unless somebody says otherwise."""
    assert removal.main(["--keep-settings"]) == 0
    assert names(folder) == {"banks", "settings.json", "trusted-profiles.txt"}
    assert (folder / "banks" / "own.toml").exists()


def test_everything_goes_when_nothing_is_to_be_kept(folder: Path) -> None:
    """Then no empty folder stays either."""
    assert removal.main([]) == 0
    assert not folder.exists()


def test_a_person_who_never_used_the_program_has_nothing_to_remove() -> None:
    """An uninstallation right after the installation is no failure."""
    assert removal.main([]) == 0
    assert not settings.folder().exists()


def test_what_issuers_said_goes_in_any_case() -> None:
    """Nobody chose the answers about revocation."""
    folder = cache.usual_folder()
    folder.mkdir(parents=True)
    (folder / "answer.ocsp").write_bytes(b"x")
    assert removal.main(["--keep-settings"]) == 0
    assert not folder.parent.exists()


@pytest.mark.parametrize("name", ["selftest.json", "demo.json"])
def test_the_record_of_an_interrupted_run_stays(folder: Path, name: str) -> None:
    """Without it nobody would know that temporary certificates are still in the store."""
    (folder / name).write_text(json.dumps({}), encoding="ascii")
    assert removal.main([]) == 0
    assert names(folder) == {name}


def test_what_cannot_be_removed_is_said_and_the_rest_goes(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that another program holds open must not keep the others."""

    def refuse(path: Path, **_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("certhelper.removal.shutil.rmtree", refuse)
    assert removal.main([]) == 1
    assert names(folder) == {"banks", "cache"}
    assert capsys.readouterr().err.splitlines() == [
        f"{path.name}: Permission denied" for path in folder.iterdir()
    ]


class Vault:
    """Stands for the operating system's keyring, which tests/stores tries for real."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], str] = {}

    def set_password(self, service: str, name: str, password: str) -> None:
        self.entries[service, name] = password

    def delete_password(self, service: str, name: str) -> None:
        del self.entries[service, name]


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> Vault:
    vault = Vault()
    monkeypatch.setattr(passphrases, "_backend", lambda: vault)
    passphrases.remember(FINGERPRINT, Secret.from_characters("open sesame"))
    return vault


@pytest.mark.parametrize(("words", "left"), [([], 0), (["--keep-settings"], 1)])
def test_remembered_passphrases_go_with_the_settings(
    vault: Vault, words: list[str], left: int
) -> None:
    """They lie in the system's keyring, where nobody would look for them afterwards."""
    assert removal.main(words) == 0
    assert len(vault.entries) == left
