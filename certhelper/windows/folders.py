"""Windows' own folders, as the system says and not the environment."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any
from uuid import UUID

from certhelper.windows.library import Library, never, when_not_zero

_PROGRAM_FILES = UUID("905e63b6-c1bf-494e-b29c-65b732d3d21a")
"""``FOLDERID_ProgramFiles``; for a program of 64 bits that of 64-bit programs
(learn.microsoft.com/windows/win32/shell/knownfolderid)."""

_GET_KNOWN_FOLDER = Library("shell32").function(
    "SHGetKnownFolderPath",
    ctypes.c_int32,
    *(ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p, ctypes.c_void_p),
    fails=when_not_zero,
)
_FREE = Library("ole32").function("CoTaskMemFree", None, ctypes.c_void_p, fails=never)


def program_files() -> Path:
    """Return the folder ``Program Files``, wherever it is; an ordinary user cannot write there.

    Raises :class:`~certhelper.windows.library.WindowsCallError`.
    """
    identifier = (ctypes.c_ubyte * 16).from_buffer_copy(_PROGRAM_FILES.bytes_le)
    found = ctypes.c_void_p()
    try:
        # The name must be freed even when the call has failed, says its documentation.
        _GET_KNOWN_FOLDER(identifier, 0, None, ctypes.byref(found))
        path = _text(found)
    finally:
        _FREE(found)
    return Path(path)


def _text(pointer: Any) -> str:
    return ctypes.wstring_at(pointer.value)
