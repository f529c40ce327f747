"""Starting the person's own programs, from whichever process of ours: with their home, not ours."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

PRIVATE_HOME = "certhelper-session-"
"""What the name of every session's private home begins with."""

_SETTLING_S = 2.0
"""A program that is still there after this has not failed to start."""

_HOMES = ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "TMPDIR", "TEMP", "TMP")


def person_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of the person's own session, whoever calls.

    A process of a log-on has a private home that is gone with it; a browser that ran there would
    find neither the person's certificates nor its own settings.
    """
    kept = {
        name: value
        for name, value in environment.items()
        if not (name in _HOMES and PRIVATE_HOME in value)
    }
    if sys.platform != "win32" and "HOME" not in kept:
        import pwd

        kept["HOME"] = pwd.getpwuid(os.getuid()).pw_dir
    return kept


def starts(command: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Start a program that outlives us; whether it did not fail at once.

    It gets nothing of this process but the person's variables: no descriptor, no folder, no
    terminal.
    """
    home = environment.get("USERPROFILE" if sys.platform == "win32" else "HOME")
    try:
        process = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=home if home and Path(home).is_dir() else None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return False
    try:
        return process.wait(_SETTLING_S) == 0
    except subprocess.TimeoutExpired:
        # Somebody must take its status when it ends, or it would stay as a zombie.
        threading.Thread(target=process.wait, name="own-program", daemon=True).start()
        return True
