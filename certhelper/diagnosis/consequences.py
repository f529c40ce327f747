"""Which findings only say again, in other words, what another one has said: its consequences.

They stay in the report; but the verdict and the check code tell of causes.
"""

from __future__ import annotations

from collections.abc import Sequence

from certhelper.diagnosis import rehearsal_kinds
from certhelper.diagnosis.findings import Finding, Outcome, Status

_REHEARSAL = "rehearsal"
_OF_WAY = frozenset({*rehearsal_kinds.ABOUT_THE_WAY, "rehearsal-issuer-refused"})
"""What a rehearsal meets where the way to the bank or its server is at fault."""

_BY_CLOCK = "period-by-clock"
"""Where the dates of a certificate wait for the right time, so does what the bank makes of it."""

_SERVER_BY_CLOCK = "network-server-by-clock"

_NOT_COMPARED = "clock-not-compared"
"""No server was to be asked for the time: whatever else could not be checked says more."""

_WAY_CHECKS = frozenset({"clock", "network"})


def causes(outcomes: Sequence[Outcome]) -> list[tuple[str, Finding]]:
    """Return every finding, with its check's name, that is no consequence of another."""
    every = [(one.check, found) for one in outcomes for found in one.findings]
    return [one for one in every if not _follows(*one, every)]


def _follows(check: str, finding: Finding, every: Sequence[tuple[str, Finding]]) -> bool:
    if finding.code == _SERVER_BY_CLOCK:
        return any(by == "clock" and one.status is Status.FAULT for by, one in every)
    if finding.code == _NOT_COMPARED:
        return any(by != "clock" and one.status is Status.NOT_CHECKED for by, one in every)
    if check != _REHEARSAL or finding.status is not Status.FAULT:
        return False
    faults = [
        one
        for one in every
        if one[0] != check and (one[1].status is Status.FAULT or one[1].code == _BY_CLOCK)
    ]
    if finding.code in _OF_WAY and any(by in _WAY_CHECKS for by, _ in faults):
        return True
    return bool(finding.about) and any(one.about == finding.about for _, one in faults)
