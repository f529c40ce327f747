"""What this PC and this program are, as far as it may be told to others."""

from __future__ import annotations

import os
import platform
from typing import Any

from certhelper import __version__, engine_age, starting
from certhelper.logon import environment
from certhelper.windows import wine


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
        "wine": wine.version(),
    }
