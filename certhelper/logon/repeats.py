"""Whether a form that was posted may be posted once more: by nobody's oversight, ever.

A reload and a step back post a form again, and a bank may take it for a second transfer.  A form
that was posted before the log-on was over may hold a PIN or a one-time password, typed by
whomever, and so may one of a page with a password field, later too: it is never posted again, nor
is anything else to that address.  Another form may be, once for each time that a person was asked
and said yes.
"""

from __future__ import annotations


class Repeats:
    """One for a session.  Addresses are without query and fragment."""

    def __init__(self) -> None:
        self._posted: set[str] = set()
        self._never_again: set[str] = set()
        self._with_secret: set[int] = set()
        self._logging_on = True
        self._allowed = ""

    def log_on_is_over(self) -> None:
        """The top page has come: the PIN of the log-on has been sent."""
        self._logging_on = False

    def page_seen(self, window: int, *, asks_for_secret: bool) -> None:
        """A page stands in this window, with a password field that can be seen or without one."""
        if asks_for_secret:
            self._with_secret.add(window)
        else:
            self._with_secret.discard(window)

    def secret_typed(self, window: int) -> None:
        """A password field of this window's page was filled, wherever in it."""
        self._with_secret.add(window)

    def note(self, address: str, window: int) -> None:
        """A form was posted to this address from a page in this window."""
        self._posted.add(address)
        if self._logging_on or window in self._with_secret:
            self._never_again.add(address)

    def refuses(self, address: str) -> bool:
        """Whether a reload of this address, or a step back to it, would post a form again."""
        return address in self._posted and address != self._allowed

    def may_ask(self, address: str) -> bool:
        """Whether the person may be asked to post once more what was posted to this address."""
        return address in self._posted and address not in self._never_again

    def allow(self, address: str) -> None:
        """The person said yes: the next page may be this form's, posted once more."""
        if self.may_ask(address):
            self._allowed = address

    def page_requested(self) -> None:
        """A page was asked for; whichever it is, it uses the permission up."""
        self._allowed = ""
