"""The first thing that a report says: what is the matter in one sentence, and the next step.

The gravest finding is the verdict; of several that weigh alike, the one whose check finds the cause
soonest.  Where others have trouble, too, they are named beside it, and so are those who can log on,
and what nobody could check: "nothing was found" is never said of what was not looked at.  A clock
that upsets the dates comes first, and alone; what only browsers heed comes after "nothing stands
in the way".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from certhelper import texts
from certhelper.diagnosis import occasion
from certhelper.diagnosis.conclusion import Conclusion, Said
from certhelper.diagnosis.consequences import causes
from certhelper.diagnosis.course import CANCELLED
from certhelper.diagnosis.findings import AREAS, COMMON_AREA, Finding, Outcome, Status
from certhelper.diagnosis.values import Facts, Phrase, Told, joined, plain

_TEXTS = "diagnosis-certificates.verdict"

_FAILED_BEFORE = "failed-before"
FAILED_BEFORE = f"{_TEXTS}.{_FAILED_BEFORE}"
"""What had failed, beside what explains it."""

WITH_USABLE = "diagnosis-certificates.with-usable"
"""The detail that names everybody who has a certificate to log on with."""

_MOST_OTHERS = 1
"""Persons whose trouble is told beside the first one's: the verdict is read aloud."""

_MOST_NAMED = 2
"""Persons whose names stand in one sentence."""

_WEIGHTS = list(Status)
_TOLD = ("user", "remedy")
_PRESENT, _PIN_PAGE_REACHED = "present", "rehearsal"
_CLOCK, _BY_CLOCK = "clock", "period-by-clock"
_OF_BROWSERS = frozenset({"browser-policy", "open-browsers"})


def conclude(outcomes: Sequence[Outcome]) -> Conclusion:
    """Return the verdict on what has become of the checks, in their order, so far.

    What had failed before is the verdict where no check explains it, and is told beside what does.
    """
    failed = occasion.failure_in(outcomes)
    if failed is None:
        return _of_checks(outcomes)
    rest = occasion.without_failure(outcomes)
    found = _of_checks(rest)
    if found.status is Status.FAULT and failed.about:
        # What failed without a certificate, such as an import, is explained by nobody's.
        said, step = (_own(_FAILED_BEFORE, message=_said(failed, one)) for one in _TOLD)
        return found._replace(others=(*found.others, Said(said, step, failed.who)))
    is_alone = found.status is not Status.FAULT and _is_looked_at(rest)
    beside = (*((_own("nothing-else"),) if is_alone else ()), *_Unchecked(rest).beside(""))
    return Conclusion(failed.status, occasion.CHECK, failed, _told(failed), beside=beside)


def _of_checks(outcomes: Sequence[Outcome]) -> Conclusion:
    every = sorted(causes(outcomes), key=_rank)  # stable: the checks' order stays
    gravest = min((found.status for _, found in every), key=_WEIGHTS.index, default=Status.OK)
    unchecked = _Unchecked(outcomes)
    clock = _wrong_clock(every)
    if clock is not None:
        step = _own("then-check-again", step=_said(clock, "remedy"))
        first = _told(clock)._replace(step=step)
        return Conclusion(gravest, _CLOCK, clock, first, beside=unchecked.beside(_CLOCK))
    well = Said(_all_well(outcomes), _own("nothing-to-do"))
    if not every or every[0][1].status in (Status.OK, Status.NOT_APPLICABLE):
        return Conclusion(Status.OK, "", None, well)
    check, worst = every[0]
    if worst.status is Status.NOT_CHECKED and _is_looked_at(outcomes):
        beside = unchecked.beside("")
        first = _told(worst)._replace(sentence=well.sentence)
        if _is_rehearsed(outcomes):  # nothing is left to be found out before logging on
            other = _own("this-one-works", step=_said(worst, "remedy"))
            first = first._replace(step=other) if check == _PRESENT else well
        return Conclusion(gravest, check, worst, first, beside=beside)
    if _is_of_browsers(check, worst):
        return Conclusion(gravest, check, worst, well, (_told(worst),))
    return _of_people(every, unchecked, gravest)


def _of_people(
    every: Sequence[tuple[str, Finding]], unchecked: _Unchecked, gravest: Status
) -> Conclusion:
    """Return the verdict where something is in somebody's way, or soon will be."""
    check, worst = every[0]
    findings = [found for _, found in every]
    others, able = _others(worst, findings), _able(findings)
    named = others if len(others) <= _MOST_OTHERS else []
    beside: list[Phrase] = []
    if len(others) > len(named):
        beside.append(_own("more-persons", count=plain(len(others))))
    minded = _minded(able, findings)
    if minded is not None:
        named = [*named, minded]
    elif able:
        beside.append(_able_said(able))
    first, *rest = _with_steps(worst, named, is_named=bool(able) and not others)
    return Conclusion(
        gravest, check, worst, first, tuple(rest), (*beside, *unchecked.beside(check))
    )


