"""One GET after another by WinHTTP, with exactly the client certificate that the caller gives.

WinHTTP takes the certificate as the ``PCCERT_CONTEXT`` of a store, so that two of one name are
never confused.  Every request has a connection of its own, follows no redirect and sends no other
credentials; cookies live as long as the session.  The handles are asynchronous, because only such
a request may be ended before it is through (learn.microsoft.com/windows/win32/api/winhttp/
nf-winhttp-winhttpclosehandle).
"""

from __future__ import annotations

import ctypes
import itertools
import queue
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Self

from certhelper.windows import crypt32, winhttp
from certhelper.windows.library import WindowsCallError

LARGEST_BODY = 4 * 1024 * 1024  # octets; a page of a log-on is a fraction of it
_CHUNK = 64 * 1024
_CLOSING_S = 2.0
"""Windows ends a request at once; Wine lets it wait for its server."""

_SLICE_S = 0.1
"""A wait is cut into slices, because on Windows no Ctrl-C interrupts one."""

Check = Callable[[Any], int]
"""Judges the server's ``PCCERT_CONTEXT``; returns 0, or the ``HRESULT`` of what is wrong."""


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


class ServerRejectedError(Exception):
    """The server's certificate was not accepted.

    ``flags`` are ``WINHTTP_CALLBACK_STATUS_FLAG_*``; ``error`` is the ``HRESULT`` of a check of
    the caller's.  One of them is 0.
    """

    def __init__(self, flags: int, error: int = 0) -> None:
        super().__init__(f"server certificate: flags 0x{flags:X}, error 0x{error:08X}")
        self.flags = flags
        self.error = error


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


class _Exchange:
    """What WinHTTP's threads tell of one request."""

    def __init__(self, handle: int, check: Check | None) -> None:
        self.handle: int | None = handle
        self.is_judged = check is not None
        self.flags = 0
        self.refusal = 0
        self.fault: BaseException | None = None
        self.chunk = ctypes.create_string_buffer(_CHUNK)
        self._check = check
        self._events: queue.SimpleQueue[tuple[int, int]] = queue.SimpleQueue()
        self._closed: queue.SimpleQueue[None] = queue.SimpleQueue()

    def notified(self, status: int, information: int | None, size: int) -> None:
        """Take one status callback; it runs in a thread of WinHTTP's."""
        if status == winhttp.WINHTTP_CALLBACK_STATUS_SECURE_FAILURE and information:
            self.flags = ctypes.c_uint32.from_address(information).value
        elif status == winhttp.WINHTTP_CALLBACK_STATUS_SENDING_REQUEST:
            self._judge_server()
        elif status == winhttp.WINHTTP_CALLBACK_STATUS_REQUEST_ERROR and information:
            self._events.put((status, winhttp.AsyncResult.from_address(information).error))
        elif status == winhttp.WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING:
            self._closed.put(None)
        elif status in _ANSWERS:
            self._events.put((status, size))

    def wait_for(self, status: int, deadline: float) -> int:
        """Wait for one notice and return its size.

        Raises ``TimeoutError``, :class:`ServerRejectedError` and :class:`WindowsCallError`.
        """
        while True:
            got, value = _taken(self._events, deadline)
            if self.refusal:
                raise ServerRejectedError(0, self.refusal)
            if self.fault is not None:
                raise self.fault
            if got == winhttp.WINHTTP_CALLBACK_STATUS_REQUEST_ERROR:
                if self.flags and value == winhttp.ERROR_WINHTTP_SECURE_FAILURE:
                    raise ServerRejectedError(self.flags)
                raise WindowsCallError("WinHTTP", value)
            if got == status:
                return int(value)

    def close(self) -> None:
        """End the request; it may be called by any thread, and again."""
        handle, self.handle = self.handle, None
        if handle is not None:
            winhttp.close_handle(handle)

    def is_closed(self) -> bool:
        """Wait for the last notice, after which WinHTTP uses nothing of ours any more."""
        try:
            _taken(self._closed, time.monotonic() + _CLOSING_S)
        except TimeoutError:
            return False
        return True

    def _judge_server(self) -> None:
        """The handshake is done and the request has not gone out: the last moment to stop it."""
        if self._check is None or self.handle is None:
            return
        try:
            with _server_certificate(self.handle) as certificate:
                self.refusal = self._check(certificate)
        except BaseException as error:  # noqa: BLE001  # raised in the thread that waits
            self.fault = error
        if self.refusal or self.fault is not None:
            self.close()
            cancelled = winhttp.ERROR_WINHTTP_OPERATION_CANCELLED
            self._events.put((winhttp.WINHTTP_CALLBACK_STATUS_REQUEST_ERROR, cancelled))


