"""What a failed rehearsal means, by kind: every failure of a log-on has one."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import certhelper.logon
from certhelper import failures
from certhelper.diagnosis import explained, rehearsal_kinds
from certhelper.diagnosis.findings import Status, find

KINDS = rehearsal_kinds.ABOUT_THE_CERTIFICATE | rehearsal_kinds.ABOUT_THE_WAY

AFTER_THE_PIN_PAGE = {
    "form-stopped-after-pin",
    "no-printer",
    "not-printed",
    "other-authentication",
    "pdf-damaged",
    "pdf-encrypted",
    "pin-field-too-short",
    "pin-locked",
    "pin-missing",
    "pin-not-delivered",
    "pin-not-sent",
    "pin-not-taken",
    "pin-outside-rule",
    "pin-page-again",
    "pin-page-changed",
    "pin-wrong",
}
"""A rehearsal ends on the PIN page, and neither files nor prints."""

BEFORE_THE_SESSION = {
    "certificate-in-several-stores",
    "fingerprint-unknown",
    "no-usable-certificate",
    "several-holders",
}
"""How a command chooses the certificate; a diagnosis has it already."""


def codes_of_a_log_on() -> set[str]:
    """Every code of the public list that a module of the log-on names."""
    folder = Path(certhelper.logon.__file__).parent
    return {
        node.value
        for file in folder.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and failures.is_known(node.value)
    }


def test_every_failure_of_a_log_on_has_its_kind() -> None:
    """Else the check code would say no more than that something went wrong."""
    placed = {code for codes in KINDS.values() for code in codes}
    placed |= rehearsal_kinds.WANTS_SECRET | rehearsal_kinds.SAYS_NOTHING
    placed |= {rehearsal_kinds.PROXY_ASKS} | AFTER_THE_PIN_PAGE | BEFORE_THE_SESSION
    open_ = {
        code
        for code in codes_of_a_log_on() - placed
        if not code.endswith("-after-pin") and not code.startswith("file-")
    }
    assert open_ == set()


def test_no_failure_has_two_kinds_and_each_is_on_the_list() -> None:
    """The table names nothing that is not there."""
    named = [code for codes in KINDS.values() for code in codes]
    named += [*rehearsal_kinds.WANTS_SECRET, *rehearsal_kinds.SAYS_NOTHING]
    assert len(named) == len(set(named))
    assert [code for code in named if not failures.is_known(code)] == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_each_kind_says_what_to_do_without_the_pc_concerned(kind: str, language: str) -> None:
    """Over the phone there are no facts: nothing but the code."""
    entry = find(kind)
    assert (entry.check, entry.status) == ("rehearsal", Status.FAULT)
    told = explained.of_finding("rehearsal", entry, "ja" if language == "ja" else "en")
    assert told.remedy
    assert "○" not in told.remedy
    assert "(…)" not in told.remedy
    assert told.who is not None


def test_an_unknown_failure_has_a_finding_of_its_own() -> None:
    """Its own number must be asked for."""
    assert rehearsal_kinds.kind_of("nobody-knows") == rehearsal_kinds.OTHER
    assert "3" in explained.of_finding("rehearsal", find(rehearsal_kinds.OTHER), "ja").remedy
