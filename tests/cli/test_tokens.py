"""Tokens by the command line: what is inserted, what is on it, in words and as JSON."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.cli import Run
from support.pki import Authority
from support.softhsm import MODULE, SoftHsm
from support.systems import only_on_linux

pytestmark = only_on_linux

STORE = f"pkcs11:{MODULE}"
OFFLINE = ("list", "--offline", "--store")


@pytest.fixture
def tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftHsm:
    made = SoftHsm(tmp_path / "tokens")
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    return made


def test_what_is_inserted(tokens: SoftHsm, run: Run) -> None:
    """Each token by its name and number, few tries, and the one that was never set up."""
    card = tokens.make_token("経理")
    issued = Authority().issue("12345678901234 user01")
    tokens.add(card, issued, "証明書")
    assert not tokens.try_pin(card, "0000")
    lines = run(*OFFLINE, STORE).out.splitlines()
    at = lines.index(f"  {STORE}: 1枚")
    assert lines[at + 1].startswith(f"    トークン「経理」(番号 {card.serial}、SoftHSM slot ID ")
    assert lines[at + 1].endswith("トークンのPINの入力できる回数が残り少なくなっています")
    assert "初期化されていないトークン" in lines[at + 2]

    document = run(*OFFLINE, STORE, "--json").document("certhelper.list-1")
    [store] = document["stores"]
    inserted, empty = store["slots"]
    assert inserted["token"] == {
        "label": "経理",
        "serial": card.serial,
        "manufacturer": "SoftHSM project",
        "model": "SoftHSM v2",
        "needs_login": True,
        "pin_on_reader": False,
        "tries_left": "low",
    }
    assert (inserted["state"], empty["state"], empty["token"]) == ("token", "blank", None)
    [row] = document["certificates"]
    assert (row["sha256"], row["store"], row["label"]) == (issued.sha256, STORE, "証明書")
    assert (row["key"], row["usable"]) == ("needs-user", True)
    assert [reason["code"] for reason in row["reasons"]] == ["key-needs-user"]


def test_one_of_two_tokens(tokens: SoftHsm, run: Run) -> None:
    """The same certificate twice is ambiguous until ``--store`` says which token is meant.

    Whichever it is can be named, and the texts have the token's own name beside it.
    """
    issued = Authority().issue("12345678901234 user01")
    made = [tokens.make_token(label) for label in ("first", "second")]
    for one in made:
        tokens.add(one, issued)
    rows = run(*OFFLINE, STORE, "--json").document("certhelper.list-1")["certificates"]
    labels = {f"{STORE}#{one.serial}": one.label for one in made}
    assert {row["store"] for row in rows} == set(labels)
    lines = run(*OFFLINE, STORE).out.splitlines()
    for store, label in labels.items():
        assert sum(line.endswith(f" {store}(トークン「{label}」)") for line in lines) == 1
        assert sum(f"({store}(トークン「{label}」))" in line for line in lines) == 1  # the other's
        [alone] = run(*OFFLINE, store, "--json").document("certhelper.list-1")["stores"]
        assert [slot["token"]["label"] for slot in alone["slots"]] == [label]
        assert run("show", issued.sha256, "--offline", "--store", store).status == 0


def test_a_token_by_its_number_while_the_other_is_pulled(tokens: SoftHsm, run: Run) -> None:
    """What was named once stays a name: of a row, of the place, and for ``show``.

    The list without it calls the token by its module again, as no other is there.
    """
    issued = Authority().issue("12345678901234 user01")
    kept, pulled = (tokens.make_token(label) for label in ("first", "second"))
    for one in (kept, pulled):
        tokens.add(one, issued)
    store = f"{STORE}#{kept.serial}"
    tokens.delete_token(pulled)
    [row] = run(*OFFLINE, STORE, "--json").document("certhelper.list-1")["certificates"]
    assert row["store"] == STORE
    [row] = run(*OFFLINE, store, "--json").document("certhelper.list-1")["certificates"]
    assert (row["sha256"], row["store"]) == (issued.sha256, store)
    shown = run("show", issued.sha256, "--offline", "--store", store, "--json")
    assert [one["store"] for one in shown.document("certhelper.show-1")["certificates"]] == [store]
    gone = run("show", issued.sha256, "--offline", "--store", f"{STORE}#{pulled.serial}")
    assert "token-not-found" in gone.err


def test_a_place_that_is_none(tmp_path: Path, run: Run) -> None:
    """A module that does not exist is wrong use; one that is none is told, with what to do."""
    assert run(*OFFLINE, f"pkcs11:{tmp_path}/none.so").status == 2
    (tmp_path / "text.so").write_text("no library")
    printed = run(*OFFLINE, f"pkcs11:{tmp_path}/text.so")
    assert printed.status == 0
    assert "[module-not-loadable]" in printed.out
