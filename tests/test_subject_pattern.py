"""Contract and user are read from the whole name or not at all, and never for too long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certhelper import subject_pattern
from certhelper.safe_text import safe, safe_name
from certhelper.subject_pattern import PatternError, place

SHIPPED = r"(?P<contract>[0-9]{14})(?:[ _-](?P<user>[0-9A-Za-z]{1,30}))?"
LOOSE = r"(?P<contract>[0-9]{14})[ _-]?(?P<user>[0-9A-Za-z]{0,30})"


@pytest.mark.parametrize(
    ("name", "placed"),
    [
        ("12345678901234", ("12345678901234", None)),
        ("12345678901234 user01", ("12345678901234", "user01")),
        ("12345678901234_user01", ("12345678901234", "user01")),
        ("12345678901234-user01", ("12345678901234", "user01")),
        ("12345678901234 00012345", ("12345678901234", "00012345")),
        ("12345678901234 " + "a" * 30, ("12345678901234", "a" * 30)),
        ("12345678901234 " + "a" * 31, None),
        ("1234567890123 user01", None),
        ("123456789012345 user01", None),
        ("123456789012345", None),
        ("12345678901234user01", None),
        ("12345678901234 user01 0501", None),
        (" 12345678901234 user01", None),
        ("12345678901234 user01 ", None),
        ("12345678901234 ", None),
        ("12345678901234\nuser01", None),
        ("12345678901234\n", None),
        ("12345678901234 user\0admin", None),
        ("12345678901234 user\u202e10nimda", None),
        ("１２３４５６７８９０１２３４ user01", None),
        ("12345678901234 利用者", None),
        ("", None),
    ],
)
def test_the_shipped_pattern(name: str, placed: tuple[str, str | None] | None) -> None:
    """Domain.md's spellings: each is read in the only way it can be, or not placed."""
    assert place(name, SHIPPED) == placed


@pytest.mark.parametrize(
    ("name", "placed"),
    [
        ("12345678901234user01", ("12345678901234", "user01")),
        ("123456789012345", None),
        ("12345678901234500", None),
        ("12345678901234 500", ("12345678901234", "500")),
        ("12345678901234", ("12345678901234", None)),
        ("12345678901234_", ("12345678901234", None)),
    ],
)
def test_only_digits_without_a_separator_are_never_guessed(
    name: str, placed: tuple[str, str | None] | None
) -> None:
    """Even where a profile's pattern would allow it: it could be one longer number."""
    assert place(name, LOOSE) == placed


def test_a_pattern_speaks_of_ascii_only() -> None:
    r"""``\w`` and ``\d`` are not the letters and digits of other scripts."""
    pattern = r"(?P<contract>\d{14}) (?P<user>\w+)"
    assert place("12345678901234 abc", pattern) == ("12345678901234", "abc")
    assert place("12345678901234 äbc", pattern) is None


@pytest.mark.parametrize("control", ["\0", "\t", "\n", "\x1b", "\x7f"])
def test_a_control_character_is_no_separator(control: str) -> None:
    """Even where a profile's pattern would take it for one."""
    pattern = r"(?P<contract>\d{14})\W?(?P<user>\w*)"
    assert place(f"12345678901234{control}user01", pattern) is None
    assert place("12345678901234.user01", pattern) == ("12345678901234", "user01")


def test_an_empty_contract_is_none() -> None:
    """A pattern that lets the contract be empty places nothing by it."""
    assert place("-user", r"(?P<contract>[0-9]*)-(?P<user>[a-z]+)") is None


@given(st.from_regex(SHIPPED, fullmatch=True))
def test_what_the_pattern_makes_is_placed_again(name: str) -> None:
    """Contract, separator and user are all that the name holds."""
    placed = place(name, SHIPPED)
    assert placed is not None
    contract, user = placed
    assert len(contract) == 14
    assert name == contract + (name[14] + user if user is not None else "")


@given(st.text(max_size=60))
def test_no_other_name_is_placed(name: str) -> None:
    """Whatever is placed begins with its fourteen digits."""
    placed = place(name, SHIPPED)
    assert placed is None or name.startswith(placed[0])


