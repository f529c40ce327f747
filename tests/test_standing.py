"""Every reason for and against a certificate, by Chromium's rules and the profile's."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st
from support import der, nss_offers
from support.nssdb import Database
from support.pki import CLIENT_AUTH, EMAIL_PROTECTION, SERVER_AUTH, Authority

from certhelper import texts
from certhelper.bank import Bank
from certhelper.certificate import Certificate
from certhelper.checks import Chain, ChainStatus, Checks, KeyTest
from certhelper.failures import Actor
from certhelper.reason import words_of_cause
from certhelper.standing import HolderName, Judged, Severity, judge
from certhelper.stores.base import (
    Installed,
    KeyDetails,
    KeyState,
    KeyTrouble,
    Token,
    TriesLeft,
)

HEAD = 'schema = 1\nid = "example"\nname = "Example Bank"\n[certificates]\n'
ANY_USAGE = "2.5.29.37.0"
SMART_CARD = "1.3.6.1.4.1.311.20.2.2"
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2026, 11, 19, 23, 59, 59, tzinfo=UTC)  # 8:59:59 on the 20th in Japan
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def bank(rules: str = "") -> Bank:
    return Bank.parse((HEAD + rules).encode(), Path("example.toml"))


def installed(
    octets: bytes | None = None,
    *,
    subject: bytes = der.common_name("12345678901234 user01"),
    begin: datetime = BEGIN,
    end: datetime = END,
    extensions: tuple[bytes, ...] | None = der.USAGES,
    issuer: bytes = der.ISSUER,
    key: KeyState = KeyState.PRESENT,
    provider: str | None = None,
    needs_user: bool = False,
    store: str = "nss:/home/user/.pki/nssdb",
) -> Installed:
    if octets is None:
        octets = der.certificate(
            subject=subject,
            validity=der.sequence(der.time_of(begin), der.time_of(end)),
            extensions=extensions,
            issuer=issuer,
        )
    return Installed(Certificate(octets), store, "label", key, provider, needs_user)


def named(name: str) -> Installed:
    return installed(subject=der.common_name(name))


def codes(judged: Judged) -> list[str]:
    return [reason.code for reason in judged.reasons]


def reasons(one: Installed, rules: str = "", now: datetime = NOW) -> list[str]:
    return codes(judge(one, bank(rules), now))


def test_nothing_stands_against_a_good_certificate() -> None:
    """It is usable, and its holder is known."""
    judged = judge(installed(), bank(), NOW)
    assert (judged.reasons, judged.usable) == ((), True)
    assert judged.holder == HolderName("12345678901234", "user01")


class TestDates:
    """Chromium: ``now < valid_start() || now > valid_expiry()``; both ends are inside."""

    @pytest.mark.parametrize(
        ("now", "against"),
        [
            (BEGIN - timedelta(microseconds=1), ["not-yet-valid"]),
            (BEGIN, []),
            (END - timedelta(days=60), []),
            (END, ["expires-soon"]),
            (END + timedelta(microseconds=1), ["expired"]),
            (END + timedelta(days=4000), ["expired"]),
        ],
    )
    def test_at_the_boundary(self, now: datetime, against: list[str]) -> None:
        """To the instant, in UTC."""
        assert reasons(installed(), now=now) == against

    @pytest.mark.parametrize(
        ("days", "against"), [(0, True), (1, True), (29, True), (30, True), (31, False)]
    )
    @pytest.mark.parametrize("hour", [0, 8, 23])
    def test_soon_counts_whole_days_in_japan(self, days: int, hour: int, against: bool) -> None:
        """The hour of the day makes no difference, except that it may be over already."""
        japan = timedelta(hours=9)
        now = datetime(2026, 11, 20, hour, 30, tzinfo=UTC) - timedelta(days=days) - japan
        if now <= END:
            assert reasons(installed(), now=now) == (["expires-soon"] if against else [])

    def test_the_window_is_the_profiles(self) -> None:
        """Banks open renewal 30 or 40 days before."""
        now = END - timedelta(days=40)
        assert reasons(installed(), "renewal_window_days = 40", now) == ["expires-soon"]
        assert reasons(installed(), "renewal_window_days = 39", now) == []

    def test_a_validity_that_ends_before_it_begins(self) -> None:
        """Between the two it has both faults."""
        assert reasons(installed(begin=END, end=BEGIN)) == ["expired", "not-yet-valid"]

    def test_no_end(self) -> None:
        """99991231235959Z can be counted with."""
        end = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
        assert reasons(installed(end=end)) == []
        assert reasons(installed(end=end), now=end) == ["expires-soon"]

    def test_the_sentence_names_the_hour_and_who_must_act(self) -> None:
        """Row 6 of the helpdesk's table; the 管理者's own is the bank's to reissue."""
        late = END + timedelta(days=1)
        [expired] = judge(installed(), bank(), late).reasons
        assert "2026年11月20日 8:59" in expired.message()
        assert "管理者に" in expired.message()
        own = judge(named("12345678901234"), bank(), late).reasons[0]
        assert own.code == "expired"
        assert "銀行(お取引店)" in own.message()

    def test_the_last_day_is_said_in_words(self) -> None:
        """Not "in 0 days"."""
        [today] = judge(installed(), bank(), END - timedelta(hours=1)).reasons
        assert "本日" in today.message()


