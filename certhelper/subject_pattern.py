"""Reading contract and user from a name with the profile's pattern, and never for too long.

A pattern such as ``([0-9]+)+x`` can keep Python's matcher busy for years on a name of forty
digits.  A profile is read from files that people edit, and names come from certificates that
anybody may have made; so a pattern is measured when the profile is read, and a name that is
longer than any real one is not matched at all.
"""

from __future__ import annotations

import importlib
import re
from functools import lru_cache
from typing import Any

LONGEST_NAME = 128
"""Characters.  X.520 allows a common name 64 (RFC 5280 appendix A, ub-common-name)."""

MOST_WAYS = 3_000_000
"""Ways to walk through a pattern that are tried at worst: well under a second."""

GROUPS = frozenset({"contract", "user"})


class PatternError(ValueError):
    """A pattern that cannot be used.

    ``code`` is a text of ``resources/texts/profile.toml`` that says why; ``detail`` is what
    Python's reader says of it, if that is the reason.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def check(pattern: str) -> None:
    """Check a profile's ``subject_pattern``.

    Raises :class:`PatternError` when it is no regular expression, lacks the groups ``contract``
    and ``user``, or could take too long on some name.
    """
    try:
        compiled = re.compile(pattern, re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise PatternError("pattern-not-regular", str(error)) from error
    if not set(compiled.groupindex) >= GROUPS:
        raise PatternError("pattern-without-groups")
    # The parser's tree is not a documented interface; tests pin what is relied on here.
    tree = importlib.import_module("re._parser").parse(pattern, re.ASCII)
    if _ways(tree) > MOST_WAYS:
        raise PatternError("pattern-too-slow")


def place(value: str, pattern: str) -> tuple[str, str | None] | None:
    """Return contract and user (None: there is no user part), or None when it cannot be told.

    The pattern must match the **whole** value, which must be ASCII without control characters,
    whatever the pattern would take.  A user part that follows the
    contract without a separator and is digits only could be more digits of another number: such
    a name can be read in two ways and is not placed.
    """
    if len(value) > LONGEST_NAME or not (value.isascii() and value.isprintable()):
        return None
    found = _compiled(pattern).fullmatch(value)
    if found is None:
        return None
    contract, user = found["contract"], found["user"]
    if not contract:
        return None
    if user and user.isdigit() and found.end("contract") == found.start("user"):
        return None
    return contract, user or None


@lru_cache(maxsize=16)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


def _ways(items: Any) -> int:
    """Return an upper bound of the ways in which a sequence can be matched, or a bit more."""
    ways = 1
    for operation, argument in items:
        ways *= _ways_of(str(operation), argument)
        if ways > MOST_WAYS:
            return MOST_WAYS + 1
    return ways


def _ways_of(operation: str, argument: Any) -> int:
    if operation in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        least, most, inner = argument
        most = min(int(most), LONGEST_NAME)
        each = _ways(inner)
        if each == 1:
            return max(most - int(least), 0) + 1
        # Every number of rounds is a way, and every round can go each way.
        return MOST_WAYS + 1 if most > 24 else sum(each**n for n in range(int(least), most + 1))
    if operation == "BRANCH":
        return sum(_ways(branch) for branch in argument[1])
    if operation == "SUBPATTERN":
        return _ways(argument[-1])
    if operation == "ATOMIC_GROUP":
        return _ways(argument)
    if operation in ("ASSERT", "ASSERT_NOT"):
        return _ways(argument[1])
    if operation == "GROUPREF_EXISTS":
        return sum(_ways(branch) for branch in argument[1:] if branch)
    return 1
