"""The system itself: which one, how its person sits before it, and what guards it."""

from __future__ import annotations

import locale
import os
import platform
import sys
from datetime import UTC, datetime

from certhelper import moment, texts
from certhelper.diagnosis.machine_facts import KEYS, Source, word, yes_or_no
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import Facts, Kind, Phrase, Told, Value, phrase, plain
from certhelper.logon import environment
from certhelper.safe_text import safe
from certhelper.windows import this_pc, wine

_SECURITY_CENTER = r"root\SecurityCenter2"
_ANTIVIRUS = "SELECT displayName FROM AntiVirusProduct"
_SESSIONS = "run/systemd/sessions"
_SCALES = ("QT_SCALE_FACTOR", "QT_SCREEN_SCALE_FACTORS", "GDK_SCALE")


def _system(scene: Scene) -> Value:
    if sys.platform == "win32":
        found = this_pc.system()
        return plain(f"{found.name} {found.version} ({found.build})")
    if sys.platform == "darwin":
        return plain(f"macOS {platform.mac_ver()[0]}")
    name = _os_release(scene).get("PRETTY_NAME", "")
    return plain(safe(f"{name} ({platform.system()} {platform.release()})".strip()))


def _os_release(scene: Scene) -> dict[str, str]:
    """``freedesktop_os_release`` of Python looks below ``/`` only."""
    for name in ("etc/os-release", "usr/lib/os-release"):
        try:
            lines = (scene.root / name).read_text("utf-8").splitlines()
        except FileNotFoundError:
            continue
        pairs = (line.partition("=") for line in lines)
        return {key: value.strip("\"'") for key, _, value in pairs}
    return {}


def _architecture(scene: Scene) -> Value:
    """Windows tells it in two variables, the first only to programs of another kind than itself."""
    if sys.platform == "win32":
        outside = scene.environment
        machine = outside.get("PROCESSOR_ARCHITEW6432") or outside.get("PROCESSOR_ARCHITECTURE")
    else:
        machine = platform.machine()
    return plain(safe(f"{machine or '?'}, {64 if sys.maxsize > 2**32 else 32} bit"))


def _wine(_: Scene) -> Value | None:
    version = wine.version()
    return None if version is None else plain(version)


def _began(_: Scene) -> Value:
    import psutil

    return plain(moment.in_japan(datetime.fromtimestamp(psutil.boot_time(), UTC)))


def _computer(_: Scene) -> Value:
    return Value(Kind.COMPUTER, safe(computer_name()) or "?")


def computer_name() -> str:
    """Return the name of this PC.

    Not by :mod:`platform`, which asks Windows' WMI from Python 3.12 on: two threads that did so
    kept each other, and with them the whole program, waiting for ever (seen with 3.13 in Wine).
    """
    if sys.platform == "win32":
        from certhelper.windows import account

        return account.computer()
    else:  # noqa: RET505  # a type checker for another system must not see what is above
        return platform.node()


def remote_means(scene: Scene) -> tuple[str, ...]:
    """Return by what the person sits before another screen than this PC's; empty: by nothing.

    The names are those of ``[remote]``: ``rdp``, ``watched``, ``xrdp``, ``ssh``, ``vnc``,
    ``remote`` (the system says so, not by what).  Other programs of remote support are not seen.
    """
    if sys.platform == "win32":
        asked = (("rdp", this_pc.is_remote()), ("watched", this_pc.is_watched()))
        return tuple(name for name, is_so in asked if is_so)
    outside = scene.environment
    asked = (
        ("xrdp", "XRDP_SESSION" in outside),
        ("ssh", bool(outside.get("SSH_CONNECTION") or outside.get("SSH_TTY"))),
        ("vnc", "VNCDESKTOP" in outside),
    )
    found = tuple(name for name, is_so in asked if is_so)
    return found or (("remote",) if _is_remote_to_logind(scene) else ())


def _is_remote_to_logind(scene: Scene) -> bool:
    """As ``loginctl show-session`` tells it (systemd, ``sd-login``)."""
    session = scene.environment.get("XDG_SESSION_ID", "")
    if not session.isalnum():
        return False
    try:
        lines = (scene.root / _SESSIONS / session).read_text("utf-8").splitlines()
    except OSError:
        return False
    return "REMOTE=1" in lines


def _remote(scene: Scene) -> Told | Facts:
    means = remote_means(scene)
    if not means:
        return word("no")
    return tuple((f"{KEYS}.fact.remote", Phrase(f"{KEYS}.remote.{one}")) for one in means)


def _display(scene: Scene) -> Told:
    if not environment.has_display(scene.environment):
        return word("none")
    if not sys.platform.startswith("linux"):
        return word("standard")
    return plain("Wayland" if scene.environment.get("WAYLAND_DISPLAY") else "X11")


def _scale(scene: Scene) -> Told:
    if sys.platform == "win32":
        scale = this_pc.screen_scale()
        return word("unknown") if scale is None else plain(f"{scale}%")
    given = [f"{name}={scene.environment[name]}" for name in _SCALES if name in scene.environment]
    return plain(safe(", ".join(given))) if given else word("standard")


def _locale(_: Scene) -> Value:
    if sys.platform == "win32":
        return plain(f"{safe(this_pc.locale())}, {this_pc.code_page()}")
    return plain(safe(f"{os.environ.get('LC_ALL') or os.environ.get('LANG') or '-'}"))


def _language(_: Scene) -> Value:
    return plain(f"{texts.language()}, {locale.getencoding()}")


def _time_zone(scene: Scene) -> Phrase:
    here = scene.at.astimezone()
    name = this_pc.time_zone() if sys.platform == "win32" else here.tzname() or "?"
    return phrase(f"{KEYS}.zone", name=safe(name), offset=f"{here:%z}")


def _antivirus(_: Scene) -> Told | Facts | None:
    """Only Windows names them; elsewhere this fact is left out."""
    if sys.platform == "win32":
        return _named_by_security_center()
    else:  # noqa: RET505  # a type checker for another system must not see what is above
        return None


def _named_by_security_center() -> Told | Facts:
    """Never tried where there is a Security Center: Windows Server has none, nor has Wine."""
    from certhelper.windows import wmi
    from certhelper.windows.library import WindowsCallError

    try:
        names = wmi.texts(_SECURITY_CENTER, _ANTIVIRUS, "displayName")
    except WindowsCallError as error:
        return phrase(f"{KEYS}.no-security-center", code=f"0x{error.code:08X}")
    if not names:
        return word("none")
    return tuple((f"{KEYS}.fact.antivirus", plain(safe(name))) for name in dict.fromkeys(names))


def _dumps(_: Scene) -> Phrase:
    """Whether a crash would leave memory behind; this program forbids it before every secret."""
    if sys.platform == "win32":
        return yes_or_no(this_pc.keeps_dumps())
    else:  # noqa: RET505  # a type checker for Windows must not see what follows
        import resource

        return yes_or_no(resource.getrlimit(resource.RLIMIT_CORE)[0] != 0)


SOURCES = (
    Source("system", _system),
    Source("architecture", _architecture),
    Source("wine", _wine),
    Source("computer", _computer),
    Source("began", _began),
    Source("remote", _remote),
    Source("display", _display),
    Source("scale", _scale),
    Source("locale", _locale),
    Source("language", _language),
    Source("time-zone", _time_zone),
)

PROTECTION = (Source("antivirus", _antivirus), Source("dumps", _dumps))
