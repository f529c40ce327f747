"""PKCS#12 files of every make: what opens, what asks, what is listed, what a log-on gets."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12 as pkcs12_format
from support import nssdb, pki
from support.systems import make_pipe, needs_linux

from certhelper.secret import Secret
from certhelper.stores import passphrases, pkcs12
from certhelper.stores.base import KeyState, StoreReading, StoreStatus
from certhelper.stores.pkcs12 import LARGEST, Pkcs12Store, fingerprint, open_file
from certhelper.stores.pkcs12_contents import Pkcs12Error


def no_keyring(file_fingerprint: str) -> Secret | None:
    return None


def secret(characters: str) -> Secret:
    return Secret.from_characters(characters)


def states(reading: StoreReading) -> dict[str, str]:
    """Return file name → ``passphrase-…`` or the key states of its rows."""
    found = {Path(entry.where).name: entry.reason for entry in reading.locked_entries}
    for installed in reading.installed:
        name = Path(installed.store).name
        found[name] = " ".join(filter(None, (found.get(name), installed.key.value)))
    return found


def openssl(folder: Path, issued: pki.Issued, *options: str) -> bytes:
    """Make a file with the ``openssl`` command."""
    needs_linux("the openssl command")
    (folder / "key.pem").write_bytes(issued.key_pem)
    (folder / "certificate.pem").write_bytes(issued.pem)
    subprocess.run(
        [
            *("openssl", "pkcs12", "-export", "-inkey", "key.pem", "-in", "certificate.pem"),
            *("-out", "made.p12", *options),
        ],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=60,
    )
    return (folder / "made.p12").read_bytes()


def nss_export(folder: Path, entries: list[tuple[pki.Issued, str]], nickname: str) -> bytes:
    """Make a file with NSS's ``pk12util``, which writes BER; its passphrase is ``secret``."""
    database = nssdb.make(folder / "nssdb", entries)
    database.export(nickname, folder / "nss.p12", "secret")
    return (folder / "nss.p12").read_bytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "files").mkdir()
    return tmp_path / "files"


