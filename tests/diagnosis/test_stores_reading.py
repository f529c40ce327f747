"""The stores are read once, and one that hangs keeps nobody waiting who can do without it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pytest
from support import listings
from support.listings import CONTRACT, HeldStore, installed, ready_store

from certhelper.diagnosis import stores_reading, unread_places
from certhelper.diagnosis.beginning import scene_of
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import plain, shown
from certhelper.listing import Listing
from certhelper.proxy_choice import ProxyChoice
from certhelper.stores.base import Installed, Store, StoreReading, StoreStatus

USER = f"{CONTRACT} user01"


@pytest.fixture
def card() -> Iterator[HeldStore]:
    """A token with a certificate of user02, which answers when it is let go."""
    held = HeldStore(card_with(installed(f"{CONTRACT} user02")))
    yield held
    held.go.set()


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores_reading, "PATIENCE_S", 0.0)


def card_with(*certificates: Installed) -> StoreReading:
    return StoreReading("pkcs11", "/card.so", StoreStatus.OK, installed=certificates)


def scene(*stores: Store, chosen: str = "") -> Scene:
    return scene_of(listings.bank(), lambda: stores, listings.AT, ProxyChoice(), chosen)


def reasons(found: Listing) -> list[str | None]:
    return [one.reason for one in found.readings]


@pytest.mark.parametrize("days", [100, -3])
def test_what_it_is_about_does_not_wait_for_a_store_that_hangs(card: HeldStore, days: int) -> None:
    """Whether it can be used or not; the place is unread then, and all get the same answer."""
    given = scene(card, ready_store(installed(USER, days=days)))
    found = given.found()
    assert not card.go.is_set()
    assert reasons(found) == ["store-slow", None]
    assert given.unanswered() == ()  # nobody waits for it any more
    (place,) = unread_places.all_unread(given)
    assert place.where == "/card.so"
    assert unread_places.kind_of([place]) == "present-place-hung"
    why = unread_places.why(place)
    assert "0秒以内に応答しなかった" in shown(why)
    assert dict(why.facts)["detail"] == plain("0")  # seconds tell nothing of anybody
    card.go.set()
    assert given.found() is found
    assert card.times_read == 1


@pytest.mark.parametrize("is_chosen", [True, False])
def test_what_may_be_in_the_slow_store_alone_is_waited_for(
    card: HeldStore, is_chosen: bool
) -> None:
    """A card with the only certificate of this bank, or with the chosen one, is diagnosed."""
    mine = card.answer.installed[0].certificate.sha256
    other = ready_store(*((installed(USER),) if is_chosen else ()))
    given = scene(other, card, chosen=mine if is_chosen else "")
    answers: list[Listing] = []
    asking = threading.Thread(target=lambda: answers.append(given.found()), daemon=True)
    asking.start()
    while given.unanswered() != ("pkcs11:/card.so",):
        assert asking.is_alive()
    assert not answers
    card.go.set()
    asking.join(60)
    assert reasons(answers[0]) == [None, None]
    assert given.unanswered() == ()


def test_what_keeps_the_stores_from_being_found_is_met_by_all() -> None:
    """In the thread of whoever asks: a check tells of it."""

    def find() -> Sequence[Store]:
        raise ZeroDivisionError

    given = scene_of(listings.bank(), find, listings.AT, ProxyChoice())
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            given.found()