class TestKey:
    """Chromium on Windows leaves out what has no key metadata."""

    @pytest.mark.parametrize(
        ("key", "against", "usable"),
        [
            (KeyState.PRESENT, [], True),
            (KeyState.NEEDS_USER, ["key-needs-user"], True),
            (KeyState.UNKNOWN, ["key-unknown"], True),
            (KeyState.ABSENT, ["no-key"], False),
            (KeyState.UNUSABLE, ["key-unusable"], False),
        ],
    )
    def test_each_state(self, key: KeyState, against: list[str], usable: bool) -> None:
        """Only what is known to be missing or broken blocks."""
        judged = judge(installed(key=key), bank(), NOW)
        assert (codes(judged), judged.usable) == (against, usable)

    def test_a_password_protected_database_has_the_key_and_says_what_it_needs(self) -> None:
        """Key ``present`` and the warning ``key-needs-user`` (design.md)."""
        judged = judge(installed(needs_user=True), bank(), NOW)
        assert (codes(judged), judged.usable) == (["key-needs-user"], True)
        assert "銀行の利用者暗証番号とは別" in judged.reasons[0].message()

    @pytest.mark.parametrize(
        ("provider", "legacy"),
        [
            (None, False),
            ("Microsoft Software Key Storage Provider", False),
            ("Microsoft Smart Card Key Storage Provider", False),
            ("Microsoft Platform Crypto Provider", False),
            ("Microsoft Enhanced Cryptographic Provider v1.0", True),
            ("Microsoft Base Cryptographic Provider v1.0", True),
            ("Microsoft Enhanced RSA and AES Cryptographic Provider", True),
            ("Example Token CSP", True),
            ("Example Cryptographic Service Provider", True),
        ],
    )
    def test_old_providers_are_named(self, provider: str | None, legacy: bool) -> None:
        """CryptoAPI keys cannot sign as TLS 1.3 asks."""
        judged = judge(installed(provider=provider), bank(), NOW)
        assert codes(judged) == (["legacy-provider"] if legacy else [])
        assert judged.usable

    @pytest.mark.parametrize(
        ("interface", "provider", "legacy"),
        [
            ("cng", "Microsoft Enhanced RSA and AES Cryptographic Provider", False),
            ("capi", "Example Vendor Provider", True),
            (None, "Microsoft Enhanced RSA and AES Cryptographic Provider", True),
            (None, "Example Vendor Provider", False),
        ],
    )
    def test_what_windows_gave_the_key_by_counts_more_than_the_name(
        self, interface: str | None, provider: str, legacy: bool
    ) -> None:
        """CNG opens keys of Microsoft's older providers, and Chromium asks for that."""
        details = KeyDetails("container", None, interface, None, None, is_of_computer=False)
        one = installed(provider=provider)._replace(key_details=details)
        assert reasons(one) == (["legacy-provider"] if legacy else [])

    @pytest.mark.parametrize(
        ("key", "code"),
        [
            (KeyState.UNUSABLE, "key-unusable"),
            (KeyState.NEEDS_USER, "key-needs-user"),
            (KeyState.UNKNOWN, "key-unknown"),
        ],
    )
    def test_the_cause_is_in_the_message(self, key: KeyState, code: str) -> None:
        """What the store told is said in words, with the system's code for the helpdesk."""
        for cause in texts.area("reasons")["key-causes"]:
            one = installed(key=key, store="windows:CurrentUser")
            one = one._replace(key_trouble=KeyTrouble(cause, "0x80090016"))
            [reason] = judge(one, bank(), NOW).reasons
            assert reason.code == code
            assert words_of_cause(cause, "windows") in reason.message()
            assert reason.message().endswith(" [0x80090016]")

    @pytest.mark.parametrize("key", [KeyState.ABSENT, KeyState.UNUSABLE, KeyState.NEEDS_USER])
    @pytest.mark.parametrize("name", ["12345678901234", "12345678901234 a"])
    @pytest.mark.parametrize(
        "store", ["nss:/x", "pkcs11:/x.so", "pkcs12:/x.p12", "files:/x", "macos:login"]
    )
    def test_windows_is_named_on_windows_only(self, key: KeyState, name: str, store: str) -> None:
        """Whoever has a token or a file is not asked about a Windows password."""
        causes = texts.area("reasons")["key-causes"]
        common = [cause for cause in causes if cause not in ("undecipherable", "temporary-profile")]
        for trouble in (None, *(KeyTrouble(one) for one in common if not one.endswith("-windows"))):
            one = named(name)._replace(store=store, key=key, key_trouble=trouble)
            for reason in judge(one, bank(), NOW).reasons:
                assert "Windows" not in reason.message()

    def test_which_token(self) -> None:
        """A person with two tokens is told which one's PIN it is, and how few tries it has."""
        token = Token("会社のカード", "0815", "", "", 0, True, False, TriesLeft.LAST)
        one = installed(key=KeyState.NEEDS_USER, store="pkcs11:/x.so")
        for trouble in (None, KeyTrouble("card-pin")):
            for held, said in ((token, "あと1回"), (token._replace(tries=TriesLeft.PLENTY), "")):
                row = one._replace(token=held, key_trouble=trouble)
                [reason] = judge(row, bank(), NOW).reasons
                assert "トークン「会社のカード」のPIN" in reason.message()
                assert said in reason.message()
                assert bool(said) is ("あと1回" in reason.message())
                assert "銀行の利用者暗証番号とは別" in reason.message()

    def test_who_reissues_the_administrators_own(self) -> None:
        """With a cause, too, the 管理者 is sent to the bank and a 利用者 to the 管理者."""
        trouble = KeyTrouble("undecipherable")
        for name, who in (("12345678901234", "銀行(お取引店)"), ("12345678901234 a", "管理者")):
            one = named(name)._replace(key=KeyState.UNUSABLE, key_trouble=trouble)
            assert f"{who}に再発行を" in judge(one, bank(), NOW).reasons[0].message()


