"""``certhelper import`` and ``certhelper remove``: what they say, ask, change, and how they end."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from support import nssdb, pki
from support.cli import Run
from support.self_test import tree
from support.systems import only_on_linux

from certhelper.cli import terminal
from certhelper.secret import Secret

pytestmark = only_on_linux  # NSS

PASSPHRASE = "file-passphrase"
PASSWORD = "database-password"

Answer = Callable[..., None]


@pytest.fixture(scope="module")
def issued() -> pki.Issued:
    return pki.Authority().issue("12345678901234 user01")


@pytest.fixture
def file(tmp_path: Path, issued: pki.Issued) -> Path:
    path = tmp_path / "mine.p12"
    path.write_bytes(issued.pkcs12(PASSPHRASE, name="mine"))
    return path


@pytest.fixture
def database(home: Path, tmp_path: Path) -> nssdb.Database:
    return nssdb.Database.create(tmp_path / "nssdb")


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Answer:
    """Let a person sit at the terminal who gives these answers, and these secrets."""

    def _answer(*lines: str, secrets: tuple[str, ...] = ()) -> None:
        left, hidden = list(lines), list(secrets)
        monkeypatch.setattr(terminal, "is_there", lambda: True)
        monkeypatch.setattr(terminal, "ask_line", lambda question: left.pop(0))
        monkeypatch.setattr(
            terminal, "ask_secret", lambda question: Secret.from_characters(hidden.pop(0))
        )

    return _answer


def descriptor(secret: str) -> str:
    """Give a secret through a pipe, as scripts do; it ends with the test's process."""
    reading, writing = os.pipe()
    os.write(writing, f"{secret}\n".encode())
    os.close(writing)
    return str(reading)


def test_without_a_yes_nothing_changes(run: Run, file: Path, database: nssdb.Database) -> None:
    """No terminal and no --yes: the preview, the code, status 1, and every octet as it was."""
    before = tree(database.directory)
    where = f"nss:{database.directory}"
    printed = run("import", str(file), "--store", where, "--secret-fd", descriptor(PASSPHRASE))
    assert (printed.status, printed.code) == (1, "import-not-confirmed")
    assert "user01" in printed.out
    assert tree(database.directory) == before


def test_imported_then_removed_with_a_backup_then_back(
    run: Run, file: Path, database: nssdb.Database, issued: pki.Issued, tmp_path: Path
) -> None:
    """The whole way by script, in JSON that is held to its schemas."""
    where = ("--store", f"nss:{database.directory}", "--yes", "--json")
    printed = run("import", str(file), *where, "--secret-fd", descriptor(PASSPHRASE))
    document = printed.document("certhelper.import-1")
    assert printed.status == 0
    assert document["changed"] is True
    assert [one["plan"] for one in document["certificates"]] == ["add", "add"]
    assert document["certificates"][0]["user_id"] == "user01"
    assert database.flags()["mine"] == "u,u,u"

    backup = tmp_path / "backup.p12"
    secret = ("--backup", str(backup), "--secret-fd", descriptor("again"))
    printed = run("remove", issued.sha256[:8], *where, *secret)
    document = printed.document("certhelper.remove-1")
    assert printed.status == 0
    assert (document["removed"], document["key_removed"]) == (True, True)
    assert document["backup"] == str(backup)
    assert "only-usable" in {one["code"] for one in document["depends"]}
    assert database.keys() == []

    printed = run("import", str(backup), *where, "--secret-fd", descriptor("again"))
    assert printed.status == 0
    assert database.keys() == ["mine"]
    printed = run("import", str(backup), *where, "--secret-fd", descriptor("again"))
    assert printed.document("certhelper.import-1")["changed"] is False


