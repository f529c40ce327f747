"""The numbers by which failures and reasons are told over the phone; their codes are long words.

``resources/numbers.toml`` lists them.  A number never changes and is never given to another code:
that of a code that is no more stays in the table ``gone``.  Findings of a diagnosis have numbers
below 2000 (:mod:`certhelper.diagnosis.numbers`), reasons from 2000 on, failures from 3000 on.
"""

from __future__ import annotations

from functools import cache

from certhelper import resources

FIRST = {"reasons": 2001, "failures": 3001}
"""The table of each kind of code, and the lowest number in it."""

FILE_NAME = "numbers.toml"


@cache
def tables() -> dict[str, dict[str, int]]:
    """Return the file's tables, code → number."""
    import tomllib

    with (resources.folder() / FILE_NAME).open("rb") as file:
        return tomllib.load(file)


def of_failure(code: str) -> int:
    """Return the number of a failure.  Raises ``KeyError`` when it is not on the public list."""
    return tables()["failures"][code]


def of_reason(code: str) -> int:
    """Return the number of a reason.  Raises ``KeyError`` when it is not on the public list."""
    return tables()["reasons"][code]


def find(number: int) -> tuple[str, str] | None:
    """Return which table and code a number belongs to, None where it is nobody's."""
    for kind in FIRST:
        for code, one in tables()[kind].items():
            if one == number:
                return kind, code
    return None
