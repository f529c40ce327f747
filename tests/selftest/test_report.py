"""How steps are told and summed up."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from support.self_test import held_to_schema

from certhelper.failures import FailedError
from certhelper.selftest.outcome import Outcome, Status, Step
from certhelper.selftest.report import Found, NotTriedError, Report
from certhelper.selftest.shape import shape


@pytest.fixture
def told() -> list[Outcome]:
    return []


@pytest.fixture
def report(told: list[Outcome]) -> Report:
    return Report(told.append)


def well() -> Found:
    return Found("store-read", {"count": "3"}, {"certificates": 3})


def refused() -> Found:
    raise FailedError("selftest-not-put", detail=f"{Path.home()}/.pki: {tempfile.gettempdir()}/x")


def not_here() -> Found:
    raise NotTriedError("engine-cannot-load", wine="10.0")


def fault() -> Found:
    raise ValueError("12345678901234 user01")


def test_every_line_keeps_to_the_schema(report: Report, told: list[Outcome]) -> None:
    """A step that went well, one that failed, one not tried, a fault of our own, the sum."""
    assert report.step(Step.STORE_READ, well)
    assert not report.step(Step.PUT, refused)
    assert not report.step(Step.LOG_ON, not_here)
    assert not report.step(Step.LISTED, fault)
    report.not_tried(Step.PROOF)
    assert report.sum_up() == 3
    lines = [held_to_schema(outcome.document()) for outcome in told]
    assert [line["code"] for line in lines] == [
        "store-read",
        "selftest-not-put",
        "engine-cannot-load",
        "internal-error",
        "after-failure",
        "selftest-failed",
    ]
    assert lines[-1]["detail"] == {
        "ok": 1,
        "failed": 2,
        "not_tried": 2,
        "failed_steps": ["put", "listed"],
    }


def test_nothing_names_a_person(report: Report, told: list[Outcome]) -> None:
    """Home and temporary folder show by their shape; a fault by its kind and place only."""
    report.step(Step.PUT, refused)
    report.step(Step.LISTED, fault)
    said = str([outcome.document() for outcome in told])
    assert "~/.pki: (TEMP)/x" in said
    assert str(Path.home()) not in said
    assert "user01" not in said
    assert "ValueError" in said
    assert "test_report.py:" in said


@pytest.mark.parametrize(
    ("actions", "code", "status", "exit_status"),
    [
        ([well], "all-ok", Status.OK, 0),
        ([well, not_here], "ok-but-not-all-tried", Status.OK, 0),
        ([refused, well], "selftest-failed", Status.FAILED, 1),
        ([fault], "selftest-failed", Status.FAILED, 3),
    ],
    ids=["well", "not tried", "failed", "own fault"],
)
def test_the_sum(
    report: Report,
    told: list[Outcome],
    actions: list[object],
    code: str,
    status: Status,
    exit_status: int,
) -> None:
    """What was not tried is no failure, and is said; a fault of our own is status 3."""
    for action in actions:
        report.step(Step.PUT, action)  # type: ignore[arg-type]  # parametrized
    assert report.sum_up() == exit_status
    assert (told[-1].step, told[-1].code, told[-1].status) == (Step.SUMMARY, code, status)


def test_an_interruption_is_never_a_success(report: Report, told: list[Outcome]) -> None:
    """Even when every step up to it went well."""
    report.step(Step.STORE_READ, well)
    assert report.sum_up(interrupted=True) == 1
    assert told[-1].code == "selftest-interrupted"


def test_ctrl_c_passes_through_a_step(report: Report) -> None:
    """It ends the run, not just the step."""

    def interrupted() -> Found:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        report.step(Step.PUT, interrupted)


def test_the_shape_of_a_path(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The longest folder wins; a home that is the root of everything is no name."""
    runtime = home / "runtime"
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    assert shape(f"{home}/a and {runtime}/b") == "~/a and (TEMP)/b"
    monkeypatch.setenv("HOME", "/")
    assert shape("/var/lib") == "/var/lib"