class TestOpening:
    def test_without_a_passphrase(self, folder: Path, authority: pki.Authority) -> None:
        """A file that needs no passphrase is read without a question."""
        (folder / "a.p12").write_bytes(authority.issue("a").pkcs12())
        assert states(Pkcs12Store(folder, no_keyring).read()) == {"a.p12": "present"}

    @pytest.mark.parametrize("options", [(), ("-legacy",), ("-nomac",)])
    def test_with_the_empty_passphrase(
        self, tmp_path: Path, folder: Path, authority: pki.Authority, options: tuple[str, ...]
    ) -> None:
        """The empty passphrase is none to ask for."""
        made = openssl(tmp_path, authority.issue("a"), "-passout", "pass:", *options)
        (folder / "a.p12").write_bytes(made)
        assert states(Pkcs12Store(folder, no_keyring).read()) == {"a.p12": "present"}

    @pytest.mark.parametrize("options", [(), ("-legacy",)])
    def test_with_a_passphrase(
        self, tmp_path: Path, folder: Path, authority: pki.Authority, options: tuple[str, ...]
    ) -> None:
        """A file asks, tells a wrong passphrase as its own state, and opens with the right one."""
        made = openssl(tmp_path, authority.issue("a"), "-passout", "pass:right", *options)
        (folder / "a.p12").write_bytes(made)
        store = Pkcs12Store(folder, no_keyring)
        where = str(folder / "a.p12")

        assert states(store.read()) == {"a.p12": "passphrase-needed"}
        assert not store.unlock(secret("wrong"), where)
        assert states(store.read()) == {"a.p12": "passphrase-wrong"}
        assert store.unlock(secret("right"), where)
        assert states(store.read()) == {"a.p12": "present"}

    @pytest.mark.parametrize("passphrase", ["合言葉", "pässwörd", " ", "x" * 200, "a\tb"])
    def test_any_passphrase(self, folder: Path, authority: pki.Authority, passphrase: str) -> None:
        """Characters of every kind."""
        (folder / "a.p12").write_bytes(authority.issue("a").pkcs12(passphrase))
        store = Pkcs12Store(folder, no_keyring)
        with Secret.from_characters(passphrase, 1024) as given:
            assert store.unlock(given)
        assert states(store.read()) == {"a.p12": "present"}

    def test_as_nss_exports(self, tmp_path: Path, folder: Path, authority: pki.Authority) -> None:
        """NSS (Firefox) writes BER with open lengths: read without a warning."""
        made = nss_export(tmp_path, [(authority.issue("a"), "name in NSS")], "name in NSS")
        (folder / "a.p12").write_bytes(made)
        store = Pkcs12Store(folder, no_keyring)
        store.unlock(secret("secret"))
        assert [one.label for one in store.read().installed] == ["name in NSS"]

    def test_one_of_many(self, folder: Path, authority: pki.Authority) -> None:
        """A passphrase is tried on the one entry that it was given for."""
        for name in "ab":
            (folder / f"{name}.p12").write_bytes(authority.issue(name).pkcs12("same"))
        store = Pkcs12Store(folder, no_keyring)
        assert store.unlock(secret("same"), str(folder / "a.p12"))
        assert states(store.read()) == {"a.p12": "present", "b.p12": "passphrase-needed"}

    def test_all_at_once(self, folder: Path, authority: pki.Authority) -> None:
        """Without an entry it is tried on every locked one; the others say that it was wrong."""
        for name, passphrase in (("a", "same"), ("b", "other"), ("c", None)):
            (folder / f"{name}.p12").write_bytes(authority.issue(name).pkcs12(passphrase))
        store = Pkcs12Store(folder, no_keyring)
        assert store.unlock(secret("same"))
        assert states(store.read()) == {
            "a.p12": "present",
            "b.p12": "passphrase-wrong",
            "c.p12": "present",
        }
        assert not store.unlock(secret("same"))

    def test_a_replaced_file_is_looked_at_anew(
        self, folder: Path, authority: pki.Authority
    ) -> None:
        """What was learned belongs to the content, not to the name."""
        (folder / "a.p12").write_bytes(authority.issue("a").pkcs12("one"))
        store = Pkcs12Store(folder, no_keyring)
        store.unlock(secret("one"))
        (folder / "b.p12").write_bytes((folder / "a.p12").read_bytes())
        (folder / "a.p12").write_bytes(authority.issue("a").pkcs12("two"))
        assert states(store.read()) == {"a.p12": "passphrase-needed", "b.p12": "present"}

    def test_another_store_knows_nothing(self, folder: Path, authority: pki.Authority) -> None:
        """What one store opened stays in it."""
        (folder / "a.p12").write_bytes(authority.issue("a").pkcs12("one"))
        Pkcs12Store(folder, no_keyring).unlock(secret("one"))
        assert states(Pkcs12Store(folder, no_keyring).read()) == {"a.p12": "passphrase-needed"}


@pytest.mark.usefixtures("unlocked_keyring")
class TestRemembered:
    def test_opens_by_itself(self, folder: Path, authority: pki.Authority) -> None:
        """A remembered file needs no question, under another name neither."""
        (folder / "a.p12").write_bytes(authority.issue("a").pkcs12("right"))
        passphrases.remember(fingerprint(folder / "a.p12"), secret("right"))
        (folder / "a.p12").rename(folder / "b.p12")

        assert states(Pkcs12Store(folder).read()) == {"b.p12": "present"}
        with open_file(folder / "b.p12") as opened:
            assert opened.key

    def test_a_wrong_one(self, folder: Path, authority: pki.Authority) -> None:
        """A remembered passphrase that does not fit is a state like a typed one."""
        (folder / "a.p12").write_bytes(authority.issue("a").pkcs12("right"))
        passphrases.remember(fingerprint(folder / "a.p12"), secret("wrong"))
        store = Pkcs12Store(folder)
        assert states(store.read()) == {"a.p12": "passphrase-wrong"}
        assert store.unlock(secret("right"))


