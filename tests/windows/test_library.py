"""Windows' own libraries are called with types, and a failure is an exception."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import pytest

from certhelper.windows.library import Library, WindowsCallError, never, when_not_zero, when_zero

_KERNEL32 = Library("kernel32")
_GET_MODULE = _KERNEL32.function(
    "GetModuleHandleW", ctypes.c_void_p, ctypes.c_wchar_p, fails=when_zero
)
_ERROR_MOD_NOT_FOUND = 126
_ERROR_FILE_NOT_FOUND = 2


def test_a_failure_carries_windows_own_code() -> None:
    """What fails raises, with the function's name and what ``GetLastError`` said."""
    with pytest.raises(WindowsCallError) as caught:
        _GET_MODULE("no-such-library.dll")
    assert (caught.value.function, caught.value.code) == ("GetModuleHandleW", _ERROR_MOD_NOT_FOUND)


def test_a_handle_keeps_all_of_its_bits() -> None:
    """A module above 4 GiB has the address that its own functions lie behind."""
    module = _GET_MODULE("kernel32.dll")
    address = ctypes.cast(_KERNEL32.symbol("GetModuleHandleW"), ctypes.c_void_p).value
    assert address is not None
    assert 0 < address - module < 1 << 28


def test_a_status_is_its_own_error() -> None:
    """A function that returns its error raises for anything but 0."""
    open_key = Library("advapi32").function(
        "RegOpenKeyExW",
        ctypes.c_long,
        *(ctypes.c_void_p, ctypes.c_wchar_p, ctypes.c_uint32, ctypes.c_uint32, ctypes.c_void_p),
        fails=when_not_zero,
    )
    current_user = 0x80000001
    found = ctypes.c_void_p()
    with pytest.raises(WindowsCallError) as caught:
        open_key(current_user, "No such key", 0, 0x20019, ctypes.byref(found))
    assert caught.value.code == _ERROR_FILE_NOT_FOUND


def test_only_the_systems_folder_is_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A library that lies in the current folder is not loaded."""
    system = Path(os.environ["SYSTEMROOT"]) / "system32" / "version.dll"
    (tmp_path / "planted.dll").write_bytes(system.read_bytes())
    monkeypatch.chdir(tmp_path)
    planted = Library("planted").function("GetFileVersionInfoSizeW", ctypes.c_uint32, fails=never)
    with pytest.raises(OSError, match="planted"):
        planted()
