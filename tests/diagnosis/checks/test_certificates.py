"""Every finding about certificates comes of a real case, and says what it should.

The cases are :mod:`support.certificate_cases`; a test here holds them to the public list.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st
from support import certificate_checks as diagnoses
from support import listings
from support.certificate_cases import (
    ACCOUNT,
    ANOTHERS,
    CARD_OUT,
    CASES,
    G2,
    NAMELESS,
    NO_DATES,
    NO_ISSUER,
    NO_KEY_INFO,
    ODD_VERSION,
    ON_LINUX,
    TWO_NAMES,
    Ground,
    crl,
    damaged,
    in_windows,
    keyless,
    revoked,
    usable,
)
from support.certificate_checks import (
    CONTRACT,
    EMPTY_READER,
    HUNG,
    USER,
    check,
    codes,
    not_read,
    scene,
    told,
    words,
)
from support.pki import Authority
from support.revocation_servers import RevocationServer, ago, always, names, now
from support.systems import only_on_linux

from certhelper import chain, machine_settings, texts
from certhelper.checks import Chain, ChainStatus
from certhelper.diagnosis import people, unread_places
from certhelper.diagnosis.checks import account
from certhelper.diagnosis.findings import Status
from certhelper.diagnosis.trials import Trials
from certhelper.diagnosis.values import Kind
from certhelper.machine_settings import MachineSettings
from certhelper.stores.base import Installed, KeyDetails, KeyState, StoreReading
from certhelper.unread import Unread, unread
from certhelper.windows.profile_type import ProfileType


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    with RevocationServer() as server:
        yield Ground(tmp_path, Authority(), server)


def listed() -> dict[str, dict[str, object]]:
    return texts.area("findings-certificates")


def test_every_finding_of_the_list_has_its_case() -> None:
    """What no case leads to would be a promise that nobody keeps."""
    assert CASES.keys() == listed().keys()


@pytest.mark.parametrize(
    "code", [pytest.param(one, marks=only_on_linux if one in ON_LINUX else ()) for one in CASES]
)
def test_each_finding_comes_of_its_case(code: str, ground: Ground) -> None:
    """And can be told in both languages, with every fact that its texts name."""
    findings = CASES[code](ground)
    assert code in codes(findings)
    for finding in findings:
        assert listed()[finding.code]["check"] == listed()[code]["check"]
        for language in ("ja", "en"):
            said = told(finding, language)
            assert not any("{" in one or one.startswith("None") for one in said.values())
        for one in diagnoses.values(finding):
            if one.kind is Kind.PLAIN:
                assert not any(word in one.text for word in (CONTRACT, "user0", "/", "hanako"))


def test_places_and_the_status_go_together() -> None:
    """Place 0 is what is well; no place twice (tests/diagnosis/test_code.py: the room for them)."""
    taken = [(one["check"], one["place"]) for one in listed().values()]
    assert len(set(taken)) == len(taken)
    for one in listed().values():
        assert (one["status"] == "ok") == (one["place"] == 0)


def test_a_fault_is_only_what_stops_the_log_on() -> None:
    """An old expired certificate, one of another issuer or without a key beside a good one."""
    beside = (usable(days=-3, age=400), keyless(age=500), ANOTHERS)
    for name in ("present", "issuer", "name", "period", "duplicates", "key-present", "usage"):
        found = check(name, scene(usable(), *beside, issuer=G2))
        assert {one.status for one in found} <= {Status.OK, Status.NOT_APPLICABLE}, name


def test_nobody_is_told_to_use_the_revoked_one(ground: Ground) -> None:
    """Of several the check of duplicates recommends none that the issuer has revoked."""
    [found] = revoked("revoked", "good", "good", looked_by="duplicates")(ground)
    assert found.code == "duplicates-several"
    assert words(dict(found.facts)["count"]) == "2"
    serial = words(dict(found.facts)["serial"])
    (gone,) = (line for line in told(found)["details"].splitlines() if "失効" in line)
    assert serial not in gone


def test_one_good_one_beside_a_revoked_one_is_not_several(ground: Ground) -> None:
    """The check of revocations says which is the good one; nothing here says otherwise."""
    assert codes(revoked("revoked", "good", looked_by="duplicates")(ground)) == ["duplicates-none"]


def test_the_revoked_one_that_was_chosen_is_a_fault(ground: Ground) -> None:
    """The bank refuses it, whatever else is here."""
    [found] = revoked("revoked", "good", looked_by="duplicates", is_chosen=True)(ground)
    assert (found.code, found.status) == ("duplicates-chosen-unusable", Status.FAULT)
    assert "使えません(失効)" in told(found)["user"]


def test_the_sentence_names_person_and_date() -> None:
    """As the issue of the diagnosis has it."""
    [found] = check("period", scene(usable(days=-3)))
    said = told(found)
    assert said["user"] == "利用者 user01 の証明書は2026年11月20日 12:00に有効期限が切れています。"
    assert said["remedy"].startswith("管理者に再発行を依頼してください")
    assert len(found.about) == 64


def test_a_key_that_is_tied_to_no_account_says_nothing_of_it() -> None:
    """One on a card or in a file goes with whoever has the card or the file."""
    for one in (CARD_OUT, usable(store="pkcs12:/f/user01.p12")):
        profile = ProfileType.ROAMING
        [found] = account.findings(people.people(scene(one)), ACCOUNT, profile)
        assert found.code == "account-not-told"
        assert "hanako" in told(found)["details"]


def test_what_windows_says_of_a_key_is_told_with_the_account() -> None:
    """The helpdesk sees the container, the code, and the kind of the profile."""
    key = KeyDetails("{1234-ABCD}", None, "cng", "software", None, is_of_computer=False)
    lost = in_windows(KeyState.UNUSABLE, "undecipherable", "0x8009000B")._replace(key_details=key)
    laid = people.people(scene(lost))
    [found] = account.findings(laid, ACCOUNT, ProfileType.ROAMING)
    details = told(found)["details"]
    for word in ("hanako", "{1234-ABCD} [0x8009000B]", "サーバーに保存", "有効期間の始まり"):
        assert word in details
    assert "同じですか" in told(found)["user"]


def test_of_several_contracts_the_contract_is_named() -> None:
    """Two firms may both have a user01."""
    [found] = check("period", scene(usable(days=-3), usable(f"{listings.OTHER_CONTRACT} user01")))
    assert told(found)["user"].startswith(f"契約法人ID {CONTRACT} の利用者 user01 の証明書は")


@pytest.mark.parametrize("reading", [HUNG, EMPTY_READER])
@pytest.mark.parametrize(
    ("name", "given"),
    [("period", usable(days=-3)), ("key-present", keyless()), ("present", None)],
)
def test_no_reissue_before_everything_was_read(
    name: str, given: Installed | None, reading: object
) -> None:
    """What is missing may be on the token that did not answer: that is to be looked at first."""
    rows = [] if given is None else [given]
    [found] = check(name, scene(*rows, readings=[reading]))  # type: ignore[list-item]
    remedy = told(found)["remedy"]
    if given is None:
        assert found.status is Status.NOT_CHECKED
        assert "見つかりません" not in told(found)["user"]
        assert "再発行を依頼しないでください" in remedy
    else:
        assert remedy.index("まだ読めていない場所") < remedy.index("再発行を依頼")


def test_why_a_place_was_not_read_can_always_be_told() -> None:
    """Whatever code a store gives, one that nobody has heard of included."""
    for code in ("never-heard-of", *texts.area("stores"), *texts.area("failures")):
        place = Unread(code, "/home/hanako/nssdb", "detail")
        assert diagnoses.words(unread_places.why(place), "ja")
        assert diagnoses.words(unread_places.why(place), "en")


def test_a_token_that_hangs_is_named_beside_a_good_certificate() -> None:
    """Somebody else's certificate may be on it; an empty reader is nothing to speak of."""
    found = check("present", scene(usable(), readings=[HUNG]))
    assert codes(found) == ["present-place-hung", "present-here"]
    assert "/usr/lib/token.so" in told(found[0])["details"]
    assert codes(check("present", scene(usable(), readings=[EMPTY_READER]))) == ["present-here"]


