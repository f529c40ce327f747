"""What a page's ``accept`` says of the files it wants (HTML Living Standard, 4.10.5.1.17)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from certhelper import texts

_ENDING = re.compile(r"\.[\w.+-]{1,20}")
_KIND = re.compile(r"[\w.+-]+/(?:[\w.+-]+|\*)")
_MOST_SHOWN = 6


def endings(accepted: Sequence[str], of_kind: Callable[[str], Sequence[str]]) -> list[str]:
    """The endings with their dots; ``of_kind`` gives those of a MIME type, without dots.

    Empty where the page takes anything, or says nothing that can be understood.
    """
    found: list[str] = []
    for token in accepted:
        for part in (piece.strip().lower() for piece in token.split(",")):
            if _ENDING.fullmatch(part):
                found.append(part)
            elif _KIND.fullmatch(part):
                found += [f".{ending}" for ending in of_kind(part)]
    return list(dict.fromkeys(found))


def filters(wanted: Sequence[str]) -> list[str]:
    """Filters of a file dialog: what the page wants, and always everything.

    A 全銀 file may have any ending, and a page that names some of them must not hide the rest.
    """
    everything = texts.text("files.every-file") + " (*)"
    if not wanted:
        return [everything]
    shown = " ".join(f"*{ending}" for ending in wanted[:_MOST_SHOWN])
    more = " …" if len(wanted) > _MOST_SHOWN else ""
    patterns = " ".join(f"*{ending}" for ending in _both_cases(wanted))
    return [f"{texts.text('files.wanted-files')} {shown}{more} ({patterns})", everything]


def _both_cases(wanted: Sequence[str]) -> list[str]:
    return [case for ending in wanted for case in dict.fromkeys((ending, ending.upper()))]
