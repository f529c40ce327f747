"""A diagnosis of this PC, as the command line and the window begin it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from certhelper.bank import Bank
from certhelper.diagnosis.scene import Occasion, Scene
from certhelper.diagnosis.stores_reading import StoresReading
from certhelper.proxy_choice import ProxyChoice
from certhelper.stores.base import Store


def scene_of(
    bank: Bank,
    stores: Sequence[Store],
    at: datetime,
    proxy: ProxyChoice,
    chosen: str = "",
    *,
    offline: bool = False,
    is_trusted: bool = True,
    occasion: Occasion | None = None,
) -> Scene:
    """Return the scene; the stores are read when the first check asks for them.

    ``at`` is this PC's clock, aware; ``chosen`` a whole SHA-256 or empty;
    ``offline``, ``is_trusted`` and ``occasion`` as in :class:`Scene`.
    """
    reading = StoresReading(stores, bank, at)
    return Scene(
        bank,
        at,
        reading.whole,
        so_far=reading.so_far,
        chosen=chosen,
        proxy=proxy,
        offline=offline,
        is_trusted=is_trusted,
        occasion=occasion,
    )
