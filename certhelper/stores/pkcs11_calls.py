"""The calls of a PKCS #11 module that reading needs, for child processes only.

A module is somebody else's program code: it may hang, crash or answer nonsense, so nothing here
runs in the program itself, and nothing that a module says is believed without a bound.  Uses the
standard library only.  Source: PKCS #11 Base Specification v2.40 (OASIS), its headers
``pkcs11t.h`` and ``pkcs11f.h``; on Windows every structure is packed to one octet and a
``CK_ULONG`` has four (section 2.1 of the same; ``ctypes.c_ulong`` is what each system calls long).
"""

from __future__ import annotations

import ctypes
import os
import sys

from certhelper.stores import pkcs11_flags

# Each of the usual imports for types would take these children as long as all of their own code.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import IO, Any

CKO_CERTIFICATE = 0x1
CKO_PRIVATE_KEY = 0x3
CKA_CLASS = 0x0
CKA_LABEL = 0x3
CKA_VALUE = 0x11
CKA_ID = 0x102

LARGEST_VALUE = 1 << 16
"""Octets of one attribute that are taken; the longest certificates have about 10,000."""

MOST_SLOTS = 256
MOST_OBJECTS = 20_000

_CKR_ATTRIBUTE_SENSITIVE = 0x11
_CKR_ATTRIBUTE_TYPE_INVALID = 0x12
_CKR_BUFFER_TOO_SMALL = 0x150
_HAS_NONE = (_CKR_ATTRIBUTE_SENSITIVE, _CKR_ATTRIBUTE_TYPE_INVALID)
_TOLD_AT_LEAST_IN_PART = (0, *_HAS_NONE, _CKR_BUFFER_TOO_SMALL)
_CKR_CANT_LOCK = 0xA
_CKR_ARGUMENTS_BAD = 0x7
_CKR_ALREADY_INITIALIZED = 0x191
_USUAL_SIZE = 1 << 13  # octets; most certificates have fewer, and one call is enough for them
_BATCH = 256
_OUTPUT_ROOM = 1 << 17  # octets that are collected before they are written
_SLOT_TRIES = 3

# Windows: winbase.h and errhandlingapi.h.
_STD_OUTPUT_HANDLE = 0xFFFFFFF5
_NO_DIALOGS = 0x1 | 0x2 | 0x8000  # SEM_FAILCRITICALERRORS, NOGPFAULTERRORBOX, NOOPENFILEERRORBOX

_number = ctypes.c_ulong
_pointer = ctypes.c_void_p
_NOT_TOLD = _number(-1).value  # CK_UNAVAILABLE_INFORMATION
_PACKING = {"_pack_": 1} if sys.platform == "win32" else {}

# Places in CK_FUNCTION_LIST behind the version (pkcs11f.h), and the types of the arguments.
_FUNCTIONS: dict[str, tuple[int, tuple[Any, ...]]] = {
    "C_Initialize": (0, (_pointer,)),
    "C_Finalize": (1, (_pointer,)),
    "C_GetSlotList": (4, (ctypes.c_ubyte, _pointer, _pointer)),
    "C_GetSlotInfo": (5, (_number, _pointer)),
    "C_GetTokenInfo": (6, (_number, _pointer)),
    "C_OpenSession": (12, (_number, _number, _pointer, _pointer, _pointer)),
    "C_CloseSession": (13, (_number,)),
    "C_GetAttributeValue": (24, (_number, _number, _pointer, _number)),
    "C_FindObjectsInit": (26, (_number, _pointer, _number)),
    "C_FindObjects": (27, (_number, _pointer, _number, _pointer)),
    "C_FindObjectsFinal": (28, (_number,)),
}


def structure(name: str, fields: Sequence[tuple[str, Any]]) -> type[ctypes.Structure]:
    """Return a structure as PKCS #11 lays it out on this system."""
    return type(name, (ctypes.Structure,), {**_PACKING, "_fields_": list(fields)})


_Version = structure("CK_VERSION", [("major", ctypes.c_ubyte), ("minor", ctypes.c_ubyte)])
FunctionList = structure("CK_FUNCTION_LIST", [("version", _Version), ("functions", _pointer * 68)])
Attribute = structure("CK_ATTRIBUTE", [("type", _number), ("value", _pointer), ("length", _number)])
Arguments = structure(
    "CK_C_INITIALIZE_ARGS",
    [
        ("create_mutex", _pointer),
        ("destroy_mutex", _pointer),
        ("lock_mutex", _pointer),
        ("unlock_mutex", _pointer),
        ("flags", _number),
        ("reserved", _pointer),
    ],
)
SlotInfo = structure(
    "CK_SLOT_INFO",
    [
        ("description", ctypes.c_char * 64),
        ("manufacturer", ctypes.c_char * 32),
        ("flags", _number),
        ("hardware_version", _Version),
        ("firmware_version", _Version),
    ],
)
TokenInfo = structure(
    "CK_TOKEN_INFO",
    [
        ("label", ctypes.c_char * 32),
        ("manufacturer", ctypes.c_char * 32),
        ("model", ctypes.c_char * 16),
        ("serial", ctypes.c_char * 16),
        ("flags", _number),
        ("counts_and_memory", _number * 10),
        ("hardware_version", _Version),
        ("firmware_version", _Version),
        ("time", ctypes.c_char * 16),
    ],
)


