"""Bringing a PKCS#12 file into an NSS database, with NSS's own tools as second readers."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from support import large_keys, nssdb, pki
from support.self_test import tree
from support.systems import make_pipe, only_on_linux

from certhelper import moment
from certhelper.bank import Bank
from certhelper.failures import FailedError, WrongUseError
from certhelper.installing import importing, targets
from certhelper.installing.importing import Plan, Preview
from certhelper.installing.targets import NssTarget
from certhelper.secret import Secret
from certhelper.stores.nss import NssStore
from certhelper.stores.nss_writing import NewEntry

pytestmark = only_on_linux  # NSS

PASSPHRASE = "通帳 file"


def secret(characters: str = PASSPHRASE) -> Secret:
    return Secret.from_characters(characters)


def look(file: Path, directory: Path, bank: Bank, passphrase: str = PASSPHRASE) -> Preview:
    target = NssTarget(NssStore(directory))
    return importing.look(file, target, bank, moment.now(), secret(passphrase))


def plans(preview: Preview) -> list[Plan]:
    return [item.plan for item in preview.items]


def test_the_preview_says_whose_it_is_and_changes_nothing(
    file: Path, database: nssdb.Database, bank: Bank, issued: pki.Issued
) -> None:
    """Holder, key and chain are shown by the bank's profile; every octet stays as it is."""
    before = tree(database.directory)
    preview = look(file, database.directory, bank)
    assert tree(database.directory) == before
    own, *chain = preview.items
    assert own.certificate.sha256 == issued.sha256
    assert own.judged.holder is not None
    assert own.judged.holder.user_id == "user01"
    assert (own.has_key, own.is_chain, own.name) == (True, False, "私の証明書")
    assert own.judged.usable
    assert [one.is_chain for one in chain] == [True, True]
    assert set(plans(preview)) == {Plan.ADD}


def test_nss_finds_the_key_and_trusts_no_ca(
    file: Path, database: nssdb.Database, bank: Bank
) -> None:
    """The certificate is the person's (``u``); its CAs are there without any trust."""
    importing.bring_in(look(file, database.directory, bank), secret())
    assert database.flags() == {
        "user09": "u,u,u",
        "私の証明書": "u,u,u",
        "Example Bank Biznet CA - G2": ",,",
        "Example Root": ",,",
    }
    assert sorted(database.keys()) == ["user09", "私の証明書"]


def test_what_is_there_is_told_and_left(file: Path, database: nssdb.Database, bank: Bank) -> None:
    """A second import of the same file would change nothing, and does not."""
    importing.bring_in(look(file, database.directory, bank), secret())
    before = tree(database.directory)
    again = look(file, database.directory, bank)
    assert plans(again) == [Plan.ALREADY_THERE] * 3
    assert again.changes == ()
    importing.bring_in(again, secret())
    assert tree(database.directory) == before


def test_a_certificate_without_its_key_gets_the_key(
    file: Path, database: nssdb.Database, bank: Bank, issued: pki.Issued
) -> None:
    """The certificate keeps its name and its place; only the key is added."""
    database.add_certificate(issued.der, "without key")
    preview = look(file, database.directory, bank)
    assert plans(preview)[0] is Plan.ADD_KEY
    importing.bring_in(preview, secret())
    assert database.flags()["without key"] == "u,u,u"
    assert "私の証明書" not in database.flags()


def test_trust_that_a_ca_has_stays(
    file: Path, database: nssdb.Database, bank: Bank, authority: pki.Authority
) -> None:
    """A CA that the person trusts is there already, and its trust is nobody's to change."""
    database.trust(authority, "my CA")
    importing.bring_in(look(file, database.directory, bank), secret())
    assert database.flags()["my CA"] == "CT,C,C"


def test_a_name_that_is_taken_becomes_another(
    tmp_path: Path, database: nssdb.Database, bank: Bank, authority: pki.Authority
) -> None:
    """Nothing is overwritten and nothing is refused: the new one gets a number."""
    for number in range(2):
        file = tmp_path / f"{number}.p12"
        other = authority.issue(f"12345678901234 user1{number}")
        file.write_bytes(other.pkcs12(PASSPHRASE, name="user09", chain=False))
        importing.bring_in(look(file, database.directory, bank), secret())
    assert sorted(database.flags()) == ["user09", "user09 (2)", "user09 (3)"]
    assert set(database.flags().values()) == {"u,u,u"}


def test_a_renewed_certificate_stands_beside_the_old_one(
    tmp_path: Path, database: nssdb.Database, bank: Bank, authority: pki.Authority
) -> None:
    """Renewal adds a certificate; that the older one is superseded shows before it is imported."""
    start = moment.now() - timedelta(days=300)
    old = authority.issue("12345678901234 user01", not_before=start.replace(microsecond=0))
    new = authority.issue("12345678901234 user01")
    for name, one in (("new", new), ("old", old)):
        (tmp_path / f"{name}.p12").write_bytes(one.pkcs12(PASSPHRASE, name="me"))
    importing.bring_in(look(tmp_path / "new.p12", database.directory, bank), secret())
    preview = look(tmp_path / "old.p12", database.directory, bank)
    assert "superseded" in {reason.code for reason in preview.items[0].judged.reasons}
    importing.bring_in(preview, secret())
    assert database.flags()["me"] == database.flags()["me (2)"] == "u,u,u"


