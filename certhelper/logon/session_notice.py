"""What did not work beside a log-on, as ``logon --json`` tells it: no stage, and no end of one.

The session has handed something over and goes on; that it came to nothing is known to its parent
alone, so the parent says it on a line of its own among the stages.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from certhelper.logon.lines import entries_of, facts_of


class SessionNotice(NamedTuple):
    """``code`` is one of the public list of failures; ``detail`` holds its facts, and no secret."""

    code: str
    detail: Mapping[str, str] = MappingProxyType({})

    def document(self) -> dict[str, object]:
        """The JSON object of its line."""
        return {"notice": self.code, "detail": dict(self.detail)}

    @classmethod
    def parse(cls, line: str) -> SessionNotice | None:
        """Read a line back; ``None`` for anything that is not one."""
        entries = entries_of(line)
        code, detail = entries.get("notice"), entries.get("detail")
        if not isinstance(code, str) or not isinstance(detail, dict):
            return None
        return cls(code, facts_of(detail))
