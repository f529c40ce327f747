"""What another process has written, as text that is fit to be shown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from certhelper.desktop.attempt import Attempt
from certhelper.logon.cause_wanted import CauseWanted
from certhelper.logon.lines import entries_of, facts_of
from certhelper.logon.session_notice import SessionNotice
from certhelper.logon.stages import Stage, StageReport

ODD = {"host": "\u202ebank.test\n" + "x" * 100_000, "more": ["1", {"2": 3}]}


def test_facts_hide_reorder_and_push_out_nothing() -> None:
    """A process that a page took over writes what it likes; ordinary facts stay as they are."""
    ordinary = {
        "host": "銀行.test:443",
        "error": -117,
        "address": "https://x.test/a?b=" + "c" * 200,
    }
    assert facts_of(ordinary) == {name: str(value) for name, value in ordinary.items()}
    told = facts_of(ODD)
    assert told["host"].startswith("[U+202E]bank.test[U+000A]x")
    assert len(told["host"]) < 600
    assert told["host"].endswith("…")
    assert "2" in told["more"]
    assert len(facts_of({str(number): number for number in range(1000)})) <= 20


@pytest.mark.parametrize("depth", [100, 900, 2000])
def test_lists_in_lists_stop_nothing(depth: int) -> None:
    """Neither reading the line nor showing what it tells raises anything."""
    line = f'{{"detail": {{"host": {"[" * depth}{"]" * depth}}}}}'
    facts_of(entries_of(line).get("detail", {}))
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    assert facts_of({"host": nested}) == {"host": "?"}
    while nested:  # taken apart one by one: freed at once, it would go as deep
        nested = nested[0]


def test_every_line_of_a_session_is_told_like_that() -> None:
    """The stage of a failure, what did not work beside it, and what is to be found out."""
    attempt = Attempt("user01")
    attempt.report(StageReport(Stage.FAILED, "certificate-refused", ODD))
    notice = SessionNotice.parse(json.dumps({"notice": "no-answer", "detail": ODD}))
    wanted = CauseWanted.parse(json.dumps({"cause-wanted": "no-answer", "detail": ODD}))
    assert attempt.failure is not None
    assert notice is not None
    assert wanted is not None
    for facts in (dict(attempt.failure.facts), notice.detail, wanted.detail):
        assert facts == facts_of(ODD)
    unknown = Attempt("user01")
    unknown.report(StageReport(Stage.FAILED, "\u202e" + "x" * 100_000))
    assert unknown.failure is not None
    assert len(unknown.failure.message + unknown.failure.cause) < 1500
    assert "\u202e" not in unknown.failure.message + unknown.failure.cause
