"""6: whether the certificates are within their time of validity, and how long still.

Where the bank's servers say that this PC's clock is wrong, the dates are judged by theirs, too; and
nobody is sent to a reissue, which revokes the certificate that is there, before the clock is right.
Where no server told the time, to compare the clock is the first step.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from certhelper import listing, moment
from certhelper.diagnosis import bank_clock, reissue
from certhelper.diagnosis.findings import Detail, Finding
from certhelper.diagnosis.people import (
    TEXTS,
    Person,
    by_holder,
    for_each,
    moment_of,
    people,
    people_of,
    reason,
)
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.unread_places import before_reissue
from certhelper.diagnosis.values import Phrase, Told, phrase

_DATES = ("not_before", "not_after")
_LONG_AGO = timedelta(days=180)
"""The longest grace after the end that comparable banks give: who needs it would have noticed."""

_OUT_OF_TIME = ("expired", "not-yet-valid")


def check(scene: Scene) -> Sequence[Finding]:
    """Say whose certificate has expired, begins later, or expires soon."""
    by_this_pc = people(scene)
    right = bank_clock.right_time(scene) if by_this_pc else None
    everybody = by_this_pc if right is None else _at(scene, right)
    upset = {} if right is None else _upset(by_this_pc, everybody, right)

    def valid() -> Finding:
        lines: list[Told] = [
            phrase(f"{TEXTS}.until", certificate=_named(one), until=_until(one))
            for one in everybody
        ]
        return Finding("period-valid", details=(Detail(f"{TEXTS}.valid-until", tuple(lines)),))

    def look(person: Person) -> Sequence[Finding]:
        return [upset[person.holder_name]] if person.holder_name in upset else _look(scene, person)

    return for_each(everybody, look, valid, "period-nobody")


def _at(scene: Scene, right: datetime) -> tuple[Person, ...]:
    """Return the people as they are at the right time."""
    found = scene.found()
    return people_of(listing.combine(found.readings, found.bank, right, found.checks), scene.chosen)


def _upset(
    by_this_pc: Sequence[Person], at_right_time: Sequence[Person], right: datetime
) -> dict[tuple[str, str | None] | None, Finding]:
    """Return a finding for everybody whose dates look otherwise by this PC's clock."""
    before = by_holder(by_this_pc)
    found = {}
    for one in at_right_time:
        state, was = _state(one), _state(before[one.holder_name])
        if state != was:
            found[one.holder_name] = one.finding(
                "period-by-clock",
                until=_until(one),
                right=moment.in_japan(right),
                state=phrase(f"{TEXTS}.by-right-time.{state}"),
            )
    return found


def _state(person: Person) -> str:
    against = reason(person.judged, *_OUT_OF_TIME)
    return against.code if against else "in-time"


def _look(scene: Scene, person: Person) -> Sequence[Finding]:
    judged = person.judged
    if reason(judged, "expired"):
        code = person.reissued_by_bank("period-expired")
        why = reissue.of_person(scene, person).details()
        return [person.finding(code, *why, until=_until(person), **_first(scene, person))]
    if reason(judged, "not-yet-valid"):
        since = moment_of(person.certificate.not_before)
        agrees = bool(bank_clock.servers(scene)) and bank_clock.right_time(scene) is None
        compared, clock = bank_clock.first(agrees=agrees), moment.in_japan(scene.at)
        return [person.finding("period-not-begun", since=since, clock=clock, compared=compared)]
    soon = reason(judged, "expires-soon")
    if soon and reissue.newer_without_key(person) is None:  # else it was renewed: see check 8
        days = int(dict(soon.facts)["days"])
        code = "period-ends-soon" if days else "period-ends-today"
        return [person.finding(code, until=_until(person), days=days)]
    unread = [dict(one.facts)["field"] for one in judged.reasons if one.code == "unreadable-field"]
    if any(one in _DATES for one in unread):
        told = before_reissue(scene) | {"reissue": person.reissue}
        return [person.finding("period-unreadable", **told)]
    return []


def _first(scene: Scene, person: Person) -> dict[str, Told]:
    """Return what comes before the reissue of a certificate that has expired by this PC's clock."""
    told = before_reissue(scene)
    end = person.certificate.not_after
    if bank_clock.servers(scene) or end is None:
        return told
    since = scene.at - end
    name = "long-ago" if since > _LONG_AGO else "ordinary"
    then = (
        told["first"] if isinstance(told["first"], Phrase) else Phrase(f"{TEXTS}.first-clock.then")
    )
    clock = moment.in_japan(scene.at)
    first = phrase(f"{TEXTS}.first-clock.{name}", clock=clock, days=since.days, first=then)
    return told | {"first": first}


def _until(person: Person) -> Told:
    return moment_of(person.certificate.not_after)


def _named(person: Person) -> Told:
    return dict(person.whose)["certificate"]
