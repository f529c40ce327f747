"""「原因を調べる」 in the session's window: the main window comes to the front and finds it.

A session that was started by a command has no main window; there it says which command to call.
"""

from __future__ import annotations

from certhelper import foreground, texts
from certhelper.failures import Told
from certhelper.logon.browser import outbox
from certhelper.logon.browser.banner import Action
from certhelper.logon.cause_wanted import CauseWanted
from certhelper.logon.failure_place import Offer
from certhelper.logon.request import SessionRequest

_FINGERPRINT_SHOWN = 8


def find(told: Told) -> None:
    """Have the main window find the cause of this failure.

    It is on the way to the front: this process has the right to, and hands it over.
    """
    foreground.hand_over()
    outbox.wish(CauseWanted.of(told).wish())


def offers(request: SessionRequest) -> tuple[Offer, ...]:
    """What is offered beside the ways on from a failure."""
    return (Offer.FIND_CAUSE,) if request.has_main_window else ()


def action(told: Told, request: SessionRequest) -> Action | None:
    """Return the button of a banner; what it says stays to be read."""
    if not request.has_main_window:
        return None
    words = texts.text(f"failure-page.{Offer.FIND_CAUSE.value}")
    return Action(words, lambda: find(told), "", stays=True)


def by_command(request: SessionRequest) -> str:
    """Return what to say instead where there is no main window; empty where there is one."""
    if request.has_main_window:
        return ""
    fingerprint = request.certificate[:_FINGERPRINT_SHOWN]
    return texts.text("failure-page.cause-by-command", fingerprint=fingerprint)