def test_places_with_one_reason_say_it_first() -> None:
    """The first line names cause and step; of several reasons the details do."""
    locked = not_read("database-locked", "/home/hanako/one")
    [found] = check("present", scene(readings=[locked, not_read("store-in-use")]))
    assert found.code == "present-place-in-use"
    assert "/home/hanako/oneなど2か所" in told(found)["user"]
    assert "ブラウザをすべて閉じて" in told(found)["remedy"]
    [found] = check("present", scene(readings=[locked, HUNG]))
    assert found.code == "present-none-unread"
    [found] = check("present", scene(readings=[not_read("never-heard-of")]))
    assert found.code == "present-none-unread"


OF_NO_PLACE = {
    "broken-block",
    "file-without-certificate",
    "folders-left-out",
    "key-too-large",
    "no-certificate-inside",
    "nothing-obtained",
    "program-fault",
    "reading-stopped",
    "untried",
}
"""What stores say of places that were read, or that nothing can be done about."""


def test_every_reason_of_a_store_has_its_finding() -> None:
    """Else the check code would not carry it."""
    reasons = {one for one in texts.area("stores") if not one.startswith("keyring-")}
    open_ = {
        code
        for code in reasons - OF_NO_PLACE
        if unread_places.kind_of(unread([not_read(code)])) is None
    }
    assert open_ == set()


