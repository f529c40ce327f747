"""「原因を調べる」 in a session's window: the diagnosis is the main window's, in another process.

It goes up in two steps: as a wish from the session to the command that started it, and from there
as a line of its own to the main window, and to nobody else (``logon --for-window``).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from certhelper.failures import Told
from certhelper.logon.lines import entries_of, facts_of

if TYPE_CHECKING:
    from certhelper.logon.wishes import Wish

_KEY = "cause-wanted"


class CauseWanted(NamedTuple):
    """``code`` is that of the failure, ``detail`` its facts as text; no secret is among them."""

    code: str
    detail: Mapping[str, str] = MappingProxyType({})

    @classmethod
    def of(cls, told: Told) -> CauseWanted:
        """What is wanted where this failure is shown."""
        return cls(told.code, dict(told.facts))

    def document(self) -> dict[str, object]:
        """The JSON object of its line."""
        return {_KEY: self.code, "detail": dict(self.detail)}

    def wish(self) -> Wish:
        """The same as a session asks for it."""
        import json  # the window's list does not wait for it

        from certhelper.logon.wishes import Wish, WishKind

        return Wish(WishKind.FIND_CAUSE, json.dumps(self.document(), ensure_ascii=False))

    @classmethod
    def parse(cls, line: str) -> CauseWanted | None:
        """Read a line, or the value of such a wish, back; ``None`` for anything that is not one."""
        entries = entries_of(line)
        code, detail = entries.get(_KEY), entries.get("detail")
        if not isinstance(code, str) or not isinstance(detail, dict):
            return None
        return cls(code, facts_of(detail))
