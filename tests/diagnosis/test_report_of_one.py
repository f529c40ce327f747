"""A report about one person: what others keep on the same PC is not in it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from support import listings, made_reports
from support.certificate_checks import check, codes, installed, scene
from support.pki import Authority

from certhelper.certificate import Certificate
from certhelper.diagnosis import report_html, report_json, report_text, telling
from certhelper.diagnosis.findings import Finding
from certhelper.diagnosis.report import Report
from certhelper.diagnosis.told import ToldReport
from certhelper.diagnosis.values import Kind, Phrase, Value, facts
from certhelper.stores.base import Installed, KeyState

BEGUN = listings.AT - timedelta(days=500)
ROOT = Authority("Example Root", not_before=BEGUN)
CLIENTS = Authority("Example Bank Biznet CA", issuer=ROOT, not_before=BEGUN)
ELSEWHERE = Authority("Another CA", not_before=BEGUN)


def client(authority: Authority, name: str, age: int = 9) -> Installed:
    return installed(authority.issue(name, not_before=listings.AT - timedelta(days=age)))


def of_ca(authority: Authority) -> Installed:
    return Installed(Certificate(authority.der), listings.STORE, "ca", KeyState.ABSENT)


MINE = client(CLIENTS, f"{listings.CONTRACT} user01")
OLD = client(CLIENTS, f"{listings.CONTRACT} user01", age=400)
COLLEAGUE = client(CLIENTS, f"{listings.CONTRACT} sakura", age=2)
STRANGER = client(ELSEWHERE, f"{listings.OTHER_CONTRACT} tanaka", age=1)
EVERY = (STRANGER, COLLEAGUE, MINE, OLD, of_ca(ROOT), of_ca(CLIENTS), of_ca(ELSEWHERE))


def report(chosen: str = MINE.certificate.sha256) -> Report:
    found = made_reports.outcomes(
        present=[Finding("present-here", facts(contract=Value(Kind.CONTRACT, listings.CONTRACT)))]
    )
    return made_reports.made(EVERY, found, chosen=chosen)


def told(chosen: str = MINE.certificate.sha256, *, redacted: bool = True) -> ToldReport:
    return telling.tell(report(chosen), "ja", redacted=redacted)


def document(found: ToldReport) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(report_json.text_of(found))
    return made


@pytest.mark.parametrize("length", [64, 12])
def test_it_lists_that_persons_and_their_issuers(length: int) -> None:
    """Also where only the beginning of the fingerprint was given; the others are counted."""
    found = told(MINE.certificate.sha256[:length], redacted=False)
    titles = [one.title for one in found.certificates]
    assert titles == [f"{listings.CONTRACT} user01"] * 2 + ["認証局の証明書"] * 2
    assert found.left_out == 3
    for words in (report_text.text_of(found), report_html.page(found)):
        assert "ほかに3枚" in words
        assert not any(name in words for name in ("sakura", "tanaka", "Another CA"))
    assert document(found)["certificates_left_out"] == 3
    assert len(document(found)["certificates"]) == 4


def test_the_person_is_a_of_contract_1() -> None:
    """Whatever the dates of the others' certificates are; and no other name is explained."""
    for one in (MINE, STRANGER, COLLEAGUE):
        found = told(one.certificate.sha256)
        assert found.certificates[0].title == "契約1 利用者A"
    whole = told(STRANGER.certificate.sha256, redacted=False)
    assert ("利用者A", "tanaka") in whole.aliases
    assert "sakura" not in str(whole.aliases)


def test_without_a_choice_everything_is_there() -> None:
    """As the helpdesk needs it that does not know yet whom it is about."""
    found = told("")
    assert len(found.certificates) == len(EVERY)
    assert found.left_out == 0
    assert "ほかに" not in report_text.text_of(found)
    assert document(found)["certificates_left_out"] == 0


def test_a_cas_certificate_is_no_fault() -> None:
    """It is not for log-on; nobody is sent to the administrator for it."""
    authorities = [one for one in told("").certificates if one.is_authority]
    assert len(authorities) == 3
    for one in authorities:
        assert (one.title, one.state_word) == ("認証局の証明書", "ログオン用ではありません")
        assert one.reasons == ()
    assert 'class="badge unusable"' not in report_html.page(told(""))


def test_a_choice_that_is_gone_shows_nobody_elses() -> None:
    """Whose it was is not known; the others are only counted."""
    found = told("0" * 64)
    assert found.certificates == ()
    assert found.left_out == len(EVERY)
    assert "証明書は見つかりませんでした" not in report_text.text_of(found)


def test_the_contract_is_named_once() -> None:
    """契約1, not 契約法人ID 契約1."""
    named = made_reports.whose(listings.CONTRACT, "user01")
    whose = Phrase("diagnosis-certificates.whose.user-of", named)
    absent = Finding("key-absent", (*named, ("whose", whose), *facts(before="")))
    made = made_reports.made(EVERY, made_reports.outcomes(key_present=[absent]))
    redacted, whole = (telling.tell(made, "ja", redacted=one).verdict for one in (True, False))
    assert "契約法人ID" not in redacted.headline
    assert "契約" in redacted.headline
    assert f"契約法人ID {listings.CONTRACT} の利用者 user01" in whole.headline


def test_what_others_have_is_not_told_of_one_person() -> None:
    """Neither who issued it, nor that nobody can read whose it is, least of all as a fault."""
    odd = client(ELSEWHERE, "Hanako Yamada 2026")
    for issuer in ("", "CN=Example Bank Biznet CA"):
        for chosen in (MINE.certificate.sha256, "0" * 64):
            asked = scene(*EVERY, odd, issuer=issuer, chosen=chosen)
            told_of_mine = [check(name, asked) for name in ("issuer", "name")]
            assert not any(name in str(told_of_mine) for name in ("Hanako", "Another CA"))
        assert [codes(one) for one in told_of_mine] == [["issuer-nobody"], ["name-nobody"]]


def test_names_that_nobody_could_place_are_not_told_of_one_person() -> None:
    """They are other people's, as a rule."""
    odd = client(CLIENTS, "Hanako Yamada 2026")
    beside = [check("name", scene(MINE, odd, chosen=one)) for one in ("", MINE.certificate.sha256)]
    assert [codes(one) for one in beside] == [["name-read"]] * 2
    assert ["Hanako" in str(one) for one in beside] == [True, False]
