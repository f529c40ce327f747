"""Parts of a check that are carried out side by side, each with a time limit of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Mapping
from queue import Empty, SimpleQueue
from typing import Any, Generic, NamedTuple, TypeVar

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")

_LOOK_UP_S = 0.1
"""How soon it is noticed that nobody waits any more."""


class Part(NamedTuple, Generic[Result]):
    """``limit`` is in seconds, from the beginning of all."""

    work: Callable[[], Result]
    limit: float


class Unfinished(NamedTuple):
    """A part without a result.  ``fault`` is the kind of error; empty: it took too long."""

    fault: str = ""


def side_by_side(
    parts: Mapping[Key, Part[Any]], stop: threading.Event
) -> dict[Key, Any | Unfinished]:
    """Return the result of every part, or why it has none; ends early when ``stop`` is set.

    What is not done by then is left to end by itself; its answer is not waited for.
    """
    answers: SimpleQueue[tuple[Key, Any]] = SimpleQueue()
    began = time.monotonic()
    for key, part in parts.items():
        name = f"network {key}"
        thread = threading.Thread(target=_carry_out, args=(key, part, answers), name=name)
        thread.daemon = True
        thread.start()
    waiting = {key: part.limit for key, part in parts.items()}
    found: dict[Key, Any] = {}
    while waiting and not stop.is_set():
        left = min(waiting.values()) - (time.monotonic() - began)
        try:
            key, answer = answers.get(timeout=min(_LOOK_UP_S, max(0.0, left)))
        except Empty:
            passed = time.monotonic() - began
            for late in [key for key, limit in waiting.items() if limit <= passed]:
                del waiting[late]
            continue
        if waiting.pop(key, None) is not None:
            found[key] = answer
    return {key: found.get(key, Unfinished()) for key in parts}


def _carry_out(key: Key, part: Part[Any], answers: SimpleQueue[tuple[Key, Any]]) -> None:
    try:
        answer = part.work()
    except BaseException as fault:  # noqa: BLE001  # this part's answer; the others go on
        answer = Unfinished(type(fault).__name__)
    answers.put((key, answer))
