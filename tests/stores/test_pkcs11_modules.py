"""Which PKCS #11 modules p11-kit's configuration names; on any system, in folders of the test."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.systems import make_pipe, only_on_linux

from certhelper.stores import pkcs11_modules
from certhelper.stores.pkcs11_modules import Folders, modules_of_this_pc


class Configuration:
    """p11-kit's folders, empty, with libraries ``one.so`` to ``four.so`` in the usual place."""

    def __init__(self, folder: Path) -> None:
        self.folders = Folders(
            folder / "etc", folder / "usr", folder / "own", [folder / "elsewhere", folder / "lib"]
        )
        for name in ("etc/modules", "usr", "own/modules", "lib"):
            (folder / name).mkdir(parents=True)
        for name in ("one.so", "two.so", "three.so", "four.so"):
            (folder / "lib" / name).touch()

    def write(self, file: Path, *lines: str) -> None:
        file.write_text("# a comment: yes\n\n" + "\n".join(lines) + "\n", encoding="utf-8")

    def module(self, name: str, *lines: str) -> None:
        self.write(self.folders.distribution / f"{name}.module", *lines)

    @property
    def names(self) -> list[str]:
        return [one.name for one in modules_of_this_pc(self.folders)]


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configuration:
    monkeypatch.delenv("P11_KIT_NO_USER_CONFIG", raising=False)
    if hasattr(os, "getuid"):
        monkeypatch.setattr(os, "getuid", lambda: 1000)
    return Configuration(tmp_path)


def test_modules_by_priority_then_name(configuration: Configuration) -> None:
    """The most important first; a number that is none counts as nothing."""
    configuration.module("b", "module: one.so", "priority: no number")
    configuration.module("a", "module:two.so")
    configuration.module("c", "module: three.so", "priority: 7")
    configuration.module("d", "module: four.so", "priority: -1")
    assert configuration.names == ["three.so", "two.so", "one.so", "four.so"]


def test_what_is_no_module_of_persons(configuration: Configuration) -> None:
    """Roots of the web, modules that are commands, files of other names, and missing libraries."""
    configuration.module("trust", "module: one.so", "trust-policy: yes")
    configuration.module("remote", "remote: |ssh other p11-kit remote", "module: one.so")
    configuration.module("nothing", "x-something: yes")
    configuration.module("missing", "module: none.so")
    configuration.module("missing too", "module: one.so")
    configuration.write(configuration.folders.distribution / "old.conf", "module: one.so")
    assert configuration.names == []


def test_a_critical_one_that_is_missing(configuration: Configuration) -> None:
    """The administrator counts on it: that it is missing must be told."""
    configuration.module("needed", "module: none.so", "critical: yes")
    assert configuration.names == ["none.so"]


def test_by_program(configuration: Configuration) -> None:
    """``enable-in`` and ``disable-in`` name programs, this one among them."""
    configuration.module("a", "module: one.so", "enable-in: firefox, certhelper")
    configuration.module("b", "module: two.so", "enable-in: firefox")
    configuration.module("c", "module: three.so", "disable-in: firefox certhelper")
    configuration.module("d", "module: four.so", "disable-in: p11-kit-proxy")
    assert configuration.names == ["one.so", "four.so"]


def test_one_library_under_several_names(configuration: Configuration) -> None:
    """A module is read once, however often it is configured."""
    library = configuration.folders.libraries[1] / "one.so"
    configuration.module("a", "module: one.so")
    configuration.module("b", f"module: {library}")
    configuration.module("c", f"module: {library.parent}/../lib/one.so")
    assert modules_of_this_pc(configuration.folders) == (Path(os.path.realpath(library)),)


def test_the_person_overrides_key_by_key(configuration: Configuration) -> None:
    """The person's file before the administrator's before the distribution's."""
    configuration.module("a", "module: one.so", "priority: 1")
    configuration.module("b", "module: two.so")
    configuration.write(configuration.folders.system / "modules" / "b.module", "module: three.so")
    configuration.write(configuration.folders.person / "modules" / "b.module", "priority: 2")
    configuration.write(configuration.folders.person / "modules" / "c.module", "module: four.so")
    assert configuration.names == ["three.so", "one.so", "four.so"]


