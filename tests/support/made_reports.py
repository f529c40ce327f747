"""Diagnoses without a PC: a scene, what the checks found, and the report of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from support import listings

from certhelper.diagnosis import report
from certhelper.diagnosis.findings import Detail, Finding, Outcome, Section, entries
from certhelper.diagnosis.order import CHECKS
from certhelper.diagnosis.raw_values import aliases_of
from certhelper.diagnosis.report import Report
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import Facts, Kind, Value, facts
from certhelper.listing import Listing
from certhelper.proxy_choice import ProxyChoice
from certhelper.stores.base import Installed

NOBODY: Mapping[str, str] = {}


def scene(
    found: Listing,
    environment: Mapping[str, str] = NOBODY,
    proxy: ProxyChoice | None = None,
    chosen: str = "",
) -> Scene:
    """A scene whose stores were read already."""
    return Scene(
        listings.bank(),
        listings.AT,
        lambda: found,
        chosen=chosen,
        proxy=proxy or ProxyChoice(),
        environment=environment,
    )


def whose(contract: str, user: str, **more: str) -> Facts:
    """The facts that name a person in a finding."""
    return facts(contract=Value(Kind.CONTRACT, contract), user=Value(Kind.USER, user), **more)


def finding(
    given: Facts = (),
    details: Iterable[Value] = (),
    about: str = "",
    code: str = "check-crashed",
) -> Finding:
    """A finding with these facts; the values of ``details`` are lines of one detail."""
    lines = tuple(details)
    unfolded = (Detail("diagnosis.check.network", lines),) if lines else ()
    return Finding(code, given, unfolded, about)


def outcomes(**found: Sequence[Finding]) -> tuple[Outcome, ...]:
    """What became of all sixteen checks; those that are not named found nothing wrong."""
    well = {one.check: Finding(one.code) for one in entries().values() if one.place == 0}
    given = {name.replace("_", "-"): tuple(some) for name, some in found.items()}
    return tuple(
        Outcome(one.name, given.get(one.name) or (well[one.name],), 0.01) for one in CHECKS
    )


def made(
    certificates: Iterable[Installed] = (),
    became: Sequence[Outcome] = (),
    sections: Sequence[Section] = (),
    environment: Mapping[str, str] = NOBODY,
    log: Sequence[str] = (),
    chosen: str = "",
) -> Report:
    """A report of these parts, as :func:`certhelper.diagnosis.report.make` puts it together."""
    found = listings.listing(*certificates)
    at = scene(found, environment, chosen=chosen)
    every = tuple(became or outcomes())
    aliases = aliases_of(at, every, sections, found)
    return report.Report(at.at, at.bank, every, tuple(sections), found, chosen, tuple(log), aliases)
