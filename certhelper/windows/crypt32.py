"""crypt32.dll: certificate stores, certificates in them, and the way to a certificate's key.

Names and values are those of ``wincrypt.h``.  Each function is described on its own page of
learn.microsoft.com under "windows/win32/api/wincrypt".
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_int32, c_size_t, c_uint8, c_uint32, c_void_p, c_wchar_p

from certhelper.windows.library import Library, never, when_zero

X509_ASN_ENCODING = 0x1
CERT_STORE_PROV_SYSTEM_W = 10

CERT_STORE_ENUM_ARCHIVED_FLAG = 0x200
CERT_STORE_OPEN_EXISTING_FLAG = 0x4000
CERT_STORE_READONLY_FLAG = 0x8000
CERT_SYSTEM_STORE_CURRENT_USER = 0x1_0000
CERT_SYSTEM_STORE_LOCAL_MACHINE = 0x2_0000
CERT_STORE_ADD_NEW = 1
CERT_STORE_CTRL_COMMIT = 3

CERT_KEY_PROV_INFO_PROP_ID = 2
CERT_FRIENDLY_NAME_PROP_ID = 11
CERT_ARCHIVED_PROP_ID = 19

CRYPT_ACQUIRE_COMPARE_KEY_FLAG = 0x4
CRYPT_ACQUIRE_SILENT_FLAG = 0x40
CRYPT_ACQUIRE_PREFER_NCRYPT_KEY_FLAG = 0x2_0000
CERT_NCRYPT_KEY_SPEC = 0xFFFFFFFF

CRYPT_USER_KEYSET = 0x1000
PKCS12_PREFER_CNG_KSP = 0x100

CRYPT_E_NOT_FOUND = 0x80092004
CRYPT_E_EXISTS = 0x80092005
CRYPT_E_NO_KEY_PROPERTY = 0x8009200B
NTE_BAD_PUBLIC_KEY = 0x80090015
ERROR_FILE_NOT_FOUND = 2
ERROR_NO_MORE_FILES = 18


class DataBlob(ctypes.Structure):
    """``CRYPT_DATA_BLOB`` and its like."""

    _fields_ = [("size", c_uint32), ("data", c_void_p)]


class AlgorithmIdentifier(ctypes.Structure):
    """``CRYPT_ALGORITHM_IDENTIFIER``."""

    _fields_ = [("identifier", c_void_p), ("parameters", DataBlob)]


class PublicKeyInfo(ctypes.Structure):
    """``CERT_PUBLIC_KEY_INFO``, with its ``CRYPT_BIT_BLOB``."""

    _fields_ = [
        ("algorithm", AlgorithmIdentifier),
        ("key_size", c_uint32),
        ("key", c_void_p),
        ("unused_bits", c_uint32),
    ]


class CertInfo(ctypes.Structure):
    """``CERT_INFO`` as far as the public key."""

    _fields_ = [
        ("version", c_uint32),
        ("serial_number", DataBlob),
        ("signature_algorithm", AlgorithmIdentifier),
        ("issuer", DataBlob),
        ("not_before", c_uint32 * 2),
        ("not_after", c_uint32 * 2),
        ("subject", DataBlob),
        ("public_key", PublicKeyInfo),
    ]


class CertContext(ctypes.Structure):
    """``CERT_CONTEXT``."""

    _fields_ = [
        ("encoding_type", c_uint32),
        ("encoded", POINTER(c_uint8)),
        ("encoded_size", c_uint32),
        ("info", POINTER(CertInfo)),
        ("store", c_void_p),
    ]


class KeyProvInfo(ctypes.Structure):
    """``CRYPT_KEY_PROV_INFO``; the texts are addresses, as they may point anywhere."""

    _fields_ = [
        ("container", c_void_p),
        ("provider", c_void_p),
        ("provider_type", c_uint32),
        ("flags", c_uint32),
        ("parameter_count", c_uint32),
        ("parameters", c_void_p),
        ("key_spec", c_uint32),
    ]


CertContextPointer = POINTER(CertContext)
"""``PCCERT_CONTEXT``."""

_CRYPT32 = Library("crypt32")

open_store = _CRYPT32.function(
    "CertOpenStore",
    c_void_p,
    *(c_void_p, c_uint32, c_void_p, c_uint32, c_wchar_p),
    fails=when_zero,
)
close_store = _CRYPT32.function("CertCloseStore", c_int32, c_void_p, c_uint32, fails=when_zero)
control_store = _CRYPT32.function(
    "CertControlStore", c_int32, c_void_p, c_uint32, c_uint32, c_void_p, fails=when_zero
)
import_pfx = _CRYPT32.function(
    "PFXImportCertStore", c_void_p, POINTER(DataBlob), c_wchar_p, c_uint32, fails=when_zero
)
next_certificate = _CRYPT32.function(
    "CertEnumCertificatesInStore", CertContextPointer, c_void_p, CertContextPointer, fails=never
)
"""Frees the certificate that it is given, whatever it returns; NULL is also the end."""

create_certificate = _CRYPT32.function(
    "CertCreateCertificateContext",
    CertContextPointer,
    *(c_uint32, ctypes.c_char_p, c_uint32),
    fails=when_zero,
)
duplicate_certificate = _CRYPT32.function(
    "CertDuplicateCertificateContext", CertContextPointer, CertContextPointer, fails=never
)
free_certificate = _CRYPT32.function(
    "CertFreeCertificateContext", c_int32, CertContextPointer, fails=never
)
add_certificate = _CRYPT32.function(
    "CertAddCertificateContextToStore",
    c_int32,
    *(c_void_p, CertContextPointer, c_uint32, c_void_p),
    fails=when_zero,
)
delete_certificate = _CRYPT32.function(
    "CertDeleteCertificateFromStore", c_int32, CertContextPointer, fails=when_zero
)
"""Frees the certificate that it is given, even when it fails."""

get_property = _CRYPT32.function(
    "CertGetCertificateContextProperty",
    c_int32,
    *(CertContextPointer, c_uint32, c_void_p, POINTER(c_uint32)),
    fails=when_zero,
)
set_property = _CRYPT32.function(
    "CertSetCertificateContextProperty",
    c_int32,
    *(CertContextPointer, c_uint32, c_uint32, c_void_p),
    fails=when_zero,
)
acquire_private_key = _CRYPT32.function(
    "CryptAcquireCertificatePrivateKey",
    c_int32,
    *(CertContextPointer, c_uint32, c_void_p),
    *(POINTER(c_void_p), POINTER(c_uint32), POINTER(c_int32)),
    fails=when_zero,
)
export_public_key = _CRYPT32.function(
    "CryptExportPublicKeyInfo",
    c_int32,
    *(c_size_t, c_uint32, c_uint32, c_void_p, POINTER(c_uint32)),
    fails=when_zero,
)
compare_public_keys = _CRYPT32.function(
    "CertComparePublicKeyInfo",
    c_int32,
    *(c_uint32, POINTER(PublicKeyInfo), POINTER(PublicKeyInfo)),
    fails=never,
)