def test_a_person_is_asked(
    run: Run, file: Path, tmp_path: Path, home: Path, answer: Answer, issued: pki.Issued
) -> None:
    """First for the import, then for the removal with a backup, whose passphrase comes twice."""
    database = nssdb.Database.create(tmp_path / "locked", PASSWORD)
    where = ("--store", f"nss:{database.directory}")
    answer("n", secrets=(PASSPHRASE,))
    assert run("import", str(file), *where).code == "import-not-confirmed"
    answer("y", secrets=(PASSPHRASE, PASSWORD))
    assert run("import", str(file), *where).status == 0
    assert database.keys() == ["mine"]

    backup = tmp_path / "backup.p12"
    answer(str(backup), "y", secrets=("one", "other"))
    assert run("remove", issued.sha256, *where).code == "backup-passphrase-differs"
    answer(str(backup), "はい", secrets=("one", "one", PASSWORD))
    assert run("remove", issued.sha256, *where).status == 0
    assert database.keys() == []
    assert backup.exists()


def test_secrets_by_descriptor_reach_the_right_place(
    run: Run, file: Path, tmp_path: Path, home: Path
) -> None:
    """The file's passphrase and the database's password are two; nothing of them is shown."""
    database = nssdb.Database.create(tmp_path / "locked", PASSWORD)
    where = ("--store", f"nss:{database.directory}", "--yes")
    printed = run("import", str(file), *where, "--secret-fd", descriptor(PASSPHRASE))
    assert (printed.status, printed.code) == (1, "store-password-needed")
    secrets = ("--secret-fd", descriptor(PASSPHRASE), "--store-secret-fd", descriptor(PASSWORD))
    printed = run("import", str(file), *where, *secrets)
    assert printed.status == 0
    assert database.keys() == ["mine"]
    assert PASSPHRASE not in printed.out + printed.err
    assert PASSWORD not in printed.out + printed.err


def test_what_cannot_be_is_refused(
    run: Run, file: Path, database: nssdb.Database, issued: pki.Issued
) -> None:
    """A wrong passphrase, an unknown certificate, a file as a store: each by its code."""
    where = ("--store", f"nss:{database.directory}", "--yes")
    printed = run("import", str(file), *where, "--secret-fd", descriptor("wrong"))
    assert (printed.status, printed.code) == (1, "passphrase-wrong")
    assert run("import", str(file), *where).code == "passphrase-needed"
    printed = run("remove", issued.sha256, *where)
    assert (printed.status, printed.code) == (2, "fingerprint-unknown")
    with nssdb.held(database.directory / "cert9.db"):
        printed = run("remove", issued.sha256, *where)
    assert (printed.status, printed.code) == (1, "database-locked")
    assert str(database.directory) in printed.err
    printed = run("remove", issued.sha256, "--store", f"pkcs12:{file}", "--yes")
    assert (printed.status, printed.code) == (1, "remove-whole-file")
    assert run("remove", issued.sha256).status == 2


def test_without_a_yes_nothing_is_removed(
    run: Run, database: nssdb.Database, issued: pki.Issued
) -> None:
    """What depends on it is shown all the same."""
    database.add(issued, "mine")
    before = tree(database.directory)
    printed = run("remove", issued.sha256, "--store", f"nss:{database.directory}")
    assert (printed.status, printed.code) == (1, "removal-not-confirmed")
    assert "再発行" in printed.out
    assert tree(database.directory) == before


def test_an_administrator_is_called_so(run: Run, database: nssdb.Database) -> None:
    """Not a 利用者 of the name 管理者: domain.md keeps the two apart."""
    own = pki.Authority().issue("12345678901234")
    database.add(own, "mine")
    printed = run("remove", own.sha256, "--store", f"nss:{database.directory}")
    assert "管理者 契約法人ID 12345678901234" in printed.out
    assert "管理者の証明書です" in printed.out
    assert "利用者「" not in printed.out


def test_there_is_nothing_to_back_up_without_a_key(
    run: Run, database: nssdb.Database, tmp_path: Path
) -> None:
    """A CA's certificate: nobody is told that its key cannot leave, or to have it reissued."""
    authority = pki.Authority()
    database.add_certificate(authority.der, "CA")
    where = ("--store", f"nss:{database.directory}", "--yes")
    backup = ("--backup", str(tmp_path / "ca.p12"), "--secret-fd", descriptor("x"))
    printed = run("remove", authority.issued.sha256, *where, *backup)
    assert (printed.status, printed.code) == (1, "backup-without-key")
    assert "再発行" not in printed.err
    assert list(database.flags()) == ["CA"]
