"""Stores by name, and what this PC has."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from support import nssdb, pki
from support.systems import only_on_linux

from certhelper import failures
from certhelper.failures import WrongUseError
from certhelper.secret import Secret
from certhelper.stores.base import StoreStatus
from certhelper.stores.pkcs12 import Pkcs12Store
from certhelper.stores.registry import kinds, open_store, stores_of_this_pc


def refused(specification: str) -> WrongUseError:
    with pytest.raises(WrongUseError) as caught:
        open_store(specification)
    assert failures.told(caught.value, "ja").sentence()
    assert failures.find(caught.value.code).exit_status == 2
    return caught.value


class TestOpenStore:
    @pytest.mark.parametrize("specification", ["nss", "nss:"])
    def test_this_users_own_database(
        self, home: Path, authority: pki.Authority, specification: str
    ) -> None:
        """``nss`` alone is ~/.pki/nssdb, which need not be there yet."""
        store = open_store(specification)
        assert store.where == str(home / ".pki" / "nssdb")
        assert store.read().status is StoreStatus.UNAVAILABLE

        nssdb.make(home / ".pki" / "nssdb", [(authority.issue("a"), "a")])
        assert [one.label for one in store.read().installed] == ["a"]

    @pytest.mark.parametrize("folder", [".local/share", "elsewhere"])
    def test_where_newer_chromium_keeps_it(
        self, home: Path, monkeypatch: pytest.MonkeyPatch, folder: str
    ) -> None:
        """Chromium 146 and later: the folder for data, unless the old place exists."""
        if folder == "elsewhere":
            monkeypatch.setenv("XDG_DATA_HOME", str(home / folder))
        (home / folder / "pki" / "nssdb").mkdir(parents=True)
        assert open_store("nss").where == str(home / folder / "pki" / "nssdb")
        (home / ".pki" / "nssdb").mkdir(parents=True)
        assert open_store("nss").where == str(home / ".pki" / "nssdb")

    def test_its_full_name_is_no_mistake(self, home: Path) -> None:
        """The usual place may be named, too, before anything is in it."""
        reading = open_store(f"nss:{home}/.pki/nssdb").read()
        assert (reading.status, reading.reason) == (StoreStatus.UNAVAILABLE, "nothing-obtained")

    @pytest.mark.parametrize(
        "specification",
        ["nss", "nss:~/.pki/nssdb", pytest.param("", marks=only_on_linux)],
    )
    @pytest.mark.parametrize("is_made", [False, True])
    def test_the_usual_place_may_be_empty(
        self, home: Path, specification: str, is_made: bool
    ) -> None:
        """On a fresh PC nobody named a wrong place: nothing has been obtained yet."""
        if is_made:
            (home / ".pki" / "nssdb").mkdir(parents=True)
        [store] = [open_store(specification)] if specification else stores_of_this_pc()
        reading = store.read()
        assert (reading.status, reading.reason) == (StoreStatus.UNAVAILABLE, "nothing-obtained")
        assert reading.is_read

    @pytest.mark.parametrize("kind", ["nss", "pkcs12", "files"])
    @only_on_linux  # links that any user may make
    def test_one_place_has_one_name(self, tmp_path: Path, kind: str) -> None:
        """However it is spelt, and through links: a certificate is not there twice."""
        (tmp_path / "main").mkdir()
        (tmp_path / "link").symlink_to("main")
        for spelling in ("main", "main/", "./main", "main/../main", "link", "link/../main/."):
            assert open_store(f"{kind}:{tmp_path}/{spelling}").where == str(tmp_path / "main")

    @only_on_linux
    def test_the_usual_place_behind_a_link(self, home: Path, tmp_path: Path) -> None:
        """It is the same place, named or not, before and after it is made."""
        (home / ".pki").mkdir()
        (home / ".pki" / "nssdb").symlink_to(tmp_path / "moved")
        for _ in range(2):
            found = [open_store("nss"), open_store(f"nss:{tmp_path}/moved"), *stores_of_this_pc()]
            assert {store.where for store in found} == {str(tmp_path / "moved")}
            assert {store.read().reason for store in found} == {"nothing-obtained"}
            (tmp_path / "moved").mkdir(exist_ok=True)

    @pytest.mark.parametrize("kind", ["nss", "pkcs12", "files"])
    def test_relative_and_home(
        self, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, kind: str
    ) -> None:
        """A store's name means the same in every folder."""
        monkeypatch.chdir(tmp_path)
        name = "x:y" if sys.platform != "win32" else "x-y"
        (tmp_path / name).mkdir()
        (home / "z").mkdir()
        assert open_store(f"{kind}:{name}").where == str(tmp_path / name)
        assert open_store(f"{kind}:~/z").where == str(home / "z")
        assert open_store(f"{kind}:.").where == str(tmp_path)

    @pytest.mark.parametrize("kind", ["nss", "pkcs12", "files"])
    def test_nothing_there(self, tmp_path: Path, kind: str) -> None:
        """A place that the person named and that does not exist is wrong use, with its name."""
        error = refused(f"{kind}:{tmp_path}/none")
        assert error.code == "store-not-found"
        assert error.facts["where"] == str(tmp_path / "none")

    def test_a_file_as_directory(self, tmp_path: Path) -> None:
        """A file in place of an NSS directory is wrong use."""
        (tmp_path / "file").write_text("x")
        assert refused(f"nss:{tmp_path}/file").code == "store-not-a-directory"

    def test_inside_a_file(self, tmp_path: Path) -> None:
        """A path that goes through a file is a place that is not there."""
        (tmp_path / "file").write_text("x")
        assert refused(f"nss:{tmp_path}/file/below").code == "store-not-found"

    @pytest.mark.parametrize("kind", ["nss", "pkcs12", "files"])
    def test_an_impossible_name(self, kind: str) -> None:
        """A name that no file system takes is told by the reading."""
        # Windows says of a name that is too long what it says of one that is not there.
        for name in ("\0",) if sys.platform == "win32" else ("x" * 5000, "\0"):
            with Secret.from_characters("x") as passphrase:
                reading = open_store(f"{kind}:{name}", passphrase).read()
            assert reading.status is not StoreStatus.OK

    @pytest.mark.parametrize("specification", ["", ":", "NSS", "nssdb", "/some/path", "sql:/x"])
    def test_an_unknown_kind(self, specification: str) -> None:
        """Anything else before the colon is no kind, and the known ones are named."""
        error = refused(specification)
        assert error.code == "unknown-store-kind"
        assert "nss" in error.facts["known"]

    @pytest.mark.parametrize("specification", ["pkcs12", "pkcs12:", "files", "files:"])
    def test_files_have_no_usual_place(self, specification: str) -> None:
        """Kinds of files need to be told where."""
        assert refused(specification).code == "store-needs-where"

    def test_with_a_passphrase(self, tmp_path: Path, authority: pki.Authority) -> None:
        """A passphrase given along is tried on the files; a store without any ignores it."""
        (tmp_path / "a.p12").write_bytes(authority.issue("a").pkcs12("right"))
        nssdb.Database.create(tmp_path / "nssdb")
        with Secret.from_characters("right") as passphrase:
            assert len(open_store(f"pkcs12:{tmp_path}", passphrase).read().installed) == 1
            assert open_store(f"nss:{tmp_path}/nssdb", passphrase).read().installed == ()

    @pytest.mark.parametrize("kind", [kind for kind, one in kinds().items() if not one.usable])
    def test_what_cannot_be_read_here(self, kind: str) -> None:
        """A kind of a later version or of another system is a store that says so."""
        reading = open_store(f"{kind}:somewhere").read()
        assert reading.status is StoreStatus.UNAVAILABLE
        assert reading.reason == kinds()[kind].reason
        assert reading.name == f"{kind}:somewhere"