@pytest.mark.parametrize(
    ("kinds", "code"),
    [(("revoked", "good"), "revocation-of-other"), (("revoked", "revoked"), "revocation-revoked")],
)
def test_a_fault_only_where_no_other_certificate_is_left(
    ground: Ground, kinds: tuple[str, ...], code: str
) -> None:
    """Of several the one that can be used is named; where all are revoked nobody logs on."""
    [found] = revoked(*kinds)(ground)
    assert found.code == code
    assert (found.status is Status.FAULT) == (code == "revocation-revoked")


def test_a_certificate_that_was_replaced_is_obtained_not_reissued_again(ground: Ground) -> None:
    """The 管理者 has done it already: the new one only was never obtained."""
    [found] = revoked("revoked", reason=x509.ReasonFlags.superseded)(ground)
    assert "すでに再発行され" in told(found)["details"]


def test_nobody_is_asked_where_that_is_switched_off(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither offline nor against the settings; and nothing is called revoked or good then."""

    def forbidden() -> MachineSettings:
        return MachineSettings(check_revocation=False)

    monkeypatch.setattr(machine_settings, "read", forbidden)
    [found] = revoked("revoked")(ground)
    assert found.code == "revocation-unknown"
    assert "失効しているという意味ではありません" in told(found)["user"]
    assert not ground.server.heard


def test_a_wrong_signature_of_the_issuer_is_no_revocation(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told as what it is: the issuer's certificate or this one is not right."""
    wrong = Chain(ChainStatus.SIGNATURE_WRONG, "Old CA")
    monkeypatch.setattr(chain, "find_chain", lambda *_, **__: wrong)
    [found] = revoked("good")(ground)
    assert found.code == "revocation-issuer-not-valid"
    assert "署名が正しくありません" in told(found)["user"]


POOL = (
    *(usable(days=days, age=age) for days in (-3, 0, 9, 100) for age in (5, 200)),
    usable(age=-1),
    *(usable(CONTRACT, days=days) for days in (-3, 100)),
    *(usable(f"{listings.OTHER_CONTRACT} user01"), keyless(), keyless(age=3), CARD_OUT),
    *(in_windows(KeyState.UNUSABLE, "undecipherable"), in_windows(KeyState.UNKNOWN)),
    *(ANOTHERS, TWO_NAMES, NAMELESS, NO_DATES, NO_KEY_INFO, ODD_VERSION, NO_ISSUER),
    usable(store="windows:LocalMachine"),
)
LOOKS = ("present", "issuer", "name", "period", "duplicates", "key-present", "usage", "provider")
"""The checks that only look."""


@given(
    rows=st.lists(st.sampled_from(POOL), max_size=5),
    places=st.lists(st.sampled_from((HUNG, EMPTY_READER)), max_size=2),
    chosen_one=st.none() | st.sampled_from(POOL),
    issuer=st.sampled_from(("", G2)),
)
def test_whatever_the_stores_hold_there_is_an_answer(
    rows: list[Installed],
    places: list[StoreReading],
    chosen_one: Installed | None,
    issuer: str,
) -> None:
    """Each check has something to say; no fault of somebody whose certificate can be used."""
    wanted = chosen_one.certificate.sha256 if chosen_one else ""
    laid = scene(*rows, readings=places, chosen=wanted, issuer=issuer)
    laid.once("certificates-trials", lambda: Trials(laid.found(), {}))  # no keys to be tried
    fit = {one.certificate.sha256 for one in people.people(laid) if one.judged.usable}
    for name in LOOKS:
        found = check(name, laid)
        assert found
        for one in found:
            assert told(one)["user"]
            assert one.status is not Status.FAULT or one.about not in fit


@only_on_linux
def test_a_key_that_fails_leaves_nobody_without_a_word(ground: Ground) -> None:
    """Where no other certificate is left it is a fault, with what came of the test."""
    [found] = damaged(ground)
    assert found.status is Status.FAULT
    said = told(found)
    assert "証明書データベースが壊れているおそれがあります" in said["user"]
    assert "0x" in said["helpdesk"]


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        ("undecipherable", "key-undecipherable"),
        ("container-missing", "key-of-other-account"),
        ("access-denied", "key-of-other-account"),
        ("temporary-profile", "key-of-other-account"),
        ("key-not-found", "key-of-other-account"),
        ("card-blocked", "key-blocked"),
        ("provider-missing", "key-without-software"),
        ("signature-failed", "key-damaged"),
    ],
)
def test_each_cause_of_a_keys_trouble_has_its_finding(cause: str, code: str) -> None:
    """What to do differs: another account, another software, or a reissue."""
    assert codes(check("key-usable", scene(in_windows(KeyState.UNUSABLE, cause)))) == [code]


