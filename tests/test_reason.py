"""Every reason has its words in both languages, and says who must act."""

from __future__ import annotations

from typing import Any

import pytest

from certhelper import texts
from certhelper.failures import Actor
from certhelper.reason import SEVERITIES, Reason, Severity, words_of_cause

PLACES = ("windows", "macos", "nss", "token", "file")
TABLES = {
    "fields",
    "tries",
    "issuer-faults",
    "key-causes",
    "revocation-causes",
    "revocation-reasons",
}
WITH_ACTOR = ("issuer-faults", "key-causes", "revocation-causes")
FACTS = {
    *("bank", "days", "field", "issuer", "name", "provider", "serial", "since", "stores"),
    *("until", "cause", "error", "why", "token", "tries", "place"),
}


def entries() -> list[tuple[str, str, dict[str, Any]]]:
    """Every text of a code: code, variant, entry."""
    tables = texts.area("reasons").items()
    return [
        (code, variant, entry)
        for code, variants in tables
        if code not in TABLES
        for variant, entry in variants.items()
    ]


def test_codes_and_texts_are_the_same() -> None:
    """No code without words, no words without a code."""
    assert {code for code, _, _ in entries()} == set(SEVERITIES)
    assert set(texts.area("reasons")) == set(SEVERITIES) | TABLES


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_code_has_its_sentence_in_both_languages(language: texts.Language) -> None:
    """Each variant, too; the sentences name no fact that no code gives."""
    for code, variant, _ in entries():
        assert Reason(code).severity in Severity
        said = texts.text(f"reasons.{code}.{variant}", language, **dict.fromkeys(FACTS, "§"))
        assert said.rstrip("§ ").endswith(("。", "."))
    tables = texts.area("reasons")
    for name in ("fields", "revocation-reasons"):
        assert all(one[language] for one in tables[name].values())
    for name in (*WITH_ACTOR, "tries"):
        assert all(one[language].endswith(("。", ".")) for one in tables[name].values())


def test_everything_says_who_must_act() -> None:
    """利用者, 管理者, 銀行 or helpdesk, or that nobody must; or as the cause in the text says."""
    actors = {*Actor, "nobody"}
    for code, variant, entry in entries():
        by_cause = "{cause}" in entry["ja"]
        assert entry["who"] in ({"cause"} if by_cause else actors), (code, variant)
    for name in WITH_ACTOR:
        for cause, entry in texts.area("reasons")[name].items():
            assert entry["who"] in actors, cause


def test_every_special_text_has_an_ordinary_one() -> None:
    """A kind of store without words of its own is told the ordinary ones."""
    for name, table in texts.area("reasons").items():
        for entry in table:
            before, _, place = entry.rpartition("-")
            if place in PLACES:
                assert before in table, f"{name}.{entry}"


@pytest.mark.parametrize(
    ("reason", "actor"),
    [
        (Reason("expired"), Actor.ADMINISTRATOR),
        (Reason("expired", (("variant", "administrator"),)), Actor.BANK),
        (Reason("duplicate"), None),
        (Reason("computer-store"), Actor.HELPDESK),
        (Reason("key-unusable", (("variant", "because"), ("cause", "card-blocked"))), Actor.BANK),
        (Reason("revocation-unknown", (("unknown_because", "clock"),)), Actor.USER),
        (Reason("revocation-unknown", (("unknown_because", "not-asked"),)), None),
        (Reason("issuer-not-valid", (("issuer_fault", "no-authority"),)), Actor.ADMINISTRATOR),
        (Reason("revoked", (("why", "keyCompromise"),)), Actor.ADMINISTRATOR),
        (Reason("unreadable-field", (("field", "serial"),)), Actor.USER),
    ],
)
def test_who_must_act(reason: Reason, actor: Actor | None) -> None:
    """A program can tell, too; where the cause decides, by its cause."""
    assert reason.who is actor


def test_words_for_a_kind_of_store() -> None:
    """The same cause is said otherwise of a token and of a database."""
    said = {kind: words_of_cause("needs-secret", kind) for kind in ("nss", "pkcs11", "pkcs12", "?")}
    assert "データベース" in said["nss"]
    assert "PIN" in said["pkcs11"]
    assert "パスフレーズ" in said["pkcs12"]
    assert len(set(said.values())) == 4
