"""What the administrator of a PC decides: taken whole, or refused with the key that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from certhelper import banks, machine_settings
from certhelper.machine_settings import MachineSettings, MachineSettingsError


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The machine-wide folder, empty."""
    folder = tmp_path / "machine"
    folder.mkdir()
    monkeypatch.setattr(machine_settings, "folder", lambda: folder)
    return folder


def decide(machine: Path, text: str | bytes) -> None:
    octets = text.encode() if isinstance(text, str) else text
    (machine / machine_settings.FILE_NAME).write_bytes(octets)


@pytest.mark.usefixtures("machine")
def test_without_a_file_nothing_is_decided() -> None:
    """Most PCs have none; then nothing is asked anywhere and every shipped profile may be used."""
    assert machine_settings.read() == MachineSettings()
    assert machine_settings.read().update_check_url == ""


def test_every_key_arrives(machine: Path) -> None:
    """The file of docs/administrators.md is taken as it is written there."""
    guide = Path(__file__).parents[1] / "docs" / "administrators.md"
    (example,) = (
        part.partition("```")[0]
        for part in guide.read_text("utf-8").split("```toml\n")[1:]
        if "update_check_url" in part
    )
    decide(machine, example)
    decided = machine_settings.read()
    assert decided.default_bank
    assert decided.only_machine_profiles
    assert decided.update_check_url.startswith("https://")
    assert decided.engine_age_days
    assert all(key in example for key in MachineSettings._fields)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("only_machine_profiles = 1", "only_machine_profiles"),
        ("only_machine_profile = true", "only_machine_profile"),
        ("default_bank = 1", "default_bank"),
        ("default_bank = ''", "default_bank"),
        ("default_bank = '../elsewhere'", "default_bank"),
        ("engine_age_days = 0", "engine_age_days"),
        ("engine_age_days = true", "engine_age_days"),
        ("engine_age_days = 60.0", "engine_age_days"),
        ("update_check_url = 'http://updates.example.jp/'", "update_check_url"),
        ("update_check_url = 'https://user:secret@updates.example.jp/'", "update_check_url"),
        ("update_check_url = 'https://'", "update_check_url"),
        ("update_check_url = 'https://a.example:x/'", "update_check_url"),
        ("update_check_url = 'file:///etc/passwd'", "update_check_url"),
        ("proxy = 'socks'", "proxy"),
        ("proxy = ''", "proxy"),
        ("proxy = 'manual'", "proxy_address"),
        ("proxy = 'manual'\nproxy_address = 'http://proxy.example:8080'", "proxy_address"),
        ("proxy = 'manual'\nproxy_address = 'user:secret@proxy.example:8080'", "proxy_address"),
        ("proxy_address = 'proxy.example:8080'", "proxy_address"),
        ("proxy = 'pac'", "pac_address"),
        ("proxy = 'pac'\npac_address = 'ftp://proxy.example/proxy.pac'", "pac_address"),
        ("proxy = 'system'\npac_address = 'http://proxy.example/proxy.pac'", "pac_address"),
        ("downloads_folder = 'here'", "downloads_folder"),
        ("own_browser = 'lynx'", "own_browser"),
        ("stop_at_notices = 'yes'", "stop_at_notices"),
        ("=", ""),
        (b"\xff", ""),
    ],
)
def test_a_mistake_is_said_by_its_key(machine: Path, text: str | bytes, key: str) -> None:
    """A misspelt prohibition would otherwise be none; so nothing goes on before it is mended."""
    decide(machine, text)
    for reading in (machine_settings.read, banks.find, banks.ids):
        with pytest.raises(MachineSettingsError) as refused:
            reading()
        assert refused.value.code == "machine-settings-mistake"
        assert refused.value.facts["file"].endswith(machine_settings.FILE_NAME)
        assert key in refused.value.facts["key"]
        assert "secret" not in str(refused.value.facts)


def test_a_file_that_may_not_be_read_is_no_missing_file(machine: Path) -> None:
    """Rules that cannot be seen may still be rules."""
    (machine / machine_settings.FILE_NAME).mkdir()
    with pytest.raises(MachineSettingsError) as refused:
        machine_settings.read()
    assert refused.value.code == "machine-settings-unreadable"


def test_the_folder_is_not_the_environments_to_choose(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Any program of the user's can set variables."""
    before = machine_settings.folder()
    for name in ("XDG_CONFIG_DIRS", "XDG_CONFIG_HOME", "HOME", "PROGRAMDATA", "PROGRAMFILES"):
        monkeypatch.setenv(name, str(tmp_path))
    assert machine_settings.folder() == before
