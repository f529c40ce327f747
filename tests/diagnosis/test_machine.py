"""The facts of this PC: each by itself, none that holds the others up, nobody named in plain."""

from __future__ import annotations

import getpass
import platform
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support import listings
from support.own_browsers import FakePrograms
from support.systems import only_on_linux

from certhelper import machine_settings
from certhelper.diagnosis import machine, machine_system
from certhelper.diagnosis.findings import Section
from certhelper.diagnosis.machine_facts import Source
from certhelper.diagnosis.machine_program import nss_version
from certhelper.diagnosis.machine_settings import way_told, ways_set_in_windows
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import Kind, Phrase, Told, Value, plain, shown
from certhelper.logon.proxy import Route, Way
from certhelper.proxy_choice import ProxyChoice, ProxyMode
from certhelper.texts import text
from certhelper.windows.proxy_settings import ProxySettings

PATIENT_S = 60.0


@pytest.fixture(autouse=True)
def machine_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test looks into this PC's own folder."""
    folder = tmp_path / "machine"
    folder.mkdir()
    monkeypatch.setattr(machine_settings, "folder", lambda: folder)
    return folder


@pytest.fixture
def scene() -> Scene:
    return Scene(listings.bank(), listings.AT, listings.listing)


def sections(scene: Scene) -> tuple[Section, ...]:
    return machine.sections(scene, PATIENT_S)


def told(found: tuple[Section, ...], name: str) -> list[str]:
    return [
        shown(value)
        for section in found
        for key, value in section.facts
        if key == f"diagnosis-surroundings.fact.{name}"
    ]


def values_in(told: Told) -> Iterator[Value]:
    if isinstance(told, Value):
        yield told
    else:
        for _, inner in told.facts:
            yield from values_in(inner)


def test_everything_is_told_with_a_name(scene: Scene) -> None:
    """No fact fails here, and each has its words in both languages."""
    found = sections(scene)
    for section in found:
        assert text(section.name, "ja")
        for key, value in section.facts:
            assert text(key, "ja")
            assert text(key, "en")
            assert "fault" not in key
            assert not (isinstance(value, Phrase) and value.key.endswith((".fault", ".too-slow")))
    assert told(found, "system")
    assert told(found, "python") == [f"CPython {platform.python_version()}"]
    assert "2026-10-22" in told(found, "engine")[0]


def test_nobody_and_no_place_is_named_in_plain(scene: Scene) -> None:
    """Account, computer and folders are of their own kinds, so that they can be left out."""
    found = sections(scene)
    secret = {one.casefold() for one in (getpass.getuser(), platform.node(), str(Path.home()))}
    values = [one for section in found for _, told in section.facts for one in values_in(told)]
    kinds = {one.kind for one in values if any(name in one.text.casefold() for name in secret)}
    assert {Kind.ACCOUNT, Kind.COMPUTER, Kind.PATH} <= {one.kind for one in values}
    rights = [one for one in values if one.kind is Kind.PLAIN and str(Path.home()) in one.text]
    assert not rights
    assert Kind.COMPUTER in kinds


def test_a_fact_that_fails_takes_nothing_with_it(scene: Scene) -> None:
    """It is said by its kind of fault alone, where the fact would stand."""

    def failing(_: Scene) -> Told:
        raise PermissionError("/home/hanako is nobody's business")

    sources = (Source("python", failing), Source("wine", lambda _: plain("10.0")))
    (section,) = machine.found_out(scene, (("program", sources),), PATIENT_S)
    first, second = (shown(value) for _, value in section.facts)
    assert "PermissionError" in first
    assert "hanako" not in first
    assert second == "10.0"


def test_a_fact_that_hangs_holds_no_other_up(scene: Scene) -> None:
    """It is left behind, and said so."""
    for_ever = threading.Event()

    def hanging(_: Scene) -> Told:
        for_ever.wait(60)
        return plain("late")

    sources = (Source("python", hanging), Source("wine", lambda _: plain("10.0")))
    try:
        (section,) = machine.found_out(scene, (("program", sources),), 1.0)
    finally:
        for_ever.set()
    assert [shown(value) for _, value in section.facts] == ["時間内に読み取れませんでした", "10.0"]


