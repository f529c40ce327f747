"""Where a PC keeps the certificates of the person, as far as the self test needs to know."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from certhelper.selftest.record import Record
from certhelper.stores.base import Store

if TYPE_CHECKING:
    from certhelper.demo.authority import Issued


class Place(Protocol):
    """One store into which a certificate can be put, and from which it can be removed."""

    @property
    def kind(self) -> str: ...

    @property
    def store(self) -> Store: ...

    def refusal(self) -> str | None: ...

    def plan(self, record: Record, certificate: bytes) -> None: ...

    def put(self, issued: Issued, record: Record) -> None: ...

    def remove(self, record: Record) -> None: ...


def own() -> Place | None:
    """Return this PC's own store; None where this version can put nothing into it (macOS)."""
    system = platform.system()
    if system == "Windows":
        from certhelper.selftest.windows_place import WindowsPlace

        return WindowsPlace()
    if system == "Linux":
        from certhelper.selftest.nss_place import NssPlace
        from certhelper.stores import nss

        return NssPlace(Path(os.path.realpath(nss.default_directory())))
    return None


def of(record: Record) -> Place | None:
    """Return the store that an earlier run wrote down; None when nothing was to be put."""
    if record.kind == "nss":
        from certhelper.selftest.nss_place import NssPlace

        return NssPlace(Path(os.fsdecode(record.where)))
    return own() if record.kind is not None else None
