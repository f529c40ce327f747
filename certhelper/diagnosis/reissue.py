"""Why a certificate has to be reissued: the manual's four cases, told apart as far as can be.

The manual (「処理フロー」, ご注意ください) names them: it has expired; the PC was changed; an
update did not finish; it was deleted by mistake.  Only the first can be seen for sure.  For the
others a PC holds traces at best, so what is seen is told as what it is, and what cannot be known
from this PC is said.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from certhelper.diagnosis.findings import Detail
from certhelper.diagnosis.people import TEXTS, Person, age, moment_of, reason, which
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.traces import Traces, traces
from certhelper.diagnosis.values import Phrase, Told, facts
from certhelper.standing import Judged, Severity
from certhelper.stores.base import KeyState

_TEXTS = f"{TEXTS}.reissue"
_HAS_KEY = frozenset({KeyState.PRESENT, KeyState.NEEDS_USER})
_REPLACED = "superseded"  # RFC 5280 section 5.3.1


class Case(StrEnum):
    """The manual's cases; ``REPLACED``: it was reissued already, the new one was not obtained.

    ``UNKNOWN``: nothing on this PC tells which it is.
    """

    EXPIRED = "expired"
    PC_CHANGED = "pc-changed"
    UPDATE_UNFINISHED = "update-unfinished"
    DELETED = "deleted"
    REPLACED = "replaced"
    UNKNOWN = "unknown"


class Reissue(NamedTuple):
    """``case`` is the likeliest; ``is_sure`` says that nothing else can be.

    ``seen`` is what speaks for it, or what else was seen; ``open_to`` are the cases that are
    possible as well as far as this PC tells.
    """

    case: Case
    is_sure: bool
    seen: tuple[Phrase, ...]
    open_to: tuple[Case, ...]
    by_bank: bool

    def details(self) -> tuple[Detail, ...]:
        """Return it for a finding, to be unfolded: which case, what was seen, what to do."""
        name = "sure" if self.is_sure else "likely" if self.case is not Case.UNKNOWN else "open"
        case = Phrase(f"{_TEXTS}.case.{self.case.value}")
        told: list[Told] = [Phrase(f"{_TEXTS}.{name}", facts(case=case)), *self.seen]
        if self.open_to:
            told.append(Phrase(f"{_TEXTS}.not-known"))
            told += [Phrase(f"{_TEXTS}.possible.{one.value}") for one in self.open_to]
        steps = ("bank-1", "bank-2") if self.by_bank else ("step-1", "step-2", "step-3")
        return (
            Detail(f"{_TEXTS}.why", tuple(told)),
            Detail(f"{_TEXTS}.how", tuple(Phrase(f"{_TEXTS}.{one}") for one in steps)),
        )


def of_person(scene: Scene, person: Person, revoked_because: str = "") -> Reissue:
    """Tell the case of somebody whose certificate cannot be used.

    ``revoked_because`` is the reason of RFC 5280 where it was revoked.
    """
    by_bank = person.is_administrator
    left = traces(scene)
    until = person.certificate.not_after
    if revoked_because == _REPLACED:
        replaced = Phrase(f"{_TEXTS}.seen.replaced")
        return Reissue(Case.REPLACED, False, (replaced,), (), by_bank)
    if reason(person.judged, "expired"):
        expired = Phrase(f"{_TEXTS}.seen.expired", facts(until=moment_of(until)))
        return Reissue(Case.EXPIRED, True, (expired, *_of_update(left)), (), by_bank)
    if reason(person.judged, "no-key"):
        return _without_key(person, left, by_bank=by_bank)
    open_to = (Case.PC_CHANGED, Case.UPDATE_UNFINISHED)
    return Reissue(Case.UNKNOWN, False, _of_update(left), open_to, by_bank)


def of_nobody(scene: Scene, *, was_listed: bool = False) -> Reissue:
    """Tell the case where no certificate of anybody, or not the wanted one, is on this PC.

    ``was_listed`` says that the wanted one has been there a while ago.
    """
    left = traces(scene)
    if was_listed or left.was_used:
        before = Phrase(f"{_TEXTS}.seen.{'was-listed' if was_listed else 'was-used'}")
        seen = (before, *_of_update(left))
        return Reissue(Case.DELETED, False, seen, (Case.UPDATE_UNFINISHED,), by_bank=False)
    unfinished = _of_update(left)
    rest = (Case.UPDATE_UNFINISHED, Case.DELETED)
    if unfinished:  # what is left may be of another program: nothing is ruled out
        open_to = (*rest, Case.PC_CHANGED)
        return Reissue(Case.UNKNOWN, False, unfinished, open_to, by_bank=False)
    nothing = _nothing_left(left)
    return Reissue(Case.UNKNOWN, False, nothing, (Case.PC_CHANGED, *rest), by_bank=False)


def _without_key(person: Person, left: Traces, *, by_bank: bool) -> Reissue:
    """The certificate came here without its key: the key is elsewhere, or is gone."""
    older = older_with_key(person)
    if older is not None:
        seen = (Phrase(f"{_TEXTS}.seen.older-with-key", facts(which=older)), *_of_update(left))
        open_to = (Case.PC_CHANGED,)
        return Reissue(Case.UPDATE_UNFINISHED, False, seen, open_to, by_bank)
    seen = (Phrase(f"{_TEXTS}.seen.no-key"), *_of_update(left))
    return Reissue(Case.PC_CHANGED, False, seen, (Case.UPDATE_UNFINISHED,), by_bank)


def older_with_key(person: Person) -> Phrase | None:
    """Name the person's older certificate whose key is here, where there is one."""
    sha256, own = person.certificate.sha256, age(person.judged)
    older = [
        one
        for one in person.rows
        if one.installed.key in _HAS_KEY
        and one.installed.certificate.sha256 != sha256
        and age(one) < own
    ]
    return which(max(older, key=age)) if older else None


def newer_without_key(person: Person) -> Judged | None:
    """Return the newest of a person's certificates that are newer than the usable one, keyless.

    Only what nothing but the key keeps from being used speaks for a renewal that did not finish; in
    none of its places is the key.  None: there is none.
    """
    if not person.judged.usable:
        return None
    own = age(person.judged)
    newer = [one for one in person.rows if age(one) > own and _lacks_key_alone(one)]
    kept = {
        one.installed.certificate.sha256
        for one in person.rows
        if one.installed.key is not KeyState.ABSENT
    }
    newer = [one for one in newer if one.installed.certificate.sha256 not in kept]
    return max(newer, key=age, default=None)


def _lacks_key_alone(judged: Judged) -> bool:
    blocking = {one.code for one in judged.reasons if one.severity is Severity.BLOCKING}
    return "no-key" in blocking and blocking <= {"no-key", "not-yet-valid"}


def _of_update(left: Traces) -> tuple[Phrase, ...]:
    """What speaks for an update, or a first 取得, that did not come to its end."""
    seen = []
    if left.keys:
        seen.append(Phrase(f"{_TEXTS}.seen.keys", facts(count=left.keys)))
    if left.requests:
        seen.append(Phrase(f"{_TEXTS}.seen.requests", facts(count=left.requests)))
    return tuple(seen)


def _nothing_left(left: Traces) -> tuple[Phrase, ...]:
    """Say that there is no trace, or that nobody could look for one."""
    looked = left.keys is not None or left.requests is not None
    return (Phrase(f"{_TEXTS}.seen.{'nothing' if looked else 'not-looked'}"),)
