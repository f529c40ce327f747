"""The browser that a profile's user agent names, as the client hints must name it too.

Chromium sends ``Sec-CH-UA`` and its like beside the user agent (https://wicg.github.io/ua-client-hints/).
With a user agent of the profile's they would still tell the engine's own name, and a site that
compares both would turn the session away all the more.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_CHROMIUM = re.compile(r"\bChrome/([0-9.]+)")
_BRANDS = (
    (re.compile(r"\bEdg/([0-9.]+)"), "Microsoft Edge"),
    (re.compile(r"\bOPR/([0-9.]+)"), "Opera"),
)
_PLATFORMS = (
    ("Windows NT", "Windows"),
    ("Macintosh", "macOS"),
    ("CrOS", "Chrome OS"),
    ("Android", "Android"),
    ("Linux", "Linux"),
)
_GREASE = ("Not=A?Brand", "24.0.0.0")
"""Chromium names a brand that there is not, so that nobody relies on the list."""


class Hints(NamedTuple):
    """``brands`` (name → version) is empty for a browser that sends no hints (Firefox, Safari)."""

    brands: dict[str, str]
    platform: str


def hints_of(user_agent: str) -> Hints:
    """Return what the browser of this user agent would say in its client hints."""
    platform = next((name for mark, name in _PLATFORMS if mark in user_agent), "")
    chromium = _CHROMIUM.search(user_agent)
    if chromium is None:
        return Hints({}, platform)
    named = [(name, found[1]) for mark, name in _BRANDS if (found := mark.search(user_agent))]
    own = named or [("Google Chrome", chromium[1])]
    return Hints({"Chromium": chromium[1], **dict(own), _GREASE[0]: _GREASE[1]}, platform)
