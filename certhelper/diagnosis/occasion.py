"""What failed before a diagnosis was asked for, as a finding of its own.

No check can see a wrong PIN or a suspended user: who asks after one must not read that nothing is
wrong.  The finding stands with the rehearsal of the log-on, whether that is carried out or not.
"""

from __future__ import annotations

from collections.abc import Iterable

from certhelper import spoken_numbers
from certhelper.diagnosis.failure_words import words
from certhelper.diagnosis.findings import Detail, Finding, Outcome
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import Value, plain

CHECK = "rehearsal"
"""The name of the check beside whose findings it stands."""

FAILED = "failed-before"
"""The finding's code on the public list."""

_ASKS_FOR_SECRET = "rehearsal-needs-secret"  # noqa: S105  # a finding's code
_OF_SECRETS = ("token-", "card-", "pin-", "passphrase-", "key-passphrase-", "database-password-")


def finding_of(scene: Scene) -> Finding | None:
    """Return what had failed, in its own words; None where nothing had."""
    if scene.occasion is None:
        return None
    code, given = scene.occasion
    said = words(code, dict(given), scene.bank)
    told = (
        ("failure", plain(code)),
        ("number", plain(spoken_numbers.of_failure(code))),
        *said.facts,
    )
    details = (Detail("diagnosis-surroundings.cause", (said.cause,)),)
    return Finding(FAILED, told, details, scene.chosen, said.who)


def first_in(outcome: Outcome, failed: Finding | None) -> Outcome:
    """Return the outcome of :data:`CHECK` with ``failed`` before what the check found itself.

    After a wrong PIN of a token nobody is advised to type it once more only to see what happens.
    """
    if failed is None or outcome.check != CHECK:
        return outcome
    is_of_secret = _plain_fact(failed, "failure").startswith(_OF_SECRETS)
    kept = (one for one in outcome.findings if not (is_of_secret and one.code == _ASKS_FOR_SECRET))
    return outcome._replace(findings=(failed, *kept))


def failure_in(outcomes: Iterable[Outcome]) -> Finding | None:
    """Return the finding among those of a whole diagnosis; None where nothing had failed."""
    every = (found for one in outcomes for found in one.findings)
    return next((found for found in every if found.code == FAILED), None)


def without_failure(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Return what the checks themselves have found."""
    kept = (
        (one, tuple(found for found in one.findings if found.code != FAILED)) for one in outcomes
    )
    return [one._replace(findings=findings) for one, findings in kept if findings]


def number_of(failed: Finding) -> int:
    """Return the number by which what had failed is read aloud."""
    return int(_plain_fact(failed, "number"))


def _plain_fact(failed: Finding, name: str) -> str:
    fact = dict(failed.facts)[name]
    assert isinstance(fact, Value)
    return fact.text
