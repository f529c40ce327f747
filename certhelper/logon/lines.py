"""Reading a line that another process has written, whatever it is.

A session's process shows pages of the net, so what it says is not taken on trust.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from certhelper.safe_text import safe

_MOST_FACTS: Final = 20
_LONGEST_FACT: Final = 500  # characters; an address with all its parameters is shorter, mostly


def entries_of(line: str) -> dict[str, Any]:
    """Return the entries of the JSON object on this line; none for anything else."""
    import json  # the window's list does not wait for it

    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def facts_of(detail: Mapping[str, object]) -> dict[str, str]:
    """Return a failure's facts as text to be filled into its sentences.

    They are never trusted to be flat or short: nothing in them hides, reorders or breaks a line,
    and none pushes what the sentences say out of sight.
    """
    return {name: _fact(value) for name, value in islice(detail.items(), _MOST_FACTS)}


def _fact(value: object) -> str:
    try:
        told = str(value)
    except RecursionError:  # lists in lists
        return "?"
    return safe(told[:_LONGEST_FACT]) + ("…" if len(told) > _LONGEST_FACT else "")