class TestPlace:
    """Chromium on Windows opens the store of the current user alone, without what is archived."""

    @pytest.mark.parametrize(
        ("store", "archived", "against"),
        [
            ("windows:CurrentUser", False, []),
            ("windows:LocalMachine", False, ["computer-store"]),
            ("windows:CurrentUser", True, ["archived"]),
            ("windows:LocalMachine", True, ["computer-store", "archived"]),
        ],
    )
    def test_what_the_browser_does_not_look_at(
        self, store: str, archived: bool, against: list[str]
    ) -> None:
        """It is listed, it cannot be used, and the reason says so."""
        one = installed(store=store)._replace(is_archived=archived)
        judged = judge(one, bank(), NOW)
        assert (codes(judged), judged.usable) == (against, not against)


class TestUsage:
    """KeyUsage and extended key usage, each absent, right and wrong."""

    @pytest.mark.parametrize(
        ("extensions", "against"),
        [
            (None, []),
            ((der.key_usage(0x80),), []),
            ((der.key_usage(0xA0, 5),), []),
            ((der.key_usage(0x20, 5),), ["wrong-key-usage"]),
            ((der.key_usage(0x40, 6),), ["wrong-key-usage"]),
            ((der.key_usage(0x00, 0),), ["wrong-key-usage"]),
            ((der.extended_key_usage(CLIENT_AUTH),), []),
            ((der.extended_key_usage(SERVER_AUTH, CLIENT_AUTH),), []),
            ((der.extended_key_usage(SERVER_AUTH),), ["wrong-extended-key-usage"]),
            ((der.extended_key_usage(EMAIL_PROTECTION),), ["wrong-extended-key-usage"]),
            ((der.extended_key_usage(),), ["wrong-extended-key-usage"]),
            (
                (der.key_usage(0x40, 6), der.extended_key_usage(SERVER_AUTH)),
                ["wrong-key-usage", "wrong-extended-key-usage"],
            ),
        ],
    )
    def test_what_the_extensions_allow(
        self, extensions: tuple[bytes, ...] | None, against: list[str]
    ) -> None:
        """Absent means everything; present must name what log-on needs."""
        assert reasons(installed(extensions=extensions)) == against

    @pytest.mark.parametrize(
        ("store", "against"),
        [
            ("nss:/x", ["wrong-extended-key-usage"]),
            ("pkcs12:/x.p12", ["wrong-extended-key-usage"]),
            ("windows", []),
            ("macos", []),
        ],
    )
    def test_any_purpose_counts_where_chromium_counts_it(
        self, store: str, against: list[str]
    ) -> None:
        """Not for NSS, which is what offers certificates on Linux."""
        extensions = (der.extended_key_usage(ANY_USAGE),)
        assert reasons(installed(extensions=extensions, store=store)) == against

    def test_nss_offers_what_is_judged_usable(self, tmp_path: Path) -> None:
        """The real library that Chromium asks on Linux, on every combination at once."""
        authority = Authority()
        broken = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.37"), b"\x30\x05\x06")
        cases = {"broken": authority.issue("broken", extended=None, extensions=[(broken, False)])}
        for usage in (None, ("digitalSignature",), ("nonRepudiation",), ("keyEncipherment",)):
            for extended in (None, (CLIENT_AUTH,), (SERVER_AUTH,), (ANY_USAGE,), (SMART_CARD,)):
                name = f"case {len(cases)}"
                cases[name] = authority.issue(name, usage=usage, extended=extended)
        database = Database.create(tmp_path / "nss")
        for name, issued in cases.items():
            database.add(issued, name)
        done = subprocess.run(
            [sys.executable, nss_offers.__file__],
            cwd=database.directory,
            capture_output=True,
            text=True,
            check=True,
        )
        now = datetime.now(UTC)
        usable = {
            f"CN={name}"
            for name, issued in cases.items()
            if judge(installed(issued.der), bank(), now).usable
        }
        assert 0 < len(usable) < len(cases)
        assert set(done.stdout.splitlines()) == usable


