"""Whether a form that was posted may be posted once more: by nobody's oversight, ever.

A reload and a step back post a form again, and a bank may take it for a second transfer.  A form
that was posted before the log-on was over may hold a PIN or a one-time password, typed by
whomever: it is never posted again.  A form after that may be, once for each time that a person was
asked and said yes.
"""

from __future__ import annotations


class Repeats:
    """One for a session.  Addresses are without query and fragment."""

    def __init__(self) -> None:
        self._posted: set[str] = set()
        self._never_again: set[str] = set()
        self._logging_on = True
        self._allowed = ""

    def log_on_is_over(self) -> None:
        """The top page has come: what is posted from now on holds no PIN."""
        self._logging_on = False

    def note(self, address: str) -> None:
        """A form was posted to this address."""
        self._posted.add(address)
        if self._logging_on:
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