@pytest.mark.parametrize(
    ("system", "person", "names"),
    [
        ("", "", ["one.so", "two.so"]),
        ("user-config: merge", "", ["one.so", "two.so"]),
        ("user-config: none", "user-config: only", ["one.so"]),
        ("user-config: only", "", ["two.so"]),
        ("", "user-config: only", ["two.so"]),
        ("", "user-config: override", ["two.so"]),
        ("", "user-config: none", ["one.so"]),
        ("user-config: nonsense", "", ["one.so", "two.so"]),
    ],
)
def test_whether_the_person_has_a_say(
    configuration: Configuration, system: str, person: str, names: list[str]
) -> None:
    """As ``user-config`` of the system's file allows, and then the person's own."""
    configuration.module("a", "module: one.so")
    configuration.write(configuration.folders.person / "modules" / "b.module", "module: two.so")
    configuration.write(configuration.folders.system / "pkcs11.conf", system)
    configuration.write(configuration.folders.person / "pkcs11.conf", person)
    assert configuration.names == names


@only_on_linux
def test_root_has_no_configuration_of_its_own(
    configuration: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in p11-kit: what a person's home names is not loaded with all rights."""
    configuration.write(configuration.folders.person / "modules" / "b.module", "module: two.so")
    assert configuration.names == ["two.so"]
    monkeypatch.setattr(os, "getuid", lambda: 0)
    assert configuration.names == []


def test_by_the_environment(configuration: Configuration, monkeypatch: pytest.MonkeyPatch) -> None:
    """``P11_KIT_NO_USER_CONFIG`` turns the person's configuration off."""
    configuration.write(configuration.folders.person / "modules" / "b.module", "module: two.so")
    monkeypatch.setenv("P11_KIT_NO_USER_CONFIG", "1")
    assert configuration.names == []


def test_broken_files(configuration: Configuration) -> None:
    """Octets that are no text, a folder in a file's place: the others stand."""
    configuration.module("a", "module: one.so")
    (configuration.folders.distribution / "b.module").write_bytes(b"\xff\xfe: \0\n" * 100)
    (configuration.folders.distribution / "c.module").mkdir()
    assert configuration.names == ["one.so"]


@only_on_linux
def test_as_p11_kit_sees_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The distribution's own files, as the tests' packages installed them, name SoftHSM."""
    monkeypatch.undo()
    found = modules_of_this_pc(pkcs11_modules.usual_folders())
    assert "libsofthsm2.so" in [one.name for one in found]
    assert not [one for one in found if "trust" in one.name]
    assert all(one.exists() for one in found)


def test_a_relative_name_leads_to_no_other_folder(
    configuration: Configuration, tmp_path: Path
) -> None:
    """What lies elsewhere is loaded where its whole path is given, and not by a detour."""
    (tmp_path / "other.so").touch()
    (tmp_path / "lib" / "own").mkdir()
    (tmp_path / "lib" / "own" / "five.so").touch()
    configuration.module("a", "module: ../other.so")
    configuration.module("b", "module: own/../../other.so", "critical: yes")
    configuration.module("c", "module: own/five.so")
    assert configuration.names == ["five.so"]


@only_on_linux
@pytest.mark.timeout(20)
@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "link to itself"])
def test_what_is_no_file_is_not_waited_for(configuration: Configuration, kind: str) -> None:
    """In the place of any of the files; the others count."""
    folders = configuration.folders
    configuration.module("a", "module: one.so")
    for place in (
        folders.system / "pkcs11.conf",
        folders.person / "pkcs11.conf",
        folders.person / "modules" / "b.module",
    ):
        if kind == "pipe":
            make_pipe(place)
        elif kind == "device":
            place.symlink_to("/dev/zero")
        elif kind == "folder":
            place.mkdir()
        else:
            place.symlink_to(place)
    assert configuration.names == ["one.so"]
