"""Which PKCS #11 modules this PC has, by p11-kit's configuration (Linux).

Read as p11-kit itself reads it (pkcs11.conf(5); ``p11-kit/conf.c``): a file ``NAME.module`` for
each module, the person's before the administrator's before the distribution's, key by key.  Modules
with ``trust-policy: yes`` hold the roots of the web and no certificates of persons.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_PROGRAM = "certhelper"
"""The name that ``enable-in`` and ``disable-in`` know this program by."""

_NAME = re.compile(r"([0-9A-Za-z][0-9A-Za-z_.-]*)\.module")
_LARGEST = 1 << 16  # octets of one file

Settings = Mapping[str, str]


class Folders(NamedTuple):
    """Where p11-kit looks; ``libraries`` are those that ``module:`` without a folder means."""

    system: Path
    distribution: Path
    person: Path
    libraries: Sequence[Path]


def usual_folders() -> Folders:
    """Return p11-kit's folders as Linux distributions build it."""
    import platform

    person = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    machine = platform.machine()
    named = (f"lib/{machine}-linux-gnu", "lib64", "lib")
    return Folders(
        system=Path("/etc/pkcs11"),
        distribution=Path("/usr/share/p11-kit/modules"),
        person=person / "pkcs11",
        libraries=[Path("/usr") / one / "pkcs11" for one in named],
    )


def modules_of_this_pc(folders: Folders | None = None) -> Sequence[Path]:
    """Return the libraries of the modules, the most important first, none of them twice.

    By their real names, links followed.  One that is configured and missing is among them when it
    is ``critical``; otherwise p11-kit leaves it out without a word, and so does this.  Modules that
    other programs serve (``remote:``) are not: they are commands to be run.
    """
    if sys.platform != "linux" and folders is None:
        return ()
    where = folders or usual_folders()
    found = [(name, one) for name, one in _modules(where).items() if _is_wanted(one)]
    found.sort(key=lambda pair: (-_priority(pair[1]), pair[0]))
    libraries = (_library(settings, where) for _, settings in found)
    return tuple(dict.fromkeys(one for one in libraries if one is not None))


def _is_wanted(settings: Settings) -> bool:
    if not settings.get("module") or "remote" in settings:
        return False
    if settings.get("trust-policy") == "yes":
        return False
    if "enable-in" in settings:
        return _PROGRAM in _names(settings["enable-in"])
    return _PROGRAM not in _names(settings.get("disable-in", ""))


def _names(value: str) -> list[str]:
    return re.split(r"[\s,]+", value)


def _priority(settings: Settings) -> int:
    try:
        return int(settings.get("priority", "0"))
    except ValueError:
        return 0


def _library(settings: Settings, folders: Folders) -> Path | None:
    named = Path(settings["module"])
    if ".." in named.parts and not named.is_absolute():
        return None  # a name without a folder means one of the system's, and leads to no other
    if named.is_absolute():
        candidates = [named]
    else:
        candidates = [folder / named for folder in folders.libraries]
    existing = next((one for one in candidates if one.exists()), None)
    if existing is None and settings.get("critical") == "yes":
        existing = candidates[0]
    return None if existing is None else Path(os.path.realpath(existing))


def _modules(folders: Folders) -> dict[str, dict[str, str]]:
    """Return each module's settings: the first folder that names a key has the say."""
    mode = _mode(folders)
    order = [] if mode == "none" else [folders.person / "modules"]
    if mode != "only":
        order += [folders.system / "modules", folders.distribution]
    found: dict[str, dict[str, str]] = {}
    for folder in order:
        for name, settings in _files(folder):
            found[name] = settings | found.get(name, {})
    return found


def _mode(folders: Folders) -> str:
    """Return ``none``, ``merge`` or ``only``: what of the person's configuration counts.

    Of root and where ``P11_KIT_NO_USER_CONFIG`` is set none does.
    """
    mode = _user_config(_settings(folders.system / "pkcs11.conf"), "merge")
    is_root = sys.platform != "win32" and os.getuid() == 0
    if mode == "none" or is_root or os.environ.get("P11_KIT_NO_USER_CONFIG"):
        return "none"
    return _user_config(_settings(folders.person / "pkcs11.conf"), mode)


def _user_config(settings: Settings, usual: str) -> str:
    mode = settings.get("user-config", usual)
    if mode == "override":  # the older word
        return "only"
    return mode if mode in ("none", "merge", "only") else usual


def _files(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    try:
        files = sorted(folder.iterdir())
    except OSError:  # no such folder, or not ours to read
        return
    for file in files:
        if matched := _NAME.fullmatch(file.name):
            yield matched[1], _settings(file)


def _settings(file: Path) -> dict[str, str]:
    """Return the lines ``key: value``; a file that cannot be read has none."""
    text = ""
    with suppress(OSError):
        text = _octets(file).decode("utf-8", "replace")
    found = {}
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        if colon and not line.lstrip().startswith("#"):
            found[key.strip()] = value.strip()
    return found


def _octets(file: Path) -> bytes:
    """Return what is in a file; nothing of a pipe or a device, which is never waited at.

    Raises ``OSError``.
    """
    if os.name == "nt" and not file.is_file():
        return b""  # Windows has no way to open a thing without waiting for it
    with open(file, "rb", opener=_without_waiting) as opened:
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            return b""
        return opened.read(_LARGEST)


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))
