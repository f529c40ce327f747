"""Behaviour of the remembered settings."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import platformdirs
import pytest

from certhelper.browsers.kinds import Browser
from certhelper.proxy_choice import ProxyChoice, ProxyMode
from certhelper.settings import (
    FILE_NAME,
    OWN_BROWSERS,
    LastUsed,
    Settings,
    SettingsFile,
    TextSize,
    UpdateCheck,
    folder,
)


def test_everything_is_there_again_after_a_restart(tmp_path: Path) -> None:
    """What was changed must be read back the same."""
    path = tmp_path / "new" / FILE_NAME

    def change(settings: Settings) -> None:
        settings.text_size = TextSize.LARGE
        settings.shuffle_digits = True
        settings.last_used["bank-a"] = LastUsed("ab" * 32, "nss:/a folder/with: colon")
        settings.logon_addresses["bank-a"] = "https://logon.example.jp/"
        settings.engine_age_days = 90
        settings.update_check = UpdateCheck("https://a.example/", "2026-11-23T06:00:00Z", "{}", "")

    first = SettingsFile(path)
    first.change(change)
    again = SettingsFile(path)
    assert again.settings.document() == first.settings.document()
    assert again.settings.text_size is TextSize.LARGE
    assert again.problem is None


def test_no_file_means_the_defaults(tmp_path: Path) -> None:
    """A first start must be quiet and write nothing."""
    file = SettingsFile(tmp_path / FILE_NAME)
    assert (file.settings.document(), file.problem) == (Settings().document(), None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"schema": 2}', b"\xff\xfe", b'{"schema": "1"}']
)
def test_a_damaged_file_is_said_and_kept(tmp_path: Path, content: bytes) -> None:
    """A file that is no settings file must not stop the start, and must not be lost."""
    path = tmp_path / FILE_NAME
    path.write_bytes(content)
    file = SettingsFile(path)
    assert file.settings.document() == Settings().document()
    assert file.problem
    assert path.read_bytes() == content
    file.change(lambda settings: setattr(settings, "shuffle_digits", True))
    assert path.with_name(f"{FILE_NAME}.unreadable").read_bytes() == content
    assert SettingsFile(path).settings.shuffle_digits


def test_values_that_make_no_sense_are_left_at_their_default(tmp_path: Path) -> None:
    """One odd value must not cost the others."""
    path = tmp_path / FILE_NAME
    document = {
        "schema": 1,
        "text_size": "gigantic",
        "shuffle_digits": True,
        "last_used": {"a": {"sha256": "00", "store": "nss"}, "b": "?", "c": {"sha256": "00"}},
        "logon_addresses": ["https://a.example/"],
        "engine_age_days": True,
        "update_check": {"url": "https://a.example/"},
    }
    path.write_text(json.dumps(document))
    settings = SettingsFile(path).settings
    assert settings.shuffle_digits
    assert settings.last_used == {"a": LastUsed("00", "nss")}
    assert settings.text_size is TextSize.STANDARD
    assert settings.logon_addresses == {}
    assert settings.engine_age_days == 0
    assert settings.update_check is None


def test_two_windows_do_not_undo_each_other(tmp_path: Path) -> None:
    """A change must keep what another process wrote since this one started."""
    path = tmp_path / FILE_NAME
    one, other = SettingsFile(path), SettingsFile(path)
    one.change(lambda settings: settings.logon_addresses.update(a="https://a.example/"))
    other.change(lambda settings: settings.logon_addresses.update(b="https://b.example/"))
    assert set(SettingsFile(path).settings.logon_addresses) == {"a", "b"}


def test_what_another_process_wrote_is_seen_when_it_is_asked_for(tmp_path: Path) -> None:
    """A file that is damaged meanwhile costs nothing of what is known."""
    path = tmp_path / FILE_NAME
    one, other = SettingsFile(path), SettingsFile(path)
    other.change(lambda settings: setattr(settings, "text_size", TextSize.LARGE))
    seen = [one.settings.text_size]
    one.read_again()
    seen.append(one.settings.text_size)
    path.write_text("{")
    one.read_again()
    seen.append(one.settings.text_size)
    assert seen == [TextSize.STANDARD, TextSize.LARGE, TextSize.LARGE]


def test_a_change_that_cannot_be_kept_still_holds(tmp_path: Path) -> None:
    """When the folder cannot be made, the error must reach the caller and the change must hold."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    file = SettingsFile(blocked / FILE_NAME)
    with pytest.raises(OSError, match="file"):
        file.change(lambda settings: setattr(settings, "shuffle_digits", True))
    assert file.settings.shuffle_digits
    assert list(tmp_path.iterdir()) == [blocked]


@pytest.mark.parametrize("given", [None, "", "/elsewhere/config", "relative/config"])
def test_the_folder_is_where_the_system_keeps_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str | None
) -> None:
    """The short way to the folder must lead where platformdirs leads.

    The XDG Base Directory Specification says that a relative path is to be ignored.
    """
    monkeypatch.setenv("HOME", str(tmp_path))
    if given is not None:
        monkeypatch.setenv("XDG_CONFIG_HOME", given)
    expected = platformdirs.user_config_path("certhelper", appauthor=False)
    if given == "relative/config" and sys.platform != "win32":
        expected = tmp_path / ".config" / "certhelper"
    assert folder() == expected


def test_the_values_of_the_settings_window_come_back(tmp_path: Path) -> None:
    """Proxy, folder and browser must be there again, and an odd one must not cost the others."""
    path = tmp_path / FILE_NAME

    def change(settings: Settings) -> None:
        settings.proxy = ProxyMode.MANUAL
        settings.proxy_address = "proxy.example.co.jp:8080"
        settings.pac_address = "http://proxy.example.co.jp/proxy.pac"
        settings.downloads_folder = "/home/銀行"
        settings.own_browser = "edge"
        settings.check_revocation = False

    first = SettingsFile(path)
    first.change(change)
    again = SettingsFile(path).settings
    assert again.document() == first.settings.document()
    assert again.proxy_choice == ProxyChoice(
        ProxyMode.MANUAL, "proxy.example.co.jp:8080", "http://proxy.example.co.jp/proxy.pac"
    )
    assert not again.check_revocation
    odd = {
        "proxy": "socks",
        "check_revocation": 0,
        "proxy_address": 1,
        "downloads_folder": "/a",
        "own_browser": "lynx",
    }
    path.write_text(json.dumps({"schema": 1} | odd))
    read = SettingsFile(path).settings
    assert read.proxy_choice == ProxyChoice()
    assert (read.downloads_folder, read.own_browser) == ("/a", "")
    assert read.check_revocation


def test_the_browsers_that_may_be_named_are_those_that_are_known() -> None:
    """Settings are read before the first window, without the rooms that know browsers."""
    assert sorted(OWN_BROWSERS) == sorted(Browser)
