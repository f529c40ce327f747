"""One page of a session: where it may go, and who gets the certificate."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QCryptographicHash, QObject, QTimer, QUrl, Signal
from PySide6.QtNetwork import QAuthenticator
from PySide6.QtWebEngineCore import (
    QWebEngineCertificateError,
    QWebEngineClientCertificateSelection,
    QWebEngineHttpRequest,
    QWebEngineLoadingInfo,
    QWebEngineNewWindowRequest,
    QWebEnginePage,
    QWebEngineProfile,
)
from shiboken6 import isValid

from certhelper.bank import Bank
from certhelper.logon import errors, facts, only_bank
from certhelper.logon.browser import scripts, server_fault
from certhelper.logon.browser.guard import (
    PageGuard,
    RequestGuard,
    address_of,
    place_of,
    whole_address_of,
)
from certhelper.logon.browser.messages import Messages
from certhelper.logon.gate import Gate

MakeWindow = Callable[[], QWebEnginePage | None]
"""Opens one more page of the session; none when there are too many."""

ChooseFiles = Callable[[QWebEnginePage.FileSelectionMode, Sequence[str]], list[str]]
AnswerRequest = Callable[[facts.CertificateRequested], str | None]
"""Takes a request, returns the SHA-256 to send or ``None`` for no certificate."""

_Status = QWebEngineLoadingInfo.LoadStatus
_Domain = QWebEngineLoadingInfo.ErrorDomain
_Navigation = QWebEnginePage.NavigationType
_EMPTY = ("about:blank", "about:srcdoc")


class BankPage(QWebEnginePage):
    """Turns the engine's signals into facts and keeps the navigation inside the profile.

    Signals: ``loaded(status)`` with the HTTP status when a page stands, ``fact(object)`` for every
    other fact, ``repeat_refused()`` when a reload or a step back would have posted a form again,
    ``part_rejected(ServerCertificateRejected)`` for what stands in a page, a frame among it.
    What the page says in boxes goes through :attr:`messages`.
    """

    loaded = Signal(int)
    fact = Signal(object)
    repeat_refused = Signal()
    part_rejected = Signal(object)

    def __init__(
        self,
        profile: QWebEngineProfile,
        bank: Bank,
        guard: RequestGuard,
        window: int,
        answer: AnswerRequest,
        make_window: MakeWindow,
        *,
        attended: bool,
        parent: QObject,
    ) -> None:
        super().__init__(profile, parent)
        self.window = window
        self._bank = bank
        self._guard = guard
        self._answer = answer
        self._make_window = make_window
        self.refused_reload = ""
        """The address of the last reload that was refused because it would have posted again."""
        self._attended = attended
        # Held here: the engine calls it by its C++ part, which outlives the rest of it (tried).
        self._page_guard = PageGuard(guard, window, self)
        self._page_guard.posted.connect(lambda: QTimer.singleShot(0, self, self.empty_fields))
        self.setUrlRequestInterceptor(self._page_guard)
        self._has_stood = False
        self.loaded.connect(self._stands)
        self.choose: ChooseFiles = lambda _mode, _accepted: []
        self.messages = Messages(self)
        self.loadingChanged.connect(self._loading)
        self.selectClientCertificate.connect(self._select)
        self.certificateError.connect(self._reject)
        self.newWindowRequested.connect(self._open_window)
        self.authenticationRequired.connect(self._refuse_password)
        self.renderProcessTerminated.connect(
            lambda *_: self.fact.emit(facts.RendererEnded(self.window))
        )

    @property
    def gate(self) -> Gate:
        """What guards a PIN that is on this page."""
        return self._guard.gate

    def empty_fields(self) -> None:
        """Take out of the page's password fields what was typed there; the gate hears of it."""

        def emptied(answer: object) -> None:
            if isValid(self) and answer == "ok":
                self.gate.emptied(self.window)

        self.runJavaScript(scripts.empty_fields(), scripts.WORLD, emptied)

    def acceptNavigationRequest(self, url: QUrl | str, kind: _Navigation, is_main: bool) -> bool:
        url = QUrl(url)
        address = address_of(url)
        if address in _EMPTY:
            return True
        if not only_bank.may_show(whole_address_of(url), self._bank):
            self._refuse(url, is_page=is_main)
            if is_main:
                self.toPlainText(self._close_if_empty)
            return False
        repeats = kind in (
            _Navigation.NavigationTypeReload,
            _Navigation.NavigationTypeBackForward,
        )
        if is_main and repeats and self.gate.repeats.refuses(address):
            is_reload = kind == _Navigation.NavigationTypeReload
            self.refused_reload = address if is_reload else ""
            self.repeat_refused.emit()
            return False
        redirect = _Navigation.NavigationTypeRedirect
        if is_main and kind == redirect and self.gate.takes_redirect(self.window):
            QTimer.singleShot(0, self, lambda: self._follow_by_get(url))
            return False
        return True

    def _open_window(self, request: QWebEngineNewWindowRequest) -> None:
        """Open the page's pop-up; one that leads outside is refused before there is a tab."""
        url = request.requestedUrl()
        is_empty = address_of(url) in ("", *_EMPTY)
        if is_empty or only_bank.may_show(whole_address_of(url), self._bank):
            page = self._make_window()
            if page is not None:
                request.openIn(page)
        else:
            self._refuse(url, is_page=True)

    def _refuse(self, url: QUrl, *, is_page: bool) -> None:
        self._guard.outside.emit(whole_address_of(url), is_page)
        if is_page:
            self.fact.emit(facts.NavigationBlocked(self.window, address_of(url)))

    def _close_if_empty(self, text: str) -> None:
        """A pop-up that was led outside before anything was in it leaves no empty tab behind."""
        if not self._has_stood and not text.strip():
            self.windowCloseRequested.emit()

    def _stands(self, _status: int) -> None:
        self._has_stood = True

    def chooseFiles(
        self,
        mode: QWebEnginePage.FileSelectionMode,
        oldFiles: Sequence[str],  # noqa: N803  # Qt's name
        acceptedMimeTypes: Sequence[str],  # noqa: N803  # as above
    ) -> list[str]:
        return self.choose(mode, acceptedMimeTypes)

    def javaScriptConsoleMessage(
        self,
        level: QWebEnginePage.JavaScriptConsoleMessageLevel,
        message: str,
        line: int,
        source: str,
    ) -> None:
        """Drop it: a page may write a PIN there, and its address with all that is in the query."""

    def javaScriptAlert(self, origin: QUrl | str, message: str) -> None:
        if self._attended:
            self.messages.say(origin, message)

    def javaScriptConfirm(self, origin: QUrl | str, message: str) -> bool:
        if self._attended:
            return self.messages.ask(origin, message)
        self.fact.emit(facts.QuestionAsked())
        return False

    def javaScriptPrompt(self, origin: QUrl | str, message: str, default: str) -> tuple[bool, str]:
        # A free text may be a PIN in clear; the bank's pages have fields for it.
        if self._attended:
            self.messages.refuse_text(origin, message)
        else:
            self.fact.emit(facts.QuestionAsked())
        return False, ""

    def _follow_by_get(self, url: QUrl) -> None:
        here = self.url()
        # strict-origin-when-cross-origin; Chromium refuses a request that says more (-20).
        referrer = here if place_of(here) == place_of(url) else here.resolved(QUrl("/"))
        request = QWebEngineHttpRequest(url)
        request.setHeader(b"Referer", bytes(referrer.toEncoded().data()).partition(b"#")[0])
        self.load(request)

    def _loading(self, info: QWebEngineLoadingInfo) -> None:
        if info.url().scheme() != "https":
            return
        if info.isDownload():
            self.gate.stopped(self.window)
            self.fact.emit(facts.LoadFailed(self.window, "", errors.ABORTED))
            return
        if info.status() == _Status.LoadSucceededStatus:
            self.gate.answered(self.window)
            self.loaded.emit(200)
        elif info.status() == _Status.LoadFailedStatus:
            if info.errorDomain() == _Domain.HttpStatusCodeDomain:
                self.gate.answered(self.window)
                self.loaded.emit(info.errorCode())
            elif info.errorCode() == errors.PROCESS_GONE:
                self.gate.failed(self.window)
            else:
                address = info.url().toString(QUrl.ComponentFormattingOption.FullyEncoded)
                posting = self.gate.waits_for_answer(self.window)
                self.gate.failed(self.window)
                self.fact.emit(facts.LoadFailed(self.window, address, info.errorCode(), posting))
        elif info.status() == _Status.LoadStoppedStatus:
            self.gate.stopped(self.window)
            self.fact.emit(facts.LoadFailed(self.window, "", errors.ABORTED))

    def _select(self, selection: QWebEngineClientCertificateSelection) -> None:
        try:
            offered = {
                bytes(certificate.digest(QCryptographicHash.Algorithm.Sha256).data()).hex(): (
                    certificate
                )
                for certificate in selection.certificates()
            }
            _, host, port = place_of(selection.host())
            wanted = self._answer(facts.CertificateRequested(host, port, tuple(offered)))
            if wanted is not None:
                selection.select(offered[wanted])
                return
        except Exception:
            # An exception here would leave the load hanging for ever: answer, then let it out.
            selection.selectNone()
            raise
        selection.selectNone()

    def _refuse_password(self, url: QUrl, authenticator: QAuthenticator) -> None:
        # WORKAROUND: what nobody answers is answered by Qt with empty credentials, and Chromium
        # sends the request again with them, a form with the PIN too, 32 times (tried; then -375).
        # Python cannot make the authenticator null, which would refuse: the load is stopped.
        self.triggerAction(QWebEnginePage.WebAction.Stop)
        self.fact.emit(facts.PasswordAsked(self.window, address_of(url)))

    def _reject(self, error: QWebEngineCertificateError) -> None:
        error.rejectCertificate()
        if error.isMainFrame():
            self.fact.emit(server_fault.rejected(error, self.window))
        else:
            self.part_rejected.emit(server_fault.rejected(error, self.window))
