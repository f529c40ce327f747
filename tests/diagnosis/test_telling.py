"""A report in words: the verdict first, all in one language, for the person or for others."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from support import listings, made_reports

from certhelper.certificate import Certificate
from certhelper.diagnosis import telling
from certhelper.diagnosis.findings import Finding, Section, Status
from certhelper.diagnosis.told import ToldReport
from certhelper.diagnosis.values import Kind, Value, facts, phrase
from certhelper.stores.base import (
    Installed,
    KeyState,
    KeyTrouble,
    LockedEntry,
    Token,
    TriesLeft,
)
from certhelper.texts import Language

CONTRACT, USER = "12345678901234", "user01"
PATH = "/home/hanako/証明書/user01.p12"


def told_of(*certificates: Installed, redacted: bool = True, **found: list[Finding]) -> ToldReport:
    report = made_reports.made(certificates, made_reports.outcomes(**found))
    return telling.tell(report, "ja", redacted=redacted)


def everything(told: ToldReport) -> str:
    return str(told)


def expired(user: str = USER, contract: str = CONTRACT) -> Finding:
    certificate = phrase(
        "diagnosis-report.certificate-title",
        contract=Value(Kind.CONTRACT, contract),
        user=Value(Kind.USER, user),
    )
    given = made_reports.whose(contract, user, until="2026年11月20日 8:59", first="")
    return Finding("period-expired", (*given, ("certificate", certificate)))


def test_the_verdict_is_the_gravest_finding_with_the_next_step() -> None:
    """One sentence, who must act, the number that is read aloud; real names for the person."""
    told = told_of(period=[expired()], redacted=False)
    assert told.verdict.status is Status.FAULT
    assert told.verdict.number == 601
    assert told.verdict.code == "period-expired"
    assert "user01" in told.verdict.headline
    assert "2026年11月20日 8:59" in told.verdict.headline
    assert "再発行" in told.verdict.next_step
    assert told.verdict.who_word == "貴社の管理者"
    assert "利用者A" in told_of(period=[expired()]).verdict.headline


def test_steps_of_several_people_say_who_carries_out_which() -> None:
    """One name beside all of them would send somebody to another's task."""
    person = phrase("diagnosis-certificates.person.user", user=Value(Kind.USER, "user02"))
    whose = made_reports.whose(CONTRACT, "user02", whose="", before="")
    absent = Finding("key-absent", (*whose, ("person", person)))
    verdict = told_of(period=[expired()], key_present=[absent]).verdict
    assert [one.who_word for one in verdict.steps] == ["貴社の管理者", "ご本人"]
    assert verdict.who_word == ""
    assert "(行う人: 貴社の管理者)" in verdict.next_step
    assert verdict.next_step.endswith("(行う人: ご本人)")
    assert "行う人" not in told_of(period=[expired()]).verdict.next_step


def test_findings_come_worst_first_then_in_the_order_of_the_checks() -> None:
    """What is well stands apart."""
    told = told_of(
        period=[expired()],
        clock=[made_reports.finding(facts(fault="x"))],
        account=[Finding("check-cancelled")],
    )
    assert [one.check for one in told.grave] == ["period", "account", "clock"]
    assert told.grave[0].status_word == "問題あり"
    assert [one.number for one in told.grave] == [601, 197, 299]
    assert len(told.well) == 13


def test_a_fact_that_was_forgotten_spoils_nothing() -> None:
    """A mistake in one check shows as a question mark in its sentence."""
    told = told_of(clock=[Finding("check-too-slow")])
    assert "?" in told.grave[0].user


def test_people_stand_in_the_order_of_their_aliases() -> None:
    """The order in which certificates and findings are told says nothing of the IDs.

    Whom the verdict is about is A, in contract 1; the others follow by the dates of theirs.
    """
    told_first, newest, oldest = (
        ("00000000000000", "zzz", 40),
        ("11111111111111", "aaa", 20),
        ("11111111111111", "bbb", 30),
    )
    rows = [
        listings.installed(f"{contract} {user}", age=age)
        for contract, user, age in (oldest, newest, told_first)
    ]
    found = [expired(user, contract) for contract, user, _ in (told_first, oldest, newest)]
    told = told_of(*rows, period=found)
    titles = [one.title for one in told.certificates]
    assert titles == ["契約1 利用者A", "契約2 利用者B", "契約2 利用者C"]
    assert [one.not_before for one in told.certificates] == [
        rows[i].certificate.not_before for i in (2, 1, 0)
    ]
    assert [dict(one.facts)["user"] for one in told.grave] == ["利用者A", "利用者B", "利用者C"]
    assert told.verdict.headline.startswith("契約1 利用者A")


def test_a_text_that_is_missing_shows_as_its_key() -> None:
    """A mistake in the program's own texts costs one line of a report."""
    section = Section("diagnosis.nothing", (("diagnosis.none", phrase("diagnosis.no")),))
    told = telling.tell(made_reports.made(sections=[section])).machine[0]
    assert (told.title, told.facts[0].title) == ("[diagnosis.nothing]", "[diagnosis.none]")
    assert told.facts[0].lines == ("[diagnosis.no]",)


def test_every_certificate_is_told_with_why_it_can_be_used_or_not() -> None:
    """Each row once, the store's part included; reasons lose their names, too."""
    good = listings.installed(f"{CONTRACT} {USER}")
    copy = good._replace(store=f"files:{PATH}", label="花子の鍵", key=KeyState.ABSENT)
    odd = listings.installed("山田 花子", days=-5)
    told = told_of(good, copy, odd)
    assert [one.is_usable for one in told.certificates] == [True, False, False]
    stores = {line for one in told.certificates for fact in one.facts for line in fact.lines}
    assert "files: 場所2(ドライブ、深さ4、ASCII以外の文字: あり)" in stores
    messages = [reason.message for one in told.certificates for reason in one.reasons]
    assert any("名前" in one for one in messages)
    written = everything(told)
    for raw in (CONTRACT, USER, PATH, "花子", "山田", good.certificate.sha256, "nssdb"):
        assert raw not in written
    assert good.certificate.sha256 in everything(told_of(good, redacted=False))


