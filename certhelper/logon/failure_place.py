"""Where a failure is told in the session window, and what the person is offered there."""

from __future__ import annotations

from enum import StrEnum

from certhelper.logon import errors


class Offer(StrEnum):
    """A way on from a failure.  None of them goes on to the page that was refused."""

    RETRY = "retry"
    OWN_BROWSER = "own-browser"
    BACK = "back"
    RELOAD = "reload"
    CLOSE_TAB = "close-tab"
    CLOSE = "close"


_INSTEAD_OF_ANY_PAGE = errors.SERVER_CERTIFICATE_CODES | {
    "browser-not-supported",
    "clock-wrong",
    "server-certificate-expired",
    "server-certificate-not-yet-valid",
    "server-not-examined",
}


def is_in_place_of_page(code: str) -> bool:
    """Whether this takes the page's place even where a page of the bank's stands.

    Nothing may be entered into a page of a server that is not as it should be, and a page which
    turns this browser away is of no use.  Other failures take its place where no page stands.
    """
    return code in _INSTEAD_OF_ANY_PAGE


def offers(code: str, *, can_retry: bool = True) -> tuple[Offer, ...]:
    """What is offered for the failure of a whole log-on, the best first."""
    first = (Offer.OWN_BROWSER,) if code == "browser-not-supported" else ()
    retry = (Offer.RETRY,) if can_retry else ()
    return (*first, *retry, Offer.CLOSE)


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
