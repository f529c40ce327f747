"""winhttp.dll: HTTP over Windows' own TLS.

Names and values are those of ``winhttp.h``.  Each function is described on its own page of
learn.microsoft.com under "windows/win32/api/winhttp".
"""

from __future__ import annotations

import ctypes
import sys
from ctypes import POINTER, c_int, c_int32, c_size_t, c_uint16, c_uint32, c_void_p, c_wchar_p

from certhelper.windows.library import Library, when_zero

WINHTTP_ACCESS_TYPE_NO_PROXY = 1
WINHTTP_ACCESS_TYPE_NAMED_PROXY = 3
WINHTTP_ACCESS_TYPE_AUTOMATIC_PROXY = 4
WINHTTP_FLAG_ASYNC = 0x1000_0000
WINHTTP_FLAG_SECURE = 0x80_0000
WINHTTP_FLAG_ESCAPE_DISABLE = 0x40

WINHTTP_OPTION_CONNECT_RETRIES = 4
WINHTTP_OPTION_SECURITY_FLAGS = 31
WINHTTP_OPTION_PROXY = 38
WINHTTP_OPTION_CONTEXT_VALUE = 45
WINHTTP_OPTION_CLIENT_CERT_CONTEXT = 47
WINHTTP_OPTION_DISABLE_FEATURE = 63
WINHTTP_OPTION_AUTOLOGON_POLICY = 77
WINHTTP_OPTION_SERVER_CERT_CONTEXT = 78
WINHTTP_OPTION_SECURE_PROTOCOLS = 84
WINHTTP_OPTION_REDIRECT_POLICY = 88
WINHTTP_OPTION_CLIENT_CERT_ISSUER_LIST = 94

WINHTTP_DISABLE_REDIRECTS = 0x2
WINHTTP_DISABLE_AUTHENTICATION = 0x4
WINHTTP_DISABLE_KEEP_ALIVE = 0x8
WINHTTP_OPTION_REDIRECT_POLICY_NEVER = 0
WINHTTP_AUTOLOGON_SECURITY_LEVEL_HIGH = 2
WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_2 = 0x800
WINHTTP_FLAG_SECURE_PROTOCOL_TLS1_3 = 0x2000
SECURITY_FLAG_IGNORE_UNKNOWN_CA = 0x100
SECURITY_FLAG_IGNORE_CERT_CN_INVALID = 0x1000

WINHTTP_CALLBACK_STATUS_SENDING_REQUEST = 0x10
WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING = 0x800
WINHTTP_CALLBACK_STATUS_SECURE_FAILURE = 0x1_0000
WINHTTP_CALLBACK_STATUS_HEADERS_AVAILABLE = 0x2_0000
WINHTTP_CALLBACK_STATUS_READ_COMPLETE = 0x8_0000
WINHTTP_CALLBACK_STATUS_REQUEST_ERROR = 0x20_0000
WINHTTP_CALLBACK_STATUS_SENDREQUEST_COMPLETE = 0x40_0000
WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS = 0xFFFF_FFFF
WINHTTP_INVALID_STATUS_CALLBACK = ctypes.c_size_t(-1).value

WINHTTP_CALLBACK_STATUS_FLAG_CERT_REV_FAILED = 0x1
WINHTTP_CALLBACK_STATUS_FLAG_CERT_REVOKED = 0x4
WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CA = 0x8
WINHTTP_CALLBACK_STATUS_FLAG_CERT_CN_INVALID = 0x10
WINHTTP_CALLBACK_STATUS_FLAG_CERT_DATE_INVALID = 0x20
WINHTTP_CALLBACK_STATUS_FLAG_SECURITY_CHANNEL_ERROR = 0x8000_0000

WINHTTP_AUTO_DETECT_TYPE_DHCP = 0x1
WINHTTP_AUTO_DETECT_TYPE_DNS_A = 0x2

WINHTTP_QUERY_CONTENT_TYPE = 1
WINHTTP_QUERY_STATUS_CODE = 19
WINHTTP_QUERY_LOCATION = 33
WINHTTP_QUERY_FLAG_NUMBER = 0x2000_0000

ERROR_FILE_NOT_FOUND = 2
ERROR_INSUFFICIENT_BUFFER = 122
ERROR_WINHTTP_TIMEOUT = 12002
ERROR_WINHTTP_NAME_NOT_RESOLVED = 12007
ERROR_WINHTTP_OPERATION_CANCELLED = 12017
ERROR_WINHTTP_CANNOT_CONNECT = 12029
ERROR_WINHTTP_CONNECTION_ERROR = 12030
ERROR_WINHTTP_SECURE_CERT_DATE_INVALID = 12037
ERROR_WINHTTP_SECURE_CERT_CN_INVALID = 12038
ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED = 12044
ERROR_WINHTTP_SECURE_INVALID_CA = 12045
ERROR_WINHTTP_SECURE_CERT_REV_FAILED = 12057
ERROR_WINHTTP_HEADER_NOT_FOUND = 12150
ERROR_WINHTTP_INVALID_SERVER_RESPONSE = 12152
ERROR_WINHTTP_SECURE_CHANNEL_ERROR = 12157
ERROR_WINHTTP_BAD_AUTO_PROXY_SCRIPT = 12166
ERROR_WINHTTP_UNABLE_TO_DOWNLOAD_SCRIPT = 12167
ERROR_WINHTTP_SECURE_INVALID_CERT = 12169
ERROR_WINHTTP_SECURE_CERT_REVOKED = 12170
ERROR_WINHTTP_SECURE_FAILURE = 12175
ERROR_WINHTTP_AUTO_PROXY_SERVICE_ERROR = 12178
ERROR_WINHTTP_SECURE_CERT_WRONG_USAGE = 12179
ERROR_WINHTTP_AUTODETECTION_FAILED = 12180
ERROR_WINHTTP_CLIENT_CERT_NO_PRIVATE_KEY = 12185
ERROR_WINHTTP_CLIENT_CERT_NO_ACCESS_PRIVATE_KEY = 12186

