"""3: whether there is a certificate on this PC at all, and where it could not be looked for."""

from __future__ import annotations

from collections.abc import Sequence

from certhelper.diagnosis import reissue
from certhelper.diagnosis.checks.name import unplaced
from certhelper.diagnosis.findings import Detail, Finding
from certhelper.diagnosis.people import TEXTS, Person, people, reason
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.unread_places import (
    all_unread,
    is_ordinary,
    kind_of,
    named,
    together,
)
from certhelper.diagnosis.values import Phrase, facts
from certhelper.diagnosis.verdict import WITH_USABLE
from certhelper.unread import Unread


def check(scene: Scene) -> Sequence[Finding]:
    """Say whose certificate is where nobody can use it, and what could not be read."""
    everybody, places = people(scene), all_unread(scene)
    if not everybody:
        return [_nobody(scene, places)]
    found = [one for person in everybody for one in _look(person)]
    grave = [one for one in places if not is_ordinary(one)]
    is_nobody_waiting = all(one.judged.usable for one in everybody)
    unread = grave if is_nobody_waiting else places  # what is missing may be there
    if unread:
        found.append(_unread("present-unread", unread, "some"))
    if any(one.judged.usable for one in everybody) or not found:
        beside = (named(places),) if places and not unread else ()
        found.append(_present(everybody, beside))
    return found


def _look(person: Person) -> Sequence[Finding]:
    if reason(person.judged, "computer-store"):
        return [person.finding("present-computer-store")]
    if reason(person.judged, "archived"):
        return [person.finding("present-archived")]
    return []


def _nobody(scene: Scene, places: Sequence[Unread]) -> Finding:
    """A certificate is not said to be missing while it may be where nobody could look."""
    if places:
        return _unread("present-none-unread", places, "not-chosen" if scene.chosen else "none")
    if scene.chosen:
        why = reissue.of_nobody(scene, was_listed=True).details()
        return Finding("present-chosen-gone", details=why, about=scene.chosen)
    candidates = [one for one in unplaced(scene) if one.usable]
    if candidates:
        return Finding("present-unnamed", facts(count=len(candidates)))
    return Finding("present-none", details=reissue.of_nobody(scene).details())


def _unread(general: str, places: Sequence[Unread], elsewhere: str) -> Finding:
    """Where there is one reason, it is the finding: the first line and the check code carry it."""
    known = "in-part" if all(one.is_in_part for one in places) else "perhaps"
    told = facts(
        unread=together(places),
        there=Phrase(f"{TEXTS}.there.{known}"),
        inside=Phrase(f"{TEXTS}.inside.{known}"),
        elsewhere=Phrase(f"{TEXTS}.elsewhere.{elsewhere}"),
        count=len(places),
    )
    return Finding(kind_of(places) or general, told, (named(list(places)),))


def _present(everybody: Sequence[Person], beside: tuple[Detail, ...]) -> Finding:
    count = len({one.installed.certificate.sha256 for person in everybody for one in person.rows})
    lines = tuple(Phrase(f"{TEXTS}.holder", one.whose) for one in everybody)
    holders = Detail(f"{TEXTS}.holders", lines)
    able = [one for one in everybody if one.judged.usable]
    if 0 < len(able) < len(everybody):
        usable = Detail(WITH_USABLE, tuple(Phrase(f"{TEXTS}.holder", one.whose) for one in able))
        beside = (usable, *beside)
    return Finding("present-here", facts(count=count, people=len(everybody)), (holders, *beside))
