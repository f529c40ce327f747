"""Where programs keep NSS databases on Linux, and what each place is called."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import nssdb, pki
from support.systems import make_pipe, only_on_linux

from certhelper.stores import nss_places, registry
from certhelper.stores.base import KeyState, StoreStatus

pytestmark = only_on_linux


@pytest.fixture(autouse=True)
def _no_place_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nss_places, "SYSTEM_DIRECTORIES", ())


def database(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "cert9.db").write_bytes(b"")
    return folder


def origins() -> dict[str, str]:
    """Every place of this PC but the usual one, with what it is called."""
    usual, *others = [store for store in registry.stores_of_this_pc() if store.kind == "nss"]
    assert registry.origin_of(usual) == ""
    return {store.where: registry.origin_of(store) for store in others}


def test_nothing_there_is_no_place(home: Path) -> None:
    """An empty home has the usual place alone; a profile without a database is none."""
    (home / ".mozilla/firefox/ab.default").mkdir(parents=True)
    assert origins() == {}


@pytest.mark.parametrize(
    ("folder", "origin"),
    [
        (".mozilla/firefox", "Firefoxのプロファイル(default-release)"),
        (".config/mozilla/firefox", "Firefoxのプロファイル(default-release)"),
        (".thunderbird", "Thunderbirdのプロファイル(default-release)"),
        (
            "snap/firefox/common/.mozilla/firefox",
            "Firefox(Snap版)のプロファイル(default-release)",
        ),
        (
            "snap/thunderbird/common/.thunderbird",
            "Thunderbird(Snap版)のプロファイル(default-release)",
        ),
        (
            ".var/app/org.mozilla.firefox/.mozilla/firefox",
            "Firefox(Flatpak版)のプロファイル(default-release)",
        ),
        (
            ".var/app/org.mozilla.firefox/config/mozilla/firefox",
            "Firefox(Flatpak版)のプロファイル(default-release)",
        ),
        (
            ".var/app/org.mozilla.Thunderbird/.thunderbird",
            "Thunderbird(Flatpak版)のプロファイル(default-release)",
        ),
    ],
)
def test_profiles(home: Path, folder: str, origin: str) -> None:
    """By the name that the person gave them, in every place where a package keeps them."""
    made = database(home / folder / "ab12.default-release")
    (home / folder / "profiles.ini").write_text(
        "[Profile0]\nName=default-release\nIsRelative=1\nPath=ab12.default-release\n"
    )
    assert origins() == {str(made): origin}


@pytest.mark.parametrize(
    ("folder", "origin"),
    [
        ("snap/chromium/current/.pki/nssdb", "Chromium(Snap版)"),
        ("snap/chromium/current/.local/share/pki/nssdb", "Chromium(Snap版)"),
        (".var/app/com.google.Chrome/.pki/nssdb", "Chrome(Flatpak版)"),
        (".var/app/org.chromium.Chromium/data/pki/nssdb", "Chromium(Flatpak版)"),
        (".var/app/jp.example.Browser/.pki/nssdb", "jp.example.Browser(Flatpak版)"),
    ],
)
def test_browsers_that_are_packed_apart(home: Path, folder: str, origin: str) -> None:
    """Each has a home of its own, and so a database that no other program sees."""
    made = database(home / folder)
    assert origins() == {str(made): origin}


def test_the_old_and_the_new_place_of_chromium(home: Path) -> None:
    """Where both are there, both are read; the second is said to be one."""
    database(home / ".pki/nssdb")
    newer = database(home / ".local/share/pki/nssdb")
    assert origins() == {str(newer): "Chrome・Edge・Chromiumのもう一つの置き場所"}


def test_places_of_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Red Hat and openSUSE have one for all users."""
    made = database(tmp_path / "etc/pki/nssdb")
    monkeypatch.setattr(nss_places, "SYSTEM_DIRECTORIES", (made, tmp_path / "none"))
    assert origins() == {str(made): "このパソコンの全員で使うデータベース"}


