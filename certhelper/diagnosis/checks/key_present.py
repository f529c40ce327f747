"""8: whether the private key of each certificate is on this PC."""

from __future__ import annotations

from collections.abc import Sequence

from certhelper.diagnosis import reissue
from certhelper.diagnosis.findings import Detail, Finding
from certhelper.diagnosis.people import (
    TEXTS,
    Person,
    end_of_serial,
    for_each,
    kind_of,
    moment_of,
    people,
    reason,
    which,
)
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.unread_places import before_reissue, trial
from certhelper.diagnosis.values import Kind, Phrase, Told, Value, phrase
from certhelper.reason import text_of_cause
from certhelper.standing import Judged
from certhelper.store_names import store_name
from certhelper.stores.base import KeyState

_CARD_OUT = frozenset({"card-missing", "card-other"})


def check(scene: Scene) -> Sequence[Finding]:
    """Say whose key is not here, or is not known to be here."""
    everybody = people(scene)

    def here() -> Finding:
        return Finding("key-here", details=_places(everybody))

    return for_each(everybody, lambda one: _look(scene, one), here, "key-nobody")


def _look(scene: Scene, person: Person) -> Sequence[Finding]:
    installed = person.judged.installed
    if reason(person.judged, "no-key"):
        return [_absent(scene, person)]
    newer = reissue.newer_without_key(person)
    if newer is not None:
        return [_unfinished(scene, person, newer)]
    trouble = installed.key_trouble
    kind = kind_of(person.judged)
    if trouble is not None and trouble.cause in _CARD_OUT and installed.key is KeyState.NEEDS_USER:
        return [person.finding("key-card-out", cause=Phrase(text_of_cause(trouble.cause, kind)))]
    if installed.key is KeyState.UNUSABLE:
        return [person.finding("key-does-not-open")]
    if installed.key is KeyState.UNKNOWN:
        unknown = Phrase(f"{TEXTS}.key-not-told")
        cause = Phrase(text_of_cause(trouble.cause, kind)) if trouble else unknown
        todo = trial(scene, person.judged, "by-log-on")
        return [person.finding("key-not-known", cause=cause, trial=todo)]
    return []


def _absent(scene: Scene, person: Person) -> Finding:
    why = reissue.of_person(scene, person).details()
    where = Value(Kind.STORE, store_name(person.judged.installed))
    place = Detail(f"{TEXTS}.without-key-in", (where,))
    before = before_reissue(scene)
    if reissue.older_with_key(person) is not None:
        certificate = person.certificate
        return person.finding(
            person.reissued_by_bank("key-of-newer-absent"),
            *why,
            place,
            serial=end_of_serial(certificate),
            until=moment_of(certificate.not_after),
            **before,
        )
    return person.finding(person.reissued_by_bank("key-absent"), *why, place, **before)


def _unfinished(scene: Scene, person: Person, newer: Judged) -> Finding:
    """The manual's third case while the certificate until now still works."""
    where = Value(Kind.STORE, store_name(newer.installed))
    return person.finding(
        "key-of-newest-absent",
        Detail(f"{TEXTS}.without-key-in", (which(newer), where)),
        serial=end_of_serial(newer.installed.certificate),
        until=moment_of(person.certificate.not_after),
        reissue=person.reissue,
        **before_reissue(scene),
    )


def _places(everybody: Sequence[Person]) -> tuple[Detail, ...]:
    lines: list[Told] = [
        phrase(
            f"{TEXTS}.key-in.{one.judged.installed.key.value}",
            person=dict(one.whose)["person"],
            place=Value(Kind.STORE, store_name(one.judged.installed)),
        )
        for one in everybody
        if one.judged.installed.key in (KeyState.PRESENT, KeyState.NEEDS_USER)
    ]
    return (Detail(f"{TEXTS}.keys", tuple(lines)),) if lines else ()
