"""What Windows asks for a key belongs to our window; a clear no ends the log-on.

CAPI is real here.  CNG and cards are not to be had under Wine: there the functions of ncrypt.dll
and the way to a key are replaced.
"""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import pytest

from certhelper.demo.authority import Issued
from certhelper.logon import key_dialogs as asking
from certhelper.windows import certificate_store, crypt32, key_dialogs, private_keys
from certhelper.windows.library import Library, WindowsCallError, when_zero

WINDOW = 0x1234
KEY = 0x77
REMOVABLE, SOFTWARE = 0x8, 0x2

get_desktop_window = Library("user32").function(
    "GetDesktopWindow", ctypes.c_size_t, fails=when_zero
)


def test_a_window_is_offered_to_capi_and_a_refusal_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Wine's providers take no parent; that is a line in the log and no end of the log-on."""
    caplog.set_level(logging.INFO)
    asking.adopt(get_desktop_window())
    refused = [record.getMessage() for record in caplog.records if record.name == asking.__name__]
    assert all("CryptSetProvParam" in line or "AllowSetForeground" in line for line in refused)
    for line in refused:
        assert "0x" in line


def test_a_capi_key_is_opened_and_nothing_is_signed(
    install: Callable[..., Issued], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real key of the store opens with our window named; it is given back."""
    freed: list[int] = []
    free = private_keys.free

    def note(handle: int, key_spec: int) -> None:
        freed.append(key_spec)
        free(handle, key_spec)

    monkeypatch.setattr(private_keys, "free", note)
    issued = install()
    assert asking.unlock(issued.sha256, get_desktop_window()) is None
    assert asking.unlock(issued.sha256, 0) is None
    assert freed == [1, 1]


@pytest.fixture
def cng(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[object]]:
    """Play a key of CNG whose provider has the given flags; returns what is done with it."""

    def play(provider_flags: int) -> list[object]:
        done: list[object] = []

        @contextmanager
        def find(fingerprint: str) -> Any:
            yield None

        def acquire(
            context: object, flags: int, parent: Any, handle: Any, spec: Any, must_free: Any
        ) -> None:
            done.append(("window", parent._obj.value if flags & 0x80 else None))
            handle._obj.value, spec._obj.value = KEY, crypt32.CERT_NCRYPT_KEY_SPEC
            must_free._obj.value = 1

        monkeypatch.setattr(certificate_store, "find", find)
        monkeypatch.setattr(crypt32, "acquire_private_key", acquire)
        monkeypatch.setattr(private_keys, "cng_provider_flags", lambda _: provider_flags)
        monkeypatch.setattr(
            private_keys, "sign_with_cng", lambda key, flags: done.append(("sign", key, flags))
        )
        monkeypatch.setattr(private_keys, "free", lambda key, _: done.append(("free", key)))
        return done

    return play


def test_a_card_asks_for_its_pin_in_front_of_our_window(
    cng: Callable[[int], list[object]],
) -> None:
    """The key is used once, not silently, with our window as the dialog's parent."""
    done = cng(REMOVABLE)
    assert asking.unlock("ab" * 32, WINDOW) is None
    assert done == [("window", WINDOW), ("sign", KEY, 0), ("free", KEY)]


def test_a_protected_software_key_asks_only_when_it_really_signs(
    cng: Callable[[int], list[object]],
) -> None:
    """It would ask again for each signature; nobody is asked twice."""
    done = cng(SOFTWARE)
    asking.unlock("ab" * 32, WINDOW)
    assert done == [("window", WINDOW), ("free", KEY)]


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        (1223, "certificate-key-denied"),
        (0x8010006E, "certificate-key-denied"),
        (0x80090036, "certificate-key-denied"),
        (0x8010006C, "card-pin-blocked"),
        (0x80100069, None),
        (0x80090016, None),
    ],
)
def test_only_a_clear_no_ends_the_log_on(
    monkeypatch: pytest.MonkeyPatch, code: int, failure: str | None
) -> None:
    """Of anything else the engine hears itself, and tells it with its own code."""

    def refuse(fingerprint: str, window: int) -> None:
        raise WindowsCallError("NCryptSignHash", code)

    monkeypatch.setattr(key_dialogs, "unlock", refuse)
    assert asking.unlock("ab" * 32, WINDOW) == failure


def test_a_certificate_that_is_gone_is_left_to_the_engine() -> None:
    """No such certificate in the person's store: nothing to open, nothing to end."""
    assert asking.unlock("ab" * 32, WINDOW) is None
