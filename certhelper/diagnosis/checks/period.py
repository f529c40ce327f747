"""6: whether the certificates are within their time of validity, and how long still."""

from __future__ import annotations

from collections.abc import Sequence

from certhelper import moment
from certhelper.diagnosis import reissue
from certhelper.diagnosis.findings import Detail, Finding
from certhelper.diagnosis.people import TEXTS, Person, for_each, moment_of, people, reason
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.unread_places import before_reissue
from certhelper.diagnosis.values import Told, phrase

_DATES = ("not_before", "not_after")


def check(scene: Scene) -> Sequence[Finding]:
    """Say whose certificate has expired, begins later, or expires soon."""
    everybody = people(scene)

    def valid() -> Finding:
        lines: list[Told] = [
            phrase(f"{TEXTS}.until", certificate=_named(one), until=_until(one))
            for one in everybody
        ]
        return Finding("period-valid", details=(Detail(f"{TEXTS}.valid-until", tuple(lines)),))

    return for_each(everybody, lambda one: _look(scene, one), valid, "period-nobody")


def _look(scene: Scene, person: Person) -> Sequence[Finding]:
    judged = person.judged
    if reason(judged, "expired"):
        code = person.reissued_by_bank("period-expired")
        why = reissue.of_person(scene, person).details()
        return [person.finding(code, *why, until=_until(person), **before_reissue(scene))]
    if reason(judged, "not-yet-valid"):
        since = moment_of(person.certificate.not_before)
        clock = moment.in_japan(scene.at)
        return [person.finding("period-not-begun", since=since, clock=clock)]
    soon = reason(judged, "expires-soon")
    if soon:
        days = int(dict(soon.facts)["days"])
        code = "period-ends-soon" if days else "period-ends-today"
        return [person.finding(code, until=_until(person), days=days)]
    unread = [dict(one.facts)["field"] for one in judged.reasons if one.code == "unreadable-field"]
    if any(one in _DATES for one in unread):
        told = before_reissue(scene) | {"reissue": person.reissue}
        return [person.finding("period-unreadable", **told)]
    return []


def _until(person: Person) -> Told:
    return moment_of(person.certificate.not_after)


def _named(person: Person) -> Told:
    return dict(person.whose)["certificate"]
