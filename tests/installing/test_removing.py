"""Taking a certificate out of an NSS database: what depends on it, the backup, all or nothing."""

from __future__ import annotations

import subprocess
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from sqlite3 import connect
from typing import Any

import pytest
from support import nssdb, pki
from support.self_test import tree
from support.systems import only_on_linux

from certhelper import listing, moment
from certhelper.bank import Bank
from certhelper.failures import FailedError, WrongUseError
from certhelper.installing import importing, removing, targets
from certhelper.installing.backup import Backup
from certhelper.installing.removing import Removal
from certhelper.installing.targets import NssTarget
from certhelper.secret import Secret
from certhelper.stores import registry
from certhelper.stores.base import KeyState
from certhelper.stores.nss import NssStore

pytestmark = only_on_linux  # NSS

PASSPHRASE = "backup passphrase"


def secret(characters: str = PASSPHRASE) -> Secret:
    return Secret.from_characters(characters)


def look(bank: Bank, sha256: str, directory: Path, *others: Path) -> Removal:
    stores = [NssStore(one) for one in (directory, *others)]
    found = listing.read(stores, bank, moment.now())
    return removing.look(sha256, f"nss:{directory}", NssTarget(stores[0]), found)


def codes(removal: Removal) -> set[str]:
    return {one.code for one in removal.depends}


@pytest.fixture
def held(tmp_path: Path, issued: pki.Issued) -> nssdb.Database:
    return nssdb.make(tmp_path / "held", [(issued, "mine")])


class TestWhatDependsOnIt:
    def test_the_only_one_of_its_holder(
        self, held: nssdb.Database, bank: Bank, issued: pki.Issued
    ) -> None:
        """That no log-on is left, that the key goes, and who must act to bring it back."""
        removal = look(bank, issued.sha256, held.directory)
        assert codes(removal) == {"only-usable", "reissue", "key-goes", "exportable"}
        assert removal.takes_key
        words = "".join(one.message() for one in removal.depends)
        assert "user01" in words
        assert "管理者" in words

    def test_the_preferred_one_and_the_older_one(
        self, held: nssdb.Database, bank: Bank, issued: pki.Issued, authority: pki.Authority
    ) -> None:
        """Of two, the newer is preferred and the older superseded by it."""
        start = (moment.now() - timedelta(days=300)).replace(microsecond=0)
        old = authority.issue("12345678901234 user01", not_before=start)
        held.add(old, "old")
        removal = look(bank, issued.sha256, held.directory)
        (words,) = [one.message() for one in removal.depends if one.code == "preferred"]
        assert str(held.directory) in words
        older = codes(look(bank, old.sha256, held.directory))
        assert "superseded" in older
        assert not older & {"only-usable", "preferred", "reissue"}

    def test_an_expired_one(
        self, held: nssdb.Database, bank: Bank, authority: pki.Authority
    ) -> None:
        """Nobody is warned of what cannot be used anyway."""
        start = (moment.now() - timedelta(days=500)).replace(microsecond=0)
        gone = authority.issue("12345678901234 user01", not_before=start)
        held.add(gone, "gone")
        found = codes(look(bank, gone.sha256, held.directory))
        assert "not-usable" in found
        assert not found & {"only-usable", "preferred", "reissue"}

    def test_in_another_store_too(
        self, held: nssdb.Database, tmp_path: Path, bank: Bank, issued: pki.Issued
    ) -> None:
        """The other copy stays and still serves, so it is not the only usable one."""
        other = nssdb.make(tmp_path / "other", [(issued, "copy")])
        removal = look(bank, issued.sha256, held.directory, other.directory)
        assert "elsewhere" in codes(removal)
        assert not codes(removal) & {"only-usable", "preferred", "reissue"}
        (words,) = [one.message() for one in removal.depends if one.code == "copy-preferred"]
        assert f"{other.directory} にある同じ証明書" in words
        assert str(other.directory) in "".join(one.message() for one in removal.depends)

    def test_without_a_key(
        self, held: nssdb.Database, bank: Bank, authority: pki.Authority
    ) -> None:
        """A CA's certificate has no key to lose and nothing to back up."""
        held.add_certificate(authority.der, "CA")
        removal = look(bank, authority.issued.sha256, held.directory)
        assert "no-key" in codes(removal)
        assert not removal.can_back_up
        assert not removal.takes_key


