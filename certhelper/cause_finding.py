"""Which failures have a cause that a diagnosis can find."""

from __future__ import annotations

from typing import Final

_TELLS_ALL: Final = frozenset(
    {
        "folder-not-opened",
        "logon-address-wrong",
        "policy-not-of-firefox",
        "policy-not-possible",
        "policy-not-written",
        "setting-not-kept",
    }
)
"""A file, a folder or an address of the person's own choice: the failure itself says all that there
is to know, and nothing that the sixteen checks look at has to do with it."""


def has_cause_to_find(code: str) -> bool:
    """Whether 「原因を調べる」 is of use after the failure of this code."""
    return code not in _TELLS_ALL
