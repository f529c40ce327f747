"""What a person is told of addresses that were refused, and how often: a page may try for ever."""

from __future__ import annotations

from dataclasses import dataclass, field

from certhelper.bank import Bank
from certhelper.logon import only_bank
from certhelper.logon.only_bank import Reason

_TIMES = 3
"""How often a place is told of: again when the person has put that away and tries once more."""

_PLACES = 20
"""How many places are told of in a session; a page that tries more is playing a game."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refused address; ``is_page`` when a page was to be shown, not a part loaded into one."""

    address: str
    place: str
    reason: Reason
    is_page: bool

    @property
    def may_be_opened(self) -> bool:
        """Whether the person may open it in their own browser."""
        return self.is_page and only_bank.may_be_opened_outside(self.address)


@dataclass(slots=True)
class Refusals:
    """All of one session.  :meth:`take` returns what is to be told now."""

    bank: Bank
    _told: dict[tuple[str, bool], int] = field(default_factory=dict)
    _shown: Refusal | None = None

    def take(self, address: str, *, is_page: bool) -> Refusal | None:
        """Hear of a refused address; ``None`` where nothing new is to be said.

        A page is told once, and again when the person has put the message away and tries again.
        Parts of pages are told once in a session, the first of them, and never in a page's place.
        """
        reason = only_bank.judge(address, self.bank)
        if reason is None:
            return None
        place = only_bank.label_of(address)
        key = (place if is_page else "", is_page)
        times = self._told.get(key, 0)
        most = _TIMES if is_page else 1
        if times >= most or (times == 0 and len(self._told) >= _PLACES):
            return None
        shown = self._shown
        if shown is not None and (not is_page or (shown.is_page and shown.place == place)):
            return None
        self._told[key] = times + 1
        self._shown = Refusal(address, place, reason, is_page)
        return self._shown

    def put_away(self) -> None:
        """The person has closed the message, or has acted on it."""
        self._shown = None