def test_without_any_certificate_on_windows_the_account_is_asked_for() -> None:
    """Another account may have them."""
    for profile in (ProfileType.LOCAL, ProfileType.ROAMING, None):
        assert codes(account.findings((), ACCOUNT, profile)) == ["account-perhaps-other"]


def test_of_two_that_cannot_be_used_the_chosen_one_is_told_of() -> None:
    """Not the newest: what becomes of the chosen one is what was asked for."""
    newer, older = usable(days=-3), usable(days=-90, age=500)
    for one in (newer, older):
        (person,) = people.people(scene(newer, older, chosen=one.certificate.sha256))
        assert person.certificate == one.certificate
        assert person.unfit is None
    (anybody,) = people.people(scene(older, newer))
    assert anybody.certificate == newer.certificate


@pytest.mark.parametrize("which", [0, 1])
def test_of_two_that_are_revoked_the_chosen_one_is_told_of(which: int, ground: Ground) -> None:
    """With the reason and the date of its own revocation."""
    named = names(crl=[ground.server.address("/crl")])
    issued = [
        ground.authority.issue(USER, not_before=ago(days=1 + age), extensions=named)
        for age in range(2)
    ]
    gone = crl(ground.authority, issued, x509.ReasonFlags.key_compromise)
    ground.server.answers["/crl"] = always(gone)
    chain = listings.reading()._replace(where="/chain", chain=(ground.authority.der,))
    rows = [diagnoses.installed(one) for one in issued]
    chosen = rows[which].certificate.sha256
    (found,) = check("revocation", scene(*rows, readings=[chain], at=now(), chosen=chosen))
    assert (found.code, found.about) == ("revocation-revoked", chosen)


@pytest.mark.parametrize("is_confirmed", [True, False])
def test_before_its_time_the_clock_is_compared_only_where_nobody_vouches_for_it(
    is_confirmed: bool,
) -> None:
    """A server that tells the same time has done that already."""
    given = scene(usable(age=-3), offline=True, is_clock_confirmed=is_confirmed)
    (found,) = check("period", given)
    first = "パソコンの日時は合っています。" if is_confirmed else "パソコンの日時を時計や携帯電話と"
    assert told(found)["remedy"].startswith(first)
    assert told(found)["remedy"].endswith("有効期間が始まるまでお待ちください。")
