"""The report of a crash goes without the heap."""

from __future__ import annotations

import ctypes
import logging

import pytest
from support.systems import is_wine

from certhelper import crash_dumps
from certhelper.windows import crash_reports
from certhelper.windows.library import Library, WindowsCallError, never, when_not_zero

_GET_FLAGS = Library("kernel32").function(
    "WerGetFlags", ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, fails=when_not_zero
)
_THIS_PROCESS = Library("kernel32").function("GetCurrentProcess", ctypes.c_void_p, fails=never)


def test_windows_is_told_to_leave_the_heap_out() -> None:
    """Windows says so when it is asked; Wine takes the call and has nothing to ask."""
    crash_reports.leave_heap_out()
    if not is_wine():
        flags = ctypes.c_uint32()
        _GET_FLAGS(_THIS_PROCESS(), ctypes.byref(flags))
        assert flags.value & 1


def test_a_refusal_keeps_nobody_from_logging_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is written down, and the program goes on."""

    def refuse() -> None:
        raise WindowsCallError("WerSetFlags", 0x80004001)

    monkeypatch.setattr(crash_reports, "leave_heap_out", refuse)
    with caplog.at_level(logging.INFO):
        crash_dumps.forbid()
    assert "WerSetFlags: 0x80004001" in caplog.text
