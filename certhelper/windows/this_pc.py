"""What this Windows is, and how its person sits before it: version, remote desktop, locale."""

from __future__ import annotations

import ctypes
import os
from ctypes import POINTER, byref, c_int32, c_uint16, c_uint32, c_wchar, c_wchar_p
from typing import NamedTuple

from certhelper.windows import registry
from certhelper.windows.library import Library, WindowsCallError, never, when_zero

_SM_REMOTESESSION = 0x1000
_SM_REMOTECONTROL = 0x2001
_VERSION = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion"
_TERMINAL_SERVER = r"SYSTEM\CurrentControlSet\Control\Terminal Server"
_METRICS = r"Control Panel\Desktop\WindowMetrics"
_LOCAL_DUMPS = r"SOFTWARE\Microsoft\Windows\Windows Error Reporting\LocalDumps"
_FIRST_BUILD_OF_11 = 22000
_USUAL_DPI = 96
_OF_SERVICES = 0
"""The session in which nobody sits (a remote management tool may run this program there)."""

_LONGEST_LOCALE = 85  # LOCALE_NAME_MAX_LENGTH
_UNKNOWN_ZONE = 0xFFFFFFFF  # TIME_ZONE_ID_INVALID

_KERNEL32 = Library("kernel32")
_metric = Library("user32").function("GetSystemMetrics", c_int32, c_int32, fails=never)
_session_of = _KERNEL32.function(
    "ProcessIdToSessionId", c_int32, c_uint32, POINTER(c_uint32), fails=when_zero
)
_locale_name = _KERNEL32.function(
    "GetUserDefaultLocaleName", c_int32, c_wchar_p, c_int32, fails=when_zero
)
_code_page = _KERNEL32.function("GetACP", c_uint32, fails=never)


class _Zone(ctypes.Structure):
    """``DYNAMIC_TIME_ZONE_INFORMATION``."""

    _fields_ = [
        ("bias", c_int32),
        ("standard_name", c_wchar * 32),
        ("standard_date", c_uint16 * 8),
        ("standard_bias", c_int32),
        ("daylight_name", c_wchar * 32),
        ("daylight_date", c_uint16 * 8),
        ("daylight_bias", c_int32),
        ("key_name", c_wchar * 128),
        ("daylight_off", ctypes.c_ubyte),
    ]


_zone = _KERNEL32.function("GetDynamicTimeZoneInformation", c_uint32, POINTER(_Zone), fails=never)


class System(NamedTuple):
    """``name`` as people say it (``Windows 11 Pro``), ``version`` such as ``24H2``."""

    name: str
    version: str
    build: str


def system() -> System:
    """Return which Windows this is.  Raises ``OSError`` where the registry cannot be read.

    The registry of Windows 11 still says "Windows 10"; only its build tells
    (learn.microsoft.com/windows/release-health/windows11-release-information).
    """
    values = registry.values(registry.Root.LOCAL_MACHINE, _VERSION)

    def text(name: str) -> str:
        found = values.get(name)
        return str(found) if isinstance(found, str | int) else ""

    build = text("CurrentBuildNumber") or text("CurrentBuild")
    name = text("ProductName")
    if build.isdecimal() and int(build) >= _FIRST_BUILD_OF_11:
        name = name.replace("Windows 10", "Windows 11")
    patch = text("UBR")
    return System(
        name, text("DisplayVersion") or text("ReleaseId"), f"{build}.{patch}" if patch else build
    )


def is_remote() -> bool:
    """Say whether the person sits before another screen, by Remote Desktop.

    With RemoteFX the metric says no, and the session that has the screen tells
    (learn.microsoft.com/windows/win32/termserv/detecting-the-terminal-services-environment).
    Raises ``OSError``, :class:`~certhelper.windows.library.WindowsCallError`.
    """
    if _metric(_SM_REMOTESESSION):
        return True
    at_screen = registry.value(registry.Root.LOCAL_MACHINE, _TERMINAL_SERVER, "GlassSessionId")
    own = c_uint32()
    _session_of(os.getpid(), byref(own))
    return isinstance(at_screen, int) and own.value not in (at_screen, _OF_SERVICES)


def is_watched() -> bool:
    """Say whether somebody looks on or helps by Remote Desktop's own means."""
    return bool(_metric(_SM_REMOTECONTROL))


def locale() -> str:
    """Return the person's locale, such as ``ja-JP``.

    Raises :class:`~certhelper.windows.library.WindowsCallError`.
    """
    name = ctypes.create_unicode_buffer(_LONGEST_LOCALE)
    _locale_name(name, _LONGEST_LOCALE)
    return name.value


def code_page() -> int:
    """Return the code page of programs that know no Unicode; 932 is Japanese."""
    return int(_code_page())


def time_zone() -> str:
    """Return the time zone by the name that is the same in every language.

    Raises :class:`~certhelper.windows.library.WindowsCallError`.
    """
    found = _Zone()
    if _zone(byref(found)) == _UNKNOWN_ZONE:
        raise WindowsCallError("GetDynamicTimeZoneInformation", 0)
    return str(found.key_name or found.standard_name)


def screen_scale() -> int | None:
    """Return how much larger the person has everything shown, in percent; None: not told.

    By the registry: what the calls say depends on what this process has declared of itself.
    Raises ``OSError``.
    """
    dpi = registry.value(registry.Root.CURRENT_USER, _METRICS, "AppliedDPI")
    return dpi * 100 // _USUAL_DPI if isinstance(dpi, int) and dpi > 0 else None


def keeps_dumps() -> bool:
    """Say whether an administrator has crashes of programs written down with their memory.

    learn.microsoft.com/windows/win32/wer/collecting-user-mode-dumps.  Raises ``OSError``.
    """
    return registry.exists(registry.Root.LOCAL_MACHINE, _LOCAL_DUMPS)
