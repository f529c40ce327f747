"""Sends a profile's user agent instead of the engine's own, in the header and to scripts."""

from __future__ import annotations

from PySide6.QtWebEngineCore import QWebEngineProfile

from certhelper.logon.user_agent import hints_of


def take(profile: QWebEngineProfile, user_agent: str) -> None:
    """Let the engine call itself so; an empty one leaves everything as it is.

    The client hints follow, as far as the engine lets them.  What remains: ``navigator.platform``
    is the real system's, and ``Sec-CH-UA`` is sent, though empty, for a browser that sends none.
    """
    if not user_agent:
        return
    profile.setHttpUserAgent(user_agent)
    said = hints_of(user_agent)
    hints = profile.clientHints()
    hints.setFullVersionList(said.brands)
    hints.setFullVersion(next(iter(said.brands.values()), ""))
    hints.setPlatform(said.platform)
    hints.setPlatformVersion("")
    hints.setAllClientHintsEnabled(bool(said.brands))