class TestIssuer:
    """A profile that names issuers excludes all others."""

    REAL = der.name(
        der.attribute("2.5.4.6", "JP"),
        der.attribute(der.ORGANIZATION, "Example Bank, Ltd."),
        der.attribute(der.UNIT, "Symantec Trust Network"),
        der.attribute(der.CN, "Example Bank Biznet CA - G2"),
    )

    @pytest.mark.parametrize(
        ("issuers", "ours"),
        [
            ([], True),
            (["CN=Example Bank Biznet CA - G2"], True),
            (["cn = example bank  biznet ca - g2"], True),
            (["Biznet CA"], True),
            (["O=Example Bank, Ltd."], True),
            (["C=JP, O=Example Bank, Ltd., OU=Symantec Trust Network"], True),
            (
                [r"CN=Example Bank Biznet CA - G2,OU=Symantec Trust Network,O=Example Bank\, Ltd."],
                True,
            ),
            (["CN=Example Bank Biznet CA - G3"], False),
            (["CN=Example Bank Biznet CA - G3", "CN=Example Bank Biznet CA - G2"], True),
            (["OU=Example Bank, Ltd."], False),
        ],
    )
    def test_fragments_of_the_name(self, issuers: list[str], ours: bool) -> None:
        """In the order of Windows or of OpenSSL; case, spaces and escapes do not count."""
        rules = f"issuers = {issuers!r}"
        judged = judge(installed(issuer=self.REAL), bank(rules), NOW)
        assert judged.usable is ours
        assert codes(judged) == ([] if ours else ["other-issuer"])

    def test_another_banks_certificate_has_no_holder_here(self) -> None:
        """Its name may look like one of ours; the sentence says whose it is."""
        judged = judge(installed(), bank("issuers = ['CN=Nobody']"), NOW)
        assert judged.holder is None
        assert codes(judged) == ["other-issuer"]
        assert "Example Bank Biznet CA - G2" in judged.reasons[0].message()

    def test_an_issuer_that_cannot_be_read_is_not_ours(self) -> None:
        """And both facts are said."""
        octets = der.certificate(issuer=der.sequence(b"\x31\x05"), validity=validity())
        judged = judge(installed(octets), bank("issuers = ['CN=Nobody']"), NOW)
        assert codes(judged) == ["other-issuer", "unreadable-field"]


