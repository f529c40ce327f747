"""Facts of this PC for whoever reads the report: each found out by itself, none for long.

What cannot be found out is said so in its place and takes nothing else with it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from certhelper.diagnosis import machine_account, machine_program, machine_settings, machine_system
from certhelper.diagnosis.findings import Section
from certhelper.diagnosis.machine_facts import KEYS, Found, Source, told
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import Facts, Phrase, phrase

TIME_LIMIT_S = 1.0
"""For all of them together: they are found out side by side."""

_SECTIONS: tuple[tuple[str, tuple[Source, ...]], ...] = (
    ("program", machine_program.SOURCES),
    ("system", machine_system.SOURCES),
    ("account", machine_account.SOURCES),
    ("browsers", machine_program.BROWSERS),
    ("protection", machine_system.PROTECTION),
    ("settings", machine_settings.SOURCES),
)


class _Job(NamedTuple):
    """One fact that is being found out; ``answer`` is empty until it is known."""

    source: Source
    answer: list[Facts]
    thread: threading.Thread


def sections(scene: Scene, time_limit: float = TIME_LIMIT_S) -> tuple[Section, ...]:
    """Return the facts of this PC, by what they are about; blocks, at most ``time_limit`` seconds.

    Never raises for what this PC is or lacks.
    """
    return found_out(scene, _SECTIONS, time_limit)


def found_out(
    scene: Scene, wanted: tuple[tuple[str, tuple[Source, ...]], ...], time_limit: float
) -> tuple[Section, ...]:
    """Return what these sources tell, those that are too slow left out of it by name."""
    deadline = time.monotonic() + time_limit
    begun = [(name, [_begin(scene, source) for source in sources]) for name, sources in wanted]
    found = []
    for name, jobs in begun:
        facts = tuple(fact for job in jobs for fact in _end(job, deadline))
        if facts:
            found.append(Section(f"{KEYS}.section.{name}", facts))
    return tuple(found)


def _begin(scene: Scene, source: Source) -> _Job:
    answer: list[Facts] = []

    def work() -> None:
        answer.append(_guarded(lambda: source.find(scene), source.key))

    thread = threading.Thread(target=work, name=f"fact {source.key}", daemon=True)
    thread.start()
    return _Job(source, answer, thread)


def _guarded(find: Callable[[], Found], key: str) -> Facts:
    try:
        return told(key, find())
    except Exception as fault:  # noqa: BLE001  # it is the fact; the others are to be told
        return told(key, phrase(f"{KEYS}.fault", fault=type(fault).__name__))


def _end(job: _Job, deadline: float) -> Facts:
    job.thread.join(max(0.0, deadline - time.monotonic()))
    if job.answer:
        return job.answer[0]
    return told(job.source.key, Phrase(f"{KEYS}.too-slow"))
