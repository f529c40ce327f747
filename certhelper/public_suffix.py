"""Under which names anybody may register one: the Public Suffix List, as it ships with a library.

The list (https://publicsuffix.org, by Mozilla) is never fetched from anywhere.  Reading it takes
more time than a whole first picture may, so it happens only where somebody asks.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


def is_public(host: str) -> bool:
    """Whether ``host`` (ASCII) belongs to nobody alone: ``jp``, ``co.jp``, ``tokyo.jp``."""
    return registrable(host) == ""


def registrable(host: str) -> str:
    """The part of ``host`` that somebody has registered: ``kitagin.co.jp`` of a host under it.

    Empty for a public suffix itself and for what is no name.
    """
    return _list().privatesuffix(host.lower().rstrip(".")) or ""


def name(host: str) -> str:
    """The registered name without its suffix: ``kitagin``; empty as for :func:`registrable`."""
    return registrable(host).partition(".")[0]


@cache
def _list() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()