if sys.platform == "win32":
    StatusCallback = ctypes.WINFUNCTYPE(None, c_void_p, c_size_t, c_uint32, c_void_p, c_uint32)
else:  # one calling convention, so that this module can be read everywhere
    StatusCallback = ctypes.CFUNCTYPE(None, c_void_p, c_size_t, c_uint32, c_void_p, c_uint32)


class ProxyInfo(ctypes.Structure):
    """``WINHTTP_PROXY_INFO``."""

    _fields_ = [("access_type", c_uint32), ("proxy", c_wchar_p), ("bypass", c_wchar_p)]


class CurrentUserProxyConfig(ctypes.Structure):
    """``WINHTTP_CURRENT_USER_IE_PROXY_CONFIG``; each text is to be freed by ``GlobalFree``."""

    _fields_ = [
        ("auto_detect", c_int32),
        ("auto_config_url", c_void_p),
        ("proxy", c_void_p),
        ("proxy_bypass", c_void_p),
    ]


class AsyncResult(ctypes.Structure):
    """``WINHTTP_ASYNC_RESULT``: what failed, and how."""

    _fields_ = [("call", c_size_t), ("error", c_uint32)]


class NameBlob(ctypes.Structure):
    """``CERT_NAME_BLOB``: a name in DER."""

    _fields_ = [("size", c_uint32), ("data", c_void_p)]


class IssuerList(ctypes.Structure):
    """``SecPkgContext_IssuerListInfoEx`` (``schannel.h``): whose certificates a server takes."""

    _fields_ = [("names", POINTER(NameBlob)), ("count", c_uint32)]


_WINHTTP = Library("winhttp")


def _when_no_callback(function: str, result: int | None) -> None:
    if result == WINHTTP_INVALID_STATUS_CALLBACK:
        when_zero(function, 0)


open_session = _WINHTTP.function(
    "WinHttpOpen",
    c_void_p,
    *(c_wchar_p, c_uint32, c_wchar_p, c_wchar_p, c_uint32),
    fails=when_zero,
)
close_handle = _WINHTTP.function("WinHttpCloseHandle", c_int32, c_void_p, fails=when_zero)
connect = _WINHTTP.function(
    "WinHttpConnect", c_void_p, c_void_p, c_wchar_p, c_uint16, c_uint32, fails=when_zero
)
open_request = _WINHTTP.function(
    "WinHttpOpenRequest",
    c_void_p,
    *(c_void_p, c_wchar_p, c_wchar_p, c_wchar_p, c_wchar_p, c_void_p, c_uint32),
    fails=when_zero,
)
send_request = _WINHTTP.function(
    "WinHttpSendRequest",
    c_int32,
    *(c_void_p, c_wchar_p, c_uint32, c_void_p, c_uint32, c_uint32, c_size_t),
    fails=when_zero,
)
receive_response = _WINHTTP.function(
    "WinHttpReceiveResponse", c_int32, c_void_p, c_void_p, fails=when_zero
)
read_data = _WINHTTP.function(
    "WinHttpReadData",
    c_int32,
    *(c_void_p, c_void_p, c_uint32, POINTER(c_uint32)),
    fails=when_zero,
)
query_headers = _WINHTTP.function(
    "WinHttpQueryHeaders",
    c_int32,
    *(c_void_p, c_uint32, c_wchar_p, c_void_p, POINTER(c_uint32), c_void_p),
    fails=when_zero,
)
set_option = _WINHTTP.function(
    "WinHttpSetOption", c_int32, c_void_p, c_uint32, c_void_p, c_uint32, fails=when_zero
)
query_option = _WINHTTP.function(
    "WinHttpQueryOption",
    c_int32,
    *(c_void_p, c_uint32, c_void_p, POINTER(c_uint32)),
    fails=when_zero,
)
set_timeouts = _WINHTTP.function(
    "WinHttpSetTimeouts",
    c_int32,
    *(c_void_p, c_int, c_int, c_int, c_int),
    fails=when_zero,
)
"""Resolving, connecting, sending, receiving; in milliseconds."""

set_status_callback = _WINHTTP.function(
    "WinHttpSetStatusCallback",
    c_size_t,
    *(c_void_p, StatusCallback, c_uint32, c_size_t),
    fails=_when_no_callback,
)
"""The callback must be kept alive until the handle is closed."""

get_current_user_proxy_config = _WINHTTP.function(
    "WinHttpGetIEProxyConfigForCurrentUser",
    c_int32,
    POINTER(CurrentUserProxyConfig),
    fails=when_zero,
)
detect_auto_proxy_config_url = _WINHTTP.function(
    "WinHttpDetectAutoProxyConfigUrl", c_int32, c_uint32, POINTER(c_void_p), fails=when_zero
)
"""What it gives is to be freed by ``GlobalFree``."""

_KERNEL32 = Library("kernel32")
global_free = _KERNEL32.function("GlobalFree", c_void_p, c_void_p, fails=lambda *_: None)