def test_certificate_and_key_go_and_everything_else_stays(
    held: nssdb.Database, bank: Bank, issued: pki.Issued, authority: pki.Authority
) -> None:
    """NSS's tool sees neither any more, and every other row is what it was."""
    held.directory.joinpath("pkcs11.txt").unlink()
    before = tree(held.directory)
    second = authority.issue("12345678901234 user02")
    held.add(second, "second")
    removing.take_out(look(bank, second.sha256, held.directory))
    assert held.flags() == {"mine": "u,u,u"}
    assert held.keys() == ["mine"]
    assert {k: v for k, v in tree(held.directory).items() if k != "pkcs11.txt"} == before


def test_a_key_that_another_certificate_uses_stays(
    held: nssdb.Database, bank: Bank, issued: pki.Issued, authority: pki.Authority
) -> None:
    """Renewed with the same key: the certificate goes, the key stays and still signs."""
    renewed = authority.issue("12345678901234 user01", key=issued.key)
    held.add_certificate(renewed.der, "renewed")
    removal = look(bank, issued.sha256, held.directory)
    assert "key-stays" in codes(removal)
    removing.take_out(removal)
    rows = {one.certificate.sha256: one.key for one in NssStore(held.directory).read().installed}
    assert rows == {renewed.sha256: KeyState.PRESENT}


def test_a_key_that_is_shared_by_now_stays(
    held: nssdb.Database, bank: Bank, issued: pki.Issued, authority: pki.Authority
) -> None:
    """The renewal comes between the look and the yes: nothing is taken that nobody was told of."""
    removal = look(bank, issued.sha256, held.directory)
    assert removal.takes_key
    held.add_certificate(authority.issue("12345678901234 user01", key=issued.key).der, "renewed")
    before = tree(held.directory)
    with pytest.raises(FailedError) as caught:
        removing.take_out(removal)
    assert caught.value.code == "removal-changed"
    assert tree(held.directory) == before


def test_a_key_under_another_identifier_is_shared_too(
    held: nssdb.Database, bank: Bank, issued: pki.Issued, authority: pki.Authority
) -> None:
    """NSS finds a key by the public key: a row with an odd CKA_ID uses it all the same."""
    renewed = authority.issue("12345678901234 user01", key=issued.key)
    held.add_certificate(renewed.der, "renewed")
    with closing(connect(held.directory / "cert9.db")) as connection, connection:
        odd = "UPDATE nssPublic SET a102 = x'77' WHERE a11 = ?"
        assert connection.execute(odd, (renewed.der,)).rowcount == 1
    removal = look(bank, issued.sha256, held.directory)
    assert "key-stays" in codes(removal)
    removing.take_out(removal)
    assert held.keys() != []


