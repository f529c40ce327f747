"""One look at every store, judged and grouped: what ``list`` prints and the window shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from certhelper.bank import Bank
from certhelper.contracts import Grouped
from certhelper.stores.base import Store, StoreReading


@dataclass(frozen=True, slots=True)
class Listing:
    at: datetime
    bank: Bank
    readings: tuple[StoreReading, ...]
    grouped: Grouped


def combine(readings: Iterable[StoreReading], bank: Bank, at: datetime) -> Listing:
    """Judge and group what the stores answered so far (the window calls this as they answer)."""
    raise NotImplementedError


def read(stores: Iterable[Store], bank: Bank, at: datetime) -> Listing:
    """Read the stores one after the other and combine (the command line)."""
    raise NotImplementedError


def document(listing: Listing) -> dict[str, Any]:
    """The ``certhelper.list/1`` document."""
    raise NotImplementedError
