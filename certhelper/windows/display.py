"""Keeping a window out of what others see of the screen: captures, recordings, screen sharing.

Best effort, as Microsoft says of it: a camera in front of the screen, another way of capturing or
a program inside this process still see it
(learn.microsoft.com/windows/win32/api/winuser/nf-winuser-setwindowdisplayaffinity).
"""

from __future__ import annotations

import ctypes

from certhelper.windows.library import Library, WindowsCallError, when_zero

BLACK_ELSEWHERE = 0x01
"""``WDA_MONITOR``: shows on the monitor; in a capture there is a black place."""

NOT_ELSEWHERE = 0x11
"""``WDA_EXCLUDEFROMCAPTURE``, from Windows 10 version 2004 on: a capture shows what is behind."""

_SET_AFFINITY = Library("user32").function(
    "SetWindowDisplayAffinity", ctypes.c_int32, ctypes.c_void_p, ctypes.c_uint32, fails=when_zero
)


def exclude_from_capture(window: int) -> None:
    """Let this top-level window of ours (``HWND``) show on the monitor and nowhere else.

    Raises :class:`~certhelper.windows.library.WindowsCallError` where Windows does not do it.
    """
    try:
        _SET_AFFINITY(window, NOT_ELSEWHERE)
    except WindowsCallError:
        _SET_AFFINITY(window, BLACK_ELSEWHERE)
