"""Words for a person where the program has no console: a message box of Windows itself."""

from __future__ import annotations

import ctypes

from certhelper.windows.library import Library, when_zero

_MB_ICONWARNING = 0x30
_MB_SETFOREGROUND = 0x10000

# learn.microsoft.com/windows/win32/api/winuser/nf-winuser-messageboxw
_message_box = Library("user32").function(
    "MessageBoxW",
    ctypes.c_int,
    ctypes.c_void_p,
    ctypes.c_wchar_p,
    ctypes.c_wchar_p,
    ctypes.c_uint,
    fails=when_zero,
)


def show(title: str, words: str) -> None:
    """Show the words and wait until the person has closed them.

    Raises :class:`~certhelper.windows.library.WindowsCallError` where no window can be shown.
    """
    _message_box(None, words, title, _MB_ICONWARNING | _MB_SETFOREGROUND)
