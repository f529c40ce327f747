"""What Windows writes down, and may send to Microsoft, when this process crashes."""

from __future__ import annotations

import ctypes

from certhelper.windows.library import Library, when_not_zero

_WER_FAULT_REPORTING_FLAG_NOHEAP = 0x1

_SET_FLAGS = Library("kernel32").function(
    "WerSetFlags", ctypes.c_int32, ctypes.c_uint32, fails=when_not_zero
)


def leave_heap_out() -> None:
    """Keep the heap of this process out of the report.

    learn.microsoft.com/windows/win32/api/werapi/nf-werapi-wersetflags
    Raises :class:`~certhelper.windows.library.WindowsCallError`.
    """
    _SET_FLAGS(_WER_FAULT_REPORTING_FLAG_NOHEAP)
