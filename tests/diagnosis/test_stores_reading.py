"""The stores are read once, and what has answered is there before the rest has."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from support import listings

from certhelper.diagnosis.beginning import scene_of
from certhelper.diagnosis.stores_reading import StoresReading
from certhelper.listing import Listing
from certhelper.proxy_choice import ProxyChoice
from certhelper.stores.base import StoreReading, StoreStatus


class Held:
    """A store that answers when it is let go; ``read_times`` counts how often it was read."""

    kind = "pkcs11"

    def __init__(self, where: str) -> None:
        self.where = where
        self.go = threading.Event()
        self.read_times = 0

    def read(self) -> StoreReading:
        self.read_times += 1
        assert self.go.wait(60)
        return StoreReading(self.kind, self.where, StoreStatus.OK)


@pytest.fixture
def stores() -> Iterator[tuple[Held, Held]]:
    """One that answers at once, and one that hangs until the end."""
    quick, hung = Held("/quick.so"), Held("/hung.so")
    quick.go.set()
    yield quick, hung
    hung.go.set()


def answered(found: Listing) -> list[str]:
    return [one.where for one in found.readings]


def test_what_has_answered_does_not_wait_for_the_rest(stores: tuple[Held, Held]) -> None:
    """A module that hangs says nothing of the certificates that were read."""
    reading = StoresReading(stores[::-1], listings.bank(), listings.AT)
    while answered(reading.so_far(0.01)) != ["/quick.so"]:
        assert not stores[1].go.is_set()
    stores[1].go.set()
    assert answered(reading.whole()) == ["/hung.so", "/quick.so"]
    assert reading.so_far(60) is reading.whole()
    assert [one.read_times for one in stores] == [1, 1]


def test_a_diagnosis_begins_with_both(stores: tuple[Held, Held]) -> None:
    """A check may ask for what is there, or for everything."""
    scene = scene_of(listings.bank(), stores, listings.AT, ProxyChoice())
    assert scene.so_far is not None
    while answered(scene.so_far(0.01)) != ["/quick.so"]:
        assert not stores[1].go.is_set()
    stores[1].go.set()
    assert answered(scene.found()) == ["/quick.so", "/hung.so"]