class ModuleRefusedError(Exception):
    """A call gave something else than ``CKR_OK``; ``code`` is what it gave."""

    def __init__(self, function: str, code: int) -> None:
        super().__init__(f"{function}: {code:#x}")
        self.function = function
        self.code = code


class NotPkcs11Error(Exception):
    """The library has no ``C_GetFunctionList``, or it gives nothing."""


class Found:
    """A slot or a token: its flags, and its texts as the module gives them, padding included."""

    def __init__(self, flags: int, *texts: bytes) -> None:
        self.flags = flags
        self.texts = texts


class Session:
    """A session that a block has; nobody is logged in.

    After a failure inside of the block it is left open: its process ends, or begins anew.
    """

    def __init__(self, module: Module, number: int) -> None:
        self._module = module
        self._number = number

    def __enter__(self) -> int:
        return self._number

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._module.call("C_CloseSession", self._number)


class Module:
    """A module whose functions stand in a table; loading it is :func:`load`."""

    def __init__(self, table: int) -> None:
        functions = FunctionList.from_address(table).functions
        self._functions = {
            name: ctypes.CFUNCTYPE(_number, *types)(functions[place] or _refuse(name))
            for name, (place, types) in _FUNCTIONS.items()
        }
        self._templates: dict[tuple[int, ...], _Template] = {}

    def call(self, name: str, *arguments: Any) -> None:
        """Call a function.  Raises :class:`ModuleRefusedError`."""
        code = self._functions[name](*arguments)
        if code:
            raise ModuleRefusedError(name, code)

    def initialize(self) -> None:
        """Begin; a module that knows no locks of the system is asked to do without any."""
        arguments = Arguments(flags=pkcs11_flags.CKF_OS_LOCKING_OK)
        try:
            self.call("C_Initialize", ctypes.addressof(arguments))
        except ModuleRefusedError as error:
            if error.code == _CKR_ALREADY_INITIALIZED:
                return
            if error.code not in (_CKR_CANT_LOCK, _CKR_ARGUMENTS_BAD):
                raise
            self.call("C_Initialize", None)

    def finalize(self) -> None:
        """End what :meth:`initialize` began."""
        self.call("C_Finalize", None)

    def slots(self) -> list[int]:
        """Return the numbers of all slots, the empty ones, too."""
        count = _number()
        for _ in range(_SLOT_TRIES):
            self.call("C_GetSlotList", 0, None, ctypes.addressof(count))
            room = min(count.value, MOST_SLOTS)
            if not room:
                return []
            found, count = (_number * room)(), _number(room)
            try:
                self.call("C_GetSlotList", 0, found, ctypes.addressof(count))
            except ModuleRefusedError as error:  # one came in between; or there are too many
                if error.code != _CKR_BUFFER_TOO_SMALL:
                    raise
                continue
            return list(dict.fromkeys(found[: min(count.value, room)]))
        raise ModuleRefusedError("C_GetSlotList", _CKR_BUFFER_TOO_SMALL)

    def slot(self, slot: int) -> Found:
        """Return a slot's flags and its description."""
        info: Any = SlotInfo()
        self.call("C_GetSlotInfo", slot, ctypes.addressof(info))
        return Found(info.flags, _raw(info, "description"))

    def token(self, slot: int) -> Found:
        """Return a token's flags, and its label, manufacturer, model and serial number."""
        info: Any = TokenInfo()
        self.call("C_GetTokenInfo", slot, ctypes.addressof(info))
        names = ("label", "manufacturer", "model", "serial")
        return Found(info.flags, *(_raw(info, name) for name in names))

    def open_session(self, slot: int) -> int:
        """Open a session that only reads; nobody is logged in.  Returns its number."""
        session = _number()
        flags = pkcs11_flags.CKF_SERIAL_SESSION
        self.call("C_OpenSession", slot, flags, None, None, ctypes.addressof(session))
        return int(session.value)

    def session(self, slot: int) -> Session:
        """Open a session for a block."""
        return Session(self, self.open_session(slot))

    def objects(self, session: int, wanted: int | None = None) -> list[int]:
        """Return the objects, of one class or all, that are visible without a PIN."""
        value = _number(wanted or 0)
        template = Attribute(CKA_CLASS, ctypes.addressof(value), ctypes.sizeof(value))
        count = 0 if wanted is None else 1
        self.call("C_FindObjectsInit", session, ctypes.addressof(template), count)
        batch, came, found = (_number * _BATCH)(), _number(_BATCH), list[int]()
        while came.value and len(found) < MOST_OBJECTS:
            self.call("C_FindObjects", session, batch, _BATCH, ctypes.addressof(came))
            found += batch[: min(came.value, _BATCH)]
        self.call("C_FindObjectsFinal", session)
        return found

    def attributes(self, session: int, found: int, wanted: tuple[int, ...]) -> list[bytes]:
        """Return attributes of an object, empty where it has none, or one of no sensible size.

        One call where all fit into the usual room.  What a module left untouched, as some do once
        an attribute is not as expected, or found too long, is asked for by itself.
        """
        if wanted not in self._templates:
            self._templates[wanted] = _Template(wanted)
        template = self._templates[wanted]
        code = self._functions["C_GetAttributeValue"](session, found, template.address, len(wanted))
        if code not in _TOLD_AT_LEAST_IN_PART:
            raise ModuleRefusedError("C_GetAttributeValue", code)
        return [
            self._attribute(session, found, kind) if value is None else value
            for kind, value in zip(wanted, template.values(code), strict=True)
        ]

    def _attribute(self, session: int, found: int, wanted: int) -> bytes:
        attribute: Any = Attribute(wanted, None, 0)
        try:
            self.call("C_GetAttributeValue", session, found, ctypes.addressof(attribute), 1)
            length = attribute.length
            if length > LARGEST_VALUE:  # CK_UNAVAILABLE_INFORMATION is the largest of all
                return b""
            buffer = ctypes.create_string_buffer(length + 1)
            attribute.value = ctypes.addressof(buffer)
            self.call("C_GetAttributeValue", session, found, ctypes.addressof(attribute), 1)
        except ModuleRefusedError as error:
            if error.code in _HAS_NONE:
                return b""
            raise
        return ctypes.string_at(buffer, min(attribute.length, length))


