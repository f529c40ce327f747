"""One GET after another by WinHTTP, with exactly the client certificate that the caller gives.

WinHTTP takes the certificate as the ``PCCERT_CONTEXT`` of a store, so that two of one name are
never confused.  Every request has a connection of its own, follows no redirect and sends no other
credentials; cookies live as long as the session.  The handles are asynchronous, because only such
a request may be ended before it is through (learn.microsoft.com/windows/win32/api/winhttp/
nf-winhttp-winhttpclosehandle).
"""

from __future__ import annotations

import ctypes
import time
from typing import Any, NamedTuple, Self

from certhelper.windows import crypt32, winhttp
from certhelper.windows.library import WindowsCallError
from certhelper.windows.web_exchange import CALLBACK, CHUNK, Check, Exchange, exchange_of

LARGEST_BODY = 4 * 1024 * 1024  # octets; a page of a log-on is a fraction of it


class Undecided:
    """No answer to a request for a client certificate: WinHTTP is to tell that there is one."""


UNDECIDED = Undecided()


class Answer(NamedTuple):
    """What came back.  The texts are as the server wrote them."""

    status: int
    content_type: str
    location: str
    body: bytes


class CertificateNeededError(Exception):
    """The server asks for a client certificate; ``issuers`` are DER names, ``None`` if unknown."""

    def __init__(self, issuers: tuple[bytes, ...] | None) -> None:
        super().__init__("client certificate needed")
        self.issuers = issuers


class Place(NamedTuple):
    """Where a request goes.

    ``connect_to`` is the host that is looked up and connected to, ``host`` the one in the ``Host``
    header; where they differ only a check of the caller's compares the server's name.
    """

    host: str
    port: int
    target: str
    connect_to: str
    referrer: str = ""


class WebSession:
    """Requests that share their cookies; use it in a ``with`` block.

    ``user_agent`` and ``language`` go into the headers of that name.  ``proxy`` is ``host:port``,
    ``None`` for none at all, empty for what Windows is set to.
    Raises :class:`WindowsCallError`.
    """

    def __init__(self, user_agent: str, language: str, proxy: str | None = "") -> None:
        self._headers = f"Accept: text/html\r\nAccept-Language: {language}\r\n"
        access = winhttp.WINHTTP_ACCESS_TYPE_AUTOMATIC_PROXY
        if proxy != "":
            named = winhttp.WINHTTP_ACCESS_TYPE_NAMED_PROXY
            access = named if proxy else winhttp.WINHTTP_ACCESS_TYPE_NO_PROXY
        self._session: int = winhttp.open_session(
            user_agent,
            access,
            proxy or None,
            None,
            winhttp.WINHTTP_FLAG_ASYNC,
        )
        try:
            _allow_protocols(self._session)
            winhttp.set_status_callback(
                self._session, CALLBACK, winhttp.WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS, 0
            )
        except BaseException:
            self.close()
            raise

    def get(
        self,
        place: Place,
        certificate: Any | Undecided | None,
        check: Check | None,
        time_limit: float,
    ) -> Answer:
        """Fetch one page within ``time_limit`` seconds.

        ``certificate`` is a ``PCCERT_CONTEXT``, or ``None`` to send none.  With a ``check`` the
        caller judges the server's certificate: WinHTTP then leaves only its issuer to the caller,
        and, where ``connect_to`` differs, its name.  The check runs before the request goes out.

        Raises :class:`CertificateNeededError`, :class:`ServerRejectedError`, ``TimeoutError`` and
        :class:`WindowsCallError`.
        """
        deadline = time.monotonic() + time_limit
        connection = winhttp.connect(self._session, place.connect_to, place.port, 0)
        try:
            flags = winhttp.WINHTTP_FLAG_SECURE | winhttp.WINHTTP_FLAG_ESCAPE_DISABLE
            referrer = place.referrer or None
            handle = winhttp.open_request(
                connection, "GET", place.target, None, referrer, None, flags
            )
            with exchange_of(handle, check) as exchange:
                _restrict(exchange, place, certificate, time_limit)
                return self._carry_out(exchange, place, deadline)
        finally:
            winhttp.close_handle(connection)

    def _carry_out(self, exchange: Exchange, place: Place, deadline: float) -> Answer:
        headers = self._headers
        if place.connect_to != place.host:
            headers += f"Host: {place.host}:{place.port}\r\n"
        handle = exchange.handle
        assert handle is not None
        try:
            winhttp.send_request(handle, headers, 0xFFFFFFFF, None, 0, 0, exchange.number)
            exchange.wait_for(winhttp.WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE, deadline)
            exchange.judge_server()  # if WinHTTP gave no notice to do it at
            exchange.raise_refusal()
            winhttp.receive_response(handle, None)
            exchange.wait_for(winhttp.WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE, deadline)
        except WindowsCallError as error:
            if error.code == winhttp.ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED:
                raise CertificateNeededError(_issuers(handle)) from error
            raise
        return Answer(
            _status(handle),
            _header(handle, winhttp.WINHTTP_QUERY_CONTENT_TYPE),
            _header(handle, winhttp.WINHTTP_QUERY_LOCATION),
            _body(exchange, deadline),
        )

    def close(self) -> None:
        """Forget the cookies and end the session."""
        session, self._session = self._session, 0
        if session:
            winhttp.close_handle(session)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _allow_protocols(session: int) -> None:
    """TLS 1.2 and 1.3; 1.2 alone where this Windows knows no 1.3."""
    both = winhttp.WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_2 | winhttp.WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_3
    option = winhttp.WINHTTP_OPTION_SECURE_PROTOCOLS
    try:
        _set_number(session, option, both)
    except WindowsCallError:
        _set_number(session, option, winhttp.WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_2)


