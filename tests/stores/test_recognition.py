"""What a file or folder that somebody picked is: seen from what is in it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)
from support import nssdb, pki, softhsm
from support.systems import make_pipe, only_on_linux

from certhelper import failures
from certhelper.stores import registry
from certhelper.stores.recognition import NothingToReadError, stores_in


def refused(path: Path) -> NothingToReadError:
    with pytest.raises(NothingToReadError) as caught:
        stores_in(path)
    assert failures.told(caught.value, "ja").remedy
    assert caught.value.facts["where"]
    return caught.value


class TestFiles:
    def test_pkcs12_whatever_its_name(self, tmp_path: Path, authority: pki.Authority) -> None:
        """A container that is called ``.pem`` is none of PEM's, and a damaged one is still one."""
        octets = authority.issue("12345678901234 user").pkcs12("secret")
        for name, content in (("a.p12", octets), ("b.pem", octets), ("c.pfx", b"garbage")):
            (tmp_path / name).write_bytes(content)
            assert stores_in(tmp_path / name) == (f"pkcs12:{tmp_path / name}",)

    @only_on_linux  # NSS's tools
    def test_pkcs12_of_nss(self, tmp_path: Path, authority: pki.Authority) -> None:
        """NSS writes BER, which is recognised without its suffix, too."""
        database = nssdb.Database.create(tmp_path / "db")
        database.add(authority.issue("12345678901234 user"), "mine")
        database.export("mine", tmp_path / "backup", "secret")
        assert stores_in(tmp_path / "backup") == (f"pkcs12:{tmp_path / 'backup'}",)

    @pytest.mark.parametrize("name", ["a.cer", "a.pem", "a.txt", "証明書"])
    def test_certificates(self, tmp_path: Path, authority: pki.Authority, name: str) -> None:
        """PEM or DER, whatever the suffix."""
        issued = authority.issue("12345678901234 user")
        for content in (issued.pem, issued.der, issued.pem + issued.key_pem):
            (tmp_path / name).write_bytes(content)
            assert stores_in(tmp_path / name) == (f"files:{tmp_path / name}",)

    def test_a_key_alone(self, tmp_path: Path, authority: pki.Authority) -> None:
        """Whoever picks the key is told to pick the certificate."""
        issued = authority.issue("12345678901234 user")
        encrypted = issued.key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
        )
        for content in (issued.key_pem, issued.key_der, encrypted):
            (tmp_path / "a.key").write_bytes(content)
            assert refused(tmp_path / "a.key").code == "place-is-private-key"

    @pytest.mark.parametrize("name", ["cert9.db", "key4.db", "pkcs11.txt"])
    @only_on_linux  # NSS's tools
    def test_a_file_of_a_database(self, tmp_path: Path, name: str) -> None:
        """It is its folder that is meant."""
        nssdb.Database.create(tmp_path / "db")
        assert stores_in(tmp_path / "db" / name) == (f"nss:{tmp_path / 'db'}",)

    @only_on_linux  # where SoftHSM is
    def test_a_module(self, tmp_path: Path) -> None:
        """A library is a module for tokens; a text of such a name is not."""
        versioned = tmp_path / "module.so.1.2"
        shutil.copy(softhsm.MODULE, versioned)
        assert stores_in(versioned) == (f"pkcs11:{versioned}",)
        (tmp_path / "module.so").write_text("GROUP ( libx.so )")
        assert refused(tmp_path / "module.so").code == "place-without-certificates"

    @pytest.mark.parametrize("content", [b"", b"text", b"\x30\x03\x02\x01\x05", b"\x89PNG"])
    def test_anything_else(self, tmp_path: Path, content: bytes) -> None:
        """It is not added, and the person is told what could be."""
        (tmp_path / "a.dat").write_bytes(content)
        assert refused(tmp_path / "a.dat").code == "place-without-certificates"

    def test_nothing_is_waited_for(self, tmp_path: Path) -> None:
        """A pipe is no file, and a file that is gone cannot be read."""
        assert refused(tmp_path / "gone.pem").code == "file-unreadable"
        make_pipe(tmp_path / "pipe.pem")
        assert refused(tmp_path / "pipe.pem").code == "file-unreadable"


class TestFolders:
    def test_of_files_of_both_kinds(self, tmp_path: Path, authority: pki.Authority) -> None:
        """A folder with PKCS #12 and PEM files is two stores, so that none is left out."""
        issued = authority.issue("12345678901234 user")
        (tmp_path / "a.p12").write_bytes(issued.pkcs12("secret"))
        assert stores_in(tmp_path) == (f"pkcs12:{tmp_path}",)
        (tmp_path / "b.pem").write_bytes(issued.pem)
        assert stores_in(tmp_path) == (f"pkcs12:{tmp_path}", f"files:{tmp_path}")

    @only_on_linux  # NSS's tools
    def test_of_a_database(self, tmp_path: Path) -> None:
        """A profile of Firefox, a copy of a database."""
        nssdb.Database.create(tmp_path / "db")
        assert stores_in(tmp_path / "db") == (f"nss:{tmp_path / 'db'}",)

    def test_of_an_old_database(self, tmp_path: Path) -> None:
        """It is added, so that its row says why it cannot be read, and what to do."""
        (tmp_path / "cert8.db").write_bytes(b"old")
        [store] = stores_in(tmp_path)
        assert registry.open_store(store).read().reason == "database-too-old"

    def test_of_profiles(self, tmp_path: Path) -> None:
        """A copy of Firefox's whole folder, as from another disk: each profile with a database."""
        for name in ("ab.default", "cd.work"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "cert9.db").write_bytes(b"")
        (tmp_path / "empty").mkdir()
        (tmp_path / "profiles.ini").write_text("[Profile0]\nName=a\nIsRelative=1\nPath=cd.work\n")
        assert set(stores_in(tmp_path)) == {
            f"nss:{tmp_path / 'ab.default'}",
            f"nss:{tmp_path / 'cd.work'}",
        }

    def test_with_nothing_of_ours(self, tmp_path: Path) -> None:
        """Empty, or full of other things; what lies deeper is not searched for."""
        assert refused(tmp_path).code == "place-without-certificates"
        (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8" * 100)
        (tmp_path / "below").mkdir()
        (tmp_path / "below" / "a.p12").write_bytes(b"x")
        assert refused(tmp_path).code == "place-without-certificates"

    @only_on_linux  # links that any user may make
    def test_through_a_link(self, tmp_path: Path, authority: pki.Authority) -> None:
        """The store is named as the listing names it."""
        (tmp_path / "real").mkdir()
        (tmp_path / "real" / "a.pem").write_bytes(authority.issue("a").pem)
        (tmp_path / "link").symlink_to("real")
        [store] = stores_in(tmp_path / "link")
        assert store == f"files:{tmp_path / 'real'}"
        assert registry.open_store(store).read().name == store
