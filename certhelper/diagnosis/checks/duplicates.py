"""7: several certificates of the same person, of which a wrong one may be picked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from certhelper.diagnosis.checks.revocation import after_all
from certhelper.diagnosis.findings import Detail, Finding
from certhelper.diagnosis.people import (
    TEXTS,
    Person,
    against,
    by_holder,
    end_of_serial,
    for_each,
    moment_of,
    people,
    people_of,
    which,
)
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import Kind, Told, Value, phrase
from certhelper.standing import Judged
from certhelper.store_names import store_name


def check(scene: Scene) -> Sequence[Finding]:
    """Say who has several that a browser offers, or chose one that cannot be used."""
    everybody = people(scene)

    def alone() -> Finding:
        return Finding("duplicates-none", details=_beside(everybody))

    return for_each(everybody, lambda one: _look(_known(scene, one)), alone, "duplicates-nobody")


def _known(scene: Scene, person: Person) -> Person:
    """Return somebody who has several as they are after the checks of the keys and the issuers.

    Nobody is told to use the one whose key does not work, or that was revoked.
    """
    if person.unfit is not None or len(_offered(person)) < 2:
        return person
    return by_holder(people_of(after_all(scene), scene.chosen))[person.holder_name]


def _offered(person: Person) -> list[Judged]:
    return _distinct(one for one in person.rows if one.usable)


def _look(person: Person) -> Sequence[Finding]:
    certificate = person.certificate
    best = {"serial": end_of_serial(certificate), "until": moment_of(certificate.not_after)}
    if person.unfit is not None:
        words = against(person.unfit)
        lines: tuple[Told, ...] = (which(person.unfit), *words)
        detail = Detail(f"{TEXTS}.chosen", lines)
        chosen = end_of_serial(person.unfit.installed.certificate)
        named = {"chosen": chosen, "why": words[0] if words else phrase(f"{TEXTS}.unknown")}
        found = person.finding("duplicates-chosen-unusable", detail, **best, **named)
        return [found._replace(about=person.unfit.installed.certificate.sha256)]
    offered = _offered(person)
    if len(offered) < 2:
        return []
    detail = Detail(f"{TEXTS}.same-name", tuple(_line(one) for one in _distinct(person.rows)))
    return [person.finding("duplicates-several", detail, count=len(offered), **best)]


def _distinct(rows: Iterable[Judged]) -> list[Judged]:
    found: dict[str, Judged] = {}
    for one in rows:
        found.setdefault(one.installed.certificate.sha256, one)
    return list(found.values())


def _line(judged: Judged) -> Told:
    """Name one of several, with why it cannot be used where it cannot."""
    words = against(judged)
    if not words:
        return which(judged)
    return phrase(f"{TEXTS}.which-not", which=which(judged), why=words[0])


def _beside(everybody: Sequence[Person]) -> tuple[Detail, ...]:
    """What does no harm: expired ones beside a good one, and the same in several places."""
    old: list[Told] = [
        phrase(f"{TEXTS}.of-person", person=dict(one.whose)["person"], line=_line(row))
        for one in everybody
        for row in _distinct(one.rows)
        if row.installed.certificate.sha256 != one.certificate.sha256
    ]
    places: list[Told] = [
        phrase(
            f"{TEXTS}.of-person",
            person=dict(one.whose)["person"],
            line=Value(Kind.STORE, store_name(row.installed)),
        )
        for one in everybody
        for row in one.rows
        if row.installed.certificate.sha256 == one.certificate.sha256
        and row.installed.store != one.judged.installed.store
    ]
    told = ((f"{TEXTS}.old-ones", old), (f"{TEXTS}.same-elsewhere", places))
    return tuple(Detail(name, tuple(lines)) for name, lines in told if lines)