def test_a_keyring_that_refuses(folder: Path, authority: pki.Authority) -> None:
    """A keyring that does not answer leaves the file locked; nothing else changes."""

    def refuse(file_fingerprint: str) -> Secret | None:
        raise passphrases.KeyringRefusedError("keyring-refused")

    (folder / "a.p12").write_bytes(authority.issue("a").pkcs12("right"))
    (folder / "b.p12").write_bytes(authority.issue("b").pkcs12())
    reading = Pkcs12Store(folder, refuse).read()
    assert reading.status is StoreStatus.OK
    assert states(reading) == {"a.p12": "passphrase-needed", "b.p12": "present"}
    with pytest.raises(Pkcs12Error) as caught:
        open_file(folder / "a.p12", recall=refuse)
    assert caught.value.code == "passphrase-needed"


def test_opening_is_a_part_of_reading(
    folder: Path, authority: pki.Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a passphrase costs is counted, once: by a clock that goes on a second at each look."""
    (folder / "a.p12").write_bytes(authority.issue("x").pkcs12("right"))
    monkeypatch.setattr(pkcs12, "perf_counter", count(1.0).__next__)
    store = Pkcs12Store(folder, no_keyring)
    assert store.unlock(secret("right"))
    assert [store.read().read_ms, store.read().read_ms] == [2000, 1000]


class TestRows:
    def test_the_chain_is_no_row(self, folder: Path, authority: pki.Authority) -> None:
        """The CAs above the certificate are not the person's own, but help to judge it."""
        issued = authority.intermediate("sub").issue("leaf")
        (folder / "a.p12").write_bytes(issued.pkcs12(name="日本語"))
        (row,) = Pkcs12Store(folder, no_keyring).read().installed
        reading = Pkcs12Store(folder, no_keyring).read()
        assert row.certificate.sha256 == issued.sha256
        above = {one.public_bytes(serialization.Encoding.DER) for one in issued.chain}
        assert set(reading.chain) == above
        assert set(reading.ders) == {issued.der} | above
        assert (row.label, row.key, row.key_needs_user) == ("日本語", KeyState.PRESENT, False)
        assert row.store == f"pkcs12:{folder / 'a.p12'}"

    def test_without_a_name(self, folder: Path, authority: pki.Authority) -> None:
        """A certificate without a name in the file is called by the file."""
        (folder / "a.p12").write_bytes(authority.issue("leaf").pkcs12(name=None))
        (row,) = Pkcs12Store(folder, no_keyring).read().installed
        assert row.label == "a.p12"

    def test_an_unrelated_one_is_a_row(self, folder: Path, authority: pki.Authority) -> None:
        """A certificate that is above no other is listed, whatever it is."""
        issued, beside = authority.issue("leaf"), pki.Authority("unrelated")
        made = pkcs12_format.serialize_key_and_certificates(
            b"name",
            issued.key,
            issued.certificate,
            [authority.certificate, beside.certificate],
            serialization.NoEncryption(),
        )
        (folder / "a.p12").write_bytes(made)
        rows = Pkcs12Store(folder, no_keyring).read().installed
        assert {row.certificate.sha256: row.key for row in rows} == {
            issued.sha256: KeyState.PRESENT,
            beside.issued.sha256: KeyState.ABSENT,
        }

    def test_without_a_key(self, folder: Path, authority: pki.Authority) -> None:
        """Certificates that were exported without their key are listed as having none."""
        issued = authority.issue("leaf")
        made = pkcs12_format.serialize_key_and_certificates(
            None,
            None,
            None,
            [issued.certificate, authority.certificate],
            serialization.NoEncryption(),
        )
        (folder / "a.p12").write_bytes(made)
        (row,) = Pkcs12Store(folder, no_keyring).read().installed
        assert (row.certificate.sha256, row.key) == (issued.sha256, KeyState.ABSENT)
        with pytest.raises(Pkcs12Error) as caught:
            open_file(folder / "a.p12", recall=no_keyring)
        assert caught.value.code == "pkcs12-without-key"

    def test_two_keys(self, tmp_path: Path, folder: Path, authority: pki.Authority) -> None:
        """Each certificate has its own key, and each can be named for a log-on."""
        one, other = authority.issue("same name"), authority.issue("same name")
        made = nss_export(tmp_path, [(one, "same"), (other, "same")], "same")
        (folder / "a.p12").write_bytes(made)
        store = Pkcs12Store(folder, no_keyring)
        store.unlock(secret("secret"))
        rows = store.read().installed
        assert {row.certificate.sha256: row.key for row in rows} == {
            one.sha256: KeyState.PRESENT,
            other.sha256: KeyState.PRESENT,
        }
        for issued in (one, other):
            with open_file(folder / "a.p12", secret("secret"), no_keyring, issued.sha256) as opened:
                loaded = serialization.load_der_private_key(bytes(opened.key), None)
                assert loaded.public_key() == issued.key.public_key()
                assert opened.certificate == issued.der
                assert opened.chain == ()

    def test_the_same_certificate_in_two_files(
        self, folder: Path, authority: pki.Authority
    ) -> None:
        """Each file has its row, with its own store."""
        issued = authority.issue("leaf")
        (folder / "a.p12").write_bytes(issued.pkcs12())
        (folder / "b.pfx").write_bytes(issued.pkcs12())
        rows = Pkcs12Store(folder, no_keyring).read().installed
        assert [Path(row.store).name for row in rows] == ["a.p12", "b.pfx"]
        assert len({row.certificate.sha256 for row in rows}) == 1

    def test_dates_that_have_passed(self, folder: Path, authority: pki.Authority) -> None:
        """An expired certificate is a row like any other."""
        issued = authority.issue(
            "old",
            not_before=datetime(2001, 1, 1, tzinfo=UTC),
            not_after=datetime(2002, 1, 1, tzinfo=UTC),
        )
        (folder / "a.p12").write_bytes(issued.pkcs12())
        (row,) = Pkcs12Store(folder, no_keyring).read().installed
        assert row.certificate.not_after is not None
        assert row.certificate.not_after.year == 2002


class TestBadInput:
    def test_which_files_of_a_folder(self, folder: Path, authority: pki.Authority) -> None:
        """``.p12`` and ``.pfx`` of any case; no folders below, nothing else."""
        made = authority.issue("a").pkcs12()
        for name in ("a.p12", "b.PFX", "c.P12", "d.Pfx"):
            (folder / name).write_bytes(made)
        for name in ("e.pem", "p12", "f.p12.txt", ".p12x"):
            (folder / name).write_bytes(made)
        (folder / "g.p12").mkdir()
        assert set(states(Pkcs12Store(folder, no_keyring).read())) == {
            "a.p12",
            "b.PFX",
            "c.P12",
            "d.Pfx",
        }

    def test_an_empty_folder(self, folder: Path) -> None:
        """Nothing is there, and nothing is wrong."""
        reading = Pkcs12Store(folder, no_keyring).read()
        assert (reading.status, reading.installed, reading.locked_entries) == (
            StoreStatus.OK,
            (),
            (),
        )

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda good: b"",
            lambda good: b"garbage",
            lambda good: b"\x30\x80",
            lambda good: good[:-40],
            lambda good: good[:40],
            lambda good: good + b"x" * LARGEST,
        ],
    )
    def test_a_bad_file(
        self, folder: Path, authority: pki.Authority, spoil: Callable[[bytes], bytes]
    ) -> None:
        """A file that is none is an entry with its state, beside the good ones."""
        good = authority.issue("a").pkcs12("right")
        (folder / "bad.p12").write_bytes(spoil(good))
        (folder / "good.p12").write_bytes(authority.issue("b").pkcs12())
        store = Pkcs12Store(folder, no_keyring)
        assert states(store.read()) == {"bad.p12": "file-unreadable", "good.p12": "present"}
        assert store.read().locked_entries[0].detail
        assert not store.unlock(secret("right"), str(folder / "bad.p12"))
        assert states(store.read())["bad.p12"] == "file-unreadable"
        with pytest.raises(Pkcs12Error) as caught:
            open_file(folder / "bad.p12", secret("right"), no_keyring)
        assert caught.value.code == "file-unreadable"
        assert caught.value.facts["where"].endswith("bad.p12")

    def test_a_certificate_is_no_file(self, folder: Path, authority: pki.Authority) -> None:
        """A renamed certificate is not mistaken for a locked file."""
        (folder / "a.p12").write_bytes(authority.der)
        assert states(Pkcs12Store(folder, no_keyring).read()) == {"a.p12": "file-unreadable"}

    def test_a_pipe(self, folder: Path) -> None:
        """A pipe is not waited at."""
        make_pipe(folder / "a.p12")
        assert states(Pkcs12Store(folder, no_keyring).read()) == {"a.p12": "file-unreadable"}

    def test_the_folder_goes_away(self, folder: Path) -> None:
        """A folder that was removed since is told."""
        store = Pkcs12Store(folder, no_keyring)
        shutil.rmtree(folder)
        reading = store.read()
        assert (reading.status, reading.reason) == (StoreStatus.UNAVAILABLE, "store-not-found")

    def test_an_impossible_name(self) -> None:
        """A name that no file system takes."""
        # Windows says of a name that is too long what it says of one that is not there.
        for name in ("\0",) if sys.platform == "win32" else ("\0", "x" * 5000):
            assert Pkcs12Store(Path(name), no_keyring).read().status is StoreStatus.FAILED


