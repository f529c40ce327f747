"""The rehearsal's pages by WinHTTP, with one certificate of a Windows store.

It needs neither browser nor display.  It also takes certificates of the computer's own store
(LocalMachine), which the browser engine does not; whoever calls it says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Self

from certhelper import __version__
from certhelper.logon import issuers
from certhelper.logon.plan import Plan
from certhelper.logon.proxy import Route, Way
from certhelper.logon.rehearsal import Rehearsal
from certhelper.logon.rehearsal_fetch import (
    TIMED_OUT,
    CertificateAnswer,
    CertificateWanted,
    Fetched,
    FetchFailed,
    Request,
    Response,
)
from certhelper.logon.server_identity import NOT_AS_EXPECTED
from certhelper.logon.stages import StageReport
from certhelper.windows import certificate_store, server_chain, wine, winhttp
from certhelper.windows.certificate_store import Place
from certhelper.windows.library import WindowsCallError
from certhelper.windows.web_exchange import Check, ServerRejectedError
from certhelper.windows.web_request import (
    UNDECIDED,
    CertificateNeededError,
    Undecided,
    WebSession,
)
from certhelper.windows.web_request import Place as WebPlace

_LANGUAGES = "ja,en;q=0.5"
_SYSTEM = Route(Way.SYSTEM)
_LOOPBACK = ".localhost"
_USER_AGENT = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) certhelper/{__version__}"

# net/base/net_error_list.h
_ERR_FAILED = -2
_ERR_CONNECTION_RESET = -101
_ERR_SSL_PROTOCOL_ERROR = -107
_ERR_CLIENT_AUTH_PRIVATE_KEY_ACCESS_DENIED = -134
_ERR_CLIENT_AUTH_CERT_NO_PRIVATE_KEY = -135
_ERR_CLIENT_AUTH_SIGNATURE_FAILED = -141
_ERR_CERT_COMMON_NAME_INVALID = -200
_ERR_CERT_DATE_INVALID = -201
_ERR_CERT_AUTHORITY_INVALID = -202
_ERR_CERT_UNABLE_TO_CHECK_REVOCATION = -205
_ERR_CERT_REVOKED = -206
_ERR_CERT_INVALID = -207

_LOAD_ERRORS = {
    winhttp.ERROR_WINHTTP_TIMEOUT: TIMED_OUT,
    winhttp.ERROR_WINHTTP_NAME_NOT_RESOLVED: -105,
    winhttp.ERROR_WINHTTP_CANNOT_CONNECT: -102,
    winhttp.ERROR_WINHTTP_CONNECTION_ERROR: _ERR_CONNECTION_RESET,
    winhttp.ERROR_WINHTTP_INVALID_SERVER_RESPONSE: -324,
    10051: -109,  # WSAENETUNREACH; Wine hands on what its sockets say
    10053: _ERR_CONNECTION_RESET,  # WSAECONNABORTED
    10054: _ERR_CONNECTION_RESET,  # WSAECONNRESET
    10060: TIMED_OUT,  # WSAETIMEDOUT
    10061: -102,  # WSAECONNREFUSED
    10065: -109,  # WSAEHOSTUNREACH
    winhttp.ERROR_WINHTTP_SECURE_CHANNEL_ERROR: _ERR_SSL_PROTOCOL_ERROR,
    winhttp.ERROR_WINHTTP_SECURE_FAILURE: _ERR_SSL_PROTOCOL_ERROR,
    winhttp.ERROR_WINHTTP_BAD_AUTO_PROXY_SCRIPT: -130,
    winhttp.ERROR_WINHTTP_UNABLE_TO_DOWNLOAD_SCRIPT: -130,
    winhttp.ERROR_WINHTTP_AUTO_PROXY_SERVICE_ERROR: -130,
    winhttp.ERROR_WINHTTP_CLIENT_CERT_NO_PRIVATE_KEY: _ERR_CLIENT_AUTH_CERT_NO_PRIVATE_KEY,
    winhttp.ERROR_WINHTTP_CLIENT_CERT_NO_ACCESS_PRIVATE_KEY: (
        _ERR_CLIENT_AUTH_PRIVATE_KEY_ACCESS_DENIED
    ),
}
_SERVER_ERRORS = {
    winhttp.ERROR_WINHTTP_SECURE_CERT_DATE_INVALID: _ERR_CERT_DATE_INVALID,
    winhttp.ERROR_WINHTTP_SECURE_CERT_CN_INVALID: _ERR_CERT_COMMON_NAME_INVALID,
    winhttp.ERROR_WINHTTP_SECURE_INVALID_CA: _ERR_CERT_AUTHORITY_INVALID,
    winhttp.ERROR_WINHTTP_SECURE_CERT_REV_FAILED: _ERR_CERT_UNABLE_TO_CHECK_REVOCATION,
    winhttp.ERROR_WINHTTP_SECURE_CERT_REVOKED: _ERR_CERT_REVOKED,
    winhttp.ERROR_WINHTTP_SECURE_INVALID_CERT: _ERR_CERT_INVALID,
    winhttp.ERROR_WINHTTP_SECURE_CERT_WRONG_USAGE: _ERR_CERT_INVALID,
}
"""What older versions of Windows say instead of ``ERROR_WINHTTP_SECURE_FAILURE``."""

_FLAGS = (
    (winhttp.WINHTTP_CALLBACK_STATUS_FLAG_CERT_REVOKED, _ERR_CERT_REVOKED),
    (winhttp.WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CA, _ERR_CERT_AUTHORITY_INVALID),
    (winhttp.WINHTTP_CALLBACK_STATUS_FLAG_CERT_CN_INVALID, _ERR_CERT_COMMON_NAME_INVALID),
    (winhttp.WINHTTP_CALLBACK_STATUS_FLAG_CERT_DATE_INVALID, _ERR_CERT_DATE_INVALID),
    (
        winhttp.WINHTTP_CALLBACK_STATUS_FLAG_CERT_REV_FAILED,
        _ERR_CERT_UNABLE_TO_CHECK_REVOCATION,
    ),
)
"""The gravest first: several may be set at once."""

_CHAIN_ERRORS = {
    server_chain.TRUST_E_EXPLICIT_DISTRUST: NOT_AS_EXPECTED,
    server_chain.CERT_E_CN_NO_MATCH: _ERR_CERT_COMMON_NAME_INVALID,
    server_chain.CERT_E_EXPIRED: _ERR_CERT_DATE_INVALID,
    server_chain.CERT_E_VALIDITYPERIODNESTING: _ERR_CERT_DATE_INVALID,
    server_chain.CERT_E_UNTRUSTEDROOT: _ERR_CERT_AUTHORITY_INVALID,
    server_chain.CERT_E_CHAINING: _ERR_CERT_AUTHORITY_INVALID,
    server_chain.CERT_E_REVOKED: _ERR_CERT_REVOKED,
    server_chain.CRYPT_E_REVOKED: _ERR_CERT_REVOKED,
}
Expecting = Callable[[str, int, Sequence[bytes]], bool]
"""Whether a chain is what the profile expects of a host and port."""

_KEY_ERRORS = range(0x80090001, 0x80090050)
"""``NTE_*`` (``winerror.h``): the key could not sign."""

_TLS_ERRORS = range(0x80090300, 0x80090400)
"""``SEC_E_*``: the handshake could not be completed."""


def rehearse(
    plan: Plan,
    place: Place,
    candidates: Mapping[str, Sequence[bytes]],
    on_report: Callable[[StageReport], None],
    way: Route = _SYSTEM,
) -> int:
    """Rehearse with ``plan.certificate`` of the store at ``place``; see :class:`Rehearsal`.

    ``way`` is none or one proxy without exceptions; whatever else it is, WinHTTP asks Windows.

    Raises :class:`~certhelper.profile_reading.ProfileError` for a root that is none,
    :class:`WindowsCallError` where WinHTTP cannot be used at all.
    """
    from certhelper.logon import server_trust  # brings cryptography

    bank = plan.bank
    roots = server_trust.roots_of(bank)
    places = bank.expected_places()

    def expecting(host: str, port: int, chain: Sequence[bytes]) -> bool:
        return (host, port) not in places or server_trust.is_as_expected(bank, chain, roots)

    said = expecting if bank.expects_of_servers else None
    with WinHttpFetcher(place, roots, bank.site.user_agent, said, way) as fetcher:
        return Rehearsal(plan, fetcher, candidates, on_report, connect=way.connect).run()


class WinHttpFetcher:
    """A :class:`~certhelper.logon.rehearsal_fetch.Fetcher`; use it in a ``with`` block.

    WinHTTP, like schannel, judges the server only after the handshake, when the client certificate
    has gone out.  So each server's chain is judged before: by Windows' rules, on a connection that
    carries nothing.  Where the profile has ``roots`` of its own, WinHTTP leaves the server's issuer
    to us: then that is done for every server, and once more on each of WinHTTP's own connections
    before its request goes out.  So it is where ``expecting`` says of a chain, the server's own
    certificate first, whether the profile expects it of that server.
    """

    def __init__(
        self,
        place: Place,
        roots: Sequence[bytes],
        user_agent: str = "",
        expecting: Expecting | None = None,
        way: Route = _SYSTEM,
    ) -> None:
        self._place = place
        self._roots = roots
        self._expecting = expecting
        self._unexpected: tuple[bytes, ...] = ()
        self._judged: set[tuple[str, int]] = set()
        self._way = way
        # Exceptions and SOCKS stand in Windows' own settings only, and Windows knows them best.
        is_plain = way.way is Way.PROXY and way.scheme == "http" and not way.bypass
        proxy = None if way.way is Way.DIRECT else way.server if is_plain else ""
        self._session = WebSession(user_agent or _USER_AGENT, _LANGUAGES, proxy)

    @property
    def tells_requests(self) -> bool:
        """Windows does (``ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED``), Wine does not."""
        # WORKAROUND: Wine's WinHTTP answers a request for a certificate with none and is silent.
        return wine.version() is None

    def get(self, request: Request, answer: CertificateAnswer | None, time_limit: float) -> Fetched:
        deadline = time.monotonic() + time_limit
        try:
            is_sent = answer is not None and answer.sha256 is not None
            if is_sent or self._roots or self._expecting is not None:
                refusal = self._judge_before(request, time_limit, is_sent=is_sent)
                if refusal is not None:
                    return refusal
            return self._get(request, answer, max(0.0, deadline - time.monotonic()))
        except CertificateNeededError as error:
            return CertificateWanted(error.issuers)
        except ServerRejectedError as error:
            return _rejected(error, self._unexpected)
        except TimeoutError:
            return FetchFailed(TIMED_OUT)
        except LookupError:  # it was taken out of the store meanwhile
            return FetchFailed(_ERR_CLIENT_AUTH_CERT_NO_PRIVATE_KEY)
        except WindowsCallError as error:
            return failed(error.code)

    def _get(
        self, request: Request, answer: CertificateAnswer | None, time_limit: float
    ) -> Response:
        host = request.host
        is_loopback = host.endswith(_LOOPBACK)  # RFC 6761 section 6.3; Windows does not look it up
        target = WebPlace(
            host=host,
            port=request.port,
            target=request.target,
            connect_to="localhost" if is_loopback else host,
            referrer=request.referrer,
        )
        check: Check | None = None
        if self._roots or is_loopback or self._expecting is not None:
            check = lambda context: self._judge(context, host, request.port)  # noqa: E731
        with ExitStack() as stack:
            certificate: Any | Undecided | None = UNDECIDED
            if answer is not None:
                certificate = None
                if answer.sha256 is not None:
                    found = certificate_store.find(answer.sha256, self._place)
                    certificate = stack.enter_context(found)
            got = self._session.get(target, certificate, check, time_limit)
        return Response(got.status, got.content_type, got.location, got.body)

    def _judge(self, context: Any, host: str, port: int) -> int:
        """Judge the server of WinHTTP's own connection; 0, or the ``HRESULT`` of what is wrong."""
        refusal = server_chain.judge(context, host, self._roots)
        return refusal or self._unexpected_in(host, port, server_chain.shown(context))

    def _unexpected_in(self, host: str, port: int, chain: tuple[bytes, ...]) -> int:
        if self._expecting is None or self._expecting(host, port, chain):
            return 0
        self._unexpected = chain
        return server_chain.TRUST_E_EXPLICIT_DISTRUST

    def _judge_before(
        self, request: Request, time_limit: float, *, is_sent: bool
    ) -> FetchFailed | None:
        """Judge the server at the first visit; why it is not to be visited, or ``None``.

        Behind a proxy the server may be out of our own reach.  Then WinHTTP goes on with its own
        judgement; where that would not be enough, never with a certificate.
        """
        place = request.host, request.port
        if place in self._judged:
            return None
        chain = issuers.look(*place, time_limit, self._way.connect).chain
        if not chain:
            return FetchFailed(_ERR_CONNECTION_RESET) if is_sent and self._roots else None
        refusal = server_chain.judge_sent(chain, request.host, self._roots) or self._unexpected_in(
            *place, chain
        )
        if refusal:
            return _rejected(ServerRejectedError(0, refusal), chain)
        self._judged.add(place)
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()


