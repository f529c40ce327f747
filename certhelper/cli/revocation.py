"""What the commands do about revocation: whom they ask, for how long, and who may forbid it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from certhelper import listing
from certhelper.listing import Listing
from certhelper.revocation.question import Question

if TYPE_CHECKING:
    from certhelper.settings_in_force import SettingsInForce

_BUDGET_S = 3.0
"""A list is not held up for longer, however many certificates there are."""

_ONE_S = 10.0
"""One certificate that somebody wants to know everything about may take longer."""

_LISTS = "list"


def checked(found: Listing, arguments: argparse.Namespace) -> Listing:
    """Add what issuers say: ``list`` asks, for the other commands what is kept counts.

    So a log-on is not held up, and yet prefers no certificate that the list has called revoked.
    """
    questions = listing.questions_of(found)
    if not questions:
        return found
    # Nobody is told of what was not to be asked, but for those who have said so just now.
    is_told = getattr(arguments, "offline", False)
    asks = arguments.command == _LISTS and not is_told
    return _asked(found, questions, _BUDGET_S, asks=asks, tells_unasked=is_told)


def checked_wholly(found: Listing, sha256: str, arguments: argparse.Namespace) -> Listing:
    """Ask about one certificate, whatever else stands against it (``show``)."""
    questions = listing.questions_about(found, sha256)
    return _asked(found, questions, _ONE_S, asks=not arguments.offline, tells_unasked=True)


def _asked(
    found: Listing, questions: list[Question], seconds: float, *, asks: bool, tells_unasked: bool
) -> Listing:
    from certhelper.logon import revocation_way

    counts = _in_force()
    return listing.asked(
        found,
        revocation_way.asker(lambda: counts.proxy.value),
        questions,
        seconds=seconds,
        offline=not (asks and counts.check_revocation.value),
        tells_unasked=tells_unasked,
    )


def _in_force() -> SettingsInForce:
    from certhelper import machine_settings, settings
    from certhelper.settings_in_force import in_force

    kept = settings.SettingsFile(settings.folder() / settings.FILE_NAME).settings
    return in_force(kept, machine_settings.read())