class TestLogOn:
    @pytest.mark.parametrize("kind", ["ec", "rsa"])
    def test_key_certificate_and_chain(
        self, folder: Path, authority: pki.Authority, kind: str
    ) -> None:
        """A log-on gets the key, its certificate and what is above it, and can wipe the key."""
        key = pki.make_key("rsa" if kind == "rsa" else "ec")
        issued = authority.intermediate("sub").issue("leaf", key=key)
        (folder / "a.p12").write_bytes(issued.pkcs12("right", name="名前"))

        with open_file(folder / "a.p12", secret("right"), no_keyring) as opened:
            loaded = serialization.load_der_private_key(bytes(opened.key), None)
            assert loaded.public_key() == issued.key.public_key()
            assert opened.certificate == issued.der
            assert {x509.load_der_x509_certificate(one) for one in opened.chain} == set(
                issued.chain
            )
            assert opened.name == "名前"
            assert repr(bytes(opened.key))[2:-1] not in repr(opened)

        assert not any(opened.key)

    def test_passphrases(self, folder: Path, authority: pki.Authority) -> None:
        """Missing and wrong passphrases have their own codes and name the file."""
        (folder / "a.p12").write_bytes(authority.issue("a").pkcs12("right"))
        for given, code in ((None, "passphrase-needed"), (secret("wrong"), "passphrase-wrong")):
            with pytest.raises(Pkcs12Error) as caught:
                open_file(folder / "a.p12", given, no_keyring)
            assert caught.value.code == code
            assert caught.value.facts["where"] == str(folder / "a.p12")

    def test_a_missing_file(self, folder: Path) -> None:
        """A file that is not there."""
        with pytest.raises(Pkcs12Error) as caught:
            open_file(folder / "none.p12", recall=no_keyring)
        assert caught.value.code == "file-unreadable"
