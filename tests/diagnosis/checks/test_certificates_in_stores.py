"""The checks on real places: a token with a PIN, a token that was pulled, a database in use."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import certificate_checks as diagnoses
from support import nssdb
from support.certificate_checks import USER, check, codes, scene_of_stores, told
from support.pki import Authority
from support.revocation_servers import now
from support.softhsm import MODULE, SoftHsm
from support.systems import only_on_linux

from certhelper.demo import cases, store
from certhelper.demo.authority import Authority as DemoAuthority
from certhelper.diagnosis.findings import Status
from certhelper.diagnosis.order import CHECKS
from certhelper.stores.nss import NssStore
from certhelper.stores.pkcs11 import Pkcs11Store

pytestmark = only_on_linux

MINE = [one.name for one in CHECKS if one.number in (1, *range(3, 13))]


@pytest.fixture
def tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftHsm:
    made = SoftHsm(tmp_path / "tokens")
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    return made


def test_a_tokens_pin_is_never_tried(tokens: SoftHsm) -> None:
    """That its key was not tried is said with the reason, and is no fault."""
    token = tokens.make_token("my card")
    tokens.add(token, Authority().issue(USER))
    [found] = check("key-usable", scene_of_stores(Pkcs11Store(MODULE), at=now()))
    assert (found.code, found.status) == ("key-untried", Status.NOT_CHECKED)
    assert "トークンのPINが必要です" in told(found)["user"]
    assert "使えないという意味ではありません" in told(found)["helpdesk"]


def test_a_token_that_was_pulled_after_the_reading(tokens: SoftHsm) -> None:
    """Nobody is told that the key is broken."""
    token = tokens.make_token("my card")
    tokens.add(token, Authority().issue(USER))
    given = scene_of_stores(Pkcs11Store(MODULE), at=now())
    tokens.delete_token(token)
    [found] = check("key-usable", given)
    assert found.code == "key-untried"
    assert "トークンを抜いたときは差し込み" in told(found)["user"]


def test_a_certificate_on_a_token_without_its_key(tokens: SoftHsm) -> None:
    """Without its PIN a token does not tell whether a key is on it."""
    token = tokens.make_token("my card")
    tokens.add(token, Authority().issue(USER), with_key=False)
    found = check("key-present", scene_of_stores(Pkcs11Store(MODULE), at=now()))
    assert not any(one.status is Status.FAULT for one in found)


def test_a_database_in_use_is_no_missing_certificate(tmp_path: Path) -> None:
    """Another program holds it: what to do there is said, and no word of a reissue."""
    nssdb.make(tmp_path, [(Authority().issue(USER), "mine")])
    with nssdb.held(tmp_path / "cert9.db"):
        given = scene_of_stores(NssStore(tmp_path, lock_wait=0.1), at=now())
    [found] = check("present", given)
    assert (found.code, found.status) == ("present-place-in-use", Status.NOT_CHECKED)
    said = told(found)
    assert "ほかのプログラム(ブラウザなど)が使っている" in said["user"]
    assert "ほかの場所に、この銀行の証明書はありません" in said["user"]
    assert "ブラウザをすべて閉じて" in said["remedy"]
    assert "ほかのプログラムがデータベースに書き込んでいます" in said["details"]
    assert "見つかりません" not in said["user"]
    assert "再発行を依頼しないでください" in said["remedy"]


def test_every_case_of_the_demo_is_told(tmp_path: Path) -> None:
    """All checks on every case a customer's PC may hold: each sentence has its facts."""
    authority = DemoAuthority()
    store.write(tmp_path / "nssdb", authority, cases.make(authority))
    given = scene_of_stores(NssStore(tmp_path / "nssdb"), at=now())
    found = {code for name in MINE for code in codes(check(name, given))}
    assert found >= {
        *("period-expired", "period-not-begun", "period-ends-soon", "key-absent"),
        *("usage-no-signature", "usage-other-purpose", "duplicates-several", "key-signs"),
    }
    for name in MINE:
        for one in check(name, given):
            assert diagnoses.told(one, "ja")["user"]
            assert diagnoses.told(one, "en")["user"]
