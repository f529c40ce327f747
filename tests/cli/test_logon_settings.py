"""What ``certhelper logon`` takes from the settings: the way to the bank."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.command import certhelper
from support.log_on import Site
from support.proxy_server import ProxyServer
from support.systems import not_under_wine, only_on_linux

from certhelper import settings
from certhelper.cli import demo, logon
from certhelper.demo import server
from certhelper.proxy_choice import ProxyMode
from certhelper.settings import Settings, SettingsFile

pytestmark = not_under_wine("WebEngine never loads a page there")

FRONT, LOGON = "www.bank.test", "login.bank.test"
AT_THE_PIN = "利用者暗証番号の画面に進みました。"


def choose(mode: ProxyMode, *, address: str = "", pac_address: str = "") -> None:
    def apply(kept: Settings) -> None:
        kept.proxy, kept.proxy_address, kept.pac_address = mode, address, pac_address

    SettingsFile(settings.folder() / settings.FILE_NAME).change(apply)


@pytest.fixture
def far_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The demo bank under names that only a proxy knows."""
    monkeypatch.setattr(server, "FRONT_HOST", FRONT)
    monkeypatch.setattr(server, "LOGON_HOST", LOGON)
    with Site(tmp_path) as site:
        yield site


def rehearse(site: Site) -> str:
    """Rehearse by command and return what was said last."""
    ran = certhelper(
        "rehearse",
        *("--bank", str(site.bank.source), "--store", f"nss:{site.database}"),
        *("--certificate", site.user.sha256),
    )
    return (ran.err if ran.status else ran.out).splitlines()[-1]


def test_the_proxy_that_was_chosen_is_taken(far_site: Site) -> None:
    """From the person's settings to the engine."""
    with ProxyServer(places={FRONT: "127.0.0.1", LOGON: "127.0.0.1"}) as proxy:
        choose(ProxyMode.MANUAL, address=proxy.address)
        assert AT_THE_PIN in rehearse(far_site)
        assert {target.partition(":")[0] for target in proxy.tunnels} == {FRONT, LOGON}


def test_without_the_script_the_bank_is_not_asked(far_site: Site) -> None:
    """The command ends with its code before there is a session."""
    choose(ProxyMode.PAC, pac_address="file:///nonexistent.pac")
    assert rehearse(far_site).endswith("[pac-unreadable]")
    assert far_site.log.entries == ()


@only_on_linux
def test_the_usual_folder_is_made_where_a_person_logs_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fresh home has none, and every file would fail; a rehearsal leaves nothing behind."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "home").mkdir()
    folder = tmp_path / "home/Downloads"
    assert logon.usual_downloads(make=False) == folder
    assert not folder.exists()
    assert logon.usual_downloads(make=True) == folder
    assert folder.is_dir()


@only_on_linux
def test_the_demo_finds_the_usual_folder_by_its_own_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The demo has settings of its own, among which the desktop keeps the folder's name."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "config").mkdir()
    names = 'XDG_DOWNLOAD_DIR="$HOME/ダウンロード"\n'
    (tmp_path / "config/user-dirs.dirs").write_text(names, "utf-8")
    demo.keep_usual_folders(tmp_path / "demo")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "demo"))
    assert logon.usual_downloads(make=False) == tmp_path / "ダウンロード"


def test_the_demo_bank_needs_no_network(tmp_path: Path) -> None:
    """It is on this computer, so a setting for elsewhere cannot stand in its way."""
    choose(ProxyMode.PAC, pac_address="file:///nonexistent.pac")
    with Site(tmp_path) as site:
        assert AT_THE_PIN in rehearse(site)
