"""The checks are carried out side by side, each in a guard of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue
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


class Panic(BaseException):
    """What no ``except Exception`` catches, as PyO3's ``PanicException``."""


def test_a_check_that_panics_is_a_finding_at_once(scene: Scene) -> None:
    """It is not told as too slow after its whole limit."""

    def panicking(_: Scene) -> Sequence[Finding]:
        raise Panic

    (outcome,) = Course(scene, lambda _: None, made(panicking)).run()
    assert outcome.findings[0].code == course.CRASHED
    assert "Panic" in str(outcome.findings[0].facts)


def test_the_gravest_finding_comes_first(scene: Scene) -> None:
    """A check's status is that of its first, and the command's exit status rests on it."""
    found = [Finding("period-valid"), Finding("period-expired"), Finding("period-ends-soon")]
    (outcome,) = Course(scene, lambda _: None, made(lambda _: found)).run()
    assert outcome.status is Status.FAULT
    assert outcome.findings[0].code == "period-expired"


def test_how_long_a_check_took(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the beginning of its own work to the end."""
    now = [100.0]

    def working(_: Scene) -> Sequence[Finding]:
        now[0] += 2.5
        return [Finding("check-cancelled")]

    monkeypatch.setattr("certhelper.diagnosis.course.time.monotonic", lambda: now[0])
    (outcome,) = Course(scene, lambda _: None, made(working)).run()
    assert outcome.seconds == 2.5


def test_each_check_has_a_limit_of_its_own(scene: Scene) -> None:
    """That one is given up says nothing of those that have longer."""
    given_up, for_ever = threading.Event(), threading.Event()
    told: list[str] = []

    def hanging(_: Scene) -> Sequence[Finding]:
        for_ever.wait(60)
        return well(scene)

    def patient(_: Scene) -> Sequence[Finding]:
        assert given_up.wait(60)
        return [Finding("period-valid")]

    def tell(outcome: Outcome) -> None:
        told.append(outcome.findings[0].code)
        given_up.set()

    checks = made(hanging, patient)
    checks[0] = checks[0]._replace(limit=0.05)
    try:
        Course(scene, tell, checks).run()
    finally:
        for_ever.set()
    assert told == [course.TOO_SLOW, "period-valid"]
    assert scene.stop.is_set()  # what was given up need not go on


class Timed(SimpleQueue[Any]):
    """Notes how long it is waited for each answer."""

    def __init__(self) -> None:
        self.timeouts: list[float | None] = []

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        self.timeouts.append(timeout)
        return super().get(block, timeout)


def test_limits_count_from_the_beginning(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another check's answer gives nobody more time."""
    now, told = [100.0], threading.Event()

    def patient(_: Scene) -> Sequence[Finding]:
        assert told.wait(60)
        return [Finding("period-valid")]

    def tell(_: Outcome) -> None:
        now[0] += 20.0
        told.set()

    monkeypatch.setattr("certhelper.diagnosis.course.time.monotonic", lambda: now[0])
    course_of_two = Course(scene, tell, made(well, patient))
    course_of_two._answers = Timed()
    course_of_two.run()
    assert course_of_two._answers.timeouts == [60.0, 40.0]


def test_an_answer_that_comes_after_its_limit_changes_nothing(scene: Scene) -> None:
    """It was told as too slow; the rest goes on."""
    given_up, came = threading.Event(), threading.Event()

    def late(_: Scene) -> Sequence[Finding]:
        assert given_up.wait(60)
        return [Finding("period-valid")]

    def patient(_: Scene) -> Sequence[Finding]:
        assert came.wait(60)
        return [Finding("period-valid")]

    checks = made(late, patient)
    checks[0] = checks[0]._replace(limit=0.05)

    def tell(outcome: Outcome) -> None:
        if outcome.check != checks[0].name:
            return
        work = next(one for one in threading.enumerate() if one.name == f"check {outcome.check}")
        given_up.set()
        work.join(60)
        came.set()

    outcomes = Course(scene, tell, checks).run()
    assert [one.findings[0].code for one in outcomes] == [course.TOO_SLOW, "period-valid"]


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

    def panicking() -> int:
        raise Panic

    for raises in (Once(panicking),) * 2:
        with pytest.raises(Panic):
            raises()

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
