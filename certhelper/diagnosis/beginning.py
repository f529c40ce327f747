"""A diagnosis of this PC, as the command line and the window begin it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from certhelper.bank import Bank
from certhelper.diagnosis.scene import Occasion, Scene
from certhelper.diagnosis.stores_reading import StoresReading
from certhelper.proxy_choice import ProxyChoice
from certhelper.stores.base import Store


def scene_of(
    bank: Bank,
    find_stores: Callable[[], Sequence[Store]],
    at: datetime,
    proxy: ProxyChoice,
    chosen: str = "",
    *,
    offline: bool = False,
    is_trusted: bool = True,
    occasion: Occasion | None = None,
) -> Scene:
    """Return the scene; the stores are found and read when the first check asks for them.

    ``find_stores`` is called once, in that check's thread; what it raises, every check meets.
    ``at`` is this PC's clock, aware; ``chosen`` a SHA-256, its beginning or empty;
    ``offline``, ``is_trusted`` and ``occasion`` as in :class:`Scene`.
    """
    reading = StoresReading(find_stores, bank, at, chosen)
    return Scene(
        bank,
        at,
        reading.found,
        unanswered=reading.unanswered,
        chosen=chosen,
        proxy=proxy,
        offline=offline,
        is_trusted=is_trusted,
        occasion=occasion,
    )