@pytest.mark.parametrize("kind", ["ec", "rsa"])
@pytest.mark.parametrize("password", [None, "opensesame"])
def test_the_backup_brings_it_back(
    tmp_path: Path, bank: Bank, authority: pki.Authority, password: str | None, kind: str
) -> None:
    """Other programs open the backup, it is nobody else's to read, and an import undoes all."""
    own = authority.issue("12345678901234 user01", key="rsa" if kind == "rsa" else "ec")
    held = nssdb.Database.create(tmp_path / "db", password)
    held.add(own, "mine", chain=True)
    file = tmp_path / "backup.p12"
    removal = look(bank, own.sha256, held.directory)
    assert removal.needs_password is (password is not None)
    given = None if password is None else secret(password)
    removing.take_out(removal, given, Backup(file, secret()))
    assert held.keys() == []
    assert file.stat().st_mode & 0o777 == 0o600
    shown = subprocess.run(
        ["openssl", "pkcs12", "-in", file, "-passin", f"pass:{PASSPHRASE}", "-info", "-nokeys"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "MAC: sha256" in shown.stderr
    assert "PBES2, PBKDF2, AES-256-CBC" in shown.stderr
    assert "Example Bank Biznet CA" in shown.stdout
    preview = importing.look(file, removal.target, bank, moment.now(), secret())
    importing.bring_in(preview, secret(), given)
    assert held.flags()["mine"] == "u,u,u"
    assert held.keys() == ["mine"]


def test_a_key_that_cannot_leave(
    held: nssdb.Database, bank: Bank, issued: pki.Issued, tmp_path: Path
) -> None:
    """It is said beforehand, and no removal happens under the promise of a backup."""
    make_unextractable(held.directory)
    removal = look(bank, issued.sha256, held.directory)
    assert "not-exportable" in codes(removal)
    with pytest.raises(FailedError) as caught:
        removing.take_out(removal, None, Backup(tmp_path / "b.p12", secret()))
    assert caught.value.code == "key-not-exportable"
    assert held.keys() == ["mine"]
    removing.take_out(removal)  # without the promise it goes
    assert held.keys() == []


@pytest.mark.parametrize("obstacle", ["exists", "link", "folder-missing", "no-passphrase"])
def test_without_its_backup_nothing_is_removed(
    held: nssdb.Database, bank: Bank, issued: pki.Issued, tmp_path: Path, obstacle: str
) -> None:
    """Never overwriting, never without a passphrase; the database and the other file stay."""
    file = tmp_path / "backup.p12"
    if obstacle == "exists":
        file.write_text("precious")
    elif obstacle == "link":
        file.symlink_to(tmp_path / "elsewhere")
    elif obstacle == "folder-missing":
        file = tmp_path / "none" / "backup.p12"
    before = tree(held.directory)
    passphrase = secret("" if obstacle == "no-passphrase" else PASSPHRASE)
    with pytest.raises(FailedError) as caught:
        removing.take_out(look(bank, issued.sha256, held.directory), None, Backup(file, passphrase))
    assert (
        caught.value.code
        == {
            "exists": "backup-exists",
            "link": "backup-exists",
            "folder-missing": "backup-folder-missing",
            "no-passphrase": "backup-passphrase-needed",
        }[obstacle]
    )
    assert tree(held.directory) == before
    assert not (tmp_path / "elsewhere").exists()
    if obstacle == "exists":
        assert file.read_text() == "precious"


def test_a_removal_that_fails_leaves_no_backup(
    held: nssdb.Database,
    bank: Bank,
    issued: pki.Issued,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A copy of a key that nobody was told of would be worse than none."""
    from certhelper.stores.nss_lock import NotWrittenError
    from certhelper.stores.nss_writing import WorkCopy

    def fail(copy: WorkCopy, certificate: bytes, *, takes_key: bool) -> None:
        raise NotWrittenError("database-not-changed", where="", step="", detail="")

    removal = look(bank, issued.sha256, held.directory)
    before = tree(held.directory)
    monkeypatch.setattr(WorkCopy, "remove", fail)
    with pytest.raises(FailedError):
        removing.take_out(removal, None, Backup(tmp_path / "backup.p12", secret()))
    assert not (tmp_path / "backup.p12").exists()
    assert tree(held.directory) == before


def test_a_backup_stays_where_the_key_is_gone(
    held: nssdb.Database,
    bank: Bank,
    issued: pki.Issued,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ctrl-C right after the removal: the backup is the only copy of the key."""
    file = tmp_path / "backup.p12"
    removal = look(bank, issued.sha256, held.directory)
    take_out = NssTarget.take_out

    def interrupted(target: NssTarget, *positional: Any, **named: Any) -> None:
        take_out(target, *positional, **named)
        raise KeyboardInterrupt

    monkeypatch.setattr(NssTarget, "take_out", interrupted)
    with pytest.raises(KeyboardInterrupt):
        removing.take_out(removal, None, Backup(file, secret()))
    assert held.keys() == []
    assert file.exists()


@pytest.mark.parametrize(
    ("kind", "code"),
    [("pkcs12", "remove-whole-file"), ("files", "remove-whole-file")],
)
def test_other_kinds_are_refused_with_words(tmp_path: Path, kind: str, code: str) -> None:
    """What to do instead is said; nothing is read or changed."""
    (tmp_path / "x").touch()
    with pytest.raises(FailedError) as caught:
        targets.to_remove_from(registry.open_store(f"{kind}:{tmp_path / 'x'}"))
    assert caught.value.code == code
    with pytest.raises(FailedError) as caught:
        targets.to_remove_from(registry.UnavailableStore("pkcs11", "/module.so", "x"))
    assert caught.value.code == "remove-from-token"


def test_a_named_certificate_must_be_there(held: nssdb.Database, bank: Bank) -> None:
    """Another store's certificate is not removed from this one."""
    with pytest.raises(LookupError):
        look(bank, "00" * 32, held.directory)
    with pytest.raises(WrongUseError):
        registry.open_store("nss:/no/such/folder")


def make_unextractable(directory: Path) -> None:
    """Store every key as one that may not leave (CKA_EXTRACTABLE false)."""
    with closing(connect(directory / "key4.db")) as connection, connection:
        connection.execute("UPDATE nssPrivate SET a162 = x'00' WHERE a0 = x'00000003'")