class TestThisPc:
    def test_kinds(self) -> None:
        """Every kind of the command line is there, in its order."""
        assert list(kinds()) == ["nss", "pkcs11", "pkcs12", "files", "windows", "macos"]
        assert kinds()["nss"].usable
        assert kinds()["pkcs12"].usable

    @pytest.mark.parametrize(
        ("system", "expected", "foreign"),
        [
            pytest.param("linux", ["nss"], {"windows", "macos"}, marks=only_on_linux),
            ("win32", ["windows", "windows"], {"macos"}),
            ("darwin", ["macos"], {"windows"}),
        ],
    )
    def test_by_system(
        self, monkeypatch: pytest.MonkeyPatch, system: str, expected: list[str], foreign: set[str]
    ) -> None:
        """Each system has its own stores; the others' kinds say that they belong elsewhere."""
        monkeypatch.setattr(sys, "platform", system)
        assert [store.kind for store in stores_of_this_pc()] == expected
        elsewhere = {kind for kind, one in kinds().items() if one.reason == "other-system"}
        assert elsewhere == foreign

    @pytest.mark.parametrize(
        ("specification", "where"),
        [
            ("windows", "CurrentUser"),
            ("windows:", "CurrentUser"),
            ("windows:currentuser", "CurrentUser"),
            ("windows:LocalMachine", "LocalMachine"),
            ("windows:LOCALMACHINE", "LocalMachine"),
        ],
    )
    def test_the_places_of_windows(
        self, monkeypatch: pytest.MonkeyPatch, specification: str, where: str
    ) -> None:
        """The person's own store unless the computer's is named; both are read by themselves."""
        monkeypatch.setattr(sys, "platform", "win32")
        assert open_store(specification).where == where
        assert [store.where for store in stores_of_this_pc()] == ["CurrentUser", "LocalMachine"]

    def test_an_unknown_place_of_windows(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A place that Windows does not have is a mistake of the person's."""
        monkeypatch.setattr(sys, "platform", "win32")
        assert refused("windows:Root").code == "unknown-store-place"

    def test_a_pkcs12_store_can_be_asked(self, tmp_path: Path) -> None:
        """The window finds the means to unlock on the store that it opened by name."""
        assert isinstance(open_store(f"pkcs12:{tmp_path}"), Pkcs12Store)
