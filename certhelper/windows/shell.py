"""Windows' shell opens an address as if the person had: in the browser that they chose for it."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import c_int, c_int32, c_uint32, c_void_p, c_wchar_p

from certhelper.windows.library import Library, WindowsCallError, never, when_zero

_SW_SHOWNORMAL = 1
_LEAST_SUCCESS = 33  # "a value greater than 32" (shellapi/nf-shellapi-shellexecutew)
_COINIT_APARTMENTTHREADED = 0x2
_COINIT_DISABLE_OLE1DDE = 0x4
_LONGEST_PATH = 32768  # characters


def _when_up_to_32(function: str, result: int | None) -> None:
    if (result or 0) < _LEAST_SUCCESS:
        raise WindowsCallError(function, result or 0)


_shell_execute = Library("shell32").function(
    "ShellExecuteW",
    c_void_p,
    *(c_void_p, c_wchar_p, c_wchar_p, c_wchar_p, c_wchar_p, c_int),
    fails=_when_up_to_32,
)
_OLE32 = Library("ole32")
_initialize = _OLE32.function("CoInitializeEx", c_int32, c_void_p, c_uint32, fails=never)
_uninitialize = _OLE32.function("CoUninitialize", None, fails=never)
_KERNEL32 = Library("kernel32")
_set_dll_directory = _KERNEL32.function("SetDllDirectoryW", c_int32, c_wchar_p, fails=when_zero)
_get_dll_directory = _KERNEL32.function(
    "GetDllDirectoryW", c_uint32, c_uint32, c_wchar_p, fails=never
)


def open_address(address: str) -> None:
    """Open a checked address with the program that the person chose for its scheme.

    Raises :class:`~certhelper.windows.library.WindowsCallError`.
    """
    # The shell may need COM, says its page; a failure here means that it is there in another way.
    entered = _initialize(None, _COINIT_APARTMENTTHREADED | _COINIT_DISABLE_OLE1DDE) >= 0
    try:
        _shell_execute(None, "open", address, None, None, _SW_SHOWNORMAL)
    finally:
        if entered:
            _uninitialize()


@contextmanager
def without_dll_directory() -> Iterator[None]:
    """Start programs that look for their libraries where they always do.

    The bootloader of a built program adds the program's own folder, which children inherit
    (PyInstaller, "Launching External Programs from the Frozen Application", Windows).
    """
    buffer = ctypes.create_unicode_buffer(_LONGEST_PATH)
    before = buffer.value if _get_dll_directory(_LONGEST_PATH, buffer) else None
    _set_dll_directory(None)
    try:
        yield
    finally:
        if before is not None:
            _set_dll_directory(before)
