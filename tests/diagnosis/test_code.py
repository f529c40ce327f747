"""The check code: nine digits that survive the phone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certhelper.diagnosis import code, findings
from certhelper.diagnosis.findings import Entry, Finding, Outcome, Status, entries
from certhelper.diagnosis.numbers import check_numbers
from certhelper.diagnosis.order import CHECKS
from certhelper.failures import WrongUseError

INDICES = range(1, 215)
TOLD = (Status.FAULT, Status.ATTENTION, Status.NOT_CHECKED)


def packed(*indices: int, cancelled: bool = False) -> str:
    """A code as the layout's description makes it, written down once more for the tests."""
    number = 215**3 if cancelled else 0
    for power, index in enumerate(reversed(indices)):
        number += index * 215**power
    return with_check_digit(f"1{number:07}")


def with_check_digit(digits: str) -> str:
    return next(f"{digits}{last}" for last in range(10) if is_taken(f"{digits}{last}"))


def is_taken(given: str) -> bool:
    try:
        code.decode(given)
    except WrongUseError as error:
        return error.code == "check-code-other-version"
    return True


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> dict[str, Entry]:
    """A public list of the tests' own: one finding of every status for each check."""
    words = {"ja": "", "en": ""}
    listed = {code: one for code, one in entries().items() if not one.check}
    for check in CHECKS:
        for place, status in enumerate(
            (Status.OK, Status.FAULT, Status.ATTENTION, Status.NOT_CHECKED, Status.NOT_APPLICABLE)
        ):
            name = f"{check.name}-{status.value}"
            listed[name] = Entry(
                name, check.name, place, status, None, words, words, words, words, words
            )
    monkeypatch.setattr(findings, "entries", lambda: listed)
    monkeypatch.setattr("certhelper.diagnosis.numbers.entries", lambda: listed)
    return listed


def outcome(check: str, *codes: str) -> Outcome:
    return Outcome(check, tuple(Finding(one) for one in codes), 0.1)


def well() -> list[Outcome]:
    return [outcome(check.name, f"{check.name}-ok") for check in CHECKS]


def with_(*others: Outcome) -> list[Outcome]:
    instead = {one.check: one for one in others}
    return [instead.get(one.check, one) for one in well()]


def heard(given: str) -> list[int]:
    return [one.number for one in code.decode(given).findings]


@pytest.mark.usefixtures("listed")
def test_the_three_gravest_findings_come_back() -> None:
    """Faults before what wants attention, before what could not be checked; then by check."""
    found = with_(
        outcome("account", "account-not-checked"),
        outcome("clock", "clock-attention"),
        outcome("network", "network-fault"),
        outcome("period", "period-fault", "period-attention"),
    )
    made = code.code_of(found)
    assert heard(made) == [601, 1501, 202]
    assert code.decode(made).is_whole


@pytest.mark.usefixtures("listed")
def test_what_concerns_several_people_is_told_once() -> None:
    """A second person with the same trouble does not push another finding out of the code."""
    found = with_(
        outcome("period", "period-fault", "period-fault", "period-fault", "period-fault"),
        outcome("clock", "clock-attention"),
    )
    assert heard(code.code_of(found)) == [601, 202]


@pytest.mark.usefixtures("listed")
def test_what_is_well_is_not_in_it() -> None:
    """A healthy PC has a code, too, and it says so."""
    found = with_(outcome("provider", "provider-not-applicable"))
    told = code.decode(code.code_of(found))
    assert told == code.Decoded((), is_whole=True)


@pytest.mark.usefixtures("listed")
def test_a_cancelled_diagnosis_is_never_taken_for_a_whole_one() -> None:
    """Not even where nothing was found until then."""
    nothing = code.decode(code.code_of(with_(outcome("network", "check-cancelled"))))
    assert nothing == code.Decoded((), is_whole=False)
    found = with_(
        outcome("clock", "clock-attention"),
        outcome("period", "period-fault"),
        outcome("usage", "usage-fault"),
        outcome("network", "check-cancelled"),
    )
    told = code.decode(code.code_of(found))
    assert [one.number for one in told.findings] == [601, 1001]
    assert not told.is_whole


@pytest.mark.usefixtures("listed")
def test_checks_that_hung_or_crashed_are_told() -> None:
    """Their numbers are those of the check, then 98 and 99."""
    found = with_(
        outcome("network", "check-crashed"),
        outcome("rehearsal", "check-too-slow"),
        outcome("account", "check-crashed"),
    )
    told = code.decode(code.code_of(found)).findings
    assert [(one.number, one.check) for one in told] == [
        (199, "account"),
        (1599, "network"),
        (1698, "rehearsal"),
    ]
    assert all(one.entry is not None for one in told)


def test_every_finding_of_the_public_list_has_its_room() -> None:
    """No two share one; "cancelled" is told otherwise, and what is well is not told."""
    numbers = check_numbers()
    indices = [
        code.index_of(number, entry.place)
        for entry in entries().values()
        for name, number in numbers.items()
        if entry.check in (name, "") and entry.place != 97 and entry.status in TOLD
    ]
    assert len(indices) == len(set(indices))
    assert set(indices) <= set(INDICES)


