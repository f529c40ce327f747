"""The first thing that a report says: what is the matter in one sentence, and the next step.

The gravest finding is the verdict; of several that weigh alike, the one whose check finds the cause
soonest.  Where others have trouble, too, they are named beside it, and so is what nobody could
check: "nothing was found" is never said of what was not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from certhelper import texts
from certhelper.diagnosis.course import CANCELLED
from certhelper.diagnosis.findings import AREAS, COMMON_AREA, Finding, Outcome, Status
from certhelper.diagnosis.values import Facts, Phrase, Told, plain
from certhelper.failures import Actor

_TEXTS = "diagnosis-certificates.verdict"
_MOST_OTHERS = 2
"""Persons that are named beside the first; a sentence stays a sentence."""

_WEIGHTS = list(Status)
_PRESENT, _PIN_PAGE_REACHED = "present", "rehearsal"


class Conclusion(NamedTuple):
    """What a diagnosis comes to.

    ``check`` and ``finding`` are the gravest; empty and None where all is well.  ``headline`` and
    ``next_step`` are sentences, one behind the other, with their values still unredacted.
    """

    status: Status
    check: str
    finding: Finding | None
    headline: tuple[Phrase, ...]
    next_step: tuple[Phrase, ...]

    @property
    def who(self) -> Actor | None:
        """Who must act; None: nobody."""
        return None if self.finding is None else self.finding.who


def conclude(outcomes: Sequence[Outcome]) -> Conclusion:
    """Return the verdict on what has become of the checks, in their order, so far."""
    every = [(one.check, found) for one in outcomes for found in one.findings]
    every.sort(key=lambda one: _WEIGHTS.index(one[1].status))  # stable: the checks' order stays
    unchecked = _Unchecked(outcomes)
    if not every or every[0][1].status in (Status.OK, Status.NOT_APPLICABLE):
        return Conclusion(Status.OK, "", None, _all_well(outcomes), (_own("nothing-to-do"),))
    check, worst = every[0]
    if worst.status is Status.NOT_CHECKED and _is_looked_at(outcomes):
        said = (_own("well"), *unchecked.beside(""))
        return Conclusion(worst.status, check, worst, said, (_said(worst, "remedy"),))
    others = _others(worst, [found for _, found in every])
    named, unnamed = others[:_MOST_OTHERS], len(others) - _MOST_OTHERS
    headline = [_said(worst, "user"), *(_said(one, "user") for one in named)]
    if unnamed > 0:
        headline.append(_own("more-persons", count=plain(unnamed)))
    return Conclusion(
        worst.status,
        check,
        worst,
        (*headline, *unchecked.beside(check)),
        _steps(worst, named),
    )


class _Unchecked:
    """What could not be checked."""

    def __init__(self, outcomes: Iterable[Outcome]) -> None:
        self._checks = [
            one.check
            for one in outcomes
            if any(found.status is Status.NOT_CHECKED for found in one.findings)
        ]

    def beside(self, check: str) -> tuple[Phrase, ...]:
        """Name the others where something of them is not known."""
        names = [Phrase(f"diagnosis.check.{one}") for one in self._checks if one != check]
        return (_own("not-checked", checks=_joined(names)),) if names else ()


def _is_looked_at(outcomes: Sequence[Outcome]) -> bool:
    """Whether so much was seen that "nothing was found" says something."""
    is_cancelled = any(found.code == CANCELLED for one in outcomes for found in one.findings)
    is_present = any(
        found.status is Status.OK
        for one in outcomes
        for found in one.findings
        if one.check == _PRESENT
    )
    return is_present and not is_cancelled


def _all_well(outcomes: Sequence[Outcome]) -> tuple[Phrase, ...]:
    is_rehearsed = any(
        one.check == _PIN_PAGE_REACHED and one.status is Status.OK for one in outcomes
    )
    return (_own("well-and-rehearsed" if is_rehearsed else "well"),)


def _others(worst: Finding, every: Sequence[Finding]) -> list[Finding]:
    """Return the gravest finding of each other person, where it weighs as much as the worst."""
    seen = {_person(worst)}
    found = []
    for one in every:
        person = _person(one)
        if one.status is worst.status and person and person not in seen:
            seen.add(person)
            found.append(one)
    return found


def _person(finding: Finding) -> Facts:
    """Whom a finding is about; empty where it is about nobody."""
    return tuple(fact for fact in finding.facts if fact[0] in ("contract", "user"))


def _steps(worst: Finding, others: Iterable[Finding]) -> tuple[Phrase, ...]:
    """Return what to do now; what others have to do besides is said with whose step each is."""
    unlike: dict[str, Finding] = {}
    for one in others:
        if one.code != worst.code and "person" in dict(one.facts):
            unlike.setdefault(one.code, one)
    if not unlike or "person" not in dict(worst.facts):
        return (_said(worst, "remedy"), *map(_step_of, unlike.values()))
    return tuple(map(_step_of, (worst, *unlike.values())))


def _step_of(finding: Finding) -> Phrase:
    return _own("step-of", person=dict(finding.facts)["person"], step=_said(finding, "remedy"))


def _said(finding: Finding, name: str) -> Phrase:
    """Return one of a finding's own texts, with its facts."""
    code = finding.code
    area = next(one for one in (*AREAS, COMMON_AREA) if code in texts.area(one))
    return Phrase(f"{area}.{code}.{name}", finding.facts)


def _own(name: str, **facts: Told) -> Phrase:
    return Phrase(f"{_TEXTS}.{name}", tuple(facts.items()))


def _joined(parts: Sequence[Phrase]) -> Phrase:
    """Put names into one, with what stands between names."""
    first, *rest = parts
    return _own("and", first=first, rest=_joined(rest)) if rest else first
