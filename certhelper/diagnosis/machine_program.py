"""Versions: of this program, of what it is made of, and of the browsers of this PC."""

from __future__ import annotations

import mmap
import platform
import re
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path

from certhelper import __version__, engine_age, starting
from certhelper.browsers import installed, standard
from certhelper.browsers.installed import InstalledBrowser
from certhelper.browsers.kinds import Browser
from certhelper.diagnosis.machine_facts import KEYS, Source, word
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import Facts, Phrase, Told, Value, phrase, plain
from certhelper.outside_programs import person_environment

_NSS = re.compile(rb"Version: NSS ([0-9]+(?:\.[0-9]+)+)")
_NSS_LIBRARIES = ("usr/lib/*/libnss3.so", "usr/lib64/libnss3.so", "usr/lib/libnss3.so")


def _program(_: Scene) -> Told:
    kind = "built" if starting.is_built() else "by-python"
    return phrase(f"{KEYS}.program.{kind}", version=__version__)


def _python(_: Scene) -> Value:
    return plain(f"{platform.python_implementation()} {platform.python_version()}")


def _package(name: str) -> Source:
    """A built program carries no records of its packages; then the package itself is asked."""

    def find(_: Scene) -> Value:
        try:
            return plain(metadata.version(name))
        except metadata.PackageNotFoundError:
            module = __import__(name)
            return plain(module.__version__)

    return Source(name, find)


def _engine(_: Scene) -> Value:
    return plain(f"PySide6 {engine_age.engine().pyside6}, {engine_age.engine().line()}")


def _age(scene: Scene) -> Phrase:
    engine = engine_age.engine()
    is_old = engine.is_old(scene.at, 0)
    return phrase(f"{KEYS}.age.{'old' if is_old else 'new'}", days=engine.age_days(scene.at))


def nss_version(root: Path) -> str:
    """Return the version of the system's NSS, empty where there is none.

    It is read in the library's file: to load it would bring its state into this process.
    Raises ``OSError``.
    """
    for pattern in _NSS_LIBRARIES:
        for path in sorted(root.glob(pattern)):
            with (
                path.open("rb") as file,
                mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as octets,
            ):
                found = _NSS.search(octets)
                if found is not None:
                    return found[1].decode("ascii")
    return ""


def _nss(scene: Scene) -> Value | None:
    found = nss_version(scene.root)
    return plain(f"NSS {found}") if found else None


def browsers(scene: Scene) -> tuple[InstalledBrowser, ...]:
    """Return the browsers of this PC with their versions; each is asked once in a diagnosis."""

    def ask() -> tuple[InstalledBrowser, ...]:
        there = installed.present(scene.environment)
        with ThreadPoolExecutor(len(Browser), "browser") as pool:
            asked = pool.map(lambda one: installed.find(one, scene.environment), there)
            return tuple(one for one in asked if one is not None)

    return scene.once("installed-browsers", ask)


def _browsers(scene: Scene) -> Facts:
    return tuple(_browser(one) for one in browsers(scene))


def _browser(one: InstalledBrowser) -> tuple[str, Told]:
    version = plain(one.version) if one.version else word("unknown")
    return f"browsers.name.{one.browser.value}", version


def _standard(scene: Scene) -> Told:
    chosen = standard.find(person_environment(scene.environment))
    return word("unknown") if chosen is None else Phrase(f"browsers.name.{chosen.value}")


def _none(scene: Scene) -> Told | None:
    return None if installed.present(scene.environment) else word("none")


SOURCES = (
    Source("program", _program),
    Source("python", _python),
    Source("engine", _engine),
    Source("engine-age", _age),
    _package("cryptography"),
    Source("nss", _nss),
)

BROWSERS = (
    Source("browsers", _browsers),
    Source("no-browser", _none),
    Source("standard-browser", _standard),
)
