"""From what was read to what the list shows: arranged, searched, and chosen once at the start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from PySide6.QtCore import QObject, Signal

from certhelper.bank import Bank
from certhelper.desktop.arranging import arrange, before_a_reissue, preselected, search
from certhelper.desktop.body import Body
from certhelper.desktop.frame import Frame
from certhelper.desktop.logons import ChosenRow
from certhelper.desktop.places import Places
from certhelper.desktop.reading import Reader
from certhelper.desktop.rows import Section
from certhelper.desktop.wishes import Wishes
from certhelper.listing import Listing
from certhelper.settings import LastUsed
from certhelper.standing import Judged
from certhelper.stores.base import StoreReading
from certhelper.texts import text

_STALE: Final = timedelta(minutes=5)
"""When the window is used again after this, what is listed is judged as of now."""


class ShownList(QObject):
    """Listens to the reader and fills the body.

    ``shown`` carries the sections that show now, after every listing and every search.
    """

    shown = Signal(object)

    def __init__(
        self,
        frame: Frame,
        body: Body,
        reader: Reader,
        places: Places,
        wishes: Wishes,
        bank: Callable[[], Bank],
    ) -> None:
        super().__init__(reader)
        self._frame = frame
        self._body = body
        self._reader = reader
        self._places = places
        self._wishes = wishes
        self._bank = bank
        self.listing: Listing | None = None
        self.sections: tuple[Section, ...] = ()
        self._chosen_places: dict[str, str] = {}
        self._query = ""
        self._wants_choice = True
        frame.search_changed.connect(self._search)
        body.place_chosen.connect(self._choose_place)
        reader.listed.connect(self._listed)
        reader.slow.connect(self._say_slow)
        reader.finished.connect(self._show_nothing)

    @property
    def readings(self) -> Sequence[StoreReading]:
        """What the stores held that have answered so far."""
        return self.listing.readings if self.listing is not None else ()

    @property
    def judged(self) -> Sequence[Judged]:
        """Every certificate that is known so far."""
        return self.listing.grouped.judged if self.listing is not None else ()

    def judge_again(self, now: datetime) -> None:
        """Judge by ``now`` what was judged long ago: a window may stay open over night."""
        if self.listing is not None and now - self.listing.at > _STALE:
            self._reader.judge_again()

    def _listed(self, listing: Listing) -> None:
        self.listing = listing
        chosen = self._place_of_last_log_on() | self._chosen_places
        self.sections = arrange(listing, self._places.is_asked_for, chosen)
        self._show()

    def _choose_place(self, row: ChosenRow, store: str) -> None:
        self._chosen_places[row.judged.installed.certificate.sha256] = store
        if self.listing is not None:
            self._listed(self.listing)

    @property
    def _last_used(self) -> LastUsed | None:
        return self._wishes.now.last_used.get(self._bank().id)

    def _place_of_last_log_on(self) -> dict[str, str]:
        """Where it worked the last time is used again, as long as nothing stands against it."""
        last = self._last_used
        for judged in self.judged if last is not None else ():
            installed = judged.installed
            if last == (installed.certificate.sha256, installed.store) and judged.usable:
                return {last.sha256: last.store}
        return {}

    def _search(self, query: str) -> None:
        self._query = query
        self._show()

    def _show(self) -> None:
        found = search(self.sections, self._query)
        if not found and not self._query and self._reader.is_reading:
            return  # nothing yet is not the same as nothing at all
        if not found:
            self._show_where_was_looked()
        self._body.show_sections(found, self._query)
        self._preselect(found)
        self.shown.emit(found)

    def _show_where_was_looked(self) -> None:
        self._body.empty.show_places(
            [reading.name for reading in self.readings],
            before_a_reissue(self.listing) if self.listing else (),
            can_add=not self._places.are_named,
            can_obtain=bool(self._bank().site.obtain_url),
        )

    def _show_nothing(self) -> None:
        """Say at the end of a reading that there is nothing; anything else is shown already."""
        if not self.sections:
            self._show()

    def _preselect(self, sections: Sequence[Section]) -> None:
        """Choose for the person once, at the start; afterwards the choice is theirs."""
        if not self._wants_choice or self._body.list.chosen_row() is not None:
            return
        key = preselected(sections, self._last_used)
        if key is not None and self._body.list.choose(key):
            self._body.list.setFocus()
        if not self._reader.is_reading:
            self._wants_choice = False

    def _say_slow(self, pending: tuple[str, ...] | None) -> None:
        if pending is None:
            self._frame.show_reading("")
            return
        places = text("desktop.list.pause").join(pending)
        slow = text("desktop.reading.slow", places=places)
        self._frame.show_reading(slow if pending else text("desktop.loading"))
