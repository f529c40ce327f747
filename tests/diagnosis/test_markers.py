"""No secret can come into a report, and no name into one for others, by whatever way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import listings, made_reports
from support.systems import only_on_linux

from certhelper.diagnosis import saving
from certhelper.diagnosis.course import Course
from certhelper.diagnosis.findings import Detail, Finding, Section
from certhelper.diagnosis.order import CHECKS, Check
from certhelper.diagnosis.report import Report
from certhelper.diagnosis.report import make as made
from certhelper.diagnosis.saving import Format
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import Kind, Value, facts, plain
from certhelper.listing import Listing, combine
from certhelper.proxy_choice import ProxyChoice, ProxyMode
from certhelper.secret import Secret
from certhelper.stores.base import (
    Installed,
    KeyDetails,
    KeyState,
    KeyTrouble,
    LockedEntry,
    Slot,
    StoreReading,
    StoreStatus,
    Token,
    TriesLeft,
)
from certhelper.texts import Language

MARK = "M4RK3R"
SECRETS = {
    "SECRET_PIN": f"{MARK}environment",
    "https_proxy": f"http://{MARK}user:{MARK}pass@proxy.keiri.example:8080",
    "NO_PROXY": f"{MARK}.keiri.example",
}
PEOPLE = {
    "USERNAME": "tanaka.hanako",
    "COMPUTERNAME": "KEIRI-07",
    "USERPROFILE": r"C:\Users\tanaka.hanako",
}
WHO = "qzxsato"
LANGUAGES: tuple[Language, ...] = ("ja", "en")
CONTRACT, USER = "98765432109876", "tanaka07"
NAMES = (CONTRACT, USER, "tanaka", "hanako", "KEIRI", "keiri", "田中", "10.1.2.3", "corp.example")


def certificate() -> Installed:
    where = r"C:\Users\tanaka.hanako\田中\tanaka07.p12"
    trouble = KeyTrouble("provider-failed", "0x80090016")
    return listings.installed(f"{CONTRACT} {USER}")._replace(
        store=f"pkcs12:{where}", label="田中 tanaka07", key_trouble=trouble
    )


def told_everywhere(given: str) -> tuple[Finding, ...]:
    """Findings that carry a text wherever a text can be carried."""
    carried = facts(fault=given, seconds=given)
    details = (Detail("diagnosis.check.network", (plain(given), Value(Kind.HOST, given))),)
    return (Finding("check-crashed", carried, details), Finding("check-too-slow", carried))


class Carrying(Check):
    """A check whose findings, or whose failure, carry what they should not."""

    def run(self, scene: Scene) -> Sequence[Finding]:
        secret = Secret.from_characters(f"{MARK}pin")
        proxy = scene.environment["https_proxy"]
        if self.name == "clock":
            raise PermissionError(f"{MARK} {USER} {proxy}")
        if self.name == "network":
            cookies = f"GET / failed, Cookie: JSESSIONID={MARK}cookie; CIBMU={MARK}"
            return told_everywhere(f"{proxy} refused, {cookies}")
        if self.name == "account":
            return told_everywhere(
                rf"{secret!r} {PEOPLE['USERPROFILE']}\田中 10.1.2.3 password={MARK}"
            )
        key = f"-----BEGIN PRIVATE KEY-----\n{MARK}\n-----END PRIVATE KEY-----"
        return told_everywhere(f"{USER} of {CONTRACT}, {secret} {key} at KEIRI-07")


def report_of_everything() -> Report:
    found = listings.listing(certificate())
    scene = replace(
        made_reports.scene(found, SECRETS | PEOPLE),
        proxy=ProxyChoice(ProxyMode.MANUAL, "gate.corp.example:3128"),
    )
    checks = [Carrying(*one) for one in CHECKS]
    became = Course(scene, lambda _: None, checks).run()
    proxy = Value(Kind.HOST, SECRETS["https_proxy"])
    section = Section("diagnosis.check.account", (("diagnosis.check.network", proxy),))
    return made_reports.made(
        [certificate()],
        became,
        [section],
        environment=SECRETS | PEOPLE,
        log=[f"INFO {SECRETS['https_proxy']} {USER}@KEIRI-07", f"Set-Cookie: {MARK}"],
    )


@pytest.mark.parametrize("form", list(Format))
@pytest.mark.parametrize("redacted", [True, False])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_no_secret_is_in_any_report(form: Format, redacted: bool, language: Language) -> None:
    """Not even in one with every name in it, which is for the person themselves."""
    written = saving.content(report_of_everything(), form, redacted=redacted, language=language)
    assert MARK not in written
    assert "proxy.keiri.example:8080" in written or redacted


@pytest.mark.parametrize("form", list(Format))
@pytest.mark.parametrize("language", ["ja", "en"])
def test_no_name_is_in_a_report_for_others(form: Format, language: Language) -> None:
    """Neither of people nor of the firm, its computers, hosts and folders."""
    written = saving.content(report_of_everything(), form, language=language)
    assert [name for name in NAMES if name.casefold() in written.casefold()] == []
    assert certificate().certificate.serial_hex not in written
    assert ("契約1" if language == "ja" else "contract 1") in written


@pytest.mark.parametrize("form", list(Format))
def test_the_person_may_choose_to_save_the_names(form: Format) -> None:
    """What is left out is left out by choice, and not because it is nowhere."""
    written = saving.content(report_of_everything(), form, redacted=False)
    assert CONTRACT in written
    assert USER in written


def a_pc_full_of_names() -> Listing:
    """Certificates, files and tokens of every kind, all called after somebody, some unread."""
    home = f"/home/{WHO}"
    token = Token(f"{WHO}の鍵", f"{WHO}9", "maker", "model", 5, True, False, TriesLeft.LOW)
    details = KeyDetails(f"{WHO}-container", None, "capi", "software", None, False)
    user = listings.installed(f"{CONTRACT} {WHO}1", days=200, age=5)
    rows = (
        user._replace(store=f"pkcs12:{home}/資料/{WHO}.p12", key_needs_user=True),
        user._replace(store=f"nss:{home}/.pki/nssdb", label=f"{WHO}の証明書"),
        listings.installed(f"{CONTRACT} {WHO}1", days=12)._replace(
            store=f"pkcs11:/opt/{WHO}.so", token=token, key=KeyState.NEEDS_USER
        ),
        listings.installed(f"{CONTRACT} {WHO}2", days=-3, age=368)._replace(
            store="windows:CurrentUser", key_details=details, key_provider="Maker CSP"
        ),
        listings.installed(CONTRACT, days=-1),
        listings.installed(f"山田{WHO}")._replace(
            store=f"files:{home}/x.pem", key_file=f"{home}/key.pem", key=KeyState.UNUSABLE
        ),
        listings.installed(f"{CONTRACT}1234", usage=["keyEncipherment"]),
    )
    locked = LockedEntry(f"{home}/a.p12", f"{WHO}.p12", "passphrase-needed", f"{WHO}: no")
    slots = (Slot(5, f"{WHO} reader", token), Slot(6, f"{WHO} reader 2", None, f"{WHO}: no"))
    readings = (
        StoreReading("nss", f"{home}/.pki/nssdb", StoreStatus.OK, None, "", 1, rows, (locked,)),
        StoreReading(
            "pkcs11", f"/opt/{WHO}.so", StoreStatus.FAILED, "module-crashed", f"/opt/{WHO}.so died"
        ),
        StoreReading("pkcs11", f"/opt/{WHO}2.so", StoreStatus.OK, slots=slots),
        StoreReading("files", f"{home}/pem", StoreStatus.OK, pkcs12_files=3),
        StoreReading("pkcs12", rf"\\{WHO}srv\x\y.p12", StoreStatus.LOCKED, "passphrase-needed"),
    )
    return combine(readings, listings.bank(), listings.AT)


@only_on_linux
def test_what_the_checks_find_names_nobody_to_others() -> None:
    """The real checks, on a PC where everything is called after somebody."""
    environment = {
        "USERNAME": f"{WHO}acct",
        "COMPUTERNAME": f"{WHO}-PC",
        "HOME": f"/home/{WHO}",
        "https_proxy": f"http://{WHO}u:{WHO}p@proxy.{WHO}.example:8080",
        "CLIENTNAME": f"{WHO}-CLIENT",
    }
    proxy = ProxyChoice(ProxyMode.MANUAL, f"gate.{WHO}.example:3128")
    scene = made_reports.scene(a_pc_full_of_names(), environment, proxy)
    scene = replace(scene, offline=True)
    became = Course(scene, lambda _: None).run()
    assert "check-crashed" not in [found.code for one in became for found in one.findings]
    report = made(scene, became)
    for form in Format:
        whole = saving.content(report, form, redacted=False)
        assert WHO in whole
        assert CONTRACT in whole
        for language in LANGUAGES:
            written = saving.content(report, form, language=language)
            assert [one for one in written.splitlines() if WHO in one.casefold()] == []
            assert CONTRACT not in written
            assert "資料" not in written
            assert "山田" not in written


PARTS = st.lists(st.text("qzxjkw", min_size=5, max_size=9), min_size=9, max_size=9, unique=True)


@settings(max_examples=25, deadline=None)
@given(PARTS, st.integers(10**13, 10**14 - 1))
def test_no_value_of_any_kind_survives_in_any_form(parts: list[str], contract: int) -> None:
    """Whatever it is, in a fact, a detail, a section, a line of the log or a certificate."""
    user, name, account, computer, host, folder, file, label, own = parts
    raw = {
        Kind.CONTRACT: str(contract),
        Kind.USER: user,
        Kind.NAME: f"{name} 山田",
        Kind.ACCOUNT: rf"{computer}\{account}",
        Kind.COMPUTER: computer,
        Kind.HOST: f"{host}.example:8080",
        Kind.ADDRESS: f"fd00::{contract % 9999:x}",
        Kind.PATH: f"/srv/{folder}/{file}",
        Kind.STORE: f"nss:/srv/{folder}",
        Kind.FINGERPRINT: "0123456789abcdef" * 4,
        Kind.SERIAL: "fedcba9876543210",
    }
    values = [Value(*one) for one in raw.items()]
    said = " and ".join(raw.values())
    named = facts(fault=said, **{one.kind.value: one for one in values})
    keys = tuple(("diagnosis.check.network", one) for one in (*values, plain(said)))
    certificate = listings.installed(f"{contract} {user}")._replace(label=label)
    report = made_reports.made(
        [certificate],
        made_reports.outcomes(clock=[made_reports.finding(named, [*values, plain(said)])]),
        [Section("diagnosis.check.account", keys)],
        environment={"USERNAME": own},
        log=[said, f"{own} {label}"],
    )
    for form in Format:
        written = saving.content(report, form)
        assert [one for one in (*parts, *raw.values(), "山田") if one in written] == []
