"""What a page is, by the profile's markers and link texts; white space counts for nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from certhelper.logon.facts import Link, PageSeen
from certhelper.profile import FailurePage, Pages
from certhelper.safe_text import safe

_LONGEST_SENTENCE = 160
_SENTENCE_ENDS = "。！？!?\n\r"


class Recognised:
    """One page as the profile knows it.  Its text is brought into shape once."""

    def __init__(self, page: PageSeen, pages: Pages) -> None:
        self._page = page
        self._pages = pages
        self._text = compact(page.text)

    @property
    def failure(self) -> str | None:
        """The code of the first failure page that this is."""
        found = self._failure_page
        return found.code if found is not None else None

    @property
    def failure_words(self) -> str:
        """The bank's own sentence that holds the failure's first marker; empty without one."""
        found = self._failure_page
        return sentence_around(self._page.text, found.markers[0]) if found is not None else ""

    @property
    def _failure_page(self) -> FailurePage | None:
        for failure in self._pages.failures:
            if self._has(failure.markers):
                return failure
        return None

    @property
    def is_pin_page(self) -> bool:
        return self._has(self._pages.pin.markers)

    @property
    def is_top_page(self) -> bool:
        return self._has(self._pages.top.markers)

    @property
    def is_other_authentication(self) -> bool:
        return self._has(self._pages.other.markers)

    @property
    def is_logon_page(self) -> bool:
        if self._pages.logon.markers:
            return self._has(self._pages.logon.markers)
        return self.logon_link is not None

    @property
    def is_known(self) -> bool:
        """Whether it is any page of the log-on but the home page."""
        return (
            self.failure is not None
            or self.is_pin_page
            or self.is_top_page
            or self.is_other_authentication
            or self.is_logon_page
        )

    @property
    def start_link(self) -> Link | None:
        return self._link(self._pages.start.link_text)

    @property
    def logon_link(self) -> Link | None:
        return self._link(self._pages.logon.link_text)

    @property
    def is_blank(self) -> bool:
        return not self._text

    def notices_digest(self) -> str:
        """A digest of what stands above the log-on link, where the bank puts its お知らせ."""
        above = self._text.partition(compact(self._pages.logon.link_text))[0]
        return hashlib.sha256(above.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def _has(self, markers: tuple[str, ...]) -> bool:
        """All markers stand on the page; a page without markers is never recognised."""
        return bool(markers) and all(compact(marker) in self._text for marker in markers)

    def _link(self, wanted: str) -> Link | None:
        """The link with this text; none when two of them lead apart, because nobody guesses."""
        if not wanted:
            return None
        found = [link for link in self._page.links if compact(link.text) == compact(wanted)]
        return found[0] if len({link.href for link in found}) == 1 else None


def compact(text: str) -> str:
    """The text without any white space."""
    return "".join(text.split())


def sentence_around(text: str, marker: str) -> str:
    """The sentence of a page's text that holds ``marker``, safe to show and bounded.

    White space counts for nothing in finding the marker; in what is returned it is single.
    Empty where the marker does not stand in one sentence.
    """
    wanted = compact(marker)
    for sentence in _sentences(text):
        if wanted and wanted in compact(sentence):
            said = safe(" ".join(sentence.split()))
            return said if len(said) <= _LONGEST_SENTENCE else f"{said[:_LONGEST_SENTENCE]}…"
    return ""


def _sentences(text: str) -> Iterator[str]:
    begin = 0
    for place, character in enumerate(text):
        if character in _SENTENCE_ENDS:
            yield text[begin : place + 1]
            begin = place + 1
    yield text[begin:]
