"""Questions to Windows Management Instrumentation, by COM alone: no PowerShell, no other program.

Interfaces and their order of methods are those of ``wbemcli.h``
(learn.microsoft.com/windows/win32/api/wbemcli); what is asked for is read and nothing else.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import POINTER, byref, c_int32, c_uint16, c_uint32, c_void_p, c_wchar_p
from typing import Any
from uuid import UUID

from certhelper.windows.library import Library, WindowsCallError, never, when_not_zero

_CLSID_WBEM_LOCATOR = UUID("4590f811-1d3a-11d0-891f-00aa004b2e24")
_IID_WBEM_LOCATOR = UUID("dc12a687-737f-11cf-884d-00aa004b2e24")
_CLSCTX_INPROC_SERVER = 0x1
_COINIT_MULTITHREADED = 0x0
_WBEM_FLAG_FORWARD_ONLY = 0x20
_WBEM_FLAG_RETURN_IMMEDIATELY = 0x10
_RPC_C_AUTHN_WINNT = 10
_RPC_C_AUTHN_LEVEL_CALL = 3
_RPC_C_IMP_LEVEL_IMPERSONATE = 3
_VT_BSTR = 8
_NEGATIVE = 0x80000000

# A method has a place in its interface's table, of which the first three are IUnknown's, and
# arguments behind the interface itself.
_RELEASE = (2, ())
_CONNECT_SERVER = (3, (c_void_p, c_void_p, c_void_p, c_void_p, c_int32, *[c_void_p] * 3))
_EXEC_QUERY = (20, (c_void_p, c_void_p, c_int32, c_void_p, c_void_p))
_NEXT = (4, (c_int32, c_uint32, c_void_p, c_void_p))
_GET = (4, (c_wchar_p, c_int32, c_void_p, c_void_p, c_void_p))

_Method = tuple[int, tuple[Any, ...]]


class _Variant(ctypes.Structure):
    """The part of ``VARIANT`` that holds a text."""

    _fields_ = [
        ("kind", c_uint16),
        ("reserved", c_uint16 * 3),
        ("text", c_void_p),
        ("second", c_void_p),
    ]


_OLE32 = Library("ole32")
_OLEAUT32 = Library("oleaut32")
_initialize = _OLE32.function("CoInitializeEx", c_int32, c_void_p, c_uint32, fails=never)
_uninitialize = _OLE32.function("CoUninitialize", None, fails=never)
_create = _OLE32.function(
    "CoCreateInstance",
    c_int32,
    *(c_void_p, c_void_p, c_uint32, c_void_p, POINTER(c_void_p)),
    fails=when_not_zero,
)
_set_blanket = _OLE32.function(
    "CoSetProxyBlanket",
    c_int32,
    *(c_void_p, c_uint32, c_uint32, c_void_p, c_uint32, c_uint32, c_void_p, c_uint32),
    fails=when_not_zero,
)
_make_text = _OLEAUT32.function("SysAllocString", c_void_p, c_wchar_p, fails=never)
_free_text = _OLEAUT32.function("SysFreeString", None, c_void_p, fails=never)
_clear = _OLEAUT32.function("VariantClear", c_int32, POINTER(_Variant), fails=never)


def texts(namespace: str, query: str, name: str, time_limit_ms: int = 900) -> list[str]:
    """Return one property of every object that ``query`` (WQL) finds in ``namespace``.

    What is no text is left out.  ``time_limit_ms`` is for each of them.  Raises
    :class:`~certhelper.windows.library.WindowsCallError`.
    """
    with _com(), _connected(namespace) as services:
        return list(_found(services, query, name, time_limit_ms))


def _found(services: c_void_p, query: str, name: str, time_limit_ms: int) -> Iterator[str]:
    flags = _WBEM_FLAG_FORWARD_ONLY | _WBEM_FLAG_RETURN_IMMEDIATELY
    with _released() as rows, _text("WQL") as language, _text(query) as asked:
        _call("ExecQuery", services, _EXEC_QUERY, language, asked, flags, None, byref(rows))
        while True:
            with _released() as row:
                count = c_uint32()
                _call("Next", rows, _NEXT, time_limit_ms, 1, byref(row), byref(count))
                if not count.value:
                    return
                value = _value(row, name)
            if value is not None:
                yield value


def _value(row: c_void_p, name: str) -> str | None:
    value = _Variant()
    _call("Get", row, _GET, name, 0, byref(value), None, None)
    try:
        is_text = value.kind == _VT_BSTR and value.text
        return ctypes.wstring_at(value.text) if is_text else None
    finally:
        _clear(byref(value))


@contextmanager
def _com() -> Iterator[None]:
    """COM in this thread, as far as nobody has begun it in another manner."""
    began = _initialize(None, _COINIT_MULTITHREADED) & 0xFFFFFFFF < _NEGATIVE
    try:
        yield
    finally:
        if began:
            _uninitialize()


@contextmanager
def _connected(namespace: str) -> Iterator[c_void_p]:
    with _released() as locator, _released() as services, _text(namespace) as where:
        identifiers = [
            (ctypes.c_ubyte * 16).from_buffer_copy(one.bytes_le)
            for one in (_CLSID_WBEM_LOCATOR, _IID_WBEM_LOCATOR)
        ]
        kind, interface = map(byref, identifiers)
        _create(kind, None, _CLSCTX_INPROC_SERVER, interface, byref(locator))
        as_we_are = (None, None, None, 0, None, None)
        _call("ConnectServer", locator, _CONNECT_SERVER, where, *as_we_are, byref(services))
        blanket = (_RPC_C_AUTHN_LEVEL_CALL, _RPC_C_IMP_LEVEL_IMPERSONATE)
        _set_blanket(services, _RPC_C_AUTHN_WINNT, 0, None, *blanket, None, 0)
        yield services


@contextmanager
def _released() -> Iterator[c_void_p]:
    """A place for an interface, which is given back afterwards."""
    pointer = c_void_p()
    try:
        yield pointer
    finally:
        if pointer.value:
            _method(pointer, _RELEASE)(pointer)


@contextmanager
def _text(characters: str) -> Iterator[c_void_p]:
    made = c_void_p(_make_text(characters))
    try:
        yield made
    finally:
        _free_text(made)


def _call(name: str, interface: c_void_p, method: _Method, *arguments: Any) -> None:
    """Call one method; a success that is not ``S_OK`` (no more objects) is one."""
    result = _method(interface, method)(interface, *arguments) & 0xFFFFFFFF
    if result >= _NEGATIVE:
        raise WindowsCallError(name, result)


def _method(interface: c_void_p, method: _Method) -> Any:
    """Return a method of a COM object: its first word leads to the table of them.

    In programs of 64 bits, which ours are, there is one way of calling only.
    """
    place, arguments = method
    table = ctypes.cast(interface, POINTER(POINTER(c_void_p))).contents
    return ctypes.CFUNCTYPE(c_int32, c_void_p, *arguments)(table[place])