def test_a_database_with_a_password(tmp_path: Path, file: Path, bank: Bank) -> None:
    """It is asked for by name; without it, or with a wrong one, no octet changes."""
    database = nssdb.Database.create(tmp_path / "locked", "opensesame")
    preview = look(file, database.directory, bank)
    assert preview.needs_password
    before = tree(database.directory)
    for given, code in ((None, "store-password-needed"), ("wrong", "database-password-wrong")):
        with pytest.raises(FailedError) as caught:
            importing.bring_in(preview, secret(), None if given is None else secret(given))
        assert caught.value.code == code
        assert tree(database.directory) == before
    importing.bring_in(preview, secret(), secret("opensesame"))
    assert database.flags()["私の証明書"] == "u,u,u"
    assert database.keys() == ["私の証明書"]


def test_a_new_person_gets_a_database(tmp_path: Path, file: Path, bank: Bank) -> None:
    """It is made for this user alone, with the empty password that Chromium gives it."""
    directory = tmp_path / "home" / ".pki" / "nssdb"
    preview = look(file, directory, bank)
    assert preview.makes_store
    importing.bring_in(preview, secret())
    assert nssdb.Database(directory).flags()["私の証明書"] == "u,u,u"
    for folder in (directory, directory.parent, directory.parent.parent):
        assert folder.stat().st_mode & 0o777 == 0o700
    modes = {path.name: path.stat().st_mode & 0o777 for path in directory.iterdir()}
    assert modes == {"cert9.db": 0o600, "key4.db": 0o600}
    assert nssdb.Database(directory, "").accepts_password()


def test_a_firefox_profile_takes_it(tmp_path: Path, file: Path, bank: Bank) -> None:
    """Firefox's own files beside the database stay as they are."""
    database = nssdb.Database.create(tmp_path / "abcd.default-release")
    (database.directory / "prefs.js").write_text("// Mozilla User Preferences")
    (database.directory / ".parentlock").touch()  # left by a Firefox that has ended
    importing.bring_in(look(file, database.directory, bank), secret())
    assert database.flags()["私の証明書"] == "u,u,u"
    assert (database.directory / "prefs.js").read_text() == "// Mozilla User Preferences"


def test_a_file_that_changed_meanwhile_is_refused(
    file: Path, database: nssdb.Database, bank: Bank, authority: pki.Authority
) -> None:
    """What the person saw is what is imported, or nothing."""
    preview = look(file, database.directory, bank)
    file.write_bytes(authority.issue("12345678901234 evil").pkcs12(PASSPHRASE))
    before = tree(database.directory)
    with pytest.raises(FailedError) as caught:
        importing.bring_in(preview, secret())
    assert caught.value.code == "import-file-changed"
    assert tree(database.directory) == before


@pytest.mark.parametrize(
    ("content", "passphrase", "code"),
    [
        ("good", "wrong", "passphrase-wrong"),
        ("garbage", PASSPHRASE, "file-unreadable"),
        ("missing", PASSPHRASE, "import-file-missing"),
        ("folder", PASSPHRASE, "import-not-a-file"),
        ("pipe", PASSPHRASE, "import-not-a-file"),
        ("empty", PASSPHRASE, "import-file-empty"),
        ("huge", PASSPHRASE, "import-file-too-large"),
        ("cut", PASSPHRASE, "import-file-cut-off"),
        ("pem", PASSPHRASE, "import-certificate-alone"),
        ("der", PASSPHRASE, "import-certificate-alone"),
        ("pem-with-key", PASSPHRASE, "import-file-is-pem"),
        ("certificate", PASSPHRASE, "pkcs12-without-key"),
        ("large-key", PASSPHRASE, "key-too-large"),
    ],
)
def test_a_file_that_is_no_use(
    tmp_path: Path,
    file: Path,
    database: nssdb.Database,
    bank: Bank,
    authority: pki.Authority,
    content: str,
    passphrase: str,
    code: str,
) -> None:
    """Whatever is wrong is told by its code, with the file's name, before anything is asked."""
    if content == "garbage":
        file.write_bytes(b"garbage" * 40)
    elif content == "missing":
        file.unlink()
    elif content == "folder":
        file.unlink()
        file.mkdir()
    elif content == "pipe":
        file.unlink()
        make_pipe(file)
    elif content == "large-key":
        file.write_bytes(large_keys.pkcs12_file(PASSPHRASE.encode()))
    elif content in ("empty", "huge", "cut", "pem", "der", "pem-with-key"):
        own = authority.issue("12345678901234 user01")
        octets = {
            "empty": b"",
            "huge": bytes(2 << 20),
            "cut": file.read_bytes()[:-100],
            "pem": own.pem,
            "der": own.der,
            "pem-with-key": own.pem + own.key_pem,
        }
        file.write_bytes(octets[content])
    elif content == "certificate":
        database.add_certificate(authority.der, "alone")
        from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

        only = pkcs12.serialize_key_and_certificates(
            None, None, None, [authority.certificate], BestAvailableEncryption(PASSPHRASE.encode())
        )
        file.write_bytes(only)
    with pytest.raises(FailedError) as caught:
        look(file, database.directory, bank, passphrase)
    assert caught.value.code == code
    assert caught.value.facts["where"] == str(file)
    is_wrong_use = code in ("import-file-missing", "import-not-a-file")
    assert isinstance(caught.value, WrongUseError) is is_wrong_use


