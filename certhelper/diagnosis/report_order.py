"""The order in which a report tells things: one that says nothing of what is left out.

Contracts and people come in the order of their numbers, not of their IDs; on the screen the order
is the same, so that the person recognizes in the file what they saw.
"""

from __future__ import annotations

from certhelper.diagnosis.aliases import Aliases
from certhelper.diagnosis.findings import Finding, Outcome, Status
from certhelper.diagnosis.values import Facts, Kind, Value
from certhelper.listing import Listing
from certhelper.standing import Judged

PEOPLE = (Kind.CONTRACT, Kind.USER)


def findings(outcome: Outcome, aliases: Aliases, verdict: Finding | None = None) -> list[Finding]:
    """Return the findings of a check, the gravest first; of these the one that is the verdict."""
    gravity = list(Status)
    return sorted(
        outcome.findings,
        key=lambda one: (
            gravity.index(one.status),
            one is not verdict,
            _numbers(one.facts, aliases),
        ),
    )


def rows(listing: Listing | None, aliases: Aliases) -> list[Judged]:
    """Return every certificate once per store: by people, the preferred one of each first.

    Those of nobody known come last, what can be used before the others.
    """
    if listing is None:
        return []
    holders = [one for contract in listing.grouped.contracts for one in contract.holders]
    holders.sort(
        key=lambda one: (
            aliases.number_of(Value(Kind.CONTRACT, one.contract_id)),
            one.user_id is None,
            0 if one.user_id is None else aliases.number_of(Value(Kind.USER, one.user_id)),
        )
    )
    known = [row for holder in holders for row in holder.certificates]
    return [*known, *listing.grouped.unrecognized]


def _numbers(facts: Facts, aliases: Aliases) -> list[int]:
    return [
        aliases.number_of(one) for _, one in facts if isinstance(one, Value) and one.kind in PEOPLE
    ]
