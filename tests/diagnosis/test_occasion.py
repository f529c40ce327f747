"""A diagnosis after a failure begins from that failure, and never says that nothing is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from support import listings
from support.certificate_checks import CONTRACT, words
from support.certificate_checks import scene as scene_with

from certhelper import texts
from certhelper.diagnosis import code, occasion, report, report_json, saving, telling
from certhelper.diagnosis.course import CANCELLED, Course
from certhelper.diagnosis.findings import Finding, Outcome, Status
from certhelper.diagnosis.order import CHECKS, Check
from certhelper.diagnosis.saving import Format
from certhelper.diagnosis.scene import Occasion, Scene
from certhelper.diagnosis.verdict import conclude
from certhelper.failures import Actor

HEALTHY = listings.installed(f"{CONTRACT} user01")
WRONG_PIN = Occasion("pin-wrong")
WRONG_TOKEN_PIN = Occasion("token-pin-wrong", (("token", "Hanako's card"), ("tries", "")))


def after(failure: Occasion | None, *, chosen: bool = True) -> Scene:
    sha256 = HEALTHY.certificate.sha256 if chosen else ""
    return replace(scene_with(HEALTHY, chosen=sha256), occasion=failure)


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> dict[str, Sequence[Finding]]:
    """What each check finds, by its name; nothing wrong where nothing else is said."""
    told: dict[str, Sequence[Finding]] = {
        "present": [Finding("present-here")],
        "rehearsal": [Finding("rehearsal-nothing")],
    }
    usual = [Finding("account-not-told")]
    monkeypatch.setattr(Check, "run", lambda check, _: told.get(check.name, usual))
    return told


def outcomes_of(scene: Scene, checks: Sequence[Check] = CHECKS) -> tuple[Outcome, ...]:
    told: list[Outcome] = []
    outcomes = Course(scene, told.append, checks).run()
    assert sorted(one.check for one in told) == sorted(one.check for one in outcomes)
    return outcomes


def first_words(outcomes: Sequence[Outcome]) -> str:
    found = conclude(outcomes)
    said = (*found.headline, *(one for one, _ in found.steps))
    return texts.joined(*map(words, said), in_language="ja")


@pytest.mark.usefixtures("played")
@pytest.mark.parametrize("checks", [CHECKS, CHECKS[:-1]], ids=["rehearsed", "left-out"])
def test_a_wrong_pin_is_the_verdict_where_no_check_found_a_fault(checks: Sequence[Check]) -> None:
    """Its own words and remedy, with the warning of suspension; whoever must act is its own."""
    found = outcomes_of(after(WRONG_PIN), checks)
    said = first_words(found)
    assert said.startswith("利用者暗証番号に誤りがあると、銀行が答えました。")
    assert "利用を中止します" in said
    assert "そのまま" not in said
    assert (conclude(found).status, conclude(found).who) == (Status.FAULT, Actor.USER)


def test_a_fault_of_the_certificate_comes_first_and_the_failure_beside_it(
    played: dict[str, Sequence[Finding]],
) -> None:
    """The cause is what was asked for; what had failed is neither lost nor contradicted."""
    played["present"] = [Finding("present-none")]
    found = conclude(outcomes_of(after(WRONG_PIN)))
    assert found.check == "present"
    assert "利用者暗証番号に誤り" in words(found.headline[-1])
    assert "利用を中止します" in words(found.steps[-1][0])


def test_what_failed_without_a_certificate_is_explained_by_nobodys(
    played: dict[str, Sequence[Finding]],
) -> None:
    """After an import that failed, other people's certificates are not the answer."""
    played["present"] = [Finding("present-none")]
    said = first_words(outcomes_of(after(Occasion("file-damaged"), chosen=False)))
    assert "ほかにログオンを妨げるものは見つかっていません" not in said
    assert conclude(outcomes_of(after(Occasion("file-damaged"), chosen=False))).finding == (
        occasion.finding_of(after(Occasion("file-damaged"), chosen=False))
    )


def test_after_a_tokens_wrong_pin_nobody_is_told_to_try_it_once_more(
    played: dict[str, Sequence[Finding]],
) -> None:
    """The rehearsal's advice to log on with the token's PIN would cost its next try."""
    played["rehearsal"] = [Finding("rehearsal-needs-secret")]
    assert [one.code for one in outcomes_of(after(WRONG_TOKEN_PIN))[-1].findings] == [
        occasion.FAILED
    ]
    kept = outcomes_of(after(Occasion("tls-failed")))[-1].findings
    assert [one.code for one in kept] == [occasion.FAILED, "rehearsal-needs-secret"]


@pytest.mark.usefixtures("played")
@pytest.mark.parametrize("form", list(Format))
def test_the_saved_report_names_the_failure_and_hides_whom_it_names(form: Format) -> None:
    """Its number and its code; a token's label is a name."""
    scene = after(WRONG_TOKEN_PIN)
    saved = saving.content(report.make(scene, outcomes_of(scene)), form, language="ja")
    assert "3192" in saved
    assert "token-pin-wrong" in saved
    assert "Hanako" not in saved


@pytest.mark.usefixtures("played")
def test_the_json_document_begins_with_the_failure() -> None:
    """Its verdict is no finding that all is well."""
    scene = after(WRONG_PIN)
    told = telling.tell(report.make(scene, outcomes_of(scene)), "en")
    verdict = report_json.document(told)["verdict"]
    assert (verdict["status"], verdict["code"], verdict["number"]) == (
        "fault",
        "failed-before",
        1630,
    )


def test_the_code_carries_the_failures_number_and_the_gravest_finding(
    played: dict[str, Sequence[Finding]],
) -> None:
    """And says so after a healthy diagnosis, too."""
    decoded = code.decode(code.code_of(outcomes_of(after(WRONG_PIN))))
    assert (decoded.failure, decoded.findings, decoded.is_whole) == (3081, (), True)
    played["present"] = [Finding("present-none")]
    decoded = code.decode(code.code_of(outcomes_of(after(WRONG_TOKEN_PIN))))
    assert decoded.failure == 3192
    assert [one.entry and one.entry.code for one in decoded.findings] == ["present-none"]


def test_a_cancelled_diagnosis_after_a_failure_says_both(
    played: dict[str, Sequence[Finding]],
) -> None:
    """What was not looked at is not called well."""
    played["present"] = [Finding(CANCELLED)]
    found = outcomes_of(after(WRONG_PIN))
    assert "見つかっていません" not in first_words(found)
    decoded = code.decode(code.code_of(found))
    assert (decoded.failure, decoded.is_whole) == (3081, False)


@pytest.mark.usefixtures("played")
def test_without_a_failure_there_is_none() -> None:
    """The usual diagnosis stays as it is."""
    assert occasion.failure_in(outcomes_of(after(None))) is None