def validity() -> bytes:
    return der.sequence(der.time_of(BEGIN), der.time_of(END))


class TestName:
    """Whose certificate it is, as far as its name says so without a doubt."""

    def test_without_a_user_id_it_is_the_administrators(self) -> None:
        """A warning: choosing it for a user's log-on is a common mistake."""
        judged = judge(named("12345678901234"), bank(), NOW)
        assert judged.holder == HolderName("12345678901234", None)
        assert (codes(judged), judged.usable) == (["administrator"], True)

    @pytest.mark.parametrize(
        "name",
        [
            "123456789012345",
            "1234567890123 user01",
            "12345678901234user01",
            "12345678901234 user01 0501",
            "12345678901234\nuser77",
            "12345678901234 user\0admin",
            "12345678901234 user\u202e10nimda",
            "株式会社見本商事 経理部",
            "",
        ],
    )
    def test_other_names_are_unrecognized(self, name: str) -> None:
        """Usable all the same: the person may know better."""
        judged = judge(named(name), bank(), NOW)
        assert judged.holder is None
        assert (codes(judged), judged.usable) == (["unrecognized-name"], True)
        assert judged.reasons[0].message().isprintable()

    @pytest.mark.parametrize(
        "name",
        ["1234567890123４ user01", "12345678901234 us\u0435r01", "12345678901234\u2010user01"],
    )
    def test_a_name_that_only_looks_like_one_is_told(self, name: str) -> None:
        """The helpdesk sees which character it is, in the reason and in the subject."""
        judged = judge(named(name), bank(), NOW)
        assert judged.holder is None
        assert codes(judged) == ["unrecognized-name"]
        message = judged.reasons[0].message()
        assert "よく似た別の文字" in message
        assert "[U+" in message
        assert "[U+" in judged.installed.certificate.subject

    def test_two_names_are_not_one(self) -> None:
        """Shown with both, parsed as neither."""
        attributes = (der.attribute(der.CN, f"12345678901234 user0{n}") for n in (5, 6))
        judged = judge(installed(subject=der.name(*attributes)), bank(), NOW)
        assert (codes(judged), judged.holder) == (["unrecognized-name"], None)
        message = judged.reasons[0].message()
        assert "user05" in message
        assert "user06" in message

    def test_no_name_at_all(self) -> None:
        """The sentence says that there is none."""
        judged = judge(installed(subject=der.sequence()), bank(), NOW)
        assert "名前がなく" in judged.reasons[0].message()

    def test_octets_that_are_no_text_name_nobody(self) -> None:
        """A name is never read around a fault in it."""
        subject = der.name(der.attribute(der.CN, b"12345678901234 user\xff"))
        judged = judge(installed(subject=subject), bank(), NOW)
        assert judged.holder is None
        assert codes(judged) == ["unrecognized-name", "unreadable-field"]

    def test_a_fault_in_another_attribute_hides_no_holder(self) -> None:
        """The common name is whole."""
        attributes = (der.attribute(der.ORGANIZATION, b"\xff"), der.attribute(der.CN, "1" * 14))
        judged = judge(installed(subject=der.name(*attributes)), bank(), NOW)
        assert judged.holder == HolderName("1" * 14, None)
        assert codes(judged) == ["administrator", "unreadable-field"]

    def test_the_attribute_is_the_profiles(self) -> None:
        """A dotted OID or a short name."""
        subject = der.name(
            der.attribute(der.CN, "Taro"), der.attribute("2.5.4.5", "12345678901234 user01")
        )
        for attribute in ("serialNumber", "2.5.4.5"):
            rules = f"subject_attribute = '{attribute}'"
            judged = judge(installed(subject=subject), bank(rules), NOW)
            assert judged.holder == HolderName("12345678901234", "user01")