def failed(code: int) -> FetchFailed:
    """What an error of WinHTTP's means."""
    own = str(code) if code < 0x80000000 else f"0x{code:08X}"
    if code in _SERVER_ERRORS:
        return FetchFailed(_SERVER_ERRORS[code], own, by_server_certificate=True)
    if code in _KEY_ERRORS:
        return FetchFailed(_ERR_CLIENT_AUTH_SIGNATURE_FAILED, own)
    if code in _TLS_ERRORS:
        return FetchFailed(_ERR_SSL_PROTOCOL_ERROR, own)
    return FetchFailed(_LOAD_ERRORS.get(code, _ERR_FAILED), own)


def _rejected(error: ServerRejectedError, chain: tuple[bytes, ...] = ()) -> FetchFailed:
    if error.error:
        number = _CHAIN_ERRORS.get(error.error, _ERR_CERT_INVALID)
        own = f"0x{error.error:08X}"
        return FetchFailed(number, own, by_server_certificate=True, chain=chain)
    own = f"{winhttp.ERROR_WINHTTP_SECURE_FAILURE} (0x{error.flags:X})"
    if error.flags & winhttp.WINHTTP_CALLBACK_STATUS_FLAG_SECURITY_CHANNEL_ERROR:
        return FetchFailed(_ERR_SSL_PROTOCOL_ERROR, own)
    for flag, number in _FLAGS:
        if error.flags & flag:
            return FetchFailed(number, own, by_server_certificate=True)
    return FetchFailed(_ERR_CERT_INVALID, own, by_server_certificate=True)
