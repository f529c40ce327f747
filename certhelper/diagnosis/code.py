"""The check code: nine digits that carry the main findings of a diagnosis over the phone.

The layout of version 1, which never changes (another layout gets another version)::

    V PPPPPPP C      read in groups of three: VPP PPP PPC

``V`` is the version.  ``C`` is a check digit by H. M. Damm's scheme ("Total anti-symmetrische
Quasigruppen", dissertation, Marburg 2004): every wrong digit and every two neighbours that changed
places are noticed.  ``P`` is a number below 10,000,000 of three digits in base 215, the gravest
finding first.  Each stands for a check and a finding's place there; 0 is "none".  What is well or
does not apply has no room; the others follow each other in the order of the checks' numbers, each
with its places 1 to the last that ``_LAST_PLACES`` gives it (7 where it names none), then 98 (too
slow) and 99 (crashed).

``P`` from 215³ on means that the diagnosis was cancelled, with the two gravest findings until then
in base 215 above it.

Version 2 is that of a diagnosis after a failure.  Its ``P`` is ``(F * 2 + X) * 215 + D``: ``F`` is
the number by which the failure is read aloud (3081), ``X`` is 1 where the diagnosis was cancelled,
and ``D`` is the gravest finding besides, as above.

What only follows from another finding (:mod:`certhelper.diagnosis.consequences`) takes no room.
What is well is not in the code, and what a finding names is not, either:
no contract, no person, no date.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from certhelper.diagnosis import occasion
from certhelper.diagnosis.consequences import causes
from certhelper.diagnosis.course import CANCELLED
from certhelper.diagnosis.findings import Entry, Outcome, Status
from certhelper.diagnosis.numbers import check_numbers, entry_of, number_at
from certhelper.failures import WrongUseError

VERSION = 1
AFTER_FAILURE = 2
_LENGTH = 9
_GROUP = 3

_BASE = 215
_FINDINGS = 3
_CANCELLED_FROM = _BASE**_FINDINGS

_OF_ANY = (98, 99)
_LAST_PLACE = 7
_LAST_PLACES = {2: 8, 3: 15, 8: 8, 9: 9, 10: 6, 11: 5, 12: 8, 14: 5, 15: 46, 16: 30}
_ROOMS = tuple(
    (check, place)
    for check in range(1, 17)
    for place in (*range(1, _LAST_PLACES.get(check, _LAST_PLACE) + 1), *_OF_ANY)
)

_TOLD = frozenset({Status.FAULT, Status.ATTENTION, Status.NOT_CHECKED})

_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)
"""The totally anti-symmetric quasigroup of order 10 that the dissertation gives (page 111)."""


class Heard(NamedTuple):
    """A finding that a code names: the number that is read aloud, and what it means.

    ``entry`` None: this version of the program does not know it.
    """

    number: int
    check: str
    entry: Entry | None


class Decoded(NamedTuple):
    """What a code tells: the gravest findings, and whether the diagnosis went to its end.

    ``failure`` is the number of what had failed before; None: nothing had.
    """

    findings: tuple[Heard, ...]
    is_whole: bool
    failure: int | None = None


def code_of(outcomes: Sequence[Outcome]) -> str:
    """Return the nine digits for what became of the checks."""
    is_whole = all(found.code != CANCELLED for one in outcomes for found in one.findings)
    failed = occasion.failure_in(outcomes)
    if failed is not None:
        (index,) = [*_gravest(outcomes, 1), 0][:1]
        number = occasion.number_of(failed)
        return _checked(AFTER_FAILURE, (number * 2 + (not is_whole)) * _BASE + index)
    told = _FINDINGS if is_whole else _FINDINGS - 1
    packed = 0
    for index in [*_gravest(outcomes, told), 0, 0, 0][:told]:
        packed = packed * _BASE + index
    return _checked(VERSION, packed + (0 if is_whole else _CANCELLED_FROM))


def grouped(code: str) -> str:
    """Return a code as it is shown and read aloud: in groups of three."""
    return " ".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))


def decode(given: str) -> Decoded:
    """Return what a code tells; blanks, hyphens and full-width digits are as good as others.

    Raises :class:`WrongUseError`: ``check-code-not-nine-digits``, ``check-code-misheard`` where a
    digit is wrong, ``check-code-other-version`` where another version of the program made it.
    """
    code = digits_of(given)
    if len(code) != _LENGTH:
        raise WrongUseError("check-code-not-nine-digits")
    if _check_digit(code[:-1]) != code[-1]:
        raise WrongUseError("check-code-misheard", heard=grouped(code))
    packed = int(code[1:-1])
    if int(code[0]) == AFTER_FAILURE:
        return _after_failure(packed)
    is_whole = packed < _CANCELLED_FROM
    told = _FINDINGS if is_whole else _FINDINGS - 1
    packed -= 0 if is_whole else _CANCELLED_FROM
    if int(code[0]) != VERSION or packed >= _BASE**told:
        raise WrongUseError("check-code-other-version", version=code[0])
    indices = [packed // _BASE**power % _BASE for power in reversed(range(told))]
    return Decoded(tuple(_heard(one) for one in indices if one), is_whole)


def _after_failure(packed: int) -> Decoded:
    rest, index = divmod(packed, _BASE)
    number, is_cancelled = divmod(rest, 2)
    findings = (_heard(index),) if index else ()
    return Decoded(findings, not is_cancelled, number)


def digits_of(given: str) -> str:
    """Return the digits of what somebody typed, empty where it is anything but digits."""
    plain = unicodedata.normalize("NFKC", given)
    bare = "".join(one for one in plain if not one.isspace() and not _is_hyphen(one))
    return bare if bare.isascii() and bare.isdigit() else ""


def index_of(check: int, place: int) -> int:
    """Return which digit in base 215 stands for a place of the check of this number.

    Raises ``ValueError`` for one that the layout has no room for.
    """
    return 1 + _ROOMS.index((check, place))


def _gravest(outcomes: Sequence[Outcome], most: int) -> list[int]:
    """Return the indices of the gravest findings; what concerns several people counts once."""
    weights = list(Status)
    numbers = check_numbers()
    ranked = [
        (weights.index(found.status), numbers[check], position, found.entry.place)
        for position, (check, found) in enumerate(causes(outcomes))
        if found.status in _TOLD and found.code not in (CANCELLED, occasion.FAILED)
    ]
    indices = [index_of(check, place) for _, check, _, place in sorted(ranked)]
    return list(dict.fromkeys(indices))[:most]


def _heard(index: int) -> Heard:
    number = number_at(*_ROOMS[index - 1])
    return Heard(number, *entry_of(number))


def _checked(version: int, packed: int) -> str:
    digits = f"{version}{packed:07}"
    return digits + _check_digit(digits)


def _check_digit(digits: str) -> str:
    interim = 0
    for digit in digits:
        interim = int(_DAMM[interim][int(digit)])
    return str(interim)


def _is_hyphen(character: str) -> bool:
    """NFKC leaves the many hyphens, dashes and the long-vowel mark that an input method gives."""
    return unicodedata.category(character) == "Pd" or character in "-\u2212\u30fc"
