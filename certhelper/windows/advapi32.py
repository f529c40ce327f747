"""advapi32.dll: keys of the older kind (CryptoAPI, "CAPI").

Names and values are those of ``wincrypt.h``.  Each function is described on its own page of
learn.microsoft.com under "windows/win32/api/wincrypt".
"""

from __future__ import annotations

from ctypes import POINTER, c_char_p, c_int32, c_size_t, c_uint32, c_void_p, c_wchar_p

from certhelper.windows.library import Library, when_zero

AT_KEYEXCHANGE = 1
AT_SIGNATURE = 2
CALG_SHA1 = 0x8004
CALG_SHA_256 = 0x800C
CALG_RSA_KEYX = 0xA400

CRYPT_EXPORTABLE = 0x1
CRYPT_NEWKEYSET = 0x8
CRYPT_DELETEKEYSET = 0x10
CRYPT_MACHINE_KEYSET = 0x20
CRYPT_SILENT = 0x40
CRYPT_VERIFYCONTEXT = 0xF0000000

PROV_RSA_AES = 24
MS_ENH_RSA_AES_PROV = "Microsoft Enhanced RSA and AES Cryptographic Provider"

PP_ENUMCONTAINERS = 2
PP_IMPTYPE = 3
CRYPT_FIRST = 1
CRYPT_NEXT = 2
ERROR_NO_MORE_ITEMS = 259
KP_PERMISSIONS = 6
CRYPT_EXPORT = 0x4

_ADVAPI32 = Library("advapi32")

acquire_context = _ADVAPI32.function(
    "CryptAcquireContextW",
    c_int32,
    *(POINTER(c_size_t), c_wchar_p, c_wchar_p, c_uint32, c_uint32),
    fails=when_zero,
)
release_context = _ADVAPI32.function(
    "CryptReleaseContext", c_int32, c_size_t, c_uint32, fails=when_zero
)
get_provider_parameter = _ADVAPI32.function(
    "CryptGetProvParam",
    c_int32,
    *(c_size_t, c_uint32, c_void_p, POINTER(c_uint32), c_uint32),
    fails=when_zero,
)
get_user_key = _ADVAPI32.function(
    "CryptGetUserKey", c_int32, c_size_t, c_uint32, POINTER(c_size_t), fails=when_zero
)
get_key_parameter = _ADVAPI32.function(
    "CryptGetKeyParam",
    c_int32,
    *(c_size_t, c_uint32, c_void_p, POINTER(c_uint32), c_uint32),
    fails=when_zero,
)
import_key = _ADVAPI32.function(
    "CryptImportKey",
    c_int32,
    *(c_size_t, c_void_p, c_uint32, c_size_t, c_uint32, POINTER(c_size_t)),
    fails=when_zero,
)
destroy_key = _ADVAPI32.function("CryptDestroyKey", c_int32, c_size_t, fails=when_zero)
create_hash = _ADVAPI32.function(
    "CryptCreateHash",
    c_int32,
    *(c_size_t, c_uint32, c_size_t, c_uint32, POINTER(c_size_t)),
    fails=when_zero,
)
hash_data = _ADVAPI32.function(
    "CryptHashData", c_int32, c_size_t, c_char_p, c_uint32, c_uint32, fails=when_zero
)
sign_hash = _ADVAPI32.function(
    "CryptSignHashW",
    c_int32,
    *(c_size_t, c_uint32, c_wchar_p, c_uint32, c_void_p, POINTER(c_uint32)),
    fails=when_zero,
)
destroy_hash = _ADVAPI32.function("CryptDestroyHash", c_int32, c_size_t, fails=when_zero)