class TestUnreadFields:
    """What cannot be read blocks only where log-on needs it: dates and key."""

    @pytest.mark.parametrize(
        ("octets", "field", "usable"),
        [
            (
                der.certificate(validity=der.sequence(der.utc_time("x"), der.time_of(END))),
                "not_before",
                False,
            ),
            (
                der.certificate(validity=der.sequence(der.time_of(BEGIN), der.utc_time("x"))),
                "not_after",
                False,
            ),
            (der.certificate(validity=validity(), key=der.sequence()), "public_key", False),
            (der.certificate(validity=validity(), serial=der.tlv(4, b"x")), "serial", True),
            (der.certificate(validity=validity(), issuer=der.tlv(4, b"x")), "issuer", True),
            (der.certificate(validity=validity()) + b"\0", "der", True),
            (
                der.certificate(
                    validity=validity(), extensions=[der.extension("2.5.29.37", b"\x30\x05\x06")]
                ),
                "extended_key_usage",
                True,
            ),
        ],
    )
    def test_one_reason_for_each_field(self, octets: bytes, field: str, usable: bool) -> None:
        """With the field's name in words."""
        judged = judge(installed(octets), bank(), NOW)
        assert codes(judged) == ["unreadable-field"]
        assert judged.usable is usable
        assert dict(judged.reasons[0].facts)["field"] == field
        assert texts.text(f"reasons.fields.{field}") in judged.reasons[0].message()

    def test_octets_that_are_nothing(self) -> None:
        """Judged like any other row."""
        judged = judge(installed(b"no certificate"), bank(), NOW)
        assert not judged.usable
        assert judged.reasons[0].severity is Severity.BLOCKING


def test_blocking_reasons_come_first() -> None:
    """What decides is read first."""
    judged = judge(
        installed(subject=der.common_name("12345678901234"), end=BEGIN, needs_user=True),
        bank(),
        NOW,
    )
    assert codes(judged) == ["expired", "key-needs-user", "administrator"]


