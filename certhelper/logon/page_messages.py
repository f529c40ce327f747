"""What a page's message looks like before anybody sees it: bounded, counted, harmless.

A page is anybody's: an advertisement in a frame, or a bank's own page gone mad, can say a hundred
things in a row, each as long as a book, with characters that turn the words around.
"""

from __future__ import annotations

from certhelper.safe_text import safe

OFFER_SILENCE_AT = 3
"""From so many messages of one page on it can be silenced."""

_LONGEST = 20_000


class MessageCount:
    """How often one page has spoken.  It starts anew when the page moves on."""

    def __init__(self) -> None:
        self._spoken = 0
        self.is_silenced = False

    def speak(self) -> bool:
        """Count one message; say whether silence is to be offered with it."""
        self._spoken += 1
        return self._spoken >= OFFER_SILENCE_AT

    def page_moves(self) -> None:
        """Another page comes: it has said nothing yet."""
        self._spoken = 0
        self.is_silenced = False


def presentable(message: str) -> str:
    """The page's words, with what cannot be seen made visible and no longer than can be read."""
    lines = message[:_LONGEST].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept = "\n".join(safe(line.replace("\t", "    ")) for line in lines)
    return f"{kept} […]" if len(message) > _LONGEST else kept
