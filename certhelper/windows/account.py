"""Who this process runs as: the account, where it is kept and its rights.

learn.microsoft.com/windows/win32/api/securitybaseapi/nf-securitybaseapi-gettokeninformation,
…/winbase/nf-winbase-lookupaccountsidw
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import POINTER, byref, c_int32, c_uint32, c_void_p, c_wchar_p
from enum import StrEnum
from typing import NamedTuple

from certhelper.windows.library import Library, WindowsCallError, never, when_zero

_TOKEN_QUERY = 0x8
_TOKEN_USER = 1  # TokenUser
_TOKEN_ELEVATION_TYPE = 18
_TOKEN_ELEVATION_TYPE_LIMITED = 3
_AZURE = "S-1-12-1-"
"""How the identifier of an account of Microsoft Entra ID (Azure AD) begins ([MS-DTYP] 2.4.2)."""

_LONGEST_NAME = 256

_ADVAPI32 = Library("advapi32")
_KERNEL32 = Library("kernel32")
_current_process = _KERNEL32.function("GetCurrentProcess", c_void_p, fails=never)
_close_handle = _KERNEL32.function("CloseHandle", c_int32, c_void_p, fails=when_zero)
_local_free = _KERNEL32.function("LocalFree", c_void_p, c_void_p, fails=never)
_computer_name = _KERNEL32.function(
    "GetComputerNameW", c_int32, c_wchar_p, POINTER(c_uint32), fails=when_zero
)
_open_token = _ADVAPI32.function(
    "OpenProcessToken", c_int32, c_void_p, c_uint32, POINTER(c_void_p), fails=when_zero
)
_get_information = _ADVAPI32.function(
    "GetTokenInformation",
    c_int32,
    *(c_void_p, c_int32, c_void_p, c_uint32, POINTER(c_uint32)),
    fails=when_zero,
)
_sid_to_text = _ADVAPI32.function(
    "ConvertSidToStringSidW", c_int32, c_void_p, POINTER(c_void_p), fails=when_zero
)
_look_up = _ADVAPI32.function(
    "LookupAccountSidW",
    c_int32,
    *(c_wchar_p, c_void_p, c_wchar_p, POINTER(c_uint32)),
    *(c_wchar_p, POINTER(c_uint32), POINTER(c_int32)),
    fails=when_zero,
)
_is_administrator = Library("shell32").function("IsUserAnAdmin", c_int32, fails=never)


class Origin(StrEnum):
    """Where an account is kept."""

    LOCAL = "local"
    DOMAIN = "domain"
    AZURE = "azure"


class Rights(StrEnum):
    """``LIMITED``: an administrator whose process runs without those rights, as is usual."""

    ADMINISTRATOR = "administrator"
    LIMITED = "limited"
    ORDINARY = "ordinary"


class Account(NamedTuple):
    """``domain`` is the computer's name for a local account."""

    name: str
    domain: str
    origin: Origin


def own() -> Account:
    """Return the account of this process.

    Raises :class:`~certhelper.windows.library.WindowsCallError`.
    """
    with _token() as token:
        length = c_uint32()
        try:
            _get_information(token, _TOKEN_USER, None, 0, byref(length))
        except WindowsCallError:  # ERROR_INSUFFICIENT_BUFFER: that is how it tells the length
            if not length.value:
                raise
        buffer = ctypes.create_string_buffer(length.value)
        _get_information(token, _TOKEN_USER, buffer, length, byref(length))
        sid = c_void_p.from_buffer(buffer)  # TOKEN_USER begins with the pointer to it
        name, domain = _names(sid)
        return Account(name, domain, _origin(_as_text(sid), domain))


def rights() -> Rights:
    """Return what this process may do.

    Raises :class:`~certhelper.windows.library.WindowsCallError`.
    """
    if _is_administrator():
        return Rights.ADMINISTRATOR
    kind, length = c_uint32(), c_uint32()
    with _token() as token:
        _get_information(
            token, _TOKEN_ELEVATION_TYPE, byref(kind), ctypes.sizeof(kind), byref(length)
        )
    is_limited = kind.value == _TOKEN_ELEVATION_TYPE_LIMITED
    return Rights.LIMITED if is_limited else Rights.ORDINARY


def computer() -> str:
    """Return the name of this PC.

    Raises :class:`~certhelper.windows.library.WindowsCallError`.
    """
    length = c_uint32(_LONGEST_NAME)
    name = ctypes.create_unicode_buffer(length.value)
    _computer_name(name, byref(length))
    return name.value


@contextmanager
def _token() -> Iterator[c_void_p]:
    token = c_void_p()
    _open_token(_current_process(), _TOKEN_QUERY, byref(token))
    try:
        yield token
    finally:
        _close_handle(token)


def _names(sid: c_void_p) -> tuple[str, str]:
    name = ctypes.create_unicode_buffer(_LONGEST_NAME)
    domain = ctypes.create_unicode_buffer(_LONGEST_NAME)
    lengths = c_uint32(_LONGEST_NAME), c_uint32(_LONGEST_NAME)
    kind = c_int32()
    _look_up(None, sid, name, byref(lengths[0]), domain, byref(lengths[1]), byref(kind))
    return name.value, domain.value


def _as_text(sid: c_void_p) -> str:
    found = c_void_p()
    _sid_to_text(sid, byref(found))
    try:
        return ctypes.wstring_at(found.value or 0)
    finally:
        _local_free(found)


def _origin(sid: str, domain: str) -> Origin:
    if sid.startswith(_AZURE):
        return Origin.AZURE
    return Origin.LOCAL if domain.casefold() == computer().casefold() else Origin.DOMAIN
