"""The numbers of findings as they are read aloud over the phone: 602 is the check 6, place 02."""

from __future__ import annotations

from functools import cache

from certhelper.diagnosis.findings import Finding, entries
from certhelper.diagnosis.order import CHECKS

LAST_PLACE = 99


@cache
def check_numbers() -> dict[str, int]:
    """Return the number of each check, by its name."""
    return {one.name: one.number for one in CHECKS}


def number_of(check: str, finding: Finding) -> int:
    """Return a finding's number: that of its check times 100, and its place there."""
    return check_numbers()[check] * (LAST_PLACE + 1) + entries()[finding.code].place
