"""What WinHTTP's own threads tell of a request, for the one thread that waits for it."""

from __future__ import annotations

import ctypes
import itertools
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from certhelper.windows import crypt32, winhttp
from certhelper.windows.library import WindowsCallError

CHUNK = 64 * 1024
_CLOSING_S = 2.0
"""Windows ends a request at once; Wine lets it wait for its server."""

_SLICE_S = 0.1
"""A wait is cut into slices, because on Windows no Ctrl-C interrupts one."""

Check = Callable[[Any], int]
"""Judges the server's ``PCCERT_CONTEXT``; returns 0, or the ``HRESULT`` of what is wrong."""


class ServerRejectedError(Exception):
    """The server's certificate was not accepted.

    ``flags`` are ``WINHTTP_CALLBACK_STATUS_FLAG_*``; ``error`` is the ``HRESULT`` of a check of
    the caller's.  One of them is 0.
    """

    def __init__(self, flags: int, error: int = 0) -> None:
        super().__init__(f"server certificate: flags 0x{flags:X}, error 0x{error:08X}")
        self.flags = flags
        self.error = error


class Exchange:
    """What WinHTTP's threads tell of one request; ``number`` is by what they know it."""

    def __init__(self, handle: int, number: int, check: Check | None) -> None:
        self.handle: int | None = handle
        self.number = number
        self.is_judged = check is not None
        self._flags = 0
        self._refusal = 0
        self._fault: BaseException | None = None
        self.chunk = ctypes.create_string_buffer(CHUNK)
        self._check = check
        self._was_judged = False
        self._closing = threading.Lock()
        self._events: queue.SimpleQueue[tuple[int, int]] = queue.SimpleQueue()
        self._closed: queue.SimpleQueue[None] = queue.SimpleQueue()

    def notified(self, status: int, information: int | None, size: int) -> None:
        """Take one status callback; it runs in a thread of WinHTTP's."""
        if status == winhttp.WINHTTP_CALLBACK_STATUS_SECURE_FAILURE and information:
            self._flags = ctypes.c_uint32.from_address(information).value
        elif status == winhttp.WINHTTP_CALLBACK_STATUS_SENDING_REQUEST:
            self.judge_server()
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
            self.raise_refusal()
            if got == winhttp.WINHTTP_CALLBACK_STATUS_REQUEST_ERROR:
                if self._flags and value == winhttp.ERROR_WINHTTP_SECURE_FAILURE:
                    raise ServerRejectedError(self._flags)
                raise WindowsCallError("WinHTTP", value)
            if got == status:
                return int(value)

    def raise_refusal(self) -> None:
        """Raise :class:`ServerRejectedError` or what the check raised, if it did."""
        if self._refusal:
            raise ServerRejectedError(0, self._refusal)
        if self._fault is not None:
            raise self._fault

    def close(self) -> None:
        """End the request; it may be called by any thread, and again."""
        with self._closing:
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

    def judge_server(self) -> None:
        """Let the caller judge the server, once; a refusal ends the request.

        WinHTTP's last notice before the request goes out is the earliest moment for it.
        """
        if self._check is None or self._was_judged or self.handle is None:
            return
        self._was_judged = True
        try:
            with _server_certificate(self.handle) as certificate:
                self._refusal = self._check(certificate)
        except BaseException as error:  # noqa: BLE001  # raised in the thread that waits
            self._fault = error
        if self._refusal or self._fault is not None:
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
_exchanges: dict[int, Exchange] = {}
_numbers = itertools.count(1)


def _notify(
    _handle: int | None, context: int, status: int, information: int | None, size: int
) -> None:
    exchange = _exchanges.get(context)
    if exchange is not None:
        exchange.notified(status, information, size)


CALLBACK = winhttp.StatusCallback(_notify)
"""One for the life of the process: a thread of WinHTTP's may still be on its way out of it."""


@contextmanager
def exchange_of(handle: int, check: Check | None) -> Iterator[Exchange]:
    """Follow a request that is not sent yet.  At the end WinHTTP has let go of it.

    Raises :class:`WindowsCallError`.
    """
    number = next(_numbers)
    exchange = Exchange(handle, number, check)
    context = ctypes.c_size_t(number)
    option = winhttp.WINHTTP_OPTION_CONTEXT_VALUE
    try:
        winhttp.set_option(handle, option, ctypes.byref(context), ctypes.sizeof(context))
        _exchanges[number] = exchange
        yield exchange
    finally:
        exchange.close()
        if number in _exchanges and exchange.is_closed():
            del _exchanges[number]  # else it has to stay, as WinHTTP may still write into it


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