def test_names_in_reasons_are_told_by_aliases() -> None:
    """A token's name, an issuer, other places of the same certificate."""
    token = Token("花子トークン", "SER1AL99", "", "", 0, True, False, TriesLeft.LAST)
    on_token = listings.installed(f"{CONTRACT} {USER}", key=KeyState.NEEDS_USER)._replace(
        store=f"pkcs11:{PATH}", token=token, key_trouble=KeyTrouble("card-pin")
    )
    told = told_of(on_token, on_token._replace(store=f"nss:{PATH}.d", token=None))
    written = everything(told)
    assert "花子" not in written
    assert PATH not in written
    assert "SER1AL99" not in written
    messages = [one.message for row in told.certificates for one in row.reasons]
    assert any("「名前" in one for one in messages)
    assert any("nss: 場所" in one for one in messages)
    assert any("pkcs11: 場所" in one for one in messages)


def test_places_are_told_with_what_of_them_was_not_read() -> None:
    """A locked file is named by its shape and told with its reason."""
    entry = LockedEntry(PATH, "user01.p12", "passphrase-needed")
    report = made_reports.made()
    reading = listings.reading(listings.installed(f"{CONTRACT} {USER}"), locked=[entry])
    found = listings.listing(readings=[reading])
    told = telling.tell(replace(report, listing=found), "ja")
    assert [one.certificates for one in told.stores] == [0, 1]
    assert [one.code for one in told.stores[1].reasons] == ["passphrase-needed"]
    assert "user01" not in everything(told)


def test_the_machine_is_told_by_the_titles_of_its_facts() -> None:
    """Whatever name is in a fact, it is told like those of findings."""
    host = Value(Kind.HOST, "proxy.corp:8080")
    section = Section("diagnosis.check.account", (("diagnosis.check.network", host),))
    report = made_reports.made(sections=[section])
    for redacted, line in ((True, "ホスト1:8080"), (False, "proxy.corp:8080")):
        told = telling.tell(report, "ja", redacted=redacted).machine[0]
        assert (told.title, told.facts[0].title) == ("Windowsのユーザー", "銀行のサイトへの接続")
        assert told.facts[0].lines == (line,)


def test_log_lines_lose_what_the_report_knows() -> None:
    """The account, the computer, the home and every certificate's names."""
    environment = {
        "USERNAME": "hanako.s",
        "COMPUTERNAME": "KEIRI-PC7",
        "USERPROFILE": r"C:\Users\hanako.s",
        "HTTPS_PROXY": "http://hs:Pr0xyPw@proxy.keiri.corp:8080",
        "USERDNSDOMAIN": "keiri.corp",
    }
    line = (
        r"hanako.s@KEIRI-PC7 C:\Users\hanako.s\x via proxy.keiri.corp in keiri.corp: "
        f"{CONTRACT} {USER} Pr0xyPw@proxy"
    )
    report = made_reports.made(
        [listings.installed(f"{CONTRACT} {USER}")], environment=environment, log=[line]
    )
    (told,) = telling.tell(report).log
    for raw in ("hanako", "KEIRI", "keiri", CONTRACT, USER, "Pr0xyPw", "Users"):
        assert raw not in told
    (own,) = telling.tell(report, redacted=False).log
    assert "KEIRI-PC7" in own


def test_the_person_is_told_what_others_will_read() -> None:
    """On the phone the helpdesk says 利用者A: on the screen it stands who that is."""
    report = made_reports.made([listings.installed(f"{CONTRACT} {USER}")])
    assert telling.tell(report, "ja", redacted=False).aliases == (
        ("契約1", CONTRACT),
        ("利用者A", USER),
    )
    assert telling.tell(report, "ja").aliases == ()


def test_told_twice_it_is_the_same() -> None:
    """What was seen before it is saved is what is saved; in English the numbers stay."""
    report = made_reports.made(
        [listings.installed(f"{CONTRACT} {user}", age=9) for user in ("a01", "b02", "c03", "d04")]
    )
    once = telling.tell(report, "ja")
    assert telling.tell(report, "ja") == once
    letters = [one.title[-1] for one in once.certificates]
    assert [one.title[-1] for one in telling.tell(report, "en").certificates] == letters


@pytest.mark.parametrize("language", ["ja", "en"])
def test_one_check_is_told_while_others_go_on(language: Language) -> None:
    """The window shows each as it comes, in the person's own names."""
    (outcome, *_) = made_reports.outcomes(account=[Finding("check-too-slow", facts(seconds=30))])
    told = telling.tell_check(outcome, language)
    assert told.number == 1
    assert told.findings[0].number == 198
    assert "30" in told.findings[0].user


def test_a_certificate_that_cannot_be_read_has_a_row() -> None:
    """Nothing is left out because of what it holds."""
    broken = Installed(Certificate(b"\x30\x03abc"), "nss:/x", "", KeyState.UNKNOWN)
    (row,) = told_of(broken).certificates
    assert row.until_text == ""
    assert row.title == "持ち主を読み取れない証明書"


def test_the_check_code_stands_in_groups_of_three() -> None:
    """As it is read aloud."""
    told = told_of(period=[expired()])
    assert [len(one) for one in told.check_code.split(" ")] == [3, 3, 3]
    assert told.at == datetime(2026, 11, 23, 3, tzinfo=UTC)