def _rank(one: tuple[str, Finding]) -> int:
    """What only concerns browsers comes behind what could not be checked."""
    check, found = one
    if _is_of_browsers(check, found):
        return 2 * _WEIGHTS.index(Status.NOT_CHECKED) + 1
    return 2 * _WEIGHTS.index(found.status)


def _is_of_browsers(check: str, found: Finding) -> bool:
    """Whether it is in the way of browsers alone: this program's log-on heeds neither of them."""
    return check in _OF_BROWSERS and found.status is Status.ATTENTION


def _wrong_clock(every: Iterable[tuple[str, Finding]]) -> Finding | None:
    """Return what there is to say of the clock where the dates cannot be judged before it is right.

    Then nothing else is told, least of all to have a certificate reissued.
    """
    found = next((one for check, one in every if check == _CLOCK), None)
    if found is None or found.status not in (Status.FAULT, Status.ATTENTION):
        return None
    is_upset = any(one.code == _BY_CLOCK for _, one in every)
    return found if is_upset or found.status is Status.FAULT else None


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
        return (_own("not-checked", checks=joined(names)),) if names else ()


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


def _all_well(outcomes: Sequence[Outcome]) -> Phrase:
    return _own("well-and-rehearsed" if _is_rehearsed(outcomes) else "well")


def _is_rehearsed(outcomes: Sequence[Outcome]) -> bool:
    return any(one.check == _PIN_PAGE_REACHED and one.status is Status.OK for one in outcomes)


def _others(worst: Finding, every: Sequence[Finding]) -> list[Finding]:
    """Return the gravest finding of each other person, where it weighs as much as the worst."""
    if not _person(worst):
        return []
    seen = {_person(worst)}
    found = []
    for one in every:
        person = _person(one)
        if one.status is worst.status and person and person not in seen:
            seen.add(person)
            found.append(one)
    return found


def _able(every: Sequence[Finding]) -> list[Facts]:
    """Return each person in whose way nothing was found, where others have trouble."""
    faults = [one for one in every if one.status is Status.FAULT]
    if not faults or not all(map(_person, faults)):  # what is nobody's is in everybody's way
        return []
    hindered = {_person(one) for one in faults}
    return [one for one in _with_usable(every) if _named(one) not in hindered]


def _with_usable(every: Iterable[Finding]) -> Iterable[Facts]:
    """Yield those who have a certificate to log on with."""
    for one in every:
        for detail in one.details:
            if detail.name == WITH_USABLE:
                yield from (line.facts for line in detail.items if isinstance(line, Phrase))


def _minded(able: Sequence[Facts], every: Iterable[Finding]) -> Finding | None:
    """Return what the only person who can log on should mind."""
    if len(able) != 1:
        return None
    mine = (one for one in every if _person(one) == _named(able[0]))
    return next((one for one in mine if one.status is Status.ATTENTION), None)


def _able_said(able: Sequence[Facts]) -> Phrase:
    names = [dict(one)["person"] for one in able]
    if len(names) > _MOST_NAMED:
        return _own("able-and-more", person=names[0], count=plain(len(names) - 1))
    return _own("able", people=joined(names))


def _person(finding: Finding) -> Facts:
    """Whom a finding is about; empty where it is about nobody."""
    return _named(finding.facts)


def _named(facts: Facts) -> Facts:
    return tuple(fact for fact in facts if fact[0] in ("contract", "user"))


def _with_steps(worst: Finding, others: Sequence[Finding], *, is_named: bool) -> list[Said]:
    """Return each with its step, which is said once where it is the same.

    Whose step it is is said where there are several, or ``is_named``.
    """
    told = [_told(worst)]
    codes = {worst.code}
    for one in others:
        told.append(_told(one) if one.code not in codes else _told(one)._replace(step=None))
        codes.add(one.code)
    if not is_named and len(codes) == 1:
        return told
    return [_for_person(*pair) for pair in zip((worst, *others), told, strict=True)]


def _for_person(finding: Finding, said: Said) -> Said:
    person = dict(finding.facts).get("person")
    if said.step is None or person is None:
        return said
    return said._replace(step=_own("step-of", person=person, step=said.step))


def _told(finding: Finding) -> Said:
    return Said(_said(finding, "user"), _said(finding, "remedy"), finding.who)


def _said(finding: Finding, name: str) -> Phrase:
    """Return one of a finding's own texts, with its facts."""
    code = finding.code
    area = next(one for one in (*AREAS, COMMON_AREA) if code in texts.area(one))
    return Phrase(f"{area}.{code}.{name}", finding.facts)


def _own(name: str, **facts: Told) -> Phrase:
    return Phrase(f"{_TEXTS}.{name}", tuple(facts.items()))