ODD_CHARACTERS = st.one_of(
    st.characters(categories=["Cc", "Cf", "Co", "Cn", "Mn", "Me", "Mc", "Zs", "Zl", "Zp"]),
    st.characters(categories=["Nd", "Nl", "No", "Lu", "Ll", "Lm", "Lo"], min_codepoint=128),
    st.sampled_from("\0\n\r\t\x7f\u202e\u200b\u2066\ufe0f\U000e0041\U000e0100\uff11\u0430\u0301"),
).filter(lambda one: one != " ")


@pytest.mark.parametrize("pattern", [SHIPPED, LOOSE, r"(?P<contract>\d{14})\W?(?P<user>\w*)"])
@given(
    name=st.from_regex(r"[0-9]{14}(?:[ _-][0-9A-Za-z]{1,30})?", fullmatch=True),
    at=st.integers(0, 200),
    odd=ODD_CHARACTERS,
    is_added=st.booleans(),
)
def test_a_name_with_one_odd_character_is_nobodys(
    pattern: str, name: str, at: int, odd: str, is_added: bool
) -> None:
    """Control, bidi, invisible, look-alike, combining, private: put in or put instead, anywhere."""
    at %= len(name) + is_added
    spoilt = name[:at] + odd + name[at + (not is_added) :]
    assert place(spoilt, pattern) is None
    assert safe(spoilt) != name
    if not odd.isascii():
        assert safe_name(spoilt) != name


@pytest.mark.parametrize(
    "pattern",
    [
        SHIPPED,
        LOOSE,
        r"(?P<contract>.*)(?P<user>.*)",
        r"(?P<contract>[0-9]+)[ _-](?P<user>[a-z]+)(?:[ _-][0-9]{4})?",
        r"(?P<contract>(?:[0-9]{4} ?){3})(?P<user>x|y|z)?",
        r"(?P<contract>[0-9]{14}+)(?>-(?P<user>[a-z]*))",
        r"(?P<contract>(?=[0-9])[0-9]{14})(?(contract)-|x)(?P<user>[a-z]*)",
        r"(?P<contract>[0-9]*?)(?P<user>x)(?P=contract)",
    ],
)
def test_ordinary_patterns_are_taken(pattern: str) -> None:
    """What a profile needs, and what a careful author writes."""
    subject_pattern.check(pattern)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "pattern",
    [
        r"(?P<contract>([0-9]+)+)(?P<user>x)",
        r"(?P<contract>(a|a)*)(?P<user>x)",
        r"(?P<contract>(a|ab)*)(?P<user>x)",
        r"(?P<contract>(?:a?){64})(?P<user>x)",
        r"(?P<contract>.*).*.*(?P<user>.*)x",
        r"(?P<contract>(?=(a*)*b)a)(?P<user>x)",
        r"(?P<contract>(?:(?:a|b)*c?)*)(?P<user>x)",
        r"(?P<contract>(a*?)+?)(?P<user>x)",
    ],
)
def test_patterns_that_could_take_for_ever_are_refused(pattern: str) -> None:
    """Nested repetitions, and too many in a row; refusing takes no time either."""
    with pytest.raises(PatternError, match=r"^pattern-too-slow$"):
        subject_pattern.check(pattern)


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(", "pattern-not-regular"),
        (r"[0-9]{14}", "pattern-without-groups"),
        (r"(?P<contract>[0-9]{14})", "pattern-without-groups"),
        (r"(?P<contract>a{99999999999999999999})(?P<user>x)", "pattern-not-regular"),
        ("(" * 5000 + ")" * 5000, "pattern-not-regular"),
    ],
)
def test_patterns_that_are_none_are_refused(pattern: str, why: str) -> None:
    """With the code of what is missing."""
    with pytest.raises(PatternError, match=why):
        subject_pattern.check(pattern)


@pytest.mark.timeout(20)
def test_names_longer_than_any_real_one_are_not_matched() -> None:
    """The bound of the check holds for names up to its length; longer ones are not tried."""
    pattern = r"(?P<contract>[0-9]+)(?P<user>.*)x"
    assert place("1" * 100_000 + "y", pattern) is None
    assert place("1" * 200 + "x", pattern) is None
