"""Opens the window of the places and keeps what comes of it.  Loaded when somebody asks for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QWidget

from certhelper.desktop.places import Places
from certhelper.desktop.places_dialog import PlacesDialog
from certhelper.desktop.reading import Reader
from certhelper.desktop.shown_list import ShownList
from certhelper.desktop.wishes import Wishes
from certhelper.stores.base import StoreReading


def open_places(
    window: QWidget,
    places: Places,
    wishes: Wishes,
    listed: ShownList,
    reader: Reader,
    reload: Callable[[], None],
) -> None:
    """Show where was looked; what is added or removed is kept, and the stores are read again."""
    dialog = PlacesDialog(
        listed.readings, places.is_added, can_add=not places.are_named, parent=window
    )

    def show(readings: Sequence[StoreReading]) -> None:
        dialog.show_readings(readings, wishes.now.added_stores)

    def change(added: list[str]) -> None:
        wishes.keep_stores(added)
        places.take_added(added)
        reload()

    def add(stores: list[str]) -> None:
        change(list(dict.fromkeys([*wishes.now.added_stores, *stores])))
        show(listed.readings)
        dialog.show_place(stores[0])

    def remove(name: str) -> None:
        known = wishes.now.added_stores
        change([store for store in known if store != name])

    dialog.added.connect(add)
    dialog.removed.connect(remove)
    made = reader.listed.connect(lambda listing: show(listing.readings))
    dialog.finished.connect(lambda: reader.listed.disconnect(made))
    dialog.open()
