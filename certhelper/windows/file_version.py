"""The version that stands in a program's file, as the explorer shows it."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, byref, c_int32, c_uint32, c_void_p, c_wchar_p
from pathlib import Path

from certhelper.windows.library import Library, WindowsCallError, when_zero


class _FixedInfo(ctypes.Structure):
    """The beginning of ``VS_FIXEDFILEINFO`` (verrsrc.h)."""

    _fields_ = [
        ("signature", c_uint32),
        ("structure_version", c_uint32),
        ("high", c_uint32),
        ("low", c_uint32),
    ]


_VERSION = Library("version")
# learn.microsoft.com/windows/win32/api/winver
_size = _VERSION.function(
    "GetFileVersionInfoSizeW", c_uint32, c_wchar_p, POINTER(c_uint32), fails=when_zero
)
_read = _VERSION.function(
    "GetFileVersionInfoW",
    c_int32,
    *(c_wchar_p, c_uint32, c_uint32, c_void_p),
    fails=when_zero,
)
_query = _VERSION.function(
    "VerQueryValueW",
    c_int32,
    *(c_void_p, c_wchar_p, POINTER(c_void_p), POINTER(c_uint32)),
    fails=when_zero,
)


def of(program: Path) -> str:
    """Return the four numbers of a program's version; empty where there are none."""
    try:
        buffer = ctypes.create_string_buffer(_size(str(program), None))
        _read(str(program), 0, len(buffer), buffer)
        found, length = c_void_p(), c_uint32()
        _query(buffer, "\\", byref(found), byref(length))
    except WindowsCallError:
        return ""
    if not found.value or length.value < ctypes.sizeof(_FixedInfo):
        return ""
    info = _FixedInfo.from_address(found.value)
    parts = (info.high >> 16, info.high & 0xFFFF, info.low >> 16, info.low & 0xFFFF)
    return ".".join(str(part) for part in parts)
