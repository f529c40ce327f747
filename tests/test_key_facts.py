"""What is said of a key, in a person's words."""

from __future__ import annotations

import pytest
from support import listings

from certhelper import texts
from certhelper.desktop.details import details_of
from certhelper.key_facts import key_facts
from certhelper.stores.base import KeyDetails

NOTHING = KeyDetails("", None, None, None, is_exportable=None, is_of_computer=False)


def test_what_is_not_told_is_left_out() -> None:
    """No key of the OS's, or one of which nothing is known: no line."""
    assert key_facts(None) == key_facts(NOTHING) == []


def test_everything_that_is_told() -> None:
    """One line a fact, each name once, nothing in them that hides or reorders."""
    details = KeyDetails("a\u202eb", "AT_SIGNATURE", "cng", "tpm", False, True)
    facts = key_facts(details)
    assert dict(facts) == {
        "鍵の入れ物": "a[U+202E]b",
        "鍵の種別": "AT_SIGNATURE",
        "鍵の呼び出し方": "CNG",
        "鍵のある場所": "このパソコンのセキュリティチップ(TPM)",
        "鍵の書き出し": "できません",
        "鍵の持ち主": "このパソコン全体",
    }
    assert len(facts) == 6


@pytest.mark.parametrize("name", ["interface", "hardware"])
def test_every_kind_has_its_words(name: str) -> None:
    """Whatever the store tells can be said."""
    for value in texts.area("keys")[name]:
        [(_, said)] = key_facts(NOTHING._replace(**{name: value}))
        assert said == texts.text(f"keys.{name}.{value}")


def test_the_windows_details_have_them() -> None:
    """They stand with the certificate's other facts."""
    installed = listings.installed("12345678901234 a")
    details = NOTHING._replace(is_exportable=True)
    listing = listings.listing(installed._replace(key_details=details))
    [judged] = listing.grouped.judged
    assert dict(details_of(judged))["鍵の書き出し"] == "できます"