def test_who_has_decided_a_setting_is_said(scene: Scene, machine_folder: Path) -> None:
    """The administrator of the PC, or else the person."""
    file = machine_folder / machine_settings.FILE_NAME
    file.write_text('proxy = "manual"\nproxy_address = "proxy.firm:8080"\n', "utf-8")
    choice = ProxyChoice(ProxyMode.MANUAL, "proxy.firm:8080")
    found = sections(replace(scene, proxy=choice))
    assert told(found, "proxy") == ["プロキシを指定(proxy.firm:8080)(パソコンの管理者が決定)"]
    assert told(found, "way") == ["プロキシ(proxy.firm:8080)"]
    assert told(found, "check-revocation") == ["はい"]
    assert told(found, "machine-wide") == ["proxy, proxy_address"]
    hosts = [
        one.kind
        for section in found
        for key, value in section.facts
        for one in values_in(value)
        if "proxy.firm" in one.text
    ]
    assert hosts
    assert set(hosts) == {Kind.HOST}


def test_a_mistake_of_the_administrator_spoils_its_own_facts_only(
    scene: Scene, machine_folder: Path
) -> None:
    """The rest of the PC is told all the same."""
    (machine_folder / machine_settings.FILE_NAME).write_text("mistaken = 1\n", "utf-8")
    found = sections(scene)
    assert "MachineSettingsError" in told(found, "machine-wide")[0]
    assert told(found, "python")


def test_every_way_to_the_network_has_words() -> None:
    """The script's address and the proxy's are hosts of the firm's."""
    ways = [
        Route(Way.SYSTEM),
        Route(Way.DIRECT),
        Route(Way.PROXY, "proxy.firm:8080"),
        Route(Way.SCRIPT, script_from="http://proxy.firm/proxy.pac"),
        Route(Way.DETECT),
    ]
    for way in ways:
        assert shown(way_told(way))
        firm = [one for one in values_in(way_told(way)) if "firm" in one.text]
        assert all(one.kind is Kind.HOST for one in firm)


def test_of_windows_it_is_told_what_is_set() -> None:
    """The search in the network, which is on as a rule, is named and not made."""
    given = ProxySettings(detects=True, proxy="proxy.firm:8080")
    found = [shown(value) for _, value in ways_set_in_windows(given)]
    assert found == ["自動検出(WPAD)", "プロキシ(proxy.firm:8080)"]
    assert [shown(value) for _, value in ways_set_in_windows(ProxySettings())] == ["直接"]


@only_on_linux
def test_a_remote_session_is_told_by_its_means(scene: Scene, tmp_path: Path) -> None:
    """By the variables of the session, or by what the system keeps of it."""

    def means(**outside: str) -> tuple[str, ...]:
        return machine_system.remote_means(replace(scene, environment=outside, root=tmp_path))

    assert means() == ()
    assert means(SSH_CONNECTION="192.0.2.1 1 192.0.2.2 22") == ("ssh",)
    assert means(XRDP_SESSION="1") == ("xrdp",)
    assert means(XDG_SESSION_ID="../../secret") == ()
    kept = tmp_path / "run/systemd/sessions/c2"
    kept.parent.mkdir(parents=True)
    kept.write_text("# This is private data.\nUID=1000\nREMOTE=1\n", "utf-8")
    assert means(XDG_SESSION_ID="c2") == ("remote",)
    kept.write_text("UID=1000\nREMOTE=0\n", "utf-8")
    assert means(XDG_SESSION_ID="c2") == ()


@only_on_linux
def test_the_system_is_named_as_it_names_itself(scene: Scene, tmp_path: Path) -> None:
    """By the file that every distribution has."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/os-release").write_text('ID=x\nPRETTY_NAME="Some Linux 7"\n', "utf-8")
    found = sections(replace(scene, root=tmp_path))
    assert told(found, "system")[0].startswith("Some Linux 7 (Linux ")
    assert told(found, "nss") == []


@only_on_linux
def test_nss_is_asked_by_its_file(tmp_path: Path) -> None:
    """Whatever version is there, it is a number; where there is none, nothing is said."""
    assert nss_version(Path("/"))[0].isdigit()
    assert nss_version(tmp_path) == ""


@only_on_linux
def test_the_browsers_are_told_with_their_versions(
    scene: Scene, programs: FakePrograms, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that does not say its version is there all the same."""
    import os

    programs.add("google-chrome", says="Google Chrome 156.0.1.2 ")
    programs.add("chromium", says="nothing of use")
    found = sections(replace(scene, environment=dict(os.environ)))
    (section,) = [one for one in found if one.name.endswith(".browsers")]
    seen = {key: shown(value) for key, value in section.facts}
    assert seen["browsers.name.chrome"] == "156.0.1.2"
    assert seen["browsers.name.chromium"] == "不明"