def test_folders_of_the_desktop_may_be_elsewhere(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """XDG_CONFIG_HOME is where newer Firefox looks."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    made = database(tmp_path / "settings/mozilla/firefox/ab.default")
    assert set(origins()) == {str(made)}


class TestLists:
    """``profiles.ini`` and ``installs.ini`` as Firefox, people and strangers write them."""

    @pytest.fixture
    def firefox(self, home: Path) -> Path:
        folder = home / ".mozilla/firefox"
        folder.mkdir(parents=True)
        return folder

    def test_every_way_to_name_a_profile(self, firefox: Path, tmp_path: Path) -> None:
        """Relative, elsewhere by an absolute path, of an installation alone, in no list."""
        relative = database(firefox / "ab.default")
        absolute = database(tmp_path / "仕事 の プロファイル")
        installed = database(tmp_path / "installed")
        unlisted = database(firefox / "cd.old")
        (firefox / "profiles.ini").write_text(
            "\ufeff; comment\r\n[General]\r\nStartWithLastProfile=1\r\n"
            "[Profile1]\r\nName=仕事\r\nIsRelative=0\r\n"
            f"Path={absolute}\r\nDefault=1\r\n"
            "[Profile0]\r\nName=default\r\nIsRelative=1\r\nPath=ab.default\r\n"
            "[Profile2]\r\nName=gone\r\nIsRelative=1\r\nPath=gone\r\n",
            encoding="utf-8",
        )
        (firefox / "installs.ini").write_text(
            f"[4F96D1932A9F858E]\nDefault={installed}\nLocked=1\n"
        )
        assert origins() == {
            str(absolute): "Firefoxのプロファイル(仕事)",
            str(relative): "Firefoxのプロファイル(default)",
            str(installed): "Firefoxのプロファイル(installed)",
            str(unlisted): "Firefoxのプロファイル(cd.old)",
        }

    def test_each_place_once(self, firefox: Path, home: Path) -> None:
        """However often it is listed, and through links; the usual place is not there twice."""
        made = database(firefox / "ab.default")
        usual = database(home / ".pki/nssdb")
        (home / ".thunderbird").symlink_to(firefox)
        (firefox / "link").symlink_to(made)
        (firefox / "profiles.ini").write_text(
            f"[Profile0]\nName=a\nPath=ab.default\n[Profile1]\nName=b\nPath={made}/../ab.default\n"
            f"[Profile2]\nName=c\nPath={usual}\n"
        )
        assert origins() == {str(made): "Firefoxのプロファイル(a)"}

    @pytest.mark.parametrize(
        "octets",
        [
            b"",
            b"\x00" * 5000,
            b"[Profile0\nPath=\n=\n==\n[]\nPath=../../../../../../..\nName=x\n",
            b"[Profile0]\nPath=a\x00b\nName=\xff\xfe\n",
            b"[Profile0]\nPath=" + b"x" * 100_000 + b"\n",
            b"[Profile0]\nPath=/dev\n[Profile1]\nPath=/proc/self/fd\n[Profile2]\nPath=.\n",
            "[Profile0]\nPath=a\nName=\u202egnp.elif\n".encode("utf-16"),
            b"[P]\nPath=ab.default\n" * 20_000,
        ],
    )
    def test_whatever_a_list_holds(self, firefox: Path, octets: bytes) -> None:
        """A list that is none hides no profile, and leads nowhere else."""
        made = database(firefox / "ab.default")
        (firefox / "profiles.ini").write_bytes(octets)
        assert set(origins()) == {str(made)}

    def test_a_name_that_hides_something(self, firefox: Path) -> None:
        """A profile's name is anybody's text: it is shown safely, and not without end."""
        made = database(firefox / "ab.default")
        name = "\u202e\x07" + "長" * 1000
        (firefox / "profiles.ini").write_text(
            f"[Profile0]\nName={name}\nPath=ab.default\n", encoding="utf-8"
        )
        [origin] = origins().values()
        assert set(origins()) == {str(made)}
        assert origin.isprintable()
        assert len(origin) < 120

    @pytest.mark.parametrize("name", ["profiles.ini", "ab.default", "cert9.db"])
    def test_nothing_is_waited_for(self, firefox: Path, name: str) -> None:
        """A pipe in place of anything is passed over, or is told by the reading."""
        folder = firefox / "cd.default" if name == "cert9.db" else firefox
        folder.mkdir(exist_ok=True)
        make_pipe(folder / name)
        made = database(firefox / "ef.default")
        assert str(made) in origins()
        for store in registry.stores_of_this_pc():
            assert store.read().status is not StoreStatus.OK or name != "cert9.db"


def test_an_old_database_says_what_to_do(home: Path) -> None:
    """cert8.db is a place, too: the certificate in it is not lost without a word."""
    folder = home / ".mozilla/firefox/ab.default"
    folder.mkdir(parents=True)
    (folder / "cert8.db").write_bytes(b"old")
    assert origins() == {str(folder): "Firefoxのプロファイル(ab.default)"}
    [reading] = [one.read() for one in registry.stores_of_this_pc() if one.where == str(folder)]
    assert (reading.status, reading.reason) == (StoreStatus.UNAVAILABLE, "database-too-old")


def test_a_profile_is_read(home: Path, authority: pki.Authority) -> None:
    """Its certificates with their keys, also behind a primary password, and whose it is."""
    issued = authority.issue("12345678901234 user01")
    folder = home / ".mozilla/firefox/ab.default"
    nssdb.make(folder, [(issued, "mine")], "primary password")
    [reading] = [one.read() for one in registry.stores_of_this_pc() if one.where == str(folder)]
    [row] = reading.installed
    assert (row.certificate.sha256, row.store) == (issued.sha256, f"nss:{folder}")
    assert (row.key, row.key_needs_user) == (KeyState.PRESENT, True)
    assert reading.origin == "Firefoxのプロファイル(ab.default)"
