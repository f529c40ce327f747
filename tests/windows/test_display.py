"""A window is kept out of captures by Windows itself, or the failure is an exception."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator

import pytest
from support.systems import is_wine

from certhelper.windows import display
from certhelper.windows.library import Library, WindowsCallError, never, when_zero

_USER32 = Library("user32")
_CREATE = _USER32.function(
    "CreateWindowExW",
    ctypes.c_void_p,
    *(ctypes.c_uint32, ctypes.c_wchar_p, ctypes.c_wchar_p, ctypes.c_uint32),
    *(ctypes.c_int32,) * 4,
    *(ctypes.c_void_p,) * 4,
    fails=never,
)
_DESTROY = _USER32.function("DestroyWindow", ctypes.c_int32, ctypes.c_void_p, fails=when_zero)
_GET_AFFINITY = _USER32.function(
    "GetWindowDisplayAffinity", ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, fails=when_zero
)
_ERROR_INVALID_WINDOW_HANDLE = 1400
_ERROR_NOT_ENOUGH_MEMORY = 8


@pytest.fixture
def window() -> Iterator[int]:
    """A top-level window of this process."""
    made = _CREATE(0, "STATIC", "certhelper", 0, 0, 0, 100, 100, None, None, None, None)
    if not made and is_wine():
        pytest.skip("not under Wine: without an X display it makes no window")
    assert made
    yield made
    _DESTROY(made)


def test_what_is_no_window_is_a_failure() -> None:
    """The caller can then say that the pad is not hidden."""
    with pytest.raises(WindowsCallError) as refused:
        display.exclude_from_capture(0)
    assert refused.value.function == "SetWindowDisplayAffinity"
    assert refused.value.code == _ERROR_INVALID_WINDOW_HANDLE


def test_a_window_is_hidden_or_that_fails(window: int) -> None:
    """Windows does it and says so when asked; Wine 10 has the function and never does it."""
    if is_wine():
        with pytest.raises(WindowsCallError) as refused:
            display.exclude_from_capture(window)
        assert refused.value.code == _ERROR_NOT_ENOUGH_MEMORY
        return
    display.exclude_from_capture(window)
    found = ctypes.c_uint32()
    _GET_AFFINITY(window, ctypes.byref(found))
    assert found.value in (display.NOT_ELSEWHERE, display.BLACK_ELSEWHERE)
