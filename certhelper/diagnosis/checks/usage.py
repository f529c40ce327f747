"""10: whether the certificates are of a kind that is made for log-on."""

from __future__ import annotations

from collections.abc import Sequence

from certhelper.diagnosis.findings import Finding
from certhelper.diagnosis.people import Person, for_each, people, reason
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import Phrase
from certhelper.standing import Judged

_ELSEWHERE = frozenset({"not_before", "not_after", "issuer", "subject"})
"""Fields of which another check speaks."""
_NEEDED = "public_key"


def check(scene: Scene) -> Sequence[Finding]:
    """Say whose certificate lacks what a log-on needs."""
    return for_each(people(scene), _look, lambda: Finding("usage-for-log-on"), "usage-nobody")


def _look(person: Person) -> Sequence[Finding]:
    judged = person.judged
    if reason(judged, "wrong-key-usage"):
        return [person.finding("usage-no-signature")]
    if reason(judged, "wrong-extended-key-usage"):
        return [person.finding("usage-other-purpose")]
    fields = _unread(judged)
    if _NEEDED in fields:
        return [
            person.finding("usage-key-unreadable", field=_name(_NEEDED), reissue=person.reissue)
        ]
    return [person.finding("usage-field-unreadable", field=_name(one)) for one in fields[:1]]


def _unread(judged: Judged) -> list[str]:
    every = (dict(one.facts)["field"] for one in judged.reasons if one.code == "unreadable-field")
    return [one for one in every if one not in _ELSEWHERE]


def _name(field: str) -> Phrase:
    return Phrase(f"reasons.fields.{field}")
