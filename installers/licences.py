"""The licence notices that go with a built program: every part in it, its licence, its source.

The texts come from the packages themselves.  A part whose package carries none stands in a table
here, with the reason and with where its texts and source are.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.message import Message
from importlib.metadata import Distribution, MetadataPathFinder
from pathlib import Path

from installers.checkout.environment import LOCKS
from installers.checkout.words import SetUpError, say

INDEX = "INDEX.txt"
_TEXTS = Path(__file__).with_name("notices")
_LGPL = ("LGPL-3.0.txt", "GPL-3.0.txt")  # the first one is an addition to the second
_NAME_OF_TEXT = re.compile(r"(?i)(licen[cs]e|copying|notice|authors)")
_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)
_PAGES = ("source", "source code", "code", "repository", "github", "homepage", "home")
_LONGEST_LICENCE = 90  # of a name; some packages put the whole text into that field

_QT_SOURCE = "https://download.qt.io/official_releases/qt/ (also https://code.qt.io/)"
_QT_FOR_PYTHON = "https://code.qt.io/cgit/pyside/pyside-setup.git/"
_NO_TEXT_IN_WHEEL = "Its wheel carries no licence text; the texts are those of the GNU project."


@dataclass(frozen=True)
class Part:
    """One part of a built program."""

    name: str
    version: str
    licence: str
    """An SPDX expression where the part states one."""
    source: str
    reason: str = ""
    """Why the texts do not come from the part's own package."""
    texts: tuple[Path, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class _Known:
    """What is known by hand about a part."""

    licence: str
    source: str
    reason: str
    texts: tuple[str, ...] = ()
    found_as: str = ""
    """The file that shows that it is there on this system, a pattern; empty: always there."""


_WITHOUT_TEXT = {
    name: _Known("LGPL-3.0-only", source, _NO_TEXT_IN_WHEEL, _LGPL)
    for name, source in {
        "pyside6": _QT_FOR_PYTHON,
        "pyside6-addons": _QT_FOR_PYTHON,
        "pyside6-essentials": _QT_FOR_PYTHON,
        "shiboken6": _QT_FOR_PYTHON,
    }.items()
}
"""Packages without a text of their licence."""

_SOURCES = {"lazy-importer": "the package itself is its source (Python); it names no page"}
"""Where the source is of packages that do not say it."""

_WITHIN = {
    "pyside6-essentials": {
        "Qt": _Known(
            "LGPL-3.0-only",
            _QT_SOURCE,
            "Shared libraries in the packages PySide6_Essentials and PySide6_Addons. Code of "
            "others in it, with every text: https://doc.qt.io/qt-6/licenses-used-in-qt.html",
            _LGPL,
        ),
        "ICU": _Known(
            "Unicode-3.0",
            "https://github.com/unicode-org/icu",
            "Shared libraries beside Qt's. Text: "
            "https://github.com/unicode-org/icu/blob/main/LICENSE",
            found_as="PySide6/Qt/lib/libicu*",
        ),
        "Mesa (opengl32sw.dll)": _Known(
            "MIT",
            "https://gitlab.freedesktop.org/mesa/mesa",
            "OpenGL without a graphics driver. Text: https://docs.mesa3d.org/license.html",
            found_as="PySide6/opengl32sw.dll",
        ),
        "Microsoft Visual C++ runtime": _Known(
            "Microsoft's terms for redistributable code",
            "https://learn.microsoft.com/cpp/windows/latest-supported-vc-redist",
            "Libraries of Microsoft's that Qt's and Python's makers hand on; no source is public.",
            found_as="PySide6/msvcp140*.dll",
        ),
    },
    "pyside6-addons": {
        "Qt WebEngine with Chromium": _Known(
            "LGPL-3.0-only AND BSD-3-Clause AND others",
            f"{_QT_SOURCE}, module qtwebengine, folder src/3rdparty/chromium",
            "Chromium holds the work of many others; neither the wheel nor the built browser "
            "carries their texts. They are listed, with every text, at "
            "https://doc.qt.io/qt-6/qtwebengine-licensing.html and stand in the source.",
            _LGPL,
        ),
    },
    "cryptography": {
        "OpenSSL within cryptography": _Known(
            "Apache-2.0",
            "https://github.com/openssl/openssl",
            "Linked into the package; the text is the Apache licence of cryptography. The Rust "
            "libraries in it are named in the package's own list (sboms).",
        ),
    },
}
"""Parts within a package that are others' work, by the package."""


def shipped(packages: Path) -> list[Distribution]:
    """Return the distributions in the folder ``packages`` that a built program may hold.

    These are the ones of ``run.lock`` that this system has, and PyInstaller, whose start of the
    program goes with it; what only builds is left out.
    """
    locked = _LOCKED.findall((LOCKS / "run.lock").read_text(encoding="utf-8"))
    wanted = {_plain(name) for name in (*locked, "pyinstaller")}
    context = MetadataPathFinder.Context(path=[str(packages)])
    found = {_plain(each.name): each for each in MetadataPathFinder.find_distributions(context)}
    return [found[name] for name in sorted(wanted & set(found))]


def write(packages: Path, python_text: Path, python_version: str, target: Path) -> list[Part]:
    """Write the notices into the new folder ``target``: a folder a part, and :data:`INDEX`.

    ``packages`` is the folder of the packages that the program was built from, ``python_text``
    the licence that its Python came with.  Raises :class:`SetUpError` for a part without a text
    that no table explains.
    """
    python = Part(
        "Python",
        python_version,
        "PSF-2.0 AND others",
        "https://www.python.org/downloads/source/",
        texts=(python_text,),
    )
    parts = [python, *(part for each in shipped(packages) for part in parts_of(each))]
    target.mkdir(parents=True)
    for part in parts:
        _copy_texts(part, target / _folder(part))
    (target / INDEX).write_text(index(parts), encoding="utf-8")
    return parts


def parts_of(distribution: Distribution) -> list[Part]:
    """Return the package as a part, and the work of others within it.

    Raises :class:`SetUpError` where there is neither a text nor an entry in the table, or where
    the licence or the source is not said.
    """
    name = _plain(distribution.name)
    known = _WITHOUT_TEXT.get(name)
    parts = [_known(distribution.name, distribution.version, known) if known else None]
    if known is None:
        texts = texts_of(distribution)
        if not texts:
            raise _unexplained(distribution, "licence text")
        licence, source = _licence(distribution), _source(distribution)
        parts = [Part(distribution.name, distribution.version, licence, source, texts=texts)]
    packages = Path(str(distribution.locate_file("")))
    for part, facts in _WITHIN.get(name, {}).items():
        if not facts.found_as or any(packages.glob(facts.found_as)):
            parts.append(_known(part, f"in {distribution.name} {distribution.version}", facts))
    return [part for part in parts if part is not None]


def texts_of(distribution: Distribution) -> tuple[Path, ...]:
    """Return the files with the licence and notices that the package itself carries."""
    found = []
    for file in distribution.files or ():
        in_metadata = ".dist-info" in file.parts[0]
        if in_metadata and (_NAME_OF_TEXT.match(file.name) or "licenses" in file.parts[1:-1]):
            found.append(Path(str(file.locate())))
    return tuple(sorted(found))


def index(parts: Iterable[Part]) -> str:
    """Return the index: what is in the program, under which licence, and where its source is."""
    lines = [
        "certhelper: licences of the parts of this program",
        "このプログラムに含まれる部品のライセンス",
        "",
        "The texts are in the folder named after each part.",
        "本文は、それぞれの部品の名前のフォルダーにあります。",
        "",
        "Qt and Qt for Python are used under the LGPL 3: they are shared libraries of their own in",
        "this program's folder, and you may replace them with your own builds of the same version.",
        "",
    ]
    for part in parts:
        lines += [
            f"{part.name} {part.version}",
            f"  licence: {part.licence}",
            f"  source:  {part.source}",
        ]
        lines += [f"  texts:   {_folder(part)}/"] if part.texts else []
        lines += [f"  note:    {part.reason}"] if part.reason else []
        lines.append("")
    return "\n".join(lines)


def _known(name: str, version: str, known: _Known) -> Part:
    texts = tuple(_TEXTS / text for text in known.texts)
    return Part(name, version, known.licence, known.source, known.reason, texts)


def _copy_texts(part: Part, folder: Path) -> None:
    for text in part.texts:
        folder.mkdir(exist_ok=True)
        target = folder / text.name
        if target.exists():  # two files of one name in different folders of the package
            target = folder / f"{text.parent.name}-{text.name}"
        shutil.copyfile(text, target)


def _folder(part: Part) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", part.name)


def _plain(name: str) -> str:
    """A distribution's name as the packaging standard compares them (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _licence(distribution: Distribution) -> str:
    metadata = _metadata(distribution)
    stated = str(metadata.get("License-Expression") or metadata.get("License") or "")
    if stated and "\n" not in stated:
        return stated if len(stated) <= _LONGEST_LICENCE else f"{stated[:_LONGEST_LICENCE]}…"
    kinds = [
        kind.rpartition(" :: ")[2]
        for kind in metadata.get_all("Classifier", [])
        if kind.startswith("License :: ")
    ]
    if not kinds:
        # A text is there, and it decides; the name of the licence is only not stated.
        return "see the text"
    return " AND ".join(kinds)


def _source(distribution: Distribution) -> str:
    metadata = _metadata(distribution)
    pages = dict[str, str]()
    for line in metadata.get_all("Project-URL", []):
        label, _, address = line.partition(",")
        pages.setdefault(label.strip().lower(), address.strip())
    for label in _PAGES:
        if label in pages:
            return pages[label]
    stated = [str(metadata.get("Home-page") or ""), *pages.values()]
    for address in filter(None, stated):
        return address
    by_hand = _SOURCES.get(_plain(distribution.name))
    if by_hand:
        return by_hand
    raise _unexplained(distribution, "address of its source")


def _metadata(distribution: Distribution) -> Message:
    metadata = distribution.metadata
    assert isinstance(metadata, Message)
    return metadata


def _unexplained(distribution: Distribution, missing: str) -> SetUpError:
    return SetUpError(
        say(
            f"{distribution.name} {distribution.version} に {missing} がありません。"
            "installers/licences.py の表に、理由とともに加えてください。",
            f"{distribution.name} {distribution.version} has no {missing}. "
            "Add it, with the reason, to the table in installers/licences.py.",
        )
    )
