"""What a session process inherits: only what was chosen."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from certhelper.logon import environment

HOSTILE = {
    "QTWEBENGINE_CHROMIUM_FLAGS": "--no-sandbox --remote-debugging-port=9222",
    "QTWEBENGINE_REMOTE_DEBUGGING": "9222",
    "QTWEBENGINEPROCESS_PATH": "/somewhere/else",
    "SSLKEYLOGFILE": "/somewhere/keys",
    "QT_PLUGIN_PATH": "/somewhere",
    "QML2_IMPORT_PATH": "/somewhere",
    "LD_PRELOAD": "/somewhere/lib.so",
    "LD_LIBRARY_PATH": "/somewhere",
    "PYTHONPATH": "/somewhere",
    "PYTHONSTARTUP": "/somewhere.py",
    "NSS_DEFAULT_DB_TYPE": "dbm",
    "PATH": "/somewhere",
    "HOME": "/home/person",
    "XDG_CONFIG_HOME": "/home/person/.config",
}


def test_hostile_values_do_not_get_in() -> None:
    """Switches, key logs, preloads and search paths of the outside end at the door."""
    built = environment.built(HOSTILE, Path("/private"))
    assert not set(HOSTILE.values()) & set(built.values())
    if sys.platform == "win32":
        assert set(built) & set(HOSTILE) == {"PATH"}
    else:
        assert built["HOME"] == "/private"
        assert set(built) & set(HOSTILE) == {"PATH", "HOME", "XDG_CONFIG_HOME"}


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("unix:path=/run/user/1000/bus", True),
        ("unix:abstract=/somewhere/dbus-1,guid=00;tcp:host=localhost,port=1", True),
        ("unixexec:path=/somewhere/program,argv1=x", False),
        ("unix:path=/nowhere;UNIXEXEC:path=/somewhere/program", False),
        ("autolaunch:", False),
    ],
)
def test_a_session_bus_is_reached_and_never_started(address: str, kept: bool) -> None:
    """An address that names a program to start does not get in."""
    built = environment.built({"DBUS_SESSION_BUS_ADDRESS": address}, Path("/private"))
    assert ("DBUS_SESSION_BUS_ADDRESS" in built) is kept


def test_programs_are_found_in_the_systems_folders_only() -> None:
    """Never in the current folder, where a download may lie."""
    built = environment.built(os.environ, Path("/private"))
    folders = built["PATH"].split(os.pathsep)
    assert folders
    assert all(Path(folder).is_absolute() for folder in folders)


def test_the_desktop_gets_what_it_needs() -> None:
    """Display, session bus, input method, locale and proxy are handed on."""
    needed = {
        "DISPLAY": ":0",
        "WAYLAND_DISPLAY": "wayland-0",
        "DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/bus",
        "QT_IM_MODULE": "fcitx",
        "XMODIFIERS": "@im=fcitx",
        "LANG": "ja_JP.UTF-8",
        "LC_TIME": "ja_JP.UTF-8",
        "https_proxy": "http://proxy.example:3128",
    }
    built = environment.built(needed, Path("/private"))
    assert needed.items() <= built.items()


@pytest.mark.parametrize(("root", "kept"), [(True, True), (False, False)])
def test_the_sandbox_can_be_switched_off_for_root_only(
    root: bool, kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The override of the tests means nothing for an ordinary user."""
    monkeypatch.setattr(environment, "runs_as_root", lambda: root)
    built = environment.built({environment.SANDBOX_OFF: "1"}, Path("/private"))
    assert (environment.SANDBOX_OFF in built) is kept
