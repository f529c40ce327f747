"""NSS's own library, libnss3, as far as the child processes need it; the standard library only.

Only for processes of their own: NSS keeps state for a whole process (see
:mod:`certhelper.stores.child`).  What they are given arrives on standard input, because keys and
passwords must not stand in arguments, environment or files: numbers of 4 octets, big-endian, and
fields, which are a length and its octets.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Callable
from typing import Any

_NO_MODULE_DATABASE = 0x4  # NSS_INIT_NOMODDB
_NO_ROOT_MODULE = 0x10  # NSS_INIT_NOROOTINIT
_OPTIMIZE_SPACE = 0x20  # NSS_INIT_OPTIMIZESPACE
ALL_KEY_USAGES = 0xFF  # certt.h: every KU_ bit; the certificate limits what the key is used for


class Item(ctypes.Structure):
    """``SECItem`` (seccomon.h)."""

    _fields_ = [
        ("type", ctypes.c_int),
        ("data", ctypes.c_void_p),
        ("len", ctypes.c_uint),
    ]


class FailedStepError(Exception):
    """NSS refused a step; ``error`` is its number, ``entry`` which entry it was about."""

    def __init__(self, step: str, error: int, entry: int | None = None) -> None:
        super().__init__(step)
        self.step = step
        self.error = error
        self.entry = entry


class Nss:
    """The few functions of libnss3 that are needed, with their types."""

    def __init__(self) -> None:
        library = ctypes.CDLL("libnss3.so")
        pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
        octets = ctypes.POINTER(Item)

        def function(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
            found = library[name]
            found.restype = result
            found.argtypes = arguments
            return found

        self.error = function("PORT_GetError", number)
        self.initialize = function(
            "NSS_Initialize", number, text, text, text, text, ctypes.c_uint32
        )
        self.shut_down = function("NSS_Shutdown", number)
        self.internal_slot = function("PK11_GetInternalKeySlot", pointer)
        self.free_slot = function("PK11_FreeSlot", None, pointer)
        self.set_password = function("PK11_InitPin", number, pointer, text, pointer)
        self.import_key = function(
            "PK11_ImportDERPrivateKeyInfo",
            *(number, pointer, octets, octets, octets, number, number, ctypes.c_uint, pointer),
        )
        self.import_certificate = function(
            "PK11_ImportDERCert", number, pointer, octets, ctypes.c_ulong, text, number
        )
        self.decode = function(
            "CERT_NewTempCertificate", pointer, pointer, octets, text, number, number
        )
        self.default_database = function("CERT_GetDefaultCertDB", pointer)
        self.destroy_certificate = function("CERT_DestroyCertificate", None, pointer)
        self.public_key = function("CERT_ExtractPublicKey", pointer, pointer)
        self.destroy_public_key = function("SECKEY_DestroyPublicKey", None, pointer)
        self.import_public_key = function(
            "PK11_ImportPublicKey", ctypes.c_ulong, pointer, pointer, number
        )
        self.needs_first_password = function("PK11_NeedUserInit", number, pointer)
        self.find_certificate = function(
            "PK11_FindCertFromDERCertItem", pointer, pointer, octets, pointer
        )
        self.find_key = function("PK11_FindKeyByDERCert", pointer, pointer, pointer, pointer)
        self.delete_certificate = function("SEC_DeletePermCertificate", number, pointer)
        self.delete_key = function("PK11_DeleteTokenPrivateKey", number, pointer, number)


def opened(directory: str) -> Nss:
    """Open the database of a directory for writing; an empty one is made where there is none.

    The process goes there, so that NSS sees "." and never the directory's own name, in which a
    quote would name another database.  ``pkcs11.txt``, which names programs to load, is not read.
    Raises :class:`FailedStepError`, ``OSError`` when there is no libnss3 or no such directory.
    """
    if sys.platform == "win32":
        raise OSError("NSS's library is looked for on Linux only")
    import resource

    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # keys pass through this memory
    os.chdir(directory)
    nss = Nss()
    flags = _NO_MODULE_DATABASE | _NO_ROOT_MODULE | _OPTIMIZE_SPACE
    if nss.initialize(b"sql:.", b"", b"", b"", flags):
        raise FailedStepError("open", nss.error())
    return nss


def _read(size: int) -> bytearray:
    """Read exactly ``size`` octets of standard input into a buffer that can be overwritten."""
    if sys.platform == "win32":
        raise NotImplementedError("only on Linux")
    buffer = bytearray(size)
    with memoryview(buffer) as whole:
        at = 0
        while at < size:
            with whole[at:] as rest:
                count = os.readv(0, [rest])
            if count == 0:
                raise EOFError("the parent ended early")
            at += count
    return buffer


def read_field(reserve: int = 0) -> bytearray:
    """Read a length and its octets; ``reserve`` zero octets are kept free behind them."""
    size = read_number()
    if not reserve:
        return _read(size)
    buffer = bytearray(size + reserve)
    field = _read(size)
    buffer[:size] = field
    overwrite(field)
    return buffer


def read_number() -> int:
    """Read a number of 4 octets.  Raises ``EOFError``."""
    number: int = struct.unpack(">I", _read(4))[0]
    return number


def overwrite(buffer: bytearray) -> None:
    """Overwrite a secret."""
    for index in range(len(buffer)):
        buffer[index] = 0


def item(buffer: bytearray) -> Item:
    """Lend octets to NSS; the buffer must outlive the call."""
    if not buffer:
        return Item(0, None, 0)
    return Item(0, ctypes.addressof(ctypes.c_char.from_buffer(buffer)), len(buffer))
