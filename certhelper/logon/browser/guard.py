"""What may leave the session for the network: every request passes here.  gate.py decides.

The engine asks twice: the profile's interceptor first, about every request there is, and then that
of the page which asks, workers and beacons of the page among them (tried).  Only the second knows
the window.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtWebEngineCore import QWebEngineUrlRequestInfo, QWebEngineUrlRequestInterceptor

from certhelper.bank import Bank
from certhelper.hosts import HTTPS_PORT
from certhelper.logon import only_bank, pin_guard
from certhelper.logon.gate import Cause, Gate, Kind, Request, Verdict, bare

_OWN_SCHEMES = frozenset({"about", "data", "blob"})
"""Content that the page carries itself; as an address to go to they are refused in page.py."""

_Type = QWebEngineUrlRequestInfo.ResourceType
_NEVER = frozenset(
    {
        # It would live on beside its pages, answer for the bank and send requests of its own.
        _Type.ResourceTypeServiceWorker,
        _Type.ResourceTypeNavigationPreloadMainFrame,
        _Type.ResourceTypeNavigationPreloadSubFrame,
        _Type.ResourceTypeSharedWorker,
        _Type.ResourceTypePluginResource,
    }
)
_KINDS = {
    _Type.ResourceTypeMainFrame: Kind.PAGE,
    _Type.ResourceTypeSubFrame: Kind.FRAME,
    _Type.ResourceTypeStylesheet: Kind.PASSIVE,
    _Type.ResourceTypeScript: Kind.PASSIVE,
    _Type.ResourceTypeImage: Kind.PASSIVE,
    _Type.ResourceTypeFontResource: Kind.PASSIVE,
    _Type.ResourceTypeFavicon: Kind.PASSIVE,
    _Type.ResourceTypeMedia: Kind.PASSIVE,
}


def place_of(url: QUrl) -> tuple[str, str, int]:
    """Scheme, host (ASCII) and port of an address."""
    host = url.host(QUrl.ComponentFormattingOption.FullyEncoded)
    return url.scheme(), host, url.port(HTTPS_PORT)


def whole_address_of(url: QUrl) -> str:
    """The address as the engine itself writes it."""
    return url.toString(QUrl.ComponentFormattingOption.FullyEncoded)


def address_of(url: QUrl) -> str:
    """The address without query and fragment, encoded."""
    return bare(whole_address_of(url))


class RequestGuard(QWebEngineUrlRequestInterceptor):
    """Of the profile: blocks what is outside the bank, and what nobody may have beside a PIN.

    Signals: ``pin_strayed(address, whether the PIN had left before)``, ``pin_posted()``,
    ``repeat_refused()`` and ``form_refused()``, see :class:`Verdict`; ``outside(address, whether a
    page and not a part of one)`` for every address that was refused, whole.
    """

    outside = Signal(str, bool)
    pin_strayed = Signal(str, bool)
    pin_posted = Signal()
    repeat_refused = Signal()
    form_refused = Signal()

    def __init__(self, bank: Bank, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bank = bank
        self.gate = Gate(lambda address: pin_guard.may_take_forms(address, bank))

    def interceptRequest(self, info: QWebEngineUrlRequestInfo) -> None:
        url = info.requestUrl()
        if info.resourceType() in _NEVER:
            info.block(True)
            return
        if url.scheme() not in _OWN_SCHEMES:
            address = whole_address_of(url)
            if not only_bank.allows(address, self._bank):
                info.block(True)
                is_page = info.resourceType() is _Type.ResourceTypeMainFrame
                self.outside.emit(address, is_page)
                return
        if self.gate.forbids(_request(info, 0)):
            self.gate.refused += 1
            info.block(True)
            return
        # WORKAROUND: Chromium sends a POST again by itself when a connection that was used
        # before breaks ahead of the answer (HttpNetworkTransaction::ShouldResendRequest in
        # net/http/http_network_transaction.cc).  A fresh connection is never tried twice.
        info.setHttpHeader(b"Connection", b"close")


class PageGuard(QWebEngineUrlRequestInterceptor):
    """Of one page: blocks what would post twice, and a PIN that strays.

    ``posted()`` when the page has sent the PIN; what else there is to tell, ``guard`` tells.
    """

    posted = Signal()

    def __init__(self, guard: RequestGuard, window: int, parent: QObject) -> None:
        super().__init__(parent)
        self._guard = guard
        self._window = window

    def interceptRequest(self, info: QWebEngineUrlRequestInfo) -> None:
        verdict = self._guard.gate.judge(_request(info, self._window))
        if verdict is Verdict.PASS:
            return
        if verdict is Verdict.POSTED:
            self._guard.pin_posted.emit()
            self.posted.emit()
            return
        info.block(True)
        if verdict is Verdict.STRAYED:
            has_left = self._guard.gate.pin_has_left(self._window)
            self._guard.pin_strayed.emit(address_of(info.requestUrl()), has_left)
        elif verdict is Verdict.REPEATED:
            self._guard.repeat_refused.emit()
        elif verdict is Verdict.READ_ONLY:
            self._guard.form_refused.emit()


def _request(info: QWebEngineUrlRequestInfo, window: int) -> Request:
    by_form = QWebEngineUrlRequestInfo.NavigationType.NavigationTypeFormSubmitted
    return Request(
        address=address_of(info.requestUrl()),
        method=bytes(info.requestMethod().data()).decode("latin-1").upper(),
        kind=_KINDS.get(info.resourceType(), Kind.ACTIVE),
        cause=Cause.FORM if info.navigationType() == by_form else Cause.OTHER,
        window=window,
    )
