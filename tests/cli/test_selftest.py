"""``certhelper selftest``: what it prints, in which language, and how it ends."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from support.cli import Run
from support.command import certhelper
from support.self_test import held_to_schema, tree
from support.systems import only_on_linux

from certhelper.logon.environment import runs_as_root
from certhelper.selftest import course
from certhelper.selftest.outcome import Outcome, Status, Step
from certhelper.selftest.report import Tell

FAILED = Outcome(Step.PUT, "selftest-not-put", Status.FAILED, 7, {"detail": "key -8190"})
WELL = Outcome(Step.STORE_READ, "store-read", Status.OK, 12, {"count": "3"}, {"certificates": 3})
NOT_TRIED = Outcome(Step.LOG_ON, "engine-cannot-load", Status.NOT_TRIED, 0, {"wine": "10.0"})


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[Outcome]:
    """What the self test finds; the status is 1."""
    found = [WELL, FAILED, NOT_TRIED]

    def run(tell: Tell) -> int:
        for outcome in found:
            tell(outcome)
        return 1

    monkeypatch.setattr(course, "run", run)
    return found


def test_a_person_reads_a_line_a_step_and_what_to_do(run: Run, steps: list[Outcome]) -> None:
    """A mark, what happened, the code of what did not go well, its cause and its remedy."""
    printed = run("selftest")
    assert printed.status == 1
    well, failed, cause, remedy, not_tried = printed.out.splitlines()
    assert well == "○ 保管場所: このパソコンの証明書の保管場所を読めました(3枚)。"
    assert failed.startswith("× 証明書を入れる: ")
    assert failed.endswith("(key -8190)。 [selftest-not-put]")
    assert cause.startswith("    保管場所をほかのプログラムが使っているか")
    assert remedy.startswith("    ブラウザをすべて閉じて")
    assert not_tried.startswith("－ ログオン: ")
    assert not_tried.endswith(" [engine-cannot-load]")


def test_a_program_reads_an_object_a_line(run: Run, steps: list[Outcome]) -> None:
    """Each held to its schema; the words are the same as the person's."""
    printed = run("selftest", "--json")
    lines = [held_to_schema(json.loads(line)) for line in printed.out.splitlines()]
    assert [line["step"] for line in lines] == ["store-read", "put", "log-on"]
    assert lines[0]["detail"] == {"certificates": 3}
    assert lines[1]["remedy"] in run("selftest").out
    assert printed.status == 1


@only_on_linux  # what is in the store, and whether a log-on is tried, differ elsewhere
def test_english_where_the_locale_asks_for_it(home: Path) -> None:
    """As everywhere else; as root the log-on is refused, and that is the failure of its step."""
    environment = {"LANG": "en_US.UTF-8"}
    if runs_as_root():
        environment["QTWEBENGINE_DISABLE_SANDBOX"] = ""
    before = tree(home)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setitem(os.environ, name, value)
        ran = certhelper("selftest")
    assert "○ Store: There is nothing in this PC's certificate store yet.\n" in ran.out
    if runs_as_root():
        assert "× Log-on: " in ran.out
        assert "[root-refused]" in ran.out
        assert ran.status == 1
    else:
        assert "The self test found no fault" in ran.out
        assert ran.status == 0
    assert ran.err == ""
    assert tree(home) == before


def test_it_takes_no_store_and_no_bank(run: Run) -> None:
    """It is always this PC's own store, and always the demo."""
    printed = run("selftest", "--store", "nss")
    assert (printed.status, printed.code) == (2, "wrong-use")
