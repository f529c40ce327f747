"""The checks are carried out side by side, each in a guard of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from certhelper.diagnosis import course, order
from certhelper.diagnosis.course import Course
from certhelper.diagnosis.findings import Finding, Outcome, Status
from certhelper.diagnosis.order import Check
from certhelper.diagnosis.scene import Once, Scene


class Tried(Check):
    """A check whose work is given by the test."""

    works: dict[str, Callable[[Scene], Sequence[Finding]]] = {}  # noqa: RUF012

    def run(self, scene: Scene) -> Sequence[Finding]:
        return self.works[self.name](scene)


def well(scene: Scene) -> Sequence[Finding]:
    return [Finding("check-cancelled")]


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    def never() -> Any:
        raise AssertionError("no check of these tests reads a store")

    monkeypatch.setattr(Tried, "works", {})
    return Scene(None, None, never)  # type: ignore[arg-type]


def made(*works: Callable[[Scene], Sequence[Finding]], limit: float = 60.0) -> list[Check]:
    checks: list[Check] = [
        Tried(number, f"tried-{number}", limit) for number in range(1, len(works) + 1)
    ]
    Tried.works.update({check.name: work for check, work in zip(checks, works, strict=True)})
    return checks


def test_a_slow_check_holds_up_no_other(scene: Scene) -> None:
    """Every other answer is told while one check is still at work; the order stays theirs."""
    others_told = threading.Event()
    told: list[str] = []

    def slow(_: Scene) -> Sequence[Finding]:
        assert others_told.wait(60)
        return [Finding("check-cancelled")]

    def tell(outcome: Outcome) -> None:
        told.append(outcome.check)
        if len(told) == 2:
            others_told.set()

    outcomes = Course(scene, tell, made(slow, well, well)).run()
    assert told[2] == "tried-1"
    assert [one.check for one in outcomes] == ["tried-1", "tried-2", "tried-3"]


def test_a_check_that_raises_is_a_finding(scene: Scene) -> None:
    """What goes wrong in one check is said in its place, by the kind of fault alone."""

    def crashing(_: Scene) -> Sequence[Finding]:
        raise ZeroDivisionError("user01 and a secret")

    outcomes = Course(scene, lambda _: None, made(crashing, well)).run()
    found = outcomes[0].findings[0]
    assert found.code == course.CRASHED
    assert outcomes[0].status is Status.NOT_CHECKED
    assert "ZeroDivisionError" in str(found.facts)
    assert "secret" not in str(found)
    assert outcomes[1].findings[0].code != course.CRASHED


def test_a_check_that_finds_nothing_at_all_is_a_fault_of_the_program(scene: Scene) -> None:
    """An empty answer is never taken for "all is well"."""
    outcomes = Course(scene, lambda _: None, made(lambda _: [])).run()
    assert outcomes[0].findings[0].code == course.CRASHED


def test_a_check_that_hangs_is_a_finding(scene: Scene) -> None:
    """After its limit a check is given up; the others' answers stand."""
    for_ever = threading.Event()

    def hanging(_: Scene) -> Sequence[Finding]:
        for_ever.wait(60)
        return [Finding("check-cancelled")]

    checks = made(hanging, well)
    checks[0] = checks[0]._replace(limit=0.05)
    try:
        outcomes = Course(scene, lambda _: None, checks).run()
    finally:
        for_ever.set()
    assert [one.findings[0].code for one in outcomes] == [course.TOO_SLOW, "check-cancelled"]


def test_cancel_ends_it_at_once_and_says_what_was_not_checked(scene: Scene) -> None:
    """What has answered stays; what has not is told as cancelled; work under way may know."""
    began = threading.Event()

    def waiting(given: Scene) -> Sequence[Finding]:
        began.set()
        given.stop.wait(60)
        return [Finding("check-too-slow")]

    def cancelling(_: Scene) -> Sequence[Finding]:
        assert began.wait(60)
        diagnosis.cancel()
        given_up.wait(60)
        return []

    given_up = threading.Event()
    diagnosis = Course(scene, lambda _: None, made(waiting, cancelling))
    outcomes = diagnosis.run()
    given_up.set()
    assert {one.findings[0].code for one in outcomes} <= {course.CANCELLED, "check-too-slow"}
    assert outcomes[1].findings[0].code == course.CANCELLED
    assert scene.stop.is_set()


def test_what_several_need_is_found_out_once(scene: Scene) -> None:
    """The second who asks gets the first one's answer, or the same error."""
    asked: list[int] = []

    def first() -> int:
        asked.append(1)
        return 7

    assert scene.once("number", first) == 7
    assert scene.once("number", lambda: 8) == 7
    assert asked == [1]

    def failing() -> int:
        asked.append(3)
        raise ConnectionRefusedError

    once = Once(failing)
    for _ in range(2):
        with pytest.raises(ConnectionRefusedError):
            once()
    assert asked == [1, 3]


def test_the_sixteen_are_in_the_order_that_finds_the_cause_soonest() -> None:
    """Numbers are read aloud and printed: they and the names never change."""
    assert [(one.number, one.name) for one in order.CHECKS] == [
        (1, "account"),
        (2, "clock"),
        (3, "present"),
        (4, "issuer"),
        (5, "name"),
        (6, "period"),
        (7, "duplicates"),
        (8, "key-present"),
        (9, "key-usable"),
        (10, "usage"),
        (11, "provider"),
        (12, "revocation"),
        (13, "browser-policy"),
        (14, "open-browsers"),
        (15, "network"),
        (16, "rehearsal"),
    ]