@pytest.mark.parametrize(
    ("name", "code"), [("cert9.db", "database-damaged"), ("cert8.db", "database-too-old")]
)
def test_a_store_that_cannot_be_read(
    tmp_path: Path, file: Path, bank: Bank, name: str, code: str
) -> None:
    """What is wrong with it is said, and nothing is put over it or beside it."""
    directory = tmp_path / "odd"
    directory.mkdir()
    (directory / name).write_bytes(b"garbage" * 999)
    with pytest.raises(FailedError) as caught:
        look(file, directory, bank)
    assert caught.value.code == code
    assert [one.name for one in directory.iterdir()] == [name]


@pytest.mark.parametrize("what", ["nothing", "no key"])
def test_what_is_not_there_afterwards_is_told(
    file: Path, database: nssdb.Database, bank: Bank, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Whatever the store says of itself; and nobody is told that it is as it was."""
    put = NssTarget.put

    def put_less(target: NssTarget, entries: Sequence[NewEntry], password: Secret | None) -> None:
        kept = [] if what == "nothing" else [one._replace(key=None) for one in entries]
        put(target, kept, password)

    preview = look(file, database.directory, bank)
    monkeypatch.setattr(NssTarget, "put", put_less)
    with pytest.raises(FailedError) as caught:
        importing.bring_in(preview, secret())
    assert caught.value.code == "import-not-proved"
    assert caught.value.facts["detail"] == "私の証明書"


def test_a_file_that_names_nothing(
    tmp_path: Path, database: nssdb.Database, bank: Bank, issued: pki.Issued
) -> None:
    """The certificate's own name is kept, not that of the file, which says nothing later."""
    file = tmp_path / "download (3).p12"
    file.write_bytes(issued.pkcs12(PASSPHRASE, name=None, chain=False))
    importing.bring_in(look(file, database.directory, bank), secret())
    assert database.flags()["12345678901234 user01"] == "u,u,u"


def test_a_key_that_does_not_tell_its_public_half(
    tmp_path: Path, database: nssdb.Database, bank: Bank, issued: pki.Issued
) -> None:
    """RFC 5915 lets an EC key leave it out; NSS still has to tie the key to the certificate."""
    commands = (
        ("ec", "-in", "key.pem", "-no_public", "-out", "bare.pem"),
        ("pkcs8", "-topk8", "-nocrypt", "-in", "bare.pem", "-out", "bare8.pem"),
        ("pkcs12", "-export", "-inkey", "bare8.pem", "-in", "c.pem", "-passout", "pass:bare"),
    )
    (tmp_path / "key.pem").write_bytes(issued.key_pem)
    (tmp_path / "c.pem").write_bytes(issued.pem)
    for command in commands:
        done = subprocess.run(["openssl", *command], cwd=tmp_path, capture_output=True, check=True)
    (tmp_path / "bare.p12").write_bytes(done.stdout)
    preview = look(tmp_path / "bare.p12", database.directory, bank, "bare")
    importing.bring_in(preview, secret("bare"))
    assert len(database.keys()) == 2


def test_a_file_with_two_keys(
    tmp_path: Path, database: nssdb.Database, bank: Bank, authority: pki.Authority
) -> None:
    """Each certificate comes with its own key, as pk12util wrote them into one file."""
    pair = [(authority.issue("12345678901234 user02"), "both") for _ in range(2)]
    source = nssdb.make(tmp_path / "source", pair)
    source.export("both", tmp_path / "two.p12", "transport")
    preview = look(tmp_path / "two.p12", database.directory, bank, "transport")
    assert [one.has_key for one in preview.items if not one.is_chain] == [True, True]
    importing.bring_in(preview, secret("transport"))
    assert len(database.keys()) == 3


@pytest.mark.parametrize("given", ["pkcs12:/x.p12", "files:/x", "macos", "windows"])
def test_other_kinds_are_no_targets(tmp_path: Path, given: str) -> None:
    """Only what can be changed safely is; the others are refused before the file is read."""
    kind, colon, _ = given.partition(":")
    if colon:
        (tmp_path / "x").touch()
        given = f"{kind}:{tmp_path / 'x'}"
    with pytest.raises(WrongUseError) as caught:
        targets.to_import_into(given)
    assert caught.value.code == "import-target-wrong"
