"""What the engine says of a server's certificate, and what is asked of the server itself.

The questions are put in threads of their own, because a server may take its time; the answers come
back as facts.  Nothing here decides (server_identity.py, server_trust.py).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtWebEngineCore import QWebEngineCertificateError

from certhelper.bank import Bank
from certhelper.logon import facts, server_clock, server_identity, server_look
from certhelper.logon.issuers import Connect
from certhelper.qt import background


def rejected(error: QWebEngineCertificateError, window: int) -> facts.ServerCertificateRejected:
    """Return what the engine says of a certificate that it does not accept on a page."""
    address = error.url().toString(QUrl.ComponentFormattingOption.FullyEncoded)
    chain = tuple(bytes(one.toDer().data()) for one in error.certificateChain())
    return facts.ServerCertificateRejected(window, address, error.type().value, chain)


class ServerFaults(QObject):
    """Asks a server.  ``found(Fact)`` brings what was learnt, a moment later."""

    found = Signal(object)

    def __init__(self, bank: Bank, connect: Connect, parent: QObject) -> None:
        super().__init__(parent)
        self._bank = bank
        self._connect = connect
        self._asking: str | None = None
        self._asked: facts.Fact | None = None

    def takes(self, fact: facts.Fact) -> bool:
        """Whether the server's own clock is asked first; then ``found`` tells the fact again.

        The end of the load, which the engine tells meanwhile, says less and is passed over.
        """
        if isinstance(fact, facts.LoadFailed):
            return fact.url == self._asking
        if not isinstance(fact, facts.ServerCertificateRejected) or fact == self._asked:
            return False
        place = facts.origin(fact.url)
        if place is None or not server_identity.asks_for_time(fact):
            return False
        self._asking = fact.url
        background.start("ask for the time", partial(self._ask_time, fact, *place[1:]))
        return True

    def examine(self, host: str, port: int) -> None:
        """Hold a server against the profile's expectation."""
        background.start("look at the server", partial(self._look, host, port))

    def _look(self, host: str, port: int) -> None:
        seen = server_look.examine(self._bank, host, port, self._connect)
        background.deliver(self, lambda: self.found.emit(seen))

    def _ask_time(self, fact: facts.ServerCertificateRejected, host: str, port: int) -> None:
        said = server_clock.ask(host, port, self._connect)
        background.deliver(self, lambda: self._time_came(replace(fact, server_time=said)))

    def _time_came(self, fact: facts.ServerCertificateRejected) -> None:
        self._asked = fact
        self._asking = None
        self.found.emit(fact)
