"""Whether this Windows is Wine, which lacks parts of it (docs/windows.md)."""

from __future__ import annotations

import sys


def version() -> str | None:
    """Return Wine's version; None where this is no Wine.

    Wine's own ``ntdll`` exports ``wine_get_version``, Windows' does not
    (wiki.winehq.org/Developer_FAQ: "How can I detect Wine?").
    """
    if sys.platform == "win32":
        import ctypes

        from certhelper.windows.library import Library

        try:
            function = Library("ntdll").symbol("wine_get_version")
        except AttributeError:
            return None
        function.restype = ctypes.c_char_p
        said: bytes = function()
        return said.decode("ascii", "replace")
    else:  # noqa: RET505  # a type checker for another system must not see what is above
        return None
