"""``certhelper show``: the issuers of a certificate, and a signature that its key really makes."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support import nssdb
from support.cli import Run
from support.pki import Authority, Issued
from support.softhsm import MODULE, PIN, SoftHsm

from certhelper.stores import pkcs11_modules
from certhelper.stores.base import TriesLeft
from certhelper.stores.pkcs11 import Pkcs11Store


def shown(run: Run, issued: Issued, *words: str) -> dict[str, Any]:
    """The one row of ``show --json``, held to its schema."""
    printed = run("show", issued.sha256, "--offline", "--json", *words)
    assert printed.status == 0, printed.err
    [row] = printed.document("certhelper.show-1")["certificates"]
    return dict(row)


def handed(secret: str) -> str:
    """A descriptor to read a secret from, as ``--secret-fd`` takes it."""
    reading, writing = os.pipe()
    os.write(writing, f"{secret}\n".encode())
    os.close(writing)
    return str(reading)


def codes(row: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in row["reasons"]]


def test_whole_chain_and_a_key_that_signs(run: Run, tmp_path: Path) -> None:
    """Everything is well: nothing stands against it, and both are said in words."""
    root = Authority("Example Root")
    middle = root.intermediate("Example CA")
    issued = middle.issue("12345678901234 user01")
    database = nssdb.make(tmp_path, [(issued, "mine")])
    for one in (root, middle):
        database.add_certificate(one.der, one.certificate.subject.rfc4514_string())
    row = shown(run, issued, "--store", f"nss:{tmp_path}")
    assert codes(row) == []
    assert row["chain"]["status"] == "complete"
    assert [one["subject"] for one in row["chain"]["path"]] == ["CN=Example CA", "CN=Example Root"]
    assert row["key_test"] == {
        "signs": True,
        "cause": "",
        "code": "",
        "message": row["key_test"]["message"],
    }
    printed = run("show", issued.sha256, "--offline", "--store", f"nss:{tmp_path}")
    assert row["chain"]["message"] in printed.out
    assert row["key_test"]["message"] in printed.out


def test_missing_issuer_is_no_reason(run: Run, tmp_path: Path) -> None:
    """It is named, and nothing stands against the certificate for it."""
    issued = Authority("Example CA").issue("12345678901234 user01")
    nssdb.make(tmp_path, [(issued, "mine")])
    row = shown(run, issued, "--store", f"nss:{tmp_path}")
    assert (row["chain"]["status"], row["chain"]["issuer"]) == ("issuer-missing", "Example CA")
    assert codes(row) == []


def test_expired_issuer(run: Run, tmp_path: Path) -> None:
    """A warning with its name; the certificate may be tried all the same."""
    over = datetime.now(UTC) - timedelta(days=1)
    authority = Authority("Example CA", not_before=over - timedelta(days=900), not_after=over)
    issued = authority.issue("12345678901234 user01")
    nssdb.make(tmp_path, [(issued, "mine")]).add_certificate(authority.der, "CA")
    row = shown(run, issued, "--store", f"nss:{tmp_path}")
    assert (row["chain"]["status"], row["chain"]["cause"]) == ("issuer-not-valid", "expired")
    assert (row["usable"], codes(row)) == (True, ["issuer-not-valid"])
    assert "Example CA" in row["reasons"][0]["message"]
    said = run("show", issued.sha256, "--offline", "--store", f"nss:{tmp_path}")
    assert "[issuer-not-valid] (対応: ご自身)" in said.out
    listed = run("list", "--offline", "--json", "--store", f"nss:{tmp_path}")
    rows = listed.document("certhelper.list-1")["certificates"]
    [mine] = [one for one in rows if one["sha256"] == issued.sha256]
    assert mine["reasons"] == row["reasons"]


def test_key_of_another_certificate(run: Run, tmp_path: Path) -> None:
    """A key that signs for another certificate blocks, with the cause."""
    authority = Authority()
    one, two = (authority.issue(f"12345678901234 user0{n}") for n in (1, 2))
    nssdb.make(tmp_path, [(one, "one"), (two, "two")])
    with closing(sqlite3.connect(tmp_path / "key4.db", isolation_level=None)) as connection:
        [(first,), (second,)] = connection.execute("SELECT a102 FROM nssPrivate")
        for old, new in ((first, b"aside"), (second, first), (b"aside", second)):
            connection.execute("UPDATE nssPrivate SET a102 = ? WHERE a102 = ?", (new, old))
    row = shown(run, one, "--store", f"nss:{tmp_path}")
    assert (row["usable"], codes(row)) == (False, ["key-unusable"])
    assert (row["key_test"]["signs"], row["key_test"]["cause"]) == (False, "other-key")


def test_locked_database(run: Run, tmp_path: Path) -> None:
    """Without the password nothing is tried; with it, by descriptor, the key signs."""
    issued = Authority().issue("12345678901234 user01")
    nssdb.make(tmp_path, [(issued, "mine")], password="of the database")
    named = ("--store", f"nss:{tmp_path}")
    row = shown(run, issued, *named)
    assert (row["key_test"]["signs"], row["key_test"]["cause"]) == (None, "needs-secret")
    row = shown(run, issued, *named, "--secret-fd", handed("of the database"))
    assert row["key_test"]["signs"] is True
    assert codes(row) == ["key-needs-user"]


class TestToken:
    """A PIN goes to the one token that the person named."""

    @pytest.fixture
    def tokens(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftHsm:
        made = SoftHsm(tmp_path / "softhsm")
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        return made

    def test_pin(self, run: Run, tokens: SoftHsm) -> None:
        """With its PIN the key signs; without it, that is said."""
        issued = Authority().issue("12345678901234 user01")
        tokens.add(tokens.make_token("mine"), issued)
        named = ("--store", f"pkcs11:{MODULE}")
        assert shown(run, issued, *named)["key_test"]["cause"] == "needs-secret"
        row = shown(run, issued, *named, "--secret-fd", handed(PIN))
        assert row["key_test"]["signs"] is True

    @pytest.mark.parametrize("store", ["pkcs11", "pkcs11:"])
    def test_pin_without_a_place(
        self,
        run: Run,
        tokens: SoftHsm,
        monkeypatch: pytest.MonkeyPatch,
        store: str,
    ) -> None:
        """As at a log-on: any of this PC's tokens could get it, and count a try."""
        monkeypatch.setattr(pkcs11_modules, "modules_of_this_pc", lambda: [MODULE])
        issued, token = Authority().issue("12345678901234 user01"), tokens.make_token("mine")
        tokens.add(token, issued)
        words = ("show", issued.sha256, "--offline", "--store", store)
        printed = run(*words, "--secret-fd", handed("not the PIN"))
        assert printed.status == 2
        assert "secret-needs-one-store" in printed.err
        [row] = Pkcs11Store(MODULE).read().installed
        assert row.token is not None
        assert row.token.tries is TriesLeft.PLENTY
        assert run(*words).status == 0

    def test_no_key_behind_the_pin(self, run: Run, tokens: SoftHsm) -> None:
        """What the token did not show before turns out to be missing."""
        issued = Authority().issue("12345678901234 user01")
        tokens.add(tokens.make_token("mine"), issued, with_key=False)
        row = shown(run, issued, "--store", f"pkcs11:{MODULE}", "--secret-fd", handed(PIN))
        assert (row["usable"], codes(row)) == (False, ["no-key"])

    def test_secret_of_one_of_several_stores(
        self, run: Run, tokens: SoftHsm, tmp_path: Path
    ) -> None:
        """Whose it is cannot be told: it is given to none, as a wrong PIN uses up a try."""
        issued = Authority().issue("12345678901234 user01")
        tokens.add(tokens.make_token("mine"), issued)
        nssdb.make(tmp_path / "nss", [(issued, "mine")], password="of the database")
        stores = ("--store", f"pkcs11:{MODULE}", "--store", f"nss:{tmp_path / 'nss'}")
        words = ("show", issued.sha256, "--offline", "--json", *stores)
        printed = run(*words, "--secret-fd", handed("of the database"))
        rows = printed.document("certhelper.show-1")["certificates"]
        assert [row["key_test"]["cause"] for row in rows] == ["needs-secret", "needs-secret"]
