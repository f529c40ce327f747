"""What the places are called in which certificates are kept.  Free of Qt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from certhelper.standing import Judged
from certhelper.store_names import place_name, token_name, where_of
from certhelper.stores.base import Installed, KeyState, StoreReading, Token, TriesLeft
from certhelper.texts import text


def name_of_place(reading: StoreReading) -> str:
    """The readable name of a store, also of one that could not be read; safe to show."""
    return reading.origin or place_name(reading.name)


class PlaceNames:
    """Names for the stores of certificates; a store that says whose it is is called so."""

    def __init__(self, readings: Iterable[StoreReading] = ()) -> None:
        self._origins = {
            store: reading.origin
            for reading in readings
            if reading.origin
            for store in {reading.name, *(one.store for one in reading.installed)}
        }

    def of(self, installed: Installed) -> str:
        """The readable name of the place where a certificate is kept; safe to show."""
        if installed.token is not None:
            return token_name(installed.token)
        return self._origins.get(installed.store) or place_name(installed.store)

    def told_apart(self, copies: Sequence[Installed]) -> tuple[str, ...]:
        """The same for several places: those that are called alike get their path, too."""
        names = [self.of(one) for one in copies]
        return tuple(
            name
            if names.count(name) == 1
            else text("places.name.told-apart", name=name, where=where_of(one.store))
            for name, one in zip(names, copies, strict=True)
        )


NO_NAMES = PlaceNames()


class PlaceChoice(NamedTuple):
    """A place to use a certificate from; ``store`` is what ``--store`` takes to reach it."""

    store: str
    name: str
    state: str
    is_used: bool


def choices(used: Judged, copies: Sequence[Judged], names: PlaceNames) -> tuple[PlaceChoice, ...]:
    """The places to choose between; none where there is but one."""
    if len({one.installed.store for one in copies}) < 2:
        return ()
    told_apart = names.told_apart([one.installed for one in copies])
    return tuple(
        PlaceChoice(one.installed.store, name, _state(one), one is used)
        for one, name in zip(copies, told_apart, strict=True)
    )


def card_line(used: Judged, copies: Sequence[Judged], names: PlaceNames) -> str:
    """What a card says of the place: which is used and which others there are."""
    places = choices(used, copies, names)
    if places:
        pause = text("desktop.list.pause")
        place = next(one.name for one in places if one.is_used)
        others = pause.join(one.name for one in places if not one.is_used)
        return text("places.card.several", place=place, others=others)
    token = used.installed.token
    return text("places.card.one", place=token_name(token)) if token is not None else ""


def tries_line(token: Token | None) -> str:
    """How often a wrong PIN may still be given, where that is worth a word; else empty."""
    if token is None or token.tries is TriesLeft.PLENTY:
        return ""
    return text(f"places.tries.{token.tries.value}")


def _state(judged: Judged) -> str:
    installed = judged.installed
    if not judged.usable:
        return text("places.choice.not-usable")
    if installed.key_needs_user or installed.key is KeyState.NEEDS_USER:
        return text("places.choice.needs-user")
    unsure = installed.key is not KeyState.PRESENT
    return text("places.choice.unsure" if unsure else "places.choice.ready")
