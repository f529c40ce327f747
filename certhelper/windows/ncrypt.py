"""ncrypt.dll: keys of the newer kind (Cryptography API: Next Generation, "CNG").

Names and values are those of ``ncrypt.h`` and ``bcrypt.h``.  Each function is described on its own
page of learn.microsoft.com under "windows/win32/api/ncrypt", the properties under
"windows/win32/seccng/key-storage-property-identifiers".
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_int32, c_size_t, c_uint32, c_void_p, c_wchar_p

from certhelper.windows.library import Library, when_not_zero

NCRYPT_SILENT_FLAG = 0x40
BCRYPT_PAD_PKCS1 = 0x2

NCRYPT_ALGORITHM_GROUP_PROPERTY = "Algorithm Group"
NCRYPT_EXPORT_POLICY_PROPERTY = "Export Policy"
NCRYPT_IMPL_TYPE_PROPERTY = "Impl Type"
NCRYPT_PROVIDER_HANDLE_PROPERTY = "Provider Handle"
NCRYPT_UI_POLICY_PROPERTY = "UI Policy"

NCRYPT_IMPL_HARDWARE_FLAG = 0x1
NCRYPT_IMPL_SOFTWARE_FLAG = 0x2
NCRYPT_IMPL_REMOVABLE_FLAG = 0x8
NCRYPT_ALLOW_EXPORT_FLAG = 0x1
NCRYPT_ALLOW_PLAINTEXT_EXPORT_FLAG = 0x2
NCRYPT_UI_PROTECT_KEY_FLAG = 0x1
NCRYPT_UI_FORCE_HIGH_PROTECTION_FLAG = 0x2

RSA_GROUP = "RSA"
SHA256 = "SHA256"


NTE_NO_MORE_ITEMS = 0x8009002A
SOFTWARE_PROVIDER = "Microsoft Software Key Storage Provider"


class KeyName(ctypes.Structure):
    """``NCryptKeyName``."""

    _fields_ = [
        ("name", c_wchar_p),
        ("algorithm", c_wchar_p),
        ("legacy_key_spec", c_uint32),
        ("flags", c_uint32),
    ]


class Pkcs1PaddingInfo(ctypes.Structure):
    """``BCRYPT_PKCS1_PADDING_INFO``."""

    _fields_ = [("algorithm", c_wchar_p)]


_NCRYPT = Library("ncrypt")

open_storage_provider = _NCRYPT.function(
    "NCryptOpenStorageProvider",
    c_int32,
    *(POINTER(c_size_t), c_wchar_p, c_uint32),
    fails=when_not_zero,
)
open_key = _NCRYPT.function(
    "NCryptOpenKey",
    c_int32,
    *(c_size_t, POINTER(c_size_t), c_wchar_p, c_uint32, c_uint32),
    fails=when_not_zero,
)
delete_key = _NCRYPT.function("NCryptDeleteKey", c_int32, c_size_t, c_uint32, fails=when_not_zero)
"""Frees the key's handle when it succeeds."""
enumerate_keys = _NCRYPT.function(
    "NCryptEnumKeys",
    c_int32,
    *(c_size_t, c_wchar_p, POINTER(POINTER(KeyName)), POINTER(c_void_p), c_uint32),
    fails=when_not_zero,
)
free_buffer = _NCRYPT.function("NCryptFreeBuffer", c_int32, c_void_p, fails=when_not_zero)
free_object = _NCRYPT.function("NCryptFreeObject", c_int32, c_size_t, fails=when_not_zero)
get_property = _NCRYPT.function(
    "NCryptGetProperty",
    c_int32,
    *(c_size_t, c_wchar_p, c_void_p, c_uint32, POINTER(c_uint32), c_uint32),
    fails=when_not_zero,
)
sign_hash = _NCRYPT.function(
    "NCryptSignHash",
    c_int32,
    *(c_size_t, c_void_p, c_void_p, c_uint32, c_void_p, c_uint32, POINTER(c_uint32), c_uint32),
    fails=when_not_zero,
)