def _restrict(
    exchange: Exchange, place: Place, certificate: Any | Undecided | None, limit: float
) -> None:
    handle, judged = exchange.handle, exchange.is_judged
    assert handle is not None
    for option, value in (
        (
            winhttp.WINHTTP_OPTION_DISABLE_FEATURE,
            winhttp.WINHTTP_DISABLE_REDIRECTS
            | winhttp.WINHTTP_DISABLE_AUTHENTICATION
            | winhttp.WINHTTP_DISABLE_KEEP_ALIVE,
        ),
        (winhttp.WINHTTP_OPTION_REDIRECT_POLICY, winhttp.WINHTTP_OPTION_REDIRECT_POLICY_NEVER),
        (
            winhttp.WINHTTP_OPTION_AUTOLOGON_POLICY,
            winhttp.WINHTTP_AUTOLOGON_SECURITY_LEVEL_HIGH,
        ),
        (winhttp.WINHTTP_OPTION_CONNECT_RETRIES, 1),
    ):
        _set_number(handle, option, value)
    left_to_check = winhttp.SECURITY_FLAG_IGNORE_UNKNOWN_CA if judged else 0
    if place.connect_to != place.host:
        if not judged:
            raise ValueError("nobody would compare the server's name")
        left_to_check |= winhttp.SECURITY_FLAG_IGNORE_CERT_CN_INVALID
        # Browsers take no proxy for this computer itself either.
        direct = winhttp.ProxyInfo(winhttp.WINHTTP_ACCESS_TYPE_NO_PROXY, None, None)
        winhttp.set_option(
            handle, winhttp.WINHTTP_OPTION_PROXY, ctypes.byref(direct), ctypes.sizeof(direct)
        )
    if left_to_check:
        _set_number(handle, winhttp.WINHTTP_OPTION_SECURITY_FLAGS, left_to_check)
    milliseconds = max(1, int(limit * 1000))
    winhttp.set_timeouts(handle, milliseconds, milliseconds, milliseconds, milliseconds)
    if not isinstance(certificate, Undecided):
        size = ctypes.sizeof(crypt32.CertContext) if certificate is not None else 0
        winhttp.set_option(handle, winhttp.WINHTTP_OPTION_CLIENT_CERT_CONTEXT, certificate, size)


def _set_number(handle: int, option: int, value: int, kind: Any = ctypes.c_uint32) -> None:
    number = kind(value)
    winhttp.set_option(handle, option, ctypes.byref(number), ctypes.sizeof(number))


def _issuers(handle: int) -> tuple[bytes, ...] | None:
    """Whose certificates the server takes; it was asked for one, so not knowing is no failure."""
    found = ctypes.POINTER(winhttp.IssuerList)()
    size = ctypes.c_uint32(ctypes.sizeof(found))
    try:
        winhttp.query_option(
            handle,
            winhttp.WINHTTP_OPTION_CLIENT_CERT_ISSUER_LIST,
            ctypes.byref(found),
            ctypes.byref(size),
        )
    except WindowsCallError:
        return None
    if not ctypes.cast(found, ctypes.c_void_p).value:
        return ()
    try:
        names = found.contents
        return tuple(
            ctypes.string_at(names.names[index].data, names.names[index].size)
            for index in range(names.count)
        )
    finally:
        winhttp.global_free(ctypes.cast(found, ctypes.c_void_p))


def _status(handle: int) -> int:
    status, size = ctypes.c_uint32(), ctypes.c_uint32(4)
    kind = winhttp.WINHTTP_QUERY_STATUS_CODE | winhttp.WINHTTP_QUERY_FLAG_NUMBER
    winhttp.query_headers(handle, kind, None, ctypes.byref(status), ctypes.byref(size), None)
    return status.value


def _header(handle: int, kind: int) -> str:
    size = ctypes.c_uint32()
    try:
        winhttp.query_headers(handle, kind, None, None, ctypes.byref(size), None)
    except WindowsCallError as error:
        if error.code == winhttp.ERROR_WINHTTP_HEADER_NOT_FOUND:
            return ""
        if error.code != winhttp.ERROR_INSUFFICIENT_BUFFER:
            raise
    text = ctypes.create_unicode_buffer(size.value // ctypes.sizeof(ctypes.c_wchar) + 1)
    winhttp.query_headers(handle, kind, None, text, ctypes.byref(size), None)
    return text.value


def _body(exchange: Exchange, deadline: float) -> bytes:
    """Read the page; what is longer than :data:`LARGEST_BODY` is cut there."""
    body = bytearray()
    while len(body) < LARGEST_BODY:
        winhttp.read_data(exchange.handle, exchange.chunk, CHUNK, None)
        size = exchange.wait_for(winhttp.WINHTTP_CALLBACK_STATUS_READ_COMPLETE, deadline)
        if size == 0:
            break
        body += exchange.chunk.raw[:size]
    return bytes(body)
