"""Child process: makes an NSS database with certificates and keys, through libnss3.

Started by :mod:`certhelper.stores.nss_database`; uses the standard library only.  What to make
arrives on standard input, because keys and the password must not stand in arguments, environment
or files::

    password:  length (4 octets, big-endian), octets
    count:     4 octets
    entries:   for nickname (UTF-8), certificate (DER) and key (PKCS#8 DER): length, octets

A length of 0 means none.  The answer is one JSON object on standard output: ``{"made": N}`` or
``{"failed": STEP, "entry": INDEX or null, "error": NSS's error number}``.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import sqlite3
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

_NO_MODULE_DATABASE = 0x4  # NSS_INIT_NOMODDB
_NO_ROOT_MODULE = 0x10  # NSS_INIT_NOROOTINIT
_OPTIMIZE_SPACE = 0x20  # NSS_INIT_OPTIMIZESPACE
_ALL_KEY_USAGES = 0xFF  # certt.h: every KU_ bit; the certificate limits what the key is used for
_MANY = 100  # entries


class _Item(ctypes.Structure):
    """``SECItem`` (seccomon.h)."""

    _fields_ = [
        ("type", ctypes.c_int),
        ("data", ctypes.c_void_p),
        ("len", ctypes.c_uint),
    ]


class _FailedStepError(Exception):
    def __init__(self, step: str, error: int, entry: int | None = None) -> None:
        super().__init__(step)
        self.step = step
        self.error = error
        self.entry = entry


class _Nss:
    """The few functions of libnss3 that are needed, with their types."""

    def __init__(self) -> None:
        library = ctypes.CDLL("libnss3.so")
        pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
        item = ctypes.POINTER(_Item)

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
            *(number, pointer, item, item, item, number, number, ctypes.c_uint, pointer),
        )
        self.import_certificate = function(
            "PK11_ImportDERCert", number, pointer, item, ctypes.c_ulong, text, number
        )
        self.decode = function(
            "CERT_NewTempCertificate", pointer, pointer, item, text, number, number
        )
        self.default_database = function("CERT_GetDefaultCertDB", pointer)
        self.destroy_certificate = function("CERT_DestroyCertificate", None, pointer)
        self.public_key = function("CERT_ExtractPublicKey", pointer, pointer)
        self.destroy_public_key = function("SECKEY_DestroyPublicKey", None, pointer)
        self.import_public_key = function(
            "PK11_ImportPublicKey", ctypes.c_ulong, pointer, pointer, number
        )


def _read(size: int) -> bytearray:
    """Read exactly ``size`` octets of standard input into a buffer that can be overwritten."""
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


def _read_field(reserve: int = 0) -> bytearray:
    """Read a length and its octets; ``reserve`` zero octets are kept free behind them."""
    size = _read_number()
    if not reserve:
        return _read(size)
    buffer = bytearray(size + reserve)
    field = _read(size)
    buffer[:size] = field
    _overwrite(field)
    return buffer


def _read_number() -> int:
    number: int = struct.unpack(">I", _read(4))[0]
    return number


def _overwrite(buffer: bytearray) -> None:
    for index in range(len(buffer)):
        buffer[index] = 0


def _item(buffer: bytearray) -> _Item:
    if not buffer:
        return _Item(0, None, 0)
    return _Item(0, ctypes.addressof(ctypes.c_char.from_buffer(buffer)), len(buffer))


def _add(nss: _Nss, slot: int, entry: int, with_public_key: bool) -> None:
    nickname, certificate, key = _read_field(), _read_field(), _read_field()
    name = bytes(nickname)
    if key:
        refused = nss.import_key(
            slot, _item(key), _item(nickname), None, True, True, _ALL_KEY_USAGES, None
        )
        _overwrite(key)
        if refused:
            raise _FailedStepError("key", nss.error(), entry)
    if nss.import_certificate(slot, _item(certificate), 0, name, False):
        raise _FailedStepError("certificate", nss.error(), entry)
    if key and with_public_key:
        _add_public_key(nss, slot, entry, certificate)


def _add_public_key(nss: _Nss, slot: int, entry: int, certificate: bytearray) -> None:
    """Store the public key too, as pk12util does.

    NSS cannot see a private key before the password is given; then the public key is what tells
    it that a certificate is the person's own.
    """
    decoded = nss.decode(nss.default_database(), _item(certificate), None, False, True)
    public_key = nss.public_key(decoded) if decoded else None
    if not public_key or not nss.import_public_key(slot, public_key, True):
        raise _FailedStepError("public-key", nss.error(), entry)
    nss.destroy_public_key(public_key)
    nss.destroy_certificate(decoded)


@contextmanager
def _helping_index(count: int) -> Iterator[None]:
    """Keep many entries from taking quadratic time.

    Before NSS stores a certificate it looks for one with its issuer and serial number, and NSS's
    own index knows issuers only: with one issuer for all, every search reads every row (5,000
    entries: 74 s without this index, 7 s with it).  The index is gone again in the finished file.
    """
    if count < _MANY:
        yield
        return
    _in_certificates("CREATE INDEX certhelper_while_making ON nssPublic (a81, a82)")
    yield
    _in_certificates("DROP INDEX certhelper_while_making")


def _in_certificates(statement: str) -> None:
    with closing(sqlite3.connect("cert9.db", isolation_level=None)) as connection:
        connection.execute(statement)


def _make(directory: str) -> int:
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # keys pass through this memory
    os.chdir(directory)  # so that NSS sees "." and never the directory's own name
    nss = _Nss()
    flags = _NO_MODULE_DATABASE | _NO_ROOT_MODULE | _OPTIMIZE_SPACE
    if nss.initialize(b"sql:.", b"", b"", b"", flags):
        raise _FailedStepError("open", nss.error())
    slot = nss.internal_slot()
    password = _read_field(reserve=1)  # NSS wants a NUL at the end
    protected = len(password) > 1
    view = (ctypes.c_char * len(password)).from_buffer(password)
    refused = nss.set_password(slot, None, ctypes.addressof(view))
    _overwrite(password)
    if refused:
        raise _FailedStepError("password", nss.error())
    count = _read_number()
    with _helping_index(count):
        for entry in range(count):
            _add(nss, slot, entry, protected)
    nss.free_slot(slot)
    if nss.shut_down():
        raise _FailedStepError("close", nss.error())
    return count


def main(arguments: list[str]) -> int:
    """Make the database in the directory that is the only argument; print the answer."""
    try:
        answer: dict[str, object] = {"made": _make(*arguments)}
    except _FailedStepError as failure:
        answer = {"failed": failure.step, "entry": failure.entry, "error": failure.error}
    except OSError as failure:  # ctypes found no libnss3
        answer = {"failed": "library", "entry": None, "error": 0, "text": str(failure)}
    sys.stdout.write(json.dumps(answer))
    return 0
