"""Which password field of a page the software keyboard is for, and what it may say of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from certhelper.bank import Bank
from certhelper.logon import facts
from certhelper.safe_text import safe

_LONGEST_LABEL = 30
_LOGON_PIN = "利用者暗証番号"


@dataclass(frozen=True, slots=True)
class SecretField:
    """A password field that a person can see and use.

    ``number`` is what the page's own script calls it; ``label`` the page's words for it.
    """

    number: int
    label: str
    focused: bool
    maximum_length: int | None


@dataclass(frozen=True, slots=True)
class FrameSeen:
    """One frame of the page in front, the page itself being the first.

    ``focused``: the person's cursor is in it, or in a frame beside it.  ``is_pin_page``: the
    profile's markers of the PIN page (CIBMU209) stand in it.
    """

    url: str
    focused: bool
    is_pin_page: bool
    fields: tuple[SecretField, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """``label`` is safe to show, empty where the page says nothing that could be repeated."""

    frame: int
    field: SecretField
    label: str
    is_logon_pin: bool


def choose(frames: Sequence[FrameSeen], bank: Bank) -> Chosen | str:
    """The field that has the cursor, or else the only one; otherwise why not (a text's name).

    Only a frame of an allowed host counts.  The entry is never said to be the 利用者暗証番号
    unless its page is the PIN page: a page could ask for one thing under the name of another.
    """
    places = [
        (number, frame, field)
        for number, frame in enumerate(frames)
        if _is_allowed(frame.url, bank)
        for field in frame.fields
    ]
    with_cursor = [place for place in places if place[1].focused and place[2].focused]
    found = with_cursor or places
    if not found:
        return "pad-no-field"
    if len(found) > 1:
        return "pad-several-fields"
    number, frame, field = found[0]
    is_logon_pin = frame.is_pin_page and len(places) == 1 and _takes_pin(frame.url, bank)
    return Chosen(number, field, _label(field.label, is_logon_pin=is_logon_pin), is_logon_pin)


def _is_allowed(url: str, bank: Bank) -> bool:
    place = facts.origin(url)
    return place is not None and bank.allows(*place)


def _takes_pin(url: str, bank: Bank) -> bool:
    place = facts.origin(url)
    return place is not None and bank.may_send_certificate(*place[1:])


def _label(written: str, *, is_logon_pin: bool) -> str:
    """The page's words for the field; none that name the PIN of the log-on where it is not that."""
    words = safe(" ".join(written.split()).strip(" :：*※"))
    folded = "".join(unicodedata.normalize("NFKC", words).split())
    if is_logon_pin:
        return _LOGON_PIN
    if not words or len(words) > _LONGEST_LABEL or _LOGON_PIN in folded:
        return ""
    return words