_ANSWERS = frozenset(
    {
        winhttp.WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE,
        winhttp.WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE,
        winhttp.WINHTTP_CALLBACK_STATUS_READ_COMPLETE,
    }
)
_exchanges: dict[int, _Exchange] = {}
_numbers = itertools.count(1)


def _notify(
    _handle: int | None, context: int, status: int, information: int | None, size: int
) -> None:
    exchange = _exchanges.get(context)
    if exchange is not None:
        exchange.notified(status, information, size)


_CALLBACK = winhttp.StatusCallback(_notify)
"""One for the life of the process: a thread of WinHTTP's may still be on its way out of it."""


class WebSession:
    """Requests that share their cookies; use it in a ``with`` block.

    ``user_agent`` and ``language`` go into the headers of that name.
    Raises :class:`WindowsCallError`.
    """

    def __init__(self, user_agent: str, language: str) -> None:
        self._headers = f"Accept: text/html\r\nAccept-Language: {language}\r\n"
        self._session: int = winhttp.open_session(
            user_agent,
            winhttp.WINHTTP_ACCESS_TYPE_AUTOMATIC_PROXY,
            None,
            None,
            winhttp.WINHTTP_FLAG_ASYNC,
        )
        try:
            _allow_protocols(self._session)
            winhttp.set_status_callback(
                self._session, _CALLBACK, winhttp.WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS, 0
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
            with _opened(connection, place, check) as exchange:
                _restrict(exchange, place, certificate, time_limit)
                return self._carry_out(exchange, place, deadline)
        finally:
            winhttp.close_handle(connection)

    def _carry_out(self, exchange: _Exchange, place: Place, deadline: float) -> Answer:
        headers = self._headers
        if place.connect_to != place.host:
            headers += f"Host: {place.host}:{place.port}\r\n"
        handle = exchange.handle
        assert handle is not None
        try:
            winhttp.send_request(handle, headers, 0xFFFFFFFF, None, 0, 0, 0)
            exchange.wait_for(winhttp.WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE, deadline)
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


@contextmanager
def _opened(connection: int, place: Place, check: Check | None) -> Iterator[_Exchange]:
    """A request that is not sent yet.  At the end WinHTTP has let go of it."""
    flags = winhttp.WINHTTP_FLAG_SECURE | winhttp.WINHTTP_FLAG_ESCAPE_DISABLE
    referrer = place.referrer or None
    handle = winhttp.open_request(connection, "GET", place.target, None, referrer, None, flags)
    exchange, number = _Exchange(handle, check), next(_numbers)
    try:
        _set_number(handle, winhttp.WINHTTP_OPTION_CONTEXT_VALUE, number, ctypes.c_size_t)
        _exchanges[number] = exchange
        yield exchange
    finally:
        exchange.close()
        if number in _exchanges and exchange.is_closed():
            del _exchanges[number]  # else it has to stay, as WinHTTP may still write into it


def _restrict(
    exchange: _Exchange, place: Place, certificate: Any | Undecided | None, limit: float
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


def _taken(events: queue.SimpleQueue[Any], deadline: float) -> Any:
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        try:
            return events.get(timeout=min(_SLICE_S, left))
        except queue.Empty:
            continue


@contextmanager
def _server_certificate(handle: int) -> Iterator[Any]:
    found = crypt32.CertContextPointer()
    size = ctypes.c_uint32(ctypes.sizeof(found))
    winhttp.query_option(
        handle,
        winhttp.WINHTTP_OPTION_SERVER_CERT_CONTEXT,
        ctypes.byref(found),
        ctypes.byref(size),
    )
    try:
        yield found
    finally:
        crypt32.free_certificate(found)


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


def _body(exchange: _Exchange, deadline: float) -> bytes:
    """Read the page; what is longer than :data:`LARGEST_BODY` is cut there."""
    body = bytearray()
    while len(body) < LARGEST_BODY:
        winhttp.read_data(exchange.handle, exchange.chunk, _CHUNK, None)
        size = exchange.wait_for(winhttp.WINHTTP_CALLBACK_STATUS_READ_COMPLETE, deadline)
        if size == 0:
            break
        body += exchange.chunk.raw[:size]
    return bytes(body)
