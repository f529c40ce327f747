"""Reading a line that another process has written, whatever it is.

A session's process shows pages of the net, so what it says is not taken on trust.
"""

from __future__ import annotations

from typing import Any


def entries_of(line: str) -> dict[str, Any]:
    """Return the entries of the JSON object on this line; none for anything else."""
    import json  # the window's list does not wait for it

    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
