"""Child process: lists the certificates of an NSS database through NSS's own libsoftokn3.

For databases whose tables :mod:`certhelper.stores.nss` does not know.  Uses the standard library
only.  ``main([DIRECTORY])`` writes for each certificate the nickname and the DER,
each as a length (4 octets, big-endian) and its octets.

Whether a key is there is not asked: without the password libsoftokn3 shows none, and "none shown"
must not be read as "none there".
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

_LIBRARIES = ("libsoftokn3.so", "nss/libsoftokn3.so")

# The directory's own name never reaches the module string, where a quote in it would name another
# database: the process goes there, and the string says ".".  ``noModDB``: pkcs11.txt, which names
# programs to load, is not read.
_PARAMETERS = b"configdir='sql:.' certPrefix='' keyPrefix='' secmod='' flags=readOnly,noModDB"

_CKF_OS_LOCKING_OK = 0x2
_CKF_SERIAL_SESSION = 0x4
_CKO_CERTIFICATE = 0x1
_CKA_CLASS = 0x0
_CKA_LABEL = 0x3
_CKA_VALUE = 0x11
_ABSENT = ctypes.c_ulong(-1).value  # CK_UNAVAILABLE_INFORMATION
_BATCH = 1024

# Places in CK_FUNCTION_LIST (PKCS #11 v2.40, pkcs11f.h), behind the version.
_FUNCTIONS = {
    "C_Initialize": 0,
    "C_Finalize": 1,
    "C_GetSlotList": 4,
    "C_OpenSession": 12,
    "C_GetAttributeValue": 24,
    "C_FindObjectsInit": 26,
    "C_FindObjects": 27,
    "C_FindObjectsFinal": 28,
}

_number = ctypes.c_ulong
_pointer = ctypes.c_void_p


class _Attribute(ctypes.Structure):
    """``CK_ATTRIBUTE``."""

    _fields_ = [("type", _number), ("value", _pointer), ("length", _number)]


class _Arguments(ctypes.Structure):
    """``CK_C_INITIALIZE_ARGS`` with NSS's extra member for the module's parameters."""

    _fields_ = [
        ("create_mutex", _pointer),
        ("destroy_mutex", _pointer),
        ("lock_mutex", _pointer),
        ("unlock_mutex", _pointer),
        ("flags", _number),
        ("parameters", ctypes.c_char_p),
        ("reserved", _pointer),
    ]


class Module:
    """The PKCS #11 functions of libsoftokn3 that are needed."""

    def __init__(self) -> None:
        self._library = _load()
        listed = _pointer()
        self._library.C_GetFunctionList(ctypes.byref(listed))
        self._table = listed.value or 0

    def call(self, name: str, *arguments: Any) -> None:
        """Call a function.  Raises ``OSError`` with its name and PKCS #11 code."""
        code = self._function(name)(*arguments)
        if code:
            raise OSError(f"{name}: {code:#x}")

    def _function(self, name: str) -> Callable[..., int]:
        size = ctypes.sizeof(_pointer)
        address = self._table + size * (1 + _FUNCTIONS[name])
        target = _pointer.from_address(address).value or 0
        return ctypes.CFUNCTYPE(_number)(target)

    def slots(self) -> list[int]:
        count = _number()
        self.call("C_GetSlotList", 1, None, ctypes.byref(count))
        found = (_number * count.value)()
        self.call("C_GetSlotList", 1, found, ctypes.byref(count))
        return list(found[: count.value])

    def certificates(self, slot: int) -> Iterator[tuple[bytes, bytes]]:
        """Yield nickname and DER of each certificate."""
        session = _number()
        flags = _number(_CKF_SERIAL_SESSION)
        self.call("C_OpenSession", _number(slot), flags, None, None, ctypes.byref(session))
        for found in self._objects(session):
            yield (
                self._attribute(session, found, _CKA_LABEL),
                self._attribute(session, found, _CKA_VALUE),
            )

    def _objects(self, session: ctypes.c_ulong) -> list[int]:
        wanted = _number(_CKO_CERTIFICATE)
        template = _Attribute(_CKA_CLASS, ctypes.addressof(wanted), ctypes.sizeof(wanted))
        self.call("C_FindObjectsInit", session, ctypes.byref(template), _number(1))
        batch, count, found = (_number * _BATCH)(), _number(_BATCH), []
        while count.value:
            self.call("C_FindObjects", session, batch, _number(_BATCH), ctypes.byref(count))
            found += batch[: count.value]
        self.call("C_FindObjectsFinal", session)
        return found

    def _attribute(self, session: ctypes.c_ulong, found: int, kind: int) -> bytes:
        """Return an attribute's octets; one that is not there or not readable is empty."""
        get = self._function("C_GetAttributeValue")
        attribute = _Attribute(kind, None, 0)
        get(session, _number(found), ctypes.byref(attribute), _number(1))
        if attribute.length in (0, _ABSENT):
            return b""
        buffer = ctypes.create_string_buffer(attribute.length)
        attribute.value = ctypes.addressof(buffer)
        get(session, _number(found), ctypes.byref(attribute), _number(1))
        return b"" if attribute.length == _ABSENT else buffer.raw[: attribute.length]


def _load() -> ctypes.CDLL:
    for name in _LIBRARIES[:-1]:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue  # some distributions keep it in a folder of its own
    return ctypes.CDLL(_LIBRARIES[-1])


def main(arguments: list[str]) -> int:
    """List the directory that is the only argument; one line on stderr and status 1 otherwise."""
    try:
        _list(*arguments)
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _list(directory: str) -> None:
    os.chdir(directory)
    module = Module()
    arguments = _Arguments(flags=_CKF_OS_LOCKING_OK, parameters=_PARAMETERS)
    module.call("C_Initialize", ctypes.byref(arguments))
    for slot in module.slots():
        for fields in module.certificates(slot):
            for octets in fields:
                sys.stdout.buffer.write(len(octets).to_bytes(4, "big") + octets)
    module.call("C_Finalize", None)
