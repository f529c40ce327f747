"""What a session process asks of the program outside: it has no home of its own to do it with.

A browser started in the session would use the session's private home, and a setting written there
would be gone with it.  So the session writes a wish beside its stages, and its parent fulfils it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum

from certhelper.logon.lines import entries_of


class WishKind(StrEnum):
    """``OPEN_ADDRESS``: show this address in the person's own browser (they were asked).

    ``TEXT_SIZE``: keep this :class:`~certhelper.settings.TextSize`.

    ``OPEN_FOLDER``: show this folder in the person's file manager (they pressed its button).

    ``FIND_CAUSE``: find the cause of a failure (:mod:`certhelper.logon.cause_wanted`).
    """

    OPEN_ADDRESS = "open-address"
    TEXT_SIZE = "text-size"
    OPEN_FOLDER = "open-folder"
    FIND_CAUSE = "find-cause"


@dataclass(frozen=True, slots=True)
class Wish:
    kind: WishKind
    value: str

    def line(self) -> str:
        """One JSON object on one line, without the line feed."""
        return json.dumps({"wish": self.kind.value, "value": self.value}, ensure_ascii=False)

    @classmethod
    def parse(cls, line: str) -> Wish | None:
        """Read a line back; ``None`` for anything that is not one."""
        entries = entries_of(line)
        value = entries.get("value")
        try:
            return cls(WishKind(entries.get("wish", "")), value) if isinstance(value, str) else None
        except ValueError:
            return None
