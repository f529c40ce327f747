"""Certificates of Windows' own store "MY", the person's and the computer's.

Read in a child process (:mod:`certhelper.stores.windows_reading`), so that no vendor's DLL comes
into this one.  Windows' store keeps every certificate that was ever obtained: each is a row.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from certhelper.certificate import Certificate
from certhelper.safe_text import safe
from certhelper.stores import windows_keys, windows_reading
from certhelper.stores.base import NOTHING_OBTAINED, Installed, StoreReading, StoreStatus
from certhelper.stores.windows_reading import Limits, Reading, Row, StoreFailure
from certhelper.windows.certificate_store import Place
from certhelper.windows.crypt32 import ERROR_FILE_NOT_FOUND

KIND = "windows"

_ACCESS_DENIED = (5, 0x80070005)


class WindowsStore:
    """The "MY" store of one place; only read, never written to.

    ``command`` starts another reader than the program's own, ``limits`` are its times.
    """

    def __init__(
        self, place: Place, limits: Limits | None = None, command: Sequence[str] | None = None
    ) -> None:
        self._place = place
        self._limits = limits
        self._command = command

    @property
    def kind(self) -> str:
        return KIND

    @property
    def where(self) -> str:
        return self._place.value

    def read(self) -> StoreReading:
        """Read it; whatever is wrong becomes the status, a reason and a detail."""
        started = time.perf_counter()
        reading = windows_reading.read(self._place, self._limits, self._command)
        status, reason, detail = _status(self._place, reading.failure)
        return StoreReading(
            kind=KIND,
            where=self.where,
            status=status,
            reason=reason,
            detail=detail,
            read_ms=round((time.perf_counter() - started) * 1000),
            installed=tuple(_installed(row, reading, self.where) for row in reading.rows),
        )


def _status(place: Place, failure: StoreFailure | None) -> tuple[StoreStatus, str | None, str]:
    if failure is None:
        return StoreStatus.OK, None, ""
    if failure.code == ERROR_FILE_NOT_FOUND:
        # Windows makes the store when something is first put into it.
        if place is Place.CURRENT_USER:
            return StoreStatus.UNAVAILABLE, NOTHING_OBTAINED, ""
        return StoreStatus.OK, None, ""
    detail = f"{failure.function}: 0x{failure.code:08X}" if failure.function else ""
    if failure.code in _ACCESS_DENIED:
        return StoreStatus.FAILED, "store-access-denied", detail
    return StoreStatus.FAILED, failure.reason, detail


def _installed(row: Row, reading: Reading, where: str) -> Installed:
    outcome = reading.outcomes[row.identity]
    place = row.key_place
    state, trouble = windows_keys.state_of(outcome, place)
    return Installed(
        certificate=Certificate(row.der),
        store=f"{KIND}:{where}",
        label=safe(row.label),
        key=state,
        key_provider=None if place is None else safe(place.provider),
        key_trouble=trouble,
        key_details=None if place is None else windows_keys.details_of(place, outcome),
        is_archived=row.is_archived,
    )
