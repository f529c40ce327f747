"""Waits until Windows tells that one of its certificate stores has changed.

``CertControlStore`` with ``CERT_STORE_CTRL_NOTIFY_CHANGE`` sets an event once, when what a store
is kept in has changed ("windows/win32/api/wincrypt/nf-wincrypt-certcontrolstore").  Each wait opens
the stores anew, which is what ``CERT_STORE_CTRL_RESYNC`` would do to an open one.  Wine takes the
call and never sets the event, so whoever waits gives a time limit and looks, too.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from ctypes import c_int32, c_uint32, c_void_p, c_wchar_p
from hashlib import sha256
from typing import Self

from certhelper.windows import certificate_store, crypt32
from certhelper.windows.certificate_store import Place
from certhelper.windows.library import Library, WindowsCallError, when_zero

_NOTIFY_CHANGE = 4  # CERT_STORE_CTRL_NOTIFY_CHANGE
_WAIT_OBJECT_0 = 0
_WAIT_TIMEOUT = 0x102
_WAIT_FAILED = 0xFFFFFFFF

_KERNEL32 = Library("kernel32")
_create_event = _KERNEL32.function(
    "CreateEventW", c_void_p, c_void_p, c_int32, c_int32, c_wchar_p, fails=when_zero
)
_set_event = _KERNEL32.function("SetEvent", c_int32, c_void_p, fails=when_zero)
_close_handle = _KERNEL32.function("CloseHandle", c_int32, c_void_p, fails=when_zero)


def _when_failed(function: str, result: int) -> None:
    if result == _WAIT_FAILED:
        when_zero(function, 0)


_wait_for_any = _KERNEL32.function(
    "WaitForMultipleObjects",
    c_uint32,
    *(c_uint32, ctypes.POINTER(c_void_p), c_int32, c_uint32),
    fails=_when_failed,
)


class StopEvent:
    """What :func:`armed` waits for besides; :meth:`set` may be called in any thread, at any time.

    :meth:`close` gives the handle back; nobody may be waiting then.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._handle: int | None = _create_event(None, True, False, None)

    @property
    def handle(self) -> int:
        assert self._handle is not None
        return self._handle

    def set(self) -> None:
        """End a wait that is under way, and every later one."""
        with self._lock:
            if self._handle is not None:
                _set_event(self._handle)

    def close(self) -> None:
        with self._lock:
            handle, self._handle = self._handle, None
        if handle is not None:
            _close_handle(handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Armed:
    """Stores whose next change will be told; to be used in the thread that armed them.

    Windows takes a notification back when the thread that asked for it ends.
    """

    def __init__(self, stop: StopEvent, events: dict[Place, int]) -> None:
        self._places = tuple(events)
        self._handles = (c_void_p * (1 + len(events)))(stop.handle, *events.values())

    def wait(self, seconds: float) -> Place | None:
        """Wait; return the store that has changed, None at the time limit or when stopped.

        Raises :class:`WindowsCallError`.
        """
        found = _wait_for_any(len(self._handles), self._handles, False, round(seconds * 1000))
        number = found - _WAIT_OBJECT_0 - 1
        return self._places[number] if 0 <= number < len(self._places) else None


@contextmanager
def armed(places: Iterable[Place], stop: StopEvent) -> Iterator[Armed]:
    """Ask to be told of the next change of each store; a change from now on is not missed.

    A store that is not there, or does not take the question, is left out: only a look will tell.
    Raises :class:`WindowsCallError` when Windows has no more handles.
    """
    with ExitStack() as stack:
        events: dict[Place, int] = {}
        for place in places:
            event = _create_event(None, True, False, None)
            stack.callback(_close_handle, event)
            try:
                # Closed before its event: it could be set until then.
                store = stack.enter_context(certificate_store.opened(place))
                handle = ctypes.byref(c_void_p(event))
                crypt32.control_store(store, 0, _NOTIFY_CHANGE, handle)
            except WindowsCallError:
                continue
            events[place] = event
        yield Armed(stop, events)


def fingerprint(place: Place) -> str:
    """Return something that is another one when a store holds something else (hex).

    What counts are the certificates, their names, whether they are archived, and where their keys
    are; a store that nobody made yet is an empty one.  Raises :class:`WindowsCallError`.
    """
    digest = sha256()
    try:
        for facts in _facts(place):
            digest.update(repr(facts).encode())
    except WindowsCallError as error:
        if error.code != crypt32.ERROR_FILE_NOT_FOUND:
            raise
    return digest.hexdigest()


def _facts(place: Place) -> Iterator[tuple[object, ...]]:
    with certificate_store.opened(place) as store:
        for context in certificate_store.contexts(store):
            yield (
                certificate_store.der_of(context),
                certificate_store.friendly_name(context),
                certificate_store.is_archived(context),
                certificate_store.key_place(context),
            )
