"""What a pad says of the secret that it takes: which one it is, and where it goes.  Free of Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from certhelper.texts import text

LONGEST_ENTRY = 64
"""How much is taken where a page's field sets no limit of its own."""


AFTER_WRONG_PIN = ("pin-wrong", "pin-page-again")
"""The codes of a log-on that stopped because the bank did not take the PIN."""

_FEW = 2
"""So many wrong ones may be slips; banks suspend the use after a few more."""


class EntryRule(Protocol):
    """How long an entry is, and of what; lengths in characters."""

    @property
    def minimum_length(self) -> int: ...
    @property
    def maximum_length(self) -> int: ...
    @property
    def characters(self) -> str: ...
    def accepts(self, character: str) -> bool: ...


class FieldRule(NamedTuple):
    """What any password field of a page is taken to accept: printable ASCII, up to its limit."""

    maximum_length: int = LONGEST_ENTRY
    minimum_length: int = 1
    characters: str = "alphanumeric"

    def accepts(self, character: str) -> bool:
        return character.isascii() and character.isprintable()


@dataclass(frozen=True, slots=True)
class Wording:
    """One pad's words.

    ``warning`` stands out; ``words`` are the bank's own, plain text that is safe to show.
    """

    window: str
    title: str
    which: str
    entry: str
    submit: str
    not_allowed: str
    caution: str
    warning: str = ""
    words: str = ""


def for_logon(words: str = "", *, wrong_before: int = 0) -> Wording:
    """The 利用者暗証番号 of the log-on, the first time or after the bank has refused some."""
    warning = ""
    if wrong_before:
        name = "wrong" if words else "wrong-silent"
        many = "-many" if wrong_before >= _FEW else ""
        warning = text(f"pad.{name}{many}", count=wrong_before)
    return Wording(
        window=text("pad.window"),
        title=text("pad.title-again" if wrong_before else "pad.title"),
        which=text("pad.which-pin"),
        entry=text("pad.entry"),
        submit=text("pad.logon"),
        not_allowed=text("pad.not-allowed"),
        caution=text("pad.caution"),
        warning=warning,
        words=text("pad.bank-says", words=words) if words else "",
    )


def for_field(label: str, *, is_logon_pin: bool) -> Wording:
    """Any password field of a page: its label from the page, and what happens to the entry."""
    named = text("pad.field-named", label=label) if label else text("pad.field-unnamed")
    return Wording(
        window=text("pad.field-window"),
        title=text("pad.field-title", field=named),
        which=text("pad.field-pin" if is_logon_pin else "pad.field-which"),
        entry=named,
        submit=text("pad.field-submit"),
        not_allowed=text("pad.field-not-allowed"),
        caution=text("pad.field-caution"),
    )
