"""A diagnosis of this PC, as the command line and the window begin it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from certhelper import listing
from certhelper.bank import Bank
from certhelper.diagnosis.scene import Occasion, Once, Scene
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
    found = Once(lambda: listing.read(stores, bank, at))
    return Scene(
        bank,
        at,
        found,
        chosen=chosen,
        proxy=proxy,
        offline=offline,
        is_trusted=is_trusted,
        occasion=occasion,
    )
