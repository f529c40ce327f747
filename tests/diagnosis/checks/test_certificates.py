"""Every finding about certificates comes of a real case, and says what it should.

``CASES`` are by code; a test below holds them to the public list.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from hypothesis import given
from hypothesis import strategies as st
from support import certificate_checks as diagnoses
from support import der, listings, nssdb
from support.certificate_checks import CONTRACT, EMPTY_READER, HUNG, USER, check, codes, scene, told
from support.pki import EMAIL_PROTECTION, Authority, Issued
from support.revocation_servers import RevocationServer, ago, always, names, now
from support.systems import only_on_linux

from certhelper import chain, machine_settings, texts
from certhelper.certificate import Certificate
from certhelper.checks import Chain, ChainStatus
from certhelper.diagnosis import people
from certhelper.diagnosis.checks import account
from certhelper.diagnosis.findings import Finding, Status
from certhelper.diagnosis.values import Kind, Value
from certhelper.machine_settings import MachineSettings
from certhelper.stores.base import Installed, KeyState, KeyTrouble, StoreReading
from certhelper.stores.nss import NssStore
from certhelper.windows.profile_type import ProfileType


class Ground(NamedTuple):
    """What a case may use: a folder of its own, a CA, and a server for its revocations."""

    folder: Path
    authority: Authority
    server: RevocationServer


Case = Callable[[Ground], Sequence[Finding]]

WINDOWS = "windows:CurrentUser"
ACCOUNT = Value(Kind.ACCOUNT, "hanako")
OLD_PROVIDER = "Microsoft Enhanced Cryptographic Provider v1.0"


def usable(
    name: str = USER, days: int = 100, age: int = 200, store: str = listings.STORE
) -> Installed:
    return listings.installed(name, days=days, age=age, store=store)


def keyless(name: str = USER, age: int = 200) -> Installed:
    return listings.installed(name, key=KeyState.ABSENT, age=age)


def in_windows(key: KeyState, cause: str = "", code: str = "", provider: str = "") -> Installed:
    trouble = KeyTrouble(cause, code) if cause else None
    made = listings.installed(USER, key=key, store=WINDOWS)
    return made._replace(key_trouble=trouble, key_provider=provider or None)


def made(octets: bytes) -> Installed:
    """A certificate that is wrong in one place."""
    return Installed(Certificate(octets), listings.STORE, "label", KeyState.PRESENT)


def case(name: str, *certificates: Installed, **named: object) -> Case:
    """A check of certificates that a store tells of."""
    return lambda _: check(name, scene(*certificates, **named))  # type: ignore[arg-type]


def chosen(name: str, one: Installed, *others: Installed, issuer: str = "") -> Case:
    sha256 = one.certificate.sha256
    return lambda _: check(name, scene(one, *others, chosen=sha256, issuer=issuer))


def on_windows(*certificates: Installed, profile: ProfileType | None = ProfileType.LOCAL) -> Case:
    """What is said of the account there; on Linux the facts of Windows are given."""
    return lambda _: account.findings(people.people(scene(*certificates)), ACCOUNT, profile)


def database(ground: Ground, *issued: Issued) -> Path:
    """A real NSS database, where the keys can be tried."""
    entries = [(one, f"certificate {at}") for at, one in enumerate(issued)]
    return nssdb.make(ground.folder / "nssdb", entries).directory


def keys_tried(directory: Path) -> Sequence[Finding]:
    return check("key-usable", diagnoses.scene_of_stores(NssStore(directory), at=now()))


def signs(ground: Ground) -> Sequence[Finding]:
    return keys_tried(database(ground, ground.authority.issue(USER)))


def damage(directory: Path, where: str = "") -> None:
    with closing(sqlite3.connect(directory / "key4.db", isolation_level=None)) as connection:
        connection.execute(f"UPDATE nssPrivate SET a11 = zeroblob(length(a11)) {where}")


def damaged(ground: Ground) -> Sequence[Finding]:
    directory = database(ground, ground.authority.issue(USER))
    damage(directory)
    return keys_tried(directory)


def newest_damaged(ground: Ground) -> Sequence[Finding]:
    """The key of the newer certificate does not sign; that of the older one does."""
    old = ground.authority.issue(USER, not_before=ago(days=300), not_after=now() + timedelta(30))
    directory = database(ground, old, ground.authority.issue(USER))
    damage(directory, "WHERE id = (SELECT max(id) FROM nssPrivate)")
    return keys_tried(directory)


def locked(ground: Ground) -> Sequence[Finding]:
    issued = ground.authority.issue(USER)
    made = nssdb.make(ground.folder / "nssdb", [(issued, "mine")], password="open, please")
    return keys_tried(made.directory)


def revoked(
    *kinds: str,
    name: str = USER,
    reason: x509.ReasonFlags = x509.ReasonFlags.key_compromise,
    offline: bool = False,
) -> Case:
    """Certificates, the newest first: revoked, good, or nobody's to ask about."""

    def carried_out(ground: Ground) -> Sequence[Finding]:
        rows, gone = [], []
        for age, kind in enumerate(kinds):
            extensions = [] if kind == "unnamed" else names(crl=[ground.server.address("/crl")])
            begun = ago(days=1 + age)
            issued = ground.authority.issue(name, not_before=begun, extensions=extensions)
            rows.append(diagnoses.installed(issued))
            gone += [issued] if kind == "revoked" else []
        ground.server.answers["/crl"] = always(crl(ground.authority, gone, reason))
        chain = listings.reading()._replace(where="/chain", chain=(ground.authority.der,))
        given = scene(*rows, readings=[chain], at=now(), offline=offline)
        return check("revocation", given)

    return carried_out


