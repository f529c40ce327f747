"""The browsers that people have, by the names that settings and commands use."""

from __future__ import annotations

from enum import StrEnum


class Browser(StrEnum):
    """A browser by its id; which of them is the system's own choice is not among these."""

    EDGE = "edge"
    CHROME = "chrome"
    CHROMIUM = "chromium"
    FIREFOX = "firefox"

    @property
    def is_of_chromium(self) -> bool:
        """Whether it is built from Chromium, and so follows Chromium's rules and policies."""
        return self is not Browser.FIREFOX
