"""Everything that one diagnosis knows, still as values: what is told of it is decided later."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from threading import Thread
from typing import Any, TypeVar

from certhelper.bank import Bank
from certhelper.diagnosis.aliases import Aliases
from certhelper.diagnosis.findings import Outcome, Section
from certhelper.diagnosis.raw_values import aliases_of
from certhelper.diagnosis.scene import Scene
from certhelper.listing import Listing

Result = TypeVar("Result")

PATIENCE = 5.0
"""Seconds for what nobody has asked for yet: a store or a device may not answer at all."""


@dataclass(frozen=True)
class Report:
    """One diagnosis; :mod:`certhelper.diagnosis.telling` puts it into words.

    ``at`` is this PC's clock, aware, in UTC.  ``outcomes`` are in the order of the checks.
    ``listing`` is None where the certificates could not be read.  ``chosen`` is the SHA-256 of the
    certificate that it is about, empty: those of every 利用者.  ``log`` are lines of the program's
    own log.  ``aliases`` say by which number everything that others must not see is called.
    """

    at: datetime
    bank: Bank
    outcomes: tuple[Outcome, ...]
    sections: tuple[Section, ...]
    listing: Listing | None
    chosen: str
    log: tuple[str, ...]
    aliases: Aliases


def make(scene: Scene, outcomes: Sequence[Outcome], log: Iterable[str] = ()) -> Report:
    """Return the report; never raises for what this PC holds, blocks :data:`PATIENCE` at most."""
    listing = _begun(scene.found)
    sections = _begun(lambda: _sections(scene))
    begun: list[Future[Any]] = [listing, sections]
    wait(begun, timeout=PATIENCE)
    found = _answer(listing)
    lines = tuple(log)
    told = _answer(sections) or ()
    aliases = aliases_of(scene, tuple(outcomes), told, found)
    return Report(scene.at, scene.bank, tuple(outcomes), told, found, scene.chosen, lines, aliases)


def _sections(scene: Scene) -> tuple[Section, ...]:
    machine = import_module("certhelper.diagnosis.machine")
    found: tuple[Section, ...] = scene.once("machine", lambda: machine.sections(scene))
    return found


def _begun(work: Callable[[], Result]) -> Future[Result]:
    """Begin it in a thread that nobody has to wait for."""
    answer: Future[Result] = Future()

    def carry_out() -> None:
        try:
            answer.set_result(work())
        except BaseException as fault:  # noqa: BLE001  # the check that needs it told of it
            answer.set_exception(fault)

    Thread(target=carry_out, name="report", daemon=True).start()
    return answer


def _answer(future: Future[Result]) -> Result | None:
    """Return what has come of it; None where nothing has, or it went wrong."""
    return future.result() if future.done() and future.exception() is None else None
