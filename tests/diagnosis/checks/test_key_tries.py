"""Check 9 says where few tries of a token's PIN are left."""

from __future__ import annotations

import pytest
from support import listings
from support.certificate_checks import CONTRACT, check, scene

from certhelper.diagnosis.findings import Status
from certhelper.diagnosis.values import as_they_are
from certhelper.stores.base import Token, TriesLeft


@pytest.mark.parametrize(
    ("tries", "words"), [(TriesLeft.LOW, "減っています"), (TriesLeft.LAST, "ロックされます")]
)
def test_few_tries_of_a_token_are_said(tries: TriesLeft, words: str) -> None:
    """The next wrong PIN may block it: nobody is told to try before the PIN is sure."""
    token = Token(
        "card", "1", "maker", "model", 1, needs_login=True, is_protected_path=False, tries=tries
    )
    mine = listings.installed(f"{CONTRACT} user01", store="pkcs11:/gone.so")._replace(token=token)
    found = [one for one in check("key-usable", scene(mine)) if one.code == "key-few-tries"]
    assert [one.status for one in found] == [Status.ATTENTION]
    assert words in as_they_are(found[0].facts)["tries"]


def test_plenty_of_tries_are_no_finding() -> None:
    """As the token of who has never mistyped."""
    token = Token(
        "card",
        "1",
        "maker",
        "model",
        1,
        needs_login=True,
        is_protected_path=False,
        tries=TriesLeft.PLENTY,
    )
    mine = listings.installed(f"{CONTRACT} user01", store="pkcs11:/gone.so")._replace(token=token)
    assert "key-few-tries" not in [one.code for one in check("key-usable", scene(mine))]
