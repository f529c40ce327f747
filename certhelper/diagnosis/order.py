"""The sixteen checks, in the order that finds the cause soonest.

What a helpdesk asks first comes first.  The numbers are read aloud and printed: none is ever
given to another check.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import NamedTuple, cast

from certhelper.diagnosis.findings import Finding
from certhelper.diagnosis.scene import Scene


class Check(NamedTuple):
    """``name`` is its stable code and its module in ``certhelper.diagnosis.checks``.

    ``limit`` is how long it may take, in seconds.
    """

    number: int
    name: str
    limit: float

    def run(self, scene: Scene) -> Sequence[Finding]:
        """Return the findings; raises whatever the check raises."""
        module = import_module(f"certhelper.diagnosis.checks.{self.name.replace('-', '_')}")
        return cast(Callable[[Scene], Sequence[Finding]], module.check)(scene)


READING_LIMIT = 30.0
"""Whatever needs the list of certificates waits for the slowest store, which has limits itself."""

CHECKS = (
    Check(1, "account", READING_LIMIT),
    Check(2, "clock", 20.0),
    Check(3, "present", READING_LIMIT),
    Check(4, "issuer", READING_LIMIT),
    Check(5, "name", READING_LIMIT),
    Check(6, "period", READING_LIMIT),
    Check(7, "duplicates", READING_LIMIT + 35.0),  # may wait for what 9 and 12 find out
    Check(8, "key-present", READING_LIMIT),
    Check(9, "key-usable", READING_LIMIT + 20.0),
    Check(10, "usage", READING_LIMIT),
    Check(11, "provider", READING_LIMIT),
    Check(12, "revocation", READING_LIMIT + 15.0),
    Check(13, "browser-policy", READING_LIMIT),
    Check(14, "open-browsers", 10.0),
    Check(15, "network", READING_LIMIT + 30.0),
    Check(16, "rehearsal", READING_LIMIT + 60.0),
)