class TestKeyTest:
    """A signature says more than any store."""

    @pytest.mark.parametrize(
        ("key", "against"),
        [
            (KeyState.PRESENT, []),
            (KeyState.UNKNOWN, []),
            (KeyState.UNUSABLE, []),
            (KeyState.NEEDS_USER, ["key-needs-user"]),
        ],
    )
    def test_key_that_signed(self, key: KeyState, against: list[str]) -> None:
        """It is there and works; that its PIN is asked for at log-on stays true."""
        checks = Checks(key_test=KeyTest(signs=True))
        assert codes(judge(installed(key=key), bank(), NOW, checks)) == against

    @pytest.mark.parametrize("key", [KeyState.PRESENT, KeyState.UNKNOWN, KeyState.NEEDS_USER])
    def test_key_that_does_not_sign(self, key: KeyState) -> None:
        """It blocks, with its cause in words and who must act."""
        checks = Checks(key_test=KeyTest(False, KeyTrouble("other-key")))
        judged = judge(installed(key=key), bank(), NOW, checks)
        assert (codes(judged), judged.usable) == (["key-unusable"], False)
        assert "結び付いて" in judged.reasons[0].message()
        assert judged.reasons[0].who is Actor.ADMINISTRATOR

    def test_key_that_was_not_there(self) -> None:
        """Behind the PIN of a token there was none."""
        one = installed(key=KeyState.NEEDS_USER, store="pkcs11:/x.so")
        checks = Checks(key_test=KeyTest(False, KeyTrouble("key-not-found")))
        [reason] = judge(one, bank(), NOW, checks).reasons
        assert reason.code == "no-key"
        assert "カード" in reason.message()

    @pytest.mark.parametrize(
        ("cause", "against"),
        [
            ("provider-hung", ["key-unknown"]),
            ("provider-crashed", ["key-unknown"]),
            ("module-failed", ["key-unknown"]),
            ("needs-secret", []),
            ("kind-not-tried", []),
            ("not-tried-here", []),
        ],
    )
    def test_no_outcome(self, cause: str, against: list[str]) -> None:
        """That nobody could try is no fault of the key; that its software hangs is a warning."""
        checks = Checks(key_test=KeyTest(None, KeyTrouble(cause)))
        judged = judge(installed(), bank(), NOW, checks)
        assert (codes(judged), judged.usable) == (against, True)

    def test_nothing_to_try(self) -> None:
        """Without a key the store's own word stands."""
        judged = judge(installed(key=KeyState.ABSENT), bank(), NOW, Checks(key_test=KeyTest(None)))
        assert codes(judged) == ["no-key"]


class TestChain:
    """What this PC holds of the issuers decides nothing, but a fault is worth a word."""

    @pytest.mark.parametrize("cause", ["expired", "not-yet-valid", "no-authority"])
    def test_issuer_at_fault(self, cause: str) -> None:
        """A warning with the issuer's name."""
        checks = Checks(chain=Chain(ChainStatus.ISSUER_NOT_VALID, "Example CA", cause=cause))
        judged = judge(installed(), bank(), NOW, checks)
        assert (codes(judged), judged.usable) == (["issuer-not-valid"], True)
        assert "「Example CA」" in judged.reasons[0].message()

    def test_wrong_signature(self) -> None:
        """Damaged or altered: the 管理者 can have it issued again."""
        checks = Checks(chain=Chain(ChainStatus.SIGNATURE_WRONG, "Example CA"))
        [reason] = judge(installed(), bank(), NOW, checks).reasons
        assert (reason.code, reason.who) == ("issuer-not-valid", Actor.ADMINISTRATOR)

    @pytest.mark.parametrize(
        "status", [ChainStatus.COMPLETE, ChainStatus.SELF_SIGNED, ChainStatus.ISSUER_MISSING]
    )
    def test_nothing_to_be_said(self, status: ChainStatus) -> None:
        """The bank's server knows its issuers; that a PC does not is usual."""
        checks = Checks(chain=Chain(status, "Example CA"))
        assert codes(judge(installed(), bank(), NOW, checks)) == []


@given(
    st.binary(max_size=64) | st.just(der.certificate()),
    st.sampled_from(KeyState),
    st.datetimes(timezones=st.just(UTC)),
)
def test_anything_can_be_judged_at_any_time(octets: bytes, key: KeyState, now: datetime) -> None:
    """And is usable exactly when nothing blocks it."""
    judged = judge(installed(octets, key=key), bank(), now)
    blocking = [reason for reason in judged.reasons if reason.severity is Severity.BLOCKING]
    assert judged.usable == (not blocking)
    assert list(judged.reasons[: len(blocking)]) == blocking
    assert all(reason.message() for reason in judged.reasons)
