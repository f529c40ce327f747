"""What this PC and this program are, as far as it may be told to others."""

from __future__ import annotations

import os
import platform
import sys
from typing import Any

from certhelper import __version__, engine_age, starting
from certhelper.logon import environment


def facts() -> dict[str, Any]:
    """Return versions and circumstances as plain JSON values; nothing in them names anybody."""
    engine = engine_age.engine()
    return {
        "certhelper": __version__,
        "engine": f"PySide6 {engine.pyside6}",
        "chromium": engine.chromium,
        "chromium_security_patch": engine.chromium_security_patch,
        "engine_built": engine.built.isoformat(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "built": starting.is_built(),
        "display": environment.has_display(os.environ),
        "root": environment.runs_as_root(),
        "wine": wine_version(),
    }


def wine_version() -> str | None:
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
        version: bytes = function()
        return version.decode("ascii", "replace")
    else:  # noqa: RET505  # a type checker for another system must not see what is above
        return None
