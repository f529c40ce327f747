"""The person's proxy settings in Windows, and the script that Windows finds in the network.

Described on learn.microsoft.com/windows/win32/api/winhttp, under
``WinHttpGetIEProxyConfigForCurrentUser`` and ``WinHttpDetectAutoProxyConfigUrl``.
"""

from __future__ import annotations

import ctypes
from ctypes import byref, c_void_p
from typing import NamedTuple

from certhelper.windows import winhttp
from certhelper.windows.library import WindowsCallError

_BOTH = winhttp.WINHTTP_AUTO_DETECT_TYPE_DHCP | winhttp.WINHTTP_AUTO_DETECT_TYPE_DNS_A


class ProxySettings(NamedTuple):
    """What stands in Windows' settings, in its own spelling.

    ``detects``: a script is looked for in the network (Windows' default); ``script`` is the
    address of a given one; ``proxy`` and ``bypass`` are the lists of ``WINHTTP_PROXY_INFO``.
    """

    detects: bool = False
    script: str = ""
    proxy: str = ""
    bypass: str = ""


def read() -> ProxySettings:
    """Return the settings of the person and of the connection in use.

    Raises :class:`WindowsCallError`.
    """
    given = winhttp.CurrentUserProxyConfig()
    try:
        winhttp.get_current_user_proxy_config(byref(given))
    except WindowsCallError as error:
        if error.code == winhttp.ERROR_FILE_NOT_FOUND:  # no settings were ever made
            return ProxySettings()
        raise
    texts = [given.auto_config_url, given.proxy, given.proxy_bypass]
    return ProxySettings(bool(given.auto_detect), *map(_taken, texts))


def detect() -> str:
    """Return the address of the script that the network names, by DHCP or DNS; empty for none.

    Takes several seconds where nobody answers.  Raises :class:`WindowsCallError`.
    """
    found = c_void_p()
    try:
        winhttp.detect_auto_proxy_config_url(_BOTH, byref(found))
    except WindowsCallError as error:
        if error.code == winhttp.ERROR_WINHTTP_AUTODETECTION_FAILED:
            return ""
        raise
    return _taken(found.value)


def _taken(text: int | None) -> str:
    """Read a text that is ours to free, and free it."""
    if not text:
        return ""
    read = ctypes.wstring_at(text)
    winhttp.global_free(c_void_p(text))
    return read
