"""5: whether 契約法人ID and 利用者ID can be read, and whether it is the 管理者's certificate."""

from __future__ import annotations

from collections.abc import Sequence

from certhelper.diagnosis.findings import Detail, Finding
from certhelper.diagnosis.people import TEXTS, Person, people, reason
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.unread_places import before_reissue
from certhelper.diagnosis.values import Kind, Phrase, Told, Value, facts
from certhelper.reason import Reason
from certhelper.standing import Judged, is_authority

_CODES = {
    "several": "name-several",
    "look-alike": "name-look-alike",
    "nameless": "name-nameless",
}
_MOST_TOLD = 5


def check(scene: Scene) -> Sequence[Finding]:
    """Say of which certificates the holder cannot be read, where that matters."""
    everybody = people(scene)
    if everybody and not scene.chosen and all(one.is_administrator for one in everybody):
        return [Finding("name-administrator-only", facts(**before_reissue(scene)))]
    found = [one for person in everybody for one in _look(person)]
    if found:
        return found
    unnamed = [] if scene.chosen else unplaced(scene)  # they are others'
    if everybody:
        return [Finding("name-read", details=_holders(everybody) + _beside(unnamed))]
    return [_unreadable(one) for one in unnamed[:_MOST_TOLD]] or [Finding("name-nobody")]


def unplaced(scene: Scene) -> list[Judged]:
    """Return the certificates that may be the bank's and have no holder that could be read."""
    every = scene.found().grouped.unrecognized
    mine = [one for one in every if not reason(one, "other-issuer") and not is_authority(one)]
    distinct = {one.installed.certificate.sha256: one for one in reversed(mine)}
    return sorted(distinct.values(), key=lambda one: not one.usable)


def _look(person: Person) -> Sequence[Finding]:
    if person.is_administrator:
        return [person.finding("name-administrator")]
    if person.subject.holder is None and _unread(person.judged):
        return [_unreadable(person.judged)]
    return []


def _unread(judged: Judged) -> Reason | None:
    return reason(judged, "unrecognized-name")


def _unreadable(judged: Judged) -> Finding:
    against = _unread(judged)
    told = dict(against.facts) if against else {}
    code = _CODES.get(told.get("variant", ""), "name-unreadable")
    about = judged.installed.certificate.sha256
    return Finding(code, facts(name=_name(told.get("name", ""))), about=about)


def _name(shown: str) -> Told:
    return Value(Kind.NAME, shown) if shown else Phrase(f"{TEXTS}.unknown")


def _holders(everybody: Sequence[Person]) -> tuple[Detail, ...]:
    lines = tuple(Phrase(f"{TEXTS}.holder", one.whose) for one in everybody)
    return (Detail(f"{TEXTS}.holders", lines),)


def _beside(unnamed: Sequence[Judged]) -> tuple[Detail, ...]:
    told = (dict(one.facts) for one in map(_unread, unnamed) if one)
    names = tuple(_name(one.get("name", "")) for one in told)[:_MOST_TOLD]
    return (Detail(f"{TEXTS}.unplaced", names),) if names else ()
