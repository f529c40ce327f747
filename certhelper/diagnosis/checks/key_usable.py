"""9: whether each key makes a signature, tried silently: no dialog, no password, no PIN."""

from __future__ import annotations

from collections.abc import Sequence

from certhelper.checks import KeyTest, place_of
from certhelper.diagnosis import reissue
from certhelper.diagnosis.findings import Detail, Finding
from certhelper.diagnosis.people import (
    TEXTS,
    Person,
    actor_of,
    by_holder,
    end_of_serial,
    kind_of,
    moment_of,
    people,
    people_of,
    reason,
    which,
)
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.trials import Trials, trials
from certhelper.diagnosis.unread_places import before_reissue, trial
from certhelper.diagnosis.values import Phrase, Told, phrase, plain
from certhelper.reason import text_of_cause
from certhelper.standing import Judged
from certhelper.stores.base import KeyState, KeyTrouble, TriesLeft

_CODES = {
    "undecipherable": "key-undecipherable",
    "container-missing": "key-of-other-account",
    "access-denied": "key-of-other-account",
    "temporary-profile": "key-of-other-account",
    "key-not-found": "key-of-other-account",
    "card-blocked": "key-blocked",
    "provider-missing": "key-without-software",
}
"""Which finding a cause of a key's trouble is; every other one says that the key is damaged."""
_DAMAGED = "key-damaged"
_REISSUED = frozenset({"key-undecipherable", "key-of-other-account", _DAMAGED})


def check(scene: Scene) -> Sequence[Finding]:
    """Say whose key makes no signature, and whose could not be tried."""
    tried = trials(scene)
    after = by_holder(people_of(tried.found, scene.chosen))
    everybody = people(scene)
    found = [one for was in everybody for one in _look(scene, was, after[was.holder_name], tried)]
    found += [one for was in everybody for one in _tries(was)]
    if found:
        return found
    signing = tuple(
        phrase(f"{TEXTS}.of-person", person=dict(one.whose)["person"], line=which(one.judged))
        for one in after.values()
        if _test_of(one.judged, tried)
    )
    if not signing:
        return [Finding("key-not-tested")]
    return [Finding("key-signs", details=(Detail(f"{TEXTS}.signing", signing),))]


def _look(scene: Scene, was: Person, now: Person, tried: Trials) -> Sequence[Finding]:
    failed = _trouble_of(was.judged, tried)
    if failed is not None:
        if now.judged.usable:
            certificate = now.certificate
            told = {"serial": end_of_serial(certificate)}
            until = moment_of(certificate.not_after)
            detail = _detail(was.judged, failed)
            return [now.finding("key-of-other-works", detail, **told, until=until)]
        return [_unusable(scene, was, failed)]
    test = _test_of(was.judged, tried)
    if test is not None and test.signs is None:
        return [_untried(scene, was, test.trouble)]
    return []


def _tries(person: Person) -> Sequence[Finding]:
    """Say where few tries of a token's PIN are left: the next wrong one may block it."""
    token = person.judged.installed.token
    if token is None or token.tries not in (TriesLeft.LOW, TriesLeft.LAST):
        return []
    return [person.finding("key-few-tries", tries=phrase(f"{TEXTS}.tries.{token.tries.value}"))]


def _trouble_of(judged: Judged, tried: Trials) -> KeyTrouble | None:
    """Return why the key does not work, by its test or as the store has told; None: it may."""
    test = _test_of(judged, tried)
    if test is not None and test.signs is False:
        return test.trouble or KeyTrouble("signature-failed")
    if reason(judged, "key-unusable"):
        return judged.installed.key_trouble or KeyTrouble("container-missing")
    return None


def _test_of(judged: Judged, tried: Trials) -> KeyTest | None:
    if judged.installed.key is KeyState.ABSENT:
        return None
    return tried.tests.get(place_of(judged.installed))


def _unusable(scene: Scene, person: Person, trouble: KeyTrouble) -> Finding:
    code = _CODES.get(trouble.cause, _DAMAGED)
    details = [_detail(person.judged, trouble)]
    told: dict[str, Told] = {"cause": _cause(person.judged, trouble), "said": _said(trouble)}
    if code in _REISSUED:
        details += reissue.of_person(scene, person).details()
        told |= before_reissue(scene) | {"reissue": person.reissue}
    return person.finding(code, *details, **told)


def _untried(scene: Scene, person: Person, trouble: KeyTrouble | None) -> Finding:
    known = trouble or KeyTrouble("other")
    cause = _cause(person.judged, known)
    todo = trial(scene, person.judged, "with-secret")
    found = person.finding("key-untried", cause=cause, said=_said(known), trial_with_secret=todo)
    return found._replace(actor=actor_of("key-causes", cause.key.rpartition(".")[2]))


def _detail(judged: Judged, trouble: KeyTrouble) -> Detail:
    return Detail(f"{TEXTS}.why-not-usable", (which(judged), _cause(judged, trouble)))


def _cause(judged: Judged, trouble: KeyTrouble) -> Phrase:
    return Phrase(text_of_cause(trouble.cause, kind_of(judged)))


def _said(trouble: KeyTrouble) -> Told:
    """What the system said, such as 0x8009000B; nothing where it said nothing."""
    return plain(f" [{trouble.code}]" if trouble.code else "")
