"""What stood in the way where a certificate was looked for and not found.

A reissue costs the customer money and makes the old certificate worthless.  So nobody is told that
a certificate is missing while it may be where nothing could be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from certhelper.failures import FailedError
from certhelper.safe_text import safe
from certhelper.stores.base import StoreReading
from certhelper.texts import text

_CALLED_OTHERWISE = {"not-a-directory": "store-not-a-directory"}
"""Codes of ``stores.toml`` that ``failures.toml`` has under another name."""
_READ_AND_EMPTY = ("file-without-certificate", "no-certificate-inside")
"""Such files were read.  They explain a place where nothing else is, and nothing more."""
_MOST_NAMED = 4


class Unread(NamedTuple):
    """A place that was not read: a code of ``failures.toml``, and facts that are safe to show.

    ``is_in_part``: its certificates were read all the same, such as where the keys are damaged.
    """

    code: str
    where: str
    detail: str = ""
    is_in_part: bool = False


def unread(readings: Iterable[StoreReading]) -> list[Unread]:
    """Return what could not be read: stores, locked or damaged files, readers without a token."""
    return [one for reading in readings for one in _of(reading)]


def failure(readings: Iterable[StoreReading]) -> FailedError | None:
    """Return what to raise where a certificate was not found; None where everything was read.

    Its code is that of what stood in the way, the places being named in ``where``;
    ``not-found-some-unread`` where they are of several kinds.
    """
    found = unread(readings)
    if not found:
        return None
    pause = text("desktop.list.pause")
    codes = dict.fromkeys(one.code for one in found)
    if len(codes) > 1:
        places = [f"{one.where} [{one.code}]" for one in found]
        return FailedError("not-found-some-unread", places=_shortened(places, pause))
    facts = {"where": _shortened([one.where for one in found], pause)}
    detail = pause.join(dict.fromkeys(one.detail for one in found if one.detail))
    return FailedError(found[0].code, detail=detail or "-", **facts)


def _of(reading: StoreReading) -> Iterator[Unread]:
    if not reading.is_read and reading.reason:
        code = _CALLED_OTHERWISE.get(reading.reason, reading.reason)
        yield Unread(code, _name(reading), safe(reading.detail), bool(reading.installed))
    for entry in reading.locked_entries:
        if entry.reason not in _READ_AND_EMPTY or not reading.installed:
            yield Unread(entry.reason, safe(entry.where), safe(entry.detail))
    for slot in reading.slots if reading.is_read else ():
        if slot.token is None and not slot.is_blank:
            code = "token-unreadable" if slot.trouble else "token-not-inserted"
            yield Unread(code, slot.name, slot.trouble)
    if reading.pkcs12_files:
        yield Unread("pkcs12-left-out", _name(reading))


def _name(reading: StoreReading) -> str:
    place = safe(reading.where or reading.kind)
    return f"{safe(reading.origin)} {place}" if reading.origin else place


def _shortened(places: list[str], pause: str) -> str:
    shown = pause.join(places[:_MOST_NAMED])
    return f"{shown}{pause}…" if len(places) > _MOST_NAMED else shown