def crl(authority: Authority, gone: Sequence[Issued], reason: x509.ReasonFlags) -> bytes:
    """A list of the revoked with the reason."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(ago(hours=1))
        .next_update(now() + timedelta(days=1))
    )
    for issued in gone:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder()
            .serial_number(issued.certificate.serial_number)
            .revocation_date(ago(hours=2))
            .add_extension(x509.CRLReason(reason), critical=False)
            .build()
        )
    signed = builder.sign(authority.issued.key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.DER)


def issuer_expired(ground: Ground) -> Sequence[Finding]:
    expired = Authority("Old CA", not_before=ago(days=900), not_after=ago(days=10))
    row = diagnoses.installed(expired.issue(USER))
    chain = listings.reading()._replace(where="/chain", chain=(expired.der,))
    return check("revocation", scene(row, readings=[chain], at=now()))


G2 = "CN=Example Bank Biznet CA - G2"
ANOTHERS = diagnoses.installed(Authority("Another CA").issue("98765432109876 tanaka"))
TWO_NAMES = diagnoses.installed(
    Authority().issue([("CN", f"{CONTRACT} user05"), ("CN", f"{CONTRACT} user06")])
)
NAMELESS = diagnoses.installed(Authority().issue([("O", "Example Bank, Ltd.")]))
NO_DATES = made(der.certificate(validity=der.sequence(der.utc_time("9"), der.utc_time("9"))))
NO_KEY_INFO = made(der.certificate(key=der.sequence(der.integer(1))))
ODD_VERSION = made(der.certificate(version=der.tlv(0xA0, der.integer(6))))
NO_ISSUER = made(der.certificate(issuer=der.integer(1)))
CARD_OUT = in_windows(KeyState.NEEDS_USER, "card-missing", "0x8010000C")

CASES: dict[str, Case] = {
    "account-same": on_windows(in_windows(KeyState.PRESENT)),
    "account-perhaps-other": on_windows(in_windows(KeyState.UNUSABLE, "undecipherable")),
    "account-temporary-profile": on_windows(in_windows(KeyState.UNUSABLE, "temporary-profile")),
    "account-mandatory-profile": on_windows(usable(), profile=ProfileType.MANDATORY),
    "account-open": on_windows(in_windows(KeyState.NEEDS_USER, "asks")),
    "account-not-told": case("account", usable()),
    "present-here": case("present", usable(), readings=[EMPTY_READER]),
    "present-none": case("present"),
    "present-none-unread": case("present", readings=[EMPTY_READER]),
    "present-unread": case("present", usable(), readings=[HUNG]),
    "present-chosen-gone": case("present", usable(), chosen="0" * 64),
    "present-computer-store": case("present", usable(store="windows:LocalMachine")),
    "present-archived": case("present", usable()._replace(is_archived=True)),
    "present-unnamed": case("present", usable("Taro Yamada 20240401")),
    "issuer-of-bank": case("issuer", usable(), ANOTHERS, issuer=G2),
    "issuer-other": chosen("issuer", ANOTHERS, usable(), issuer=G2),
    "issuer-only-others": case("issuer", ANOTHERS, issuer=G2),
    "issuer-unreadable": chosen("issuer", NO_ISSUER, issuer=G2),
    "issuer-not-named": case("issuer", usable()),
    "issuer-nobody": case("issuer"),
    "name-read": case("name", usable(), TWO_NAMES),
    "name-administrator": case("name", usable(CONTRACT)),
    "name-unreadable": chosen("name", usable("1234567890123 user01"), usable()),
    "name-several": case("name", TWO_NAMES),
    "name-look-alike": case("name", usable(f"{CONTRACT} us\u0435r01")),
    "name-nameless": case("name", NAMELESS),
    "name-nobody": case("name"),
    "period-valid": case("period", usable()),
    "period-expired": case("period", usable(days=-3)),
    "period-expired-administrator": case("period", usable(CONTRACT, days=-3)),
    "period-not-begun": case("period", usable(age=-3)),
    "period-ends-soon": case("period", usable(days=9)),
    "period-ends-today": case("period", usable(days=0)),
    "period-unreadable": case("period", NO_DATES),
    "period-nobody": case("period"),
    "duplicates-none": case("duplicates", usable(), usable(days=-3, age=400)),
    "duplicates-several": case("duplicates", usable(), usable(age=5), usable(days=-3, age=400)),
    "duplicates-chosen-unusable": chosen("duplicates", usable(days=-3, age=400), usable()),
    "duplicates-nobody": case("duplicates"),
    "key-here": case("key-present", usable()),
    "key-absent": case("key-present", keyless()),
    "key-absent-administrator": case("key-present", keyless(CONTRACT)),
    "key-of-newer-absent": case("key-present", keyless(age=5), usable(days=-3)),
    "key-of-newer-absent-administrator": case(
        "key-present", keyless(CONTRACT, age=5), usable(CONTRACT, days=-3)
    ),
    "key-not-known": case("key-present", usable()._replace(key=KeyState.UNKNOWN)),
    "key-card-out": case("key-present", CARD_OUT),
    "key-does-not-open": case("key-present", in_windows(KeyState.UNUSABLE, "access-denied")),
    "key-nobody": case("key-present"),
    "key-signs": signs,
    "key-undecipherable": case(
        "key-usable", in_windows(KeyState.UNUSABLE, "undecipherable", "0x8009000B")
    ),
    "key-of-other-account": case("key-usable", in_windows(KeyState.UNUSABLE, "container-missing")),
    "key-damaged": damaged,
    "key-blocked": case("key-usable", in_windows(KeyState.UNUSABLE, "card-blocked")),
    "key-without-software": case("key-usable", in_windows(KeyState.UNUSABLE, "provider-missing")),
    "key-untried": locked,
    "key-of-other-works": newest_damaged,
    "key-not-tested": case("key-usable", keyless()),
    "usage-for-log-on": case("usage", usable()),
    "usage-no-signature": case("usage", listings.installed(USER, usage=("keyEncipherment",))),
    "usage-other-purpose": case(
        "usage", diagnoses.installed(Authority().issue(USER, extended=(EMAIL_PROTECTION,)))
    ),
    "usage-key-unreadable": case("usage", NO_KEY_INFO),
    "usage-field-unreadable": case("usage", ODD_VERSION),
    "usage-nobody": case("usage"),
    "provider-current": case("provider", in_windows(KeyState.PRESENT, provider="Microsoft KSP")),
    "provider-old": case("provider", in_windows(KeyState.PRESENT, provider=OLD_PROVIDER)),
    "provider-elsewhere": case("provider", usable()),
    "provider-nobody": case("provider"),
    "revocation-none": revoked("good"),
    "revocation-revoked": revoked("revoked"),
    "revocation-revoked-administrator": revoked("revoked", name=CONTRACT),
    "revocation-hold": revoked("revoked", reason=x509.ReasonFlags.certificate_hold),
    "revocation-unknown": revoked("good", offline=True),
    "revocation-of-other": revoked("revoked", "good"),
    "revocation-issuer-not-valid": issuer_expired,
    "revocation-not-named": revoked("unnamed"),
    "revocation-nobody": case("revocation", keyless()),
}
ON_LINUX = frozenset(
    {"account-not-told", "key-signs", "key-damaged", "key-untried", "key-of-other-works"}
)
"""Cases of NSS, and what is said where there is no Windows."""


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
    """Place 0 is what is well; no place twice; nothing else fits into the check code."""
    taken = [(one["check"], one["place"]) for one in listed().values()]
    assert len(set(taken)) == len(taken)
    for one in listed().values():
        assert one["place"] in range(9)
        assert (one["status"] == "ok") == (one["place"] == 0)


def test_a_fault_is_only_what_stops_the_log_on() -> None:
    """An old expired certificate, one of another issuer or without a key beside a good one."""
    beside = (usable(days=-3, age=400), keyless(age=500), ANOTHERS)
    for name in ("present", "issuer", "name", "period", "duplicates", "key-present", "usage"):
        found = check(name, scene(usable(), *beside, issuer=G2))
        assert {one.status for one in found} <= {Status.OK, Status.NOT_APPLICABLE}, name


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


def test_a_token_that_hangs_is_named_beside_a_good_certificate() -> None:
    """Somebody else's certificate may be on it; an empty reader is nothing to speak of."""
    found = check("present", scene(usable(), readings=[HUNG]))
    assert codes(found) == ["present-unread", "present-here"]
    assert "/usr/lib/token.so" in told(found[0])["details"]
    assert codes(check("present", scene(usable(), readings=[EMPTY_READER]))) == ["present-here"]


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
