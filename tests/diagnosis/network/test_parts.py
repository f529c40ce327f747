"""Parts of a check are carried out side by side, each in a guard of its own."""

from __future__ import annotations

import threading
from typing import Any

from certhelper.diagnosis.network.parts import Part, Unfinished, side_by_side


class Panic(BaseException):
    """What no ``except Exception`` catches."""


def test_they_run_side_by_side() -> None:
    """Neither could end before the other has begun."""
    met = threading.Barrier(2)
    parts = {name: Part(lambda: met.wait(60) >= 0, 60.0) for name in ("one", "other")}
    assert side_by_side(parts, threading.Event()) == {"one": True, "other": True}


def test_one_that_fails_takes_no_other_with_it() -> None:
    """The kind of its fault is its answer, and nothing of what it was about."""

    def failing() -> int:
        raise ZeroDivisionError("user01")

    found = side_by_side(
        {"bad": Part(failing, 60.0), "good": Part(lambda: 7, 60.0)}, threading.Event()
    )
    assert found == {"bad": Unfinished("ZeroDivisionError"), "good": 7}


def test_one_that_panics_is_not_waited_for() -> None:
    """What a library in Rust raises then is no ``Exception`` (PyO3's ``PanicException``)."""

    def panicking() -> int:
        raise Panic("user01")

    found = side_by_side({"bad": Part(panicking, 60.0)}, threading.Event())
    assert found == {"bad": Unfinished("Panic")}


def test_one_that_is_too_slow_is_given_up_alone() -> None:
    """Its limit is its own."""
    go = threading.Event()
    parts: dict[str, Part[Any]] = {
        "slow": Part(lambda: go.wait(60), 0.05),
        "good": Part(lambda: 7, 60.0),
    }
    try:
        assert side_by_side(parts, threading.Event()) == {"slow": Unfinished(), "good": 7}
    finally:
        go.set()


def test_stop_ends_the_waiting() -> None:
    """Nobody waits for the answers any more, so nothing waits for the slow ones."""
    stop, go = threading.Event(), threading.Event()

    def stopping() -> int:
        stop.set()
        go.wait(60)
        return 1

    try:
        assert side_by_side({"one": Part(stopping, 60.0)}, stop) == {"one": Unfinished()}
    finally:
        go.set()
