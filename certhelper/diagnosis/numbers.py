"""The numbers of findings as they are read aloud over the phone: 602 is the check 6, place 02."""

from __future__ import annotations

from functools import cache

from certhelper.diagnosis.findings import Entry, Finding, entries
from certhelper.diagnosis.order import CHECKS

LAST_PLACE = 99


@cache
def check_numbers() -> dict[str, int]:
    """Return the number of each check, by its name."""
    return {one.name: one.number for one in CHECKS}


def number_of(check: str, finding: Finding) -> int:
    """Return a finding's number: that of its check times 100, and its place there."""
    return number_at(check_numbers()[check], entries()[finding.code].place)


def number_at(check: int, place: int) -> int:
    """Return the number for a place of the check with this number."""
    return check * (LAST_PLACE + 1) + place


def entry_of(number: int) -> tuple[str, Entry | None]:
    """Return the check that a number names, and the finding; None: this version knows none.

    Raises ``KeyError`` where there is no such check.
    """
    check, place = divmod(number, LAST_PLACE + 1)
    name = {number: name for name, number in check_numbers().items()}[check]
    found = (one for one in entries().values() if one.place == place and one.check in (name, ""))
    return name, next(found, None)
