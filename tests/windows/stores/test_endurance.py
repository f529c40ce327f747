"""Every handle is closed and every context freed: reading again and again takes no more room."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from ctypes import POINTER, c_int32, c_size_t, c_uint32, c_void_p
from typing import Any

import pytest
from support import pki, windows_store

from certhelper.stores.windows_reader import answers
from certhelper.windows import advapi32, certificate_store, crypt32
from certhelper.windows.certificate_store import KeyPlace, Place
from certhelper.windows.library import Library, when_zero

_ROOM = 2 << 20  # octets that Python and the C libraries may take for themselves in between
_KERNEL32 = Library("kernel32")
_THIS_PROCESS = c_void_p(-1)


class _Counters(ctypes.Structure):
    """``PROCESS_MEMORY_COUNTERS_EX``."""

    _fields_ = [
        ("size", c_uint32),
        ("page_faults", c_uint32),
        ("peak_working_set", c_size_t),
        ("working_set", c_size_t),
        ("quotas", c_size_t * 4),
        ("pagefile", c_size_t),
        ("peak_pagefile", c_size_t),
        ("private", c_size_t),
    ]


_memory = _KERNEL32.function(
    "K32GetProcessMemoryInfo",
    c_int32,
    *(c_void_p, POINTER(_Counters), c_uint32),
    fails=when_zero,
)
_handle_count = _KERNEL32.function(
    "GetProcessHandleCount", c_int32, c_void_p, POINTER(c_uint32), fails=when_zero
)
_create_event = _KERNEL32.function(
    "CreateEventW", c_void_p, c_void_p, c_int32, c_int32, c_void_p, fails=when_zero
)
_close = _KERNEL32.function("CloseHandle", c_int32, c_void_p, fails=when_zero)


def handles() -> tuple[int, int]:
    """Return how many handles are open, and the number of the next one.

    Wine does not count them; its next handle is the lowest number that is free.
    """
    count = c_uint32()
    _handle_count(_THIS_PROCESS, ctypes.byref(count))
    event = _create_event(None, 1, 0, None)
    _close(event)
    return count.value, event


def memory() -> int:
    """Return the octets of this process that lie in memory."""
    counters = _Counters(size=ctypes.sizeof(_Counters))
    _memory(_THIS_PROCESS, ctypes.byref(counters), ctypes.sizeof(counters))
    found: int = counters.working_set
    return found


def growth(action: Callable[[], object], times: int) -> tuple[int, int]:
    """Return how many handles and octets more are in use after repeating.

    What the first times take for good is not counted.
    """
    for _ in range(max(times // 20, 20)):
        action()
    (count, number), octets = handles(), memory()
    for _ in range(times):
        action()
    later_count, later_number = handles()
    # A handle's number is a multiple of 4 (learn.microsoft.com: "Kernel objects", and Wine).
    more = max(later_count - count, (later_number - number) // 4)
    return more, memory() - octets


def grows(action: Callable[[], object], times: int) -> bool:
    more, octets = growth(action, times)
    return more > 0 or octets > _ROOM


@pytest.fixture(autouse=True)
def container(store: windows_store.Filled, authority: pki.Authority) -> str:
    """Three certificates: with its key, in this container; with another's key; without any."""
    container = store.put(windows_store.issue(authority, "12345678901234 user01"))
    other = windows_store.issue(authority, "12345678901234 user02")
    place = KeyPlace(advapi32.MS_ENH_RSA_AES_PROV, container, 24, 0, advapi32.AT_KEYEXCHANGE)
    store.put_naming_key(other.der, place)  # a key that does not fit
    store.put_bare(authority.issue("12345678901234 user03").der)
    return container


def read_once() -> None:
    with certificate_store.opened(Place.CURRENT_USER) as store:
        for context in certificate_store.contexts(store):
            certificate_store.der_of(context)
            certificate_store.friendly_name(context)
            certificate_store.key_place(context)


class TestReading:
    def test_ten_thousand_times(self) -> None:
        """Opened, read with all properties, and closed."""
        assert not grows(read_once, 10_000)

    def test_with_the_keys(self, container: str) -> None:
        """Each key is acquired, compared, tried and released.

        Wine's own provider keeps a handle for each opening of a container, which is not ours: the
        two keys must not cost more than that.
        """

        def open_container() -> None:
            provider = ctypes.c_size_t()
            named = container, advapi32.MS_ENH_RSA_AES_PROV, advapi32.PROV_RSA_AES
            advapi32.acquire_context(ctypes.byref(provider), *named, advapi32.CRYPT_SILENT)
            advapi32.release_context(provider, 0)

        wines_own, _ = growth(open_container, 300)
        assert wines_own == 0 or wines_own >= 300  # it passes over numbers that are in use
        more, octets = growth(
            lambda: list(answers(Place.CURRENT_USER, frozenset(), rows=True)), 300
        )
        assert more <= 2 * wines_own
        assert octets < _ROOM

    def test_broken_off(self) -> None:
        """A walk that nobody finishes gives back what it holds."""

        def look() -> None:
            with certificate_store.opened(Place.CURRENT_USER) as store:
                next(certificate_store.contexts(store))

        assert not grows(look, 2000)

    def test_what_is_not_found(self) -> None:
        """The way out through an exception, too."""

        def seek() -> None:
            with pytest.raises(LookupError), certificate_store.find("0" * 64):
                pass

        assert not grows(seek, 2000)

    @pytest.mark.parametrize("forgotten", ["store", "context"])
    def test_it_would_be_seen(self, forgotten: str) -> None:
        """The measures find what is forgotten, in half of the ten thousand times."""
        held: list[Any] = []

        def forget() -> None:
            flags = crypt32.CERT_SYSTEM_STORE_CURRENT_USER
            store = crypt32.open_store(10, 0, None, flags, "MY")
            if forgotten == "store":
                held.append(store)
            else:
                held.append(crypt32.next_certificate(store, None))
                crypt32.close_store(store, 0)

        assert grows(forget, 5000)
        for one in held:
            if forgotten == "store":
                crypt32.close_store(one, 0)
            else:
                crypt32.free_certificate(one)
