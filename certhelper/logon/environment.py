"""The environment of a session process: built, not inherited.

A variable of the outside could switch the sandbox off, log the TLS keys, or load a foreign
library or plugin.  Only what the desktop needs is handed on.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

_ON_LINUX = sys.platform.startswith("linux")
_BUS = "DBUS_SESSION_BUS_ADDRESS"
_BUS_STARTS = frozenset({"unixexec", "autolaunch", "launchd"})
SANDBOX_OFF = "QTWEBENGINE_DISABLE_SANDBOX"

_HANDED_ON = frozenset(
    {
        # display and desktop
        "DISPLAY",
        "WAYLAND_DISPLAY",
        "XAUTHORITY",
        "XDG_RUNTIME_DIR",
        "XDG_CURRENT_DESKTOP",
        "XDG_SESSION_TYPE",
        "DESKTOP_SESSION",
        _BUS,
        "QT_SCALE_FACTOR",
        "QT_SCREEN_SCALE_FACTORS",
        # input method
        "QT_IM_MODULE",
        "QT_IM_MODULES",
        "GTK_IM_MODULE",
        "XMODIFIERS",
        # locale
        "LANG",
        "LANGUAGE",
        "TZ",
        # proxy
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "no_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        # Windows: what a process cannot start without, where the person's own certificates and
        # keys are, and what the programs of card readers look up
        "SYSTEMROOT",
        "WINDIR",
        "SYSTEMDRIVE",
        "COMSPEC",
        "PATHEXT",
        "USERNAME",
        "USERDOMAIN",
        "COMPUTERNAME",
        "USERPROFILE",
        "HOMEDRIVE",
        "HOMEPATH",
        "APPDATA",
        "LOCALAPPDATA",
        "PROGRAMDATA",
        "ALLUSERSPROFILE",
        "PROGRAMFILES",
        "PROGRAMFILES(X86)",
        "COMMONPROGRAMFILES",
        "NUMBER_OF_PROCESSORS",
        "PROCESSOR_ARCHITECTURE",
    }
)


def built(outside: Mapping[str, str], home: Path) -> dict[str, str]:
    """Return the environment of a session whose private home is ``home``."""
    environment = {
        name: value
        for name, value in outside.items()
        if (name in _HANDED_ON or name.startswith("LC_")) and not _starts_programs(name, value)
    }
    environment["PATH"] = _path(outside)
    if sys.platform == "win32":
        environment |= {"TEMP": str(home), "TMP": str(home)}
    else:
        environment |= {
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_CACHE_HOME": str(home / "cache"),
            "XDG_DATA_HOME": str(home / "data"),
            "TMPDIR": str(home),
        }
    if sandbox_is_off(outside):
        environment[SANDBOX_OFF] = "1"
    return environment


def _starts_programs(name: str, value: str) -> bool:
    """A bus address may name a program to be started (D-Bus Specification, *unixexec*)."""
    return name == _BUS and any(
        one.partition(":")[0] in _BUS_STARTS for one in value.lower().split(";")
    )


def _path(outside: Mapping[str, str]) -> str:
    """The system's own programs; what Python calls the default on Windows begins with "."."""
    if sys.platform == "win32":
        system = outside.get("SYSTEMROOT", r"C:\Windows")
        return rf"{system}\System32;{system}"
    else:  # noqa: RET505  # a type checker for another system must not see what follows
        return os.defpath


def runs_as_root() -> bool:
    """Whether Chromium would refuse to start its sandbox for this user."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def sandbox_is_off(outside: Mapping[str, str]) -> bool:
    """Whether the browser will run without its sandbox: root may ask for that, nobody else."""
    return runs_as_root() and outside.get(SANDBOX_OFF) == "1"


def display_answers(outside: Mapping[str, str]) -> bool:
    """Whether the X server that ``DISPLAY`` names lets us in; Qt ends the process otherwise.

    Asked with libxcb, which Qt's own plugin needs; where it is missing Qt has to say so.
    """
    if not _ON_LINUX or outside.get("WAYLAND_DISPLAY"):
        return True
    import ctypes  # not on the way to a first picture that needs no answer

    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(os.fsencode(outside.get("DISPLAY", "")), None)
    answers = bool(xcb.xcb_connection_has_error(connection) == 0)
    xcb.xcb_disconnect(connection)
    return answers


def has_display(outside: Mapping[str, str]) -> bool:
    """Whether a window can be shown (on Windows and macOS it is taken for granted)."""
    if not _ON_LINUX:
        return True
    if outside.get("QT_QPA_PLATFORM") == "offscreen":
        return False
    return bool(outside.get("DISPLAY") or outside.get("WAYLAND_DISPLAY"))
