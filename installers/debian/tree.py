"""Lays out the files of the Debian package as they will stand on a PC."""

from __future__ import annotations

import gzip
import os
import re
import shutil
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from certhelper import __version__, texts
from installers.checkout.environment import CHECKOUT
from installers.debian import manual
from installers.licences import Part

VERSION = f"{__version__}-1"
MAINTAINER = "certhelper maintainers <maintainers@certhelper.invalid>"
"""Whoever releases the package puts their own address here: nobody reads this one."""

PROGRAM = "usr/lib/certhelper"
_DOCUMENTS = "usr/share/doc/certhelper"
_ICONS = CHECKOUT / "resources" / "icons"
_MANUALS: dict[texts.Language, str] = {"en": "man1", "ja": "ja/man1"}
_HERE = Path(__file__).parent
_COPYRIGHT_LINE = re.compile(r"(?im)^\W*(?:copyright|©)\s*(?:\(c\)|©)?\s*(.*\d{4}.*)$")
_COPYRIGHT_HEAD = f"""\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: certhelper
Comment: The texts of the parts' licences are in /{PROGRAM}/licenses,
 with an index that says where the source of each is. Qt and Qt for Python are
 used under the LGPL 3, whose text is in /usr/share/common-licenses/LGPL-3: they
 are shared libraries of their own in /{PROGRAM}/_internal/PySide6,
 and you may replace them with your own builds of the same version.

Files: *
Copyright: the certhelper maintainers
License: not-yet-chosen
 No licence for certhelper itself has been chosen; all rights are reserved."""


def lay_out(tree: Path, program: Path, notices: Callable[[Path], list[Part]], moment: int) -> None:
    """Fill the folder ``tree`` with everything that the package installs.

    ``program`` is the built program, ``notices`` writes the licence notices into a new folder, and
    ``moment`` is the date of every file in seconds since 1970.
    """
    shutil.copytree(program, tree / PROGRAM, symlinks=True)
    parts = notices(tree / PROGRAM / "licenses")
    _link(tree / "usr/bin/certhelper", f"../{PROGRAM.removeprefix('usr/')}/certhelper")
    _write(tree / "usr/share/applications/certhelper.desktop", _read("certhelper.desktop"))
    _write(tree / "usr/share/lintian/overrides/certhelper", _read("lintian-overrides"))
    for picture in _ICONS.glob("certhelper-*.png"):
        size = picture.stem.rpartition("-")[2]
        _write(_icon(tree, f"{size}x{size}", ".png"), picture.read_bytes())
    _write(_icon(tree, "scalable", ".svg"), (_ICONS / "certhelper.svg").read_bytes())
    for language, folder in _MANUALS.items():
        page = manual.page(language, moment).encode()
        _write(tree / "usr/share/man" / folder / "certhelper.1.gz", _packed(page))
    documents = tree / _DOCUMENTS
    _write(documents / "copyright", copyright_file(parts).encode())
    _write(documents / "changelog.Debian.gz", _packed(_changelog(moment).encode()))
    _write(documents / "changelog.gz", _packed((CHECKOUT / "CHANGELOG.md").read_bytes()))
    _link(documents / "licenses", f"../../../{PROGRAM.removeprefix('usr/')}/licenses")
    settle(tree, moment)


def settle(tree: Path, moment: int) -> None:
    """Give everything below ``tree`` one date and the rights that Debian's policy asks for."""
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or _is_program(path) else 0o644)
        os.utime(path, (moment, moment), follow_symlinks=False)


def copyright_file(parts: Iterable[Part]) -> str:
    """Return the machine-readable copyright file (DEP-5, Debian's copyright-format 1.0)."""
    return "\n\n".join([_COPYRIGHT_HEAD, *(_stanza(part) for part in parts)]) + "\n"


def _stanza(part: Part) -> str:
    holders = _holders(part) or [f"the authors of {part.name}"]
    lines = [
        f"Files: {part.name.replace(' ', '-')}",
        f"Copyright: {holders[0]}",
        *(f" {holder}" for holder in holders[1:]),
        f"License: {part.licence}",
        f" {part.name} {part.version}; the whole text is in /{PROGRAM}/licenses.",
        f" Source: {part.source}",
    ]
    return "\n".join(lines)


def _holders(part: Part) -> list[str]:
    found = dict[str, None]()
    for file in part.texts:
        for line in _COPYRIGHT_LINE.findall(file.read_text(encoding="utf-8", errors="replace")):
            found[line.strip()] = None
    return list(found)


def _changelog(moment: int) -> str:
    date = format_datetime(datetime.fromtimestamp(moment, UTC))
    return (
        f"certhelper ({VERSION}) unstable; urgency=medium\n\n"
        f"  * Version {__version__}; what changed stands in changelog.gz.\n\n"
        f" -- {MAINTAINER}  {date}\n"
    )


def _is_program(path: Path) -> bool:
    return path.name in ("certhelper", "QtWebEngineProcess") and path.read_bytes()[:4] == b"\x7fELF"


def _icon(tree: Path, folder: str, ending: str) -> Path:
    return tree / "usr/share/icons/hicolor" / folder / "apps" / f"certhelper{ending}"


def _read(name: str) -> bytes:
    return (_HERE / name).read_bytes()


def _write(path: Path, octets: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(octets)


def _link(path: Path, target: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


def _packed(octets: bytes) -> bytes:
    return gzip.compress(octets, compresslevel=9, mtime=0)
