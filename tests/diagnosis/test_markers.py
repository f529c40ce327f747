"""No secret can come into a report, and no name into one for others, by whatever way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from support import listings, made_reports

from certhelper.diagnosis import saving
from certhelper.diagnosis.course import Course
from certhelper.diagnosis.findings import Detail, Finding, Section
from certhelper.diagnosis.order import CHECKS, Check
from certhelper.diagnosis.report import Report
from certhelper.diagnosis.saving import Format
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import Kind, Value, facts, plain
from certhelper.proxy_choice import ProxyChoice, ProxyMode
from certhelper.secret import Secret
from certhelper.stores.base import Installed, KeyTrouble
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
