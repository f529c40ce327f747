"""Functions of Windows' libraries with all of their types, and with failures as exceptions.

Without types ctypes cuts a handle to 32 bits; without a check a failure goes unnoticed.  So each
function is declared once, with its result, its arguments and what tells a failure::

    _CRYPT32 = Library("crypt32")
    close_store = _CRYPT32.function("CertCloseStore", BOOL, HANDLE, DWORD, fails=when_zero)

A library is loaded at the first call, and from the system's own folder alone: one that lies beside
the program or in the current folder is never loaded
(learn.microsoft.com/windows/win32/api/libloaderapi/nf-libloaderapi-loadlibraryexw).
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

_LOAD_LIBRARY_SEARCH_SYSTEM32 = 0x800

Check = Callable[[str, Any], None]
"""Gets the function's name and result; raises :class:`WindowsCallError` for a failure."""


class WindowsCallError(Exception):
    """A call into Windows failed.

    ``code`` is what Windows says, as an unsigned number of 32 bits: a Win32 error, an ``HRESULT``
    or a ``SECURITY_STATUS``, whichever the function gives.
    """

    def __init__(self, function: str, code: int) -> None:
        super().__init__(f"{function}: 0x{code & 0xFFFFFFFF:08X}")
        self.function = function
        self.code = code & 0xFFFFFFFF


class Function:
    """One function of a library; called like any other, with ctypes' values."""

    def __init__(
        self, library: Library, name: str, result: Any, arguments: tuple[Any, ...], fails: Check
    ) -> None:
        self._library = library
        self._name = name
        self._result = result
        self._arguments = arguments
        self._fails = fails
        self._bound: Any = None

    def __call__(self, *arguments: Any) -> Any:
        if self._bound is None:
            bound = self._library.symbol(self._name)
            bound.restype = self._result
            bound.argtypes = self._arguments
            bound.errcheck = self._checked
            self._bound = bound
        return self._bound(*arguments)

    def _checked(self, result: Any, _function: object, _arguments: object) -> Any:
        self._fails(self._name, result)
        return result


class Library:
    """One of Windows' libraries, by its name without ``.dll``."""

    def __init__(self, name: str) -> None:
        self._name = name

    def function(self, name: str, result: Any, *arguments: Any, fails: Check) -> Function:
        """Declare a function; ``result`` and ``arguments`` are ctypes' types."""
        return Function(self, name, result, arguments, fails)

    def symbol(self, name: str) -> Any:
        """Return ctypes' own object for one function, a new one at every call.

        Raises ``OSError`` where there is no such library, ``AttributeError`` for no such function.
        """
        return _load(self._name)[name]


def when_zero(function: str, result: Any) -> None:
    """No (``FALSE``) or nothing (``NULL``) is a failure; ``GetLastError`` tells which."""
    if not result:
        raise WindowsCallError(function, last_error())


def when_not_zero(function: str, result: Any) -> None:
    """The result itself is the error: ``SECURITY_STATUS``, ``LSTATUS``, ``HRESULT``."""
    if result:
        raise WindowsCallError(function, result)


def never(_function: str, _result: Any) -> None:
    """The function cannot fail, or its caller reads the result."""


def last_error() -> int:
    """What ``GetLastError`` said right after the last call of this thread."""
    if sys.platform == "win32":
        return ctypes.get_last_error() & 0xFFFFFFFF
    else:  # noqa: RET505  # a type checker for another system must not see what follows
        raise OSError(_NOT_WINDOWS)


_NOT_WINDOWS = "this is not Windows"


@cache
def _load(name: str) -> Any:
    if sys.platform == "win32":
        return ctypes.WinDLL(name, use_last_error=True, winmode=_LOAD_LIBRARY_SEARCH_SYSTEM32)
    else:  # noqa: RET505  # as above
        raise OSError(_NOT_WINDOWS)