class _Template:
    """Attributes to be asked for, with room for each, to be used again for every object."""

    def __init__(self, wanted: tuple[int, ...]) -> None:
        self._buffers = [ctypes.create_string_buffer(_USUAL_SIZE) for _ in wanted]
        self._array = (Attribute * len(wanted))()
        self._attributes: list[Any] = list(self._array)
        self.address = ctypes.addressof(self._array)
        for attribute, kind, buffer in zip(self._attributes, wanted, self._buffers, strict=True):
            attribute.type = kind
            attribute.value = ctypes.addressof(buffer)
            attribute.length = _USUAL_SIZE

    def values(self, code: int) -> list[bytes | None]:
        """Return what a call filled in, and make room again; None: to be asked for by itself."""
        values: list[bytes | None] = []
        for attribute, buffer in zip(self._attributes, self._buffers, strict=True):
            length = attribute.length
            attribute.length = _USUAL_SIZE
            if length < _USUAL_SIZE:
                values.append(ctypes.string_at(buffer, length))
            else:
                values.append(b"" if length == _NOT_TOLD and code in _HAS_NONE else None)
        return values


def load(path: Path | str) -> Module:
    """Load a module's library.  Raises as :func:`table_of`."""
    return Module(table_of(path))


def table_of(path: Path | str) -> int:
    """Load a module's library and return where its ``CK_FUNCTION_LIST`` stands.

    Raises ``OSError`` where it is not to be loaded, with the loader's words, and
    :class:`NotPkcs11Error`.
    """
    library = ctypes.CDLL(str(path))
    try:
        get_list = library.C_GetFunctionList
    except AttributeError as error:
        raise NotPkcs11Error from error
    get_list.restype, get_list.argtypes = _number, (_pointer,)
    table = _pointer()
    if get_list(ctypes.addressof(table)) or not table.value:
        raise NotPkcs11Error
    return table.value


def number(value: int) -> bytes:
    """Return the octets of a ``CK_ULONG``, as they stand in an attribute."""
    return bytes(_number(value))


def own_stdout() -> IO[bytes]:
    """Return stdout for the answers alone: what a module prints goes nowhere."""
    own = os.fdopen(os.dup(1), "wb", _OUTPUT_ROOM)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    if sys.platform == "win32":
        kernel = ctypes.WinDLL("kernel32")
        # A C library of the module's own starts from Windows' handle.
        kernel.SetStdHandle(ctypes.c_uint32(_STD_OUTPUT_HANDLE), None)
        # A crash ends this process without a dialog that nobody would see.
        kernel.SetErrorMode(_NO_DIALOGS)
    return own


def _raw(info: ctypes.Structure, name: str) -> bytes:
    """Return a text of fixed length whole; ctypes itself would cut it at a NUL."""
    field = getattr(type(info), name)
    return ctypes.string_at(ctypes.addressof(info) + field.offset, field.size)


def _refuse(name: str) -> int:
    raise NotPkcs11Error(name)
