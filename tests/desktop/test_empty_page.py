"""What stands in place of the list: nobody is sent for a reissue before a reader was looked at."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from support.listings import AT, bank

from certhelper.desktop.arranging import arrange, before_a_reissue
from certhelper.desktop.empty_page import EmptyPage
from certhelper.listing import Listing, combine
from certhelper.stores.base import Slot, StoreReading, StoreStatus

EMPTY = StoreReading("pkcs11", "/lib/t.so", StoreStatus.OK, slots=(Slot(1, "Example Reader"),))
FOLDER = StoreReading("files", "/d", StoreStatus.OK, pkcs12_files=2)
BLANK = EMPTY._replace(slots=(Slot(1, "Example Reader", is_blank=True),))


def listing_of(*readings: StoreReading) -> Listing:
    found = combine(readings, bank(), AT)
    assert not arrange(found)  # it is this page that shows
    return found


@pytest.mark.parametrize(
    ("readings", "said"),
    [
        ((EMPTY,), ["Example Reader"]),
        ((FOLDER,), ["/d"]),
        ((EMPTY, FOLDER), ["Example Reader", "/d"]),
        ((BLANK, StoreReading("nss", "/db", StoreStatus.OK)), []),
    ],
)
def test_what_to_do_first(readings: tuple[StoreReading, ...], said: list[str]) -> None:
    """An empty reader, a folder of PKCS#12 files: each by its name, and nothing without cause."""
    first = before_a_reissue(listing_of(*readings))
    assert len(first) == len(said)
    assert all(name in one for name, one in zip(said, first, strict=True))


def test_it_stands_above_the_reissue(qtbot: QtBot) -> None:
    """And is gone when there is no more cause."""
    page = EmptyPage()
    qtbot.addWidget(page)
    first = before_a_reissue(listing_of(EMPTY))
    page.show_places([], first, can_add=True, can_obtain=False)
    page.show()
    words = [one.text() for one in page.findChildren(QLabel) if one.isVisible()]
    reissue = next(n for n, one in enumerate(words) if "再発行" in one)
    assert words.index(first[0]) < reissue
    page.show_places([], (), can_add=True, can_obtain=False)
    assert first[0] not in [one.text() for one in page.findChildren(QLabel) if one.isVisible()]
