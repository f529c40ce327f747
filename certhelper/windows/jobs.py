"""A process and everything that it starts, held together in a job object.

On Windows a process that is ended leaves its children running.  Those in a job end with it: when it
is ended, and, because its last handle closes then, when the process that made it dies in any way
(learn.microsoft.com/windows/win32/procthread/job-objects).
"""

from __future__ import annotations

import ctypes
import subprocess
import time
from ctypes import c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p, c_wchar_p
from typing import Any, Self

from certhelper.windows.library import Library, WindowsCallError, when_zero

_JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE = 0x2000
_BASIC_ACCOUNTING = 1  # JobObjectBasicAccountingInformation
_EXTENDED_LIMIT = 9  # JobObjectExtendedLimitInformation
_PROCESS_TERMINATE = 0x1
_PROCESS_SET_QUOTA = 0x100
_LOOK_AGAIN_S = 0.02


class _BasicLimit(ctypes.Structure):
    """``JOBOBJECT_BASIC_LIMIT_INFORMATION``."""

    _fields_ = [
        ("process_time", c_int64),
        ("job_time", c_int64),
        ("flags", c_uint32),
        ("least_working_set", c_size_t),
        ("most_working_set", c_size_t),
        ("most_processes", c_uint32),
        ("affinity", c_size_t),
        ("priority", c_uint32),
        ("scheduling", c_uint32),
    ]


class _ExtendedLimit(ctypes.Structure):
    """``JOBOBJECT_EXTENDED_LIMIT_INFORMATION``."""

    _fields_ = [
        ("basic", _BasicLimit),
        ("io_counters", c_uint64 * 6),
        ("process_memory", c_size_t),
        ("job_memory", c_size_t),
        ("peak_process_memory", c_size_t),
        ("peak_job_memory", c_size_t),
    ]


class _Accounting(ctypes.Structure):
    """``JOBOBJECT_BASIC_ACCOUNTING_INFORMATION``."""

    _fields_ = [
        ("times", c_int64 * 4),
        ("page_faults", c_uint32),
        ("total", c_uint32),
        ("active", c_uint32),
        ("terminated", c_uint32),
    ]


_KERNEL32 = Library("kernel32")
_create_job = _KERNEL32.function("CreateJobObjectW", c_void_p, c_void_p, c_wchar_p, fails=when_zero)
_set_information = _KERNEL32.function(
    "SetInformationJobObject",
    c_int32,
    *(c_void_p, c_int32, c_void_p, c_uint32),
    fails=when_zero,
)
_query_information = _KERNEL32.function(
    "QueryInformationJobObject",
    c_int32,
    *(c_void_p, c_int32, c_void_p, c_uint32, c_void_p),
    fails=when_zero,
)
_assign_process = _KERNEL32.function(
    "AssignProcessToJobObject", c_int32, c_void_p, c_void_p, fails=when_zero
)
_terminate_job = _KERNEL32.function(
    "TerminateJobObject", c_int32, c_void_p, c_uint32, fails=when_zero
)
_open_process = _KERNEL32.function(
    "OpenProcess", c_void_p, c_uint32, c_int32, c_uint32, fails=when_zero
)
_close_handle = _KERNEL32.function("CloseHandle", c_int32, c_void_p, fails=when_zero)


class Job:
    """Ends every process in it when its ``with`` block, or this process, ends."""

    def __init__(self) -> None:
        """Raises :class:`~certhelper.windows.library.WindowsCallError`."""
        self._job: int = _create_job(None, None)
        limit = _ExtendedLimit()
        limit.basic.flags = _JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
        _set_information(self._job, _EXTENDED_LIMIT, ctypes.byref(limit), ctypes.sizeof(limit))

    def take(self, process_id: int) -> None:
        """Put a process into the job; what it starts from now on is in it, too.

        Raises :class:`~certhelper.windows.library.WindowsCallError`, also for a process that has
        ended already.
        """
        process = _open_process(_PROCESS_TERMINATE | _PROCESS_SET_QUOTA, 0, process_id)
        try:
            _assign_process(self._job, process)
        finally:
            _close_handle(process)

    def hold(self, child: subprocess.Popen[Any]) -> None:
        """Put a child that was just started into the job, unless it has ended already.

        Raises :class:`~certhelper.windows.library.WindowsCallError`.
        """
        try:
            self.take(child.pid)
        except WindowsCallError:
            if child.poll() is None:
                raise

    @property
    def running(self) -> int:
        """How many processes of the job are alive."""
        found = _Accounting()
        size = ctypes.sizeof(found)
        _query_information(self._job, _BASIC_ACCOUNTING, ctypes.byref(found), size, None)
        return int(found.active)

    def end(self, time_limit: float) -> bool:
        """End every process of the job and wait for it; whether all have ended in time."""
        _terminate_job(self._job, 1)
        deadline = time.monotonic() + time_limit
        while self.running and time.monotonic() < deadline:
            time.sleep(_LOOK_AGAIN_S)
        return self.running == 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        _close_handle(self._job)