def test_the_layout_stays_what_it_is() -> None:
    """A code that was read aloud last year means the same today."""
    assert [code.index_of(1, place) for place in (1, 7, 98, 99)] == [1, 7, 8, 9]
    assert [code.index_of(2, place) for place in (1, 8, 98, 99)] == [10, 17, 18, 19]
    firsts = [20, 37, 46, 55, 64, 73, 83, 94, 102, 109, 119, 128, 135, 183]
    assert [code.index_of(check, 1) for check in range(3, 17)] == firsts
    assert [code.index_of(16, place) for place in (30, 98, 99)] == [212, 213, 214]
    assert heard("100000006") == []
    assert heard("125 714 114") == heard(packed(55, 135, 11)) == [601, 1501, 202]
    assert heard("199 308 512") == [1699, 1546, 101]
    assert heard("125 602 201") == [601, 901]
    for impossible in ((1, 0), (1, 8), (1, 97), (15, 47), (16, 31), (17, 1)):
        with pytest.raises(ValueError, match="not in tuple"):
            code.index_of(*impossible)


@pytest.mark.usefixtures("listed")
@given(st.lists(st.sampled_from(INDICES), max_size=3, unique=True), st.booleans())
def test_whatever_is_put_in_comes_out(indices: list[int], cancelled: bool) -> None:
    """The layout as it is described, for every mixture of findings."""
    kept = indices[:2] if cancelled else indices
    filled = [*kept, 0, 0, 0][: 2 if cancelled else 3]
    told = code.decode(packed(*filled, cancelled=cancelled))
    assert told.is_whole is not cancelled
    places = [code.index_of(one.number // 100, one.number % 100) for one in told.findings]
    assert places == kept


@given(st.integers(0, 10**7 - 1), st.integers(0, 8), st.integers(1, 9))
def test_every_wrong_digit_is_noticed(number: int, at: int, by: int) -> None:
    """One digit misheard, wherever it is and whatever was heard instead."""
    right = with_check_digit(f"1{number:07}")
    wrong = f"{right[:at]}{(int(right[at]) + by) % 10}{right[at + 1 :]}"
    with pytest.raises(WrongUseError) as raised:
        code.decode(wrong)
    assert raised.value.code == "check-code-misheard"


@given(st.integers(0, 10**7 - 1), st.integers(0, 7))
def test_neighbours_that_changed_places_are_noticed(number: int, at: int) -> None:
    """Also the last digit with the one before it."""
    right = with_check_digit(f"1{number:07}")
    wrong = f"{right[:at]}{right[at + 1]}{right[at]}{right[at + 2 :]}"
    if wrong != right:
        with pytest.raises(WrongUseError) as raised:
            code.decode(wrong)
        assert raised.value.code == "check-code-misheard"


def test_the_scheme_notices_all_of_both_kinds() -> None:
    """Damm's condition, exhaustively: so it holds for every code, not only for those tried."""
    table = [[int(cell) for cell in row] for row in code._DAMM]
    digits = range(10)
    for row in table:
        assert sorted(row) == list(digits)
    assert all(sorted(row[column] for row in table) == list(digits) for column in digits)
    assert all(table[one][one] == 0 for one in digits)
    for start in digits:
        for first in digits:
            for second in digits:
                if first != second:
                    assert table[table[start][first]][second] != table[table[start][second]][first]


@pytest.mark.parametrize(
    "typed", ["{0} {1} {2}", "{0}-{1}-{2}", " {0}{1}{2}\n", "{0}ー{1}−{2}", "{0}　{1}　{2}"]
)
@pytest.mark.parametrize("wide", [False, True])
def test_it_may_be_typed_in_many_ways(typed: str, wide: bool) -> None:
    """Blanks, hyphens, full-width digits, and the long-vowel mark that an input method gives."""
    right = with_check_digit("10000000")
    given_ = typed.format(right[:3], right[3:6], right[6:])
    if wide:
        given_ = given_.translate({ord(str(one)): chr(0xFF10 + one) for one in range(10)})
    assert code.decode(given_) == code.Decoded((), is_whole=True)


def test_it_is_shown_in_groups_of_three() -> None:
    """As it is read aloud."""
    assert code.grouped("123456789") == "123 456 789"


@pytest.mark.parametrize("given_", ["", "12345678", "1234567890", "12345678x", "①②③", "+12345678"])
def test_what_is_no_code_is_said_so(given_: str) -> None:
    """Too few digits, too many, or something else."""
    with pytest.raises(WrongUseError) as raised:
        code.decode(given_)
    assert raised.value.code == "check-code-not-nine-digits"


@pytest.mark.parametrize("digits", ["30000000", "00000000", "19999999", f"1{215**3 + 215**2}"])
def test_a_code_of_another_version_is_said_so(digits: str) -> None:
    """A right check digit, and yet nothing that this version can read."""
    with pytest.raises(WrongUseError) as raised:
        code.decode(with_check_digit(digits))
    assert raised.value.code == "check-code-other-version"


@pytest.mark.usefixtures("listed")
def test_a_finding_that_this_version_does_not_know_is_still_told_by_its_number() -> None:
    """A newer program may have more findings in the same layout."""
    [found] = code.decode(packed(code.index_of(15, 40), 0, 0)).findings
    assert found == code.Heard(1540, "network", None)
