"""What may leave the session for the network: the one gate that every request passes."""

from __future__ import annotations

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtWebEngineCore import QWebEngineUrlRequestInfo, QWebEngineUrlRequestInterceptor

from certhelper.bank import HTTPS_PORT, Bank
from certhelper.logon import facts

_OWN_SCHEMES = frozenset({"about", "data", "blob"})
"""Content that the page carries itself; as an address to go to they are refused in page.py."""


def place_of(url: QUrl) -> tuple[str, str, int]:
    """Scheme, host (ASCII) and port of an address."""
    host = url.host(QUrl.ComponentFormattingOption.FullyEncoded)
    return url.scheme(), host, url.port(HTTPS_PORT)


class RequestGuard(QWebEngineUrlRequestInterceptor):
    """Blocks what is outside the profile, what would post twice, and a PIN that strays.

    Signals: ``pin_strayed(address)`` when the PIN form tried to post elsewhere than agreed;
    ``repeat_refused()`` when a form would have been posted again without anybody submitting it.
    """

    repeat_refused = Signal()
    pin_strayed = Signal(str)

    def __init__(self, bank: Bank, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bank = bank
        self._pin_target: str | None = None
        self.posted: set[str] = set()

    def expect_pin(self, target: str | None) -> None:
        """From now on a form may post to ``target`` alone; ``None`` lifts the rule."""
        self._pin_target = target

    def interceptRequest(self, info: QWebEngineUrlRequestInfo) -> None:
        url = info.requestUrl()
        scheme, host, port = place_of(url)
        if scheme not in _OWN_SCHEMES and not self._bank.allows(scheme, host, port):
            info.block(True)
            return
        if bytes(info.requestMethod().data()) == b"POST":
            self._at_post(info, url)
        if self._bank.may_send_certificate(host, port):
            # WORKAROUND: Chromium sends a POST again by itself when a connection that was used
            # before breaks ahead of the answer (HttpNetworkTransaction::ShouldResendRequest in
            # net/http/http_network_transaction.cc).  A fresh connection is never tried twice.
            info.setHttpHeader(b"Connection", b"close")

    def _at_post(self, info: QWebEngineUrlRequestInfo, url: QUrl) -> None:
        main = QWebEngineUrlRequestInfo.ResourceType.ResourceTypeMainFrame
        by_form = QWebEngineUrlRequestInfo.NavigationType.NavigationTypeFormSubmitted
        address = facts.without_query(url.toString(QUrl.ComponentFormattingOption.FullyEncoded))
        if info.resourceType() == main:
            if info.navigationType() != by_form and address in self.posted:
                # A page's location.reload() comes as a redirect, not as a reload (tried).
                info.block(True)
                self.repeat_refused.emit()
                return
            self.posted.add(address)
        if self._pin_target is None:
            return
        strays = facts.origin(address) != facts.origin(self._pin_target)
        if strays or (info.resourceType() == main and address != self._pin_target):
            info.block(True)
            self.pin_strayed.emit(address)
