"""Letting another process of ours come to the front by itself, once.

Windows lets only the program in front hand this right over (``AllowSetForegroundWindow``,
learn.microsoft.com/windows/win32/api/winuser/nf-winuser-allowsetforegroundwindow).  Elsewhere a
new window comes to the front without it.
"""

from __future__ import annotations

import sys

_ANY_PROCESS = 0xFFFFFFFF
"""``ASFW_ANY``: the session window belongs to a grandchild whose number we do not know."""


def hand_over() -> None:
    """Let the next window of any process come to the front, until the person's next input."""
    if sys.platform == "win32":
        import ctypes

        function = ctypes.WinDLL("user32").AllowSetForegroundWindow
        function.argtypes = [ctypes.c_uint32]
        function.restype = ctypes.c_int
        function(_ANY_PROCESS)
