"""Where a failure is told in the session window, and what the person is offered there."""

from __future__ import annotations

from enum import StrEnum

from certhelper import failures
from certhelper.failures import Actor
from certhelper.logon import errors


class Offer(StrEnum):
    """A way on from a failure.  None of them goes on to the page that was refused.

    ``FIND_CAUSE`` leads to the main window, and is never the first: no key presses it that was
    typed before the failure came.
    """

    RETRY = "retry"
    OWN_BROWSER = "own-browser"
    BACK = "back"
    RELOAD = "reload"
    CLOSE_TAB = "close-tab"
    CLOSE = "close"
    FIND_CAUSE = "find-cause"


_INSTEAD_OF_ANY_PAGE = errors.SERVER_CERTIFICATE_CODES | {
    "browser-not-supported",
    "clock-wrong",
    "no-answer",
    "server-certificate-expired",
    "server-certificate-not-yet-valid",
    "server-not-examined",
}

_ASK_FIRST = frozenset(
    {
        "certificate-asked-too-late",
        "certificate-host-not-allowed",
        "customer-unknown-at-bank",
        "outside-allowed-hosts",
        "outside-allowed-hosts-after-pin",
        "password-asked",
        "password-asked-after-pin",
        "pin-host-not-allowed",
        "pin-page-without-certificate",
        "pin-target-unexpected",
        "server-certificate-revoked",
        "server-not-as-expected",
        "token-last-try",
    }
)
"""The bank, or who looks after the PC, is to be asked first: it may be somebody else's page, or the
PIN may have been counted."""

_OWN_BROWSER_RATHER = frozenset(
    {"browser-not-supported", "logon-link-not-found", "pin-field-ambiguous", "pin-not-taken"}
)
"""The remedy is the person's own browser, and another try here would end alike."""

_OWN_BROWSER_ALSO = frozenset({"blank-page-after-pin", "pin-field-missing", "pin-not-sent"})
"""The remedy is another try, or the person's own browser."""


def is_in_place_of_page(code: str) -> bool:
    """Whether this takes the page's place even where a page of the bank's stands.

    Nothing may be entered into a page of a server that is not as it should be; a page which turns
    this browser away is of no use, nor is the one before a page that did not come.  Other failures
    take its place where no page stands.
    """
    return code in _INSTEAD_OF_ANY_PAGE


def may_succeed_again(code: str) -> bool:
    """Whether another try is what to do now, and not to have something mended or answered first.

    Every window asks this: where it is false, trying again is offered, but neither first nor as
    the button that Enter presses.
    """
    return failures.find(code).actor is not Actor.ADMINISTRATOR and code not in _ASK_FIRST


def offers(code: str) -> tuple[Offer, ...]:
    """What is offered for the failure of a whole log-on, the best first."""
    own = (Offer.OWN_BROWSER,)
    if not may_succeed_again(code):
        return (Offer.CLOSE, Offer.RETRY)
    if code in _OWN_BROWSER_RATHER:
        return (*own, Offer.RETRY, Offer.CLOSE)
    return (Offer.RETRY, *(own if code in _OWN_BROWSER_ALSO else ()), Offer.CLOSE)


def offers_in_tab(*, has_page_before: bool, is_last: bool) -> tuple[Offer, ...]:
    """What is offered where one page of a session failed and the session lives on."""
    if has_page_before:
        return (Offer.BACK,)
    return () if is_last else (Offer.CLOSE_TAB,)


def offers_after_crash(*, has_address: bool, is_last: bool) -> tuple[Offer, ...]:
    """What is offered where a page stood whose process has gone.

    Its address can be loaded anew, which sends no form.
    """
    reload = (Offer.RELOAD,) if has_address else ()
    return reload if is_last else (*reload, Offer.CLOSE_TAB)
