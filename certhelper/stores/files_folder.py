"""Which files of a folder are looked into, and their octets: nothing here can be waited at.

A pipe, a device or a socket is never opened; a file is read up to a size that no certificate file
has.  A file without a usual suffix is looked into when it is small and begins like one of ours.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from io import FileIO
from pathlib import Path
from typing import Final, NamedTuple, cast

from certhelper.der import DerError, part
from certhelper.stores.files_blocks import PEM_START, normalized

LARGEST: Final = 32 << 20
"""Octets; 20,000 certificates have as many."""

LARGEST_UNUSUAL: Final = 1 << 20
"""The same for a file whose name does not say that it holds certificates."""

_HEAD: Final = 1 << 14  # octets; before its block ``openssl x509 -text`` writes some thousand
_CERTIFICATE_SUFFIXES: Final = (".pem", ".crt", ".cer", ".der", ".p7b", ".p7c")
_KEY_SUFFIXES: Final = (".key", ".p8", ".pk8")
_USUAL_SUFFIXES: Final = (*_CERTIFICATE_SUFFIXES, *_KEY_SUFFIXES)
PKCS12_SUFFIXES: Final = (".p12", ".pfx")

# A name may become a pipe's between looking and opening; a terminal must not become ours.
_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


class UnreadableError(Exception):
    """A file that cannot be read; ``detail`` is plain text, not yet safe to show."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Folder(NamedTuple):
    """The names in a folder, sorted: the files to look into, and how many there are of others."""

    names: tuple[str, ...]
    folders: int = 0
    pkcs12_files: int = 0


def is_usual(name: str) -> bool:
    """Whether a name says that the file holds certificates or keys."""
    return name.lower().endswith(_USUAL_SUFFIXES)


def is_certificate_name(name: str) -> bool:
    """Whether a name says that the file holds certificates."""
    return name.lower().endswith(_CERTIFICATE_SUFFIXES)


def listed(folder: Path) -> Folder:
    """List a folder; folders in it are counted and not read.  Raises ``OSError``, ``ValueError``.

    Neither does what is no file and has no usual name count.  A link to a file that is listed
    already is left out, as are the second and third names of each file in ``/etc/ssl/certs``.
    """
    names: list[str] = []
    links: list[os.DirEntry[str]] = []
    folders = pkcs12_files = 0
    here = set[int]()
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name.lower()
            if name.endswith(PKCS12_SUFFIXES):
                pkcs12_files += 1
            elif _is_folder(entry):
                folders += 1
            elif entry.is_symlink():
                links.append(entry)
            elif name.endswith(_USUAL_SUFFIXES) or _is_file(entry):
                names.append(entry.name)
                here.add(entry.inode())
    if links:
        names += _linked(links, {(folder.stat().st_dev, inode) for inode in here})
    return Folder(tuple(sorted(names)), folders, pkcs12_files)


def _linked(links: Iterable[os.DirEntry[str]], seen: set[tuple[int, int]]) -> Iterator[str]:
    """Yield the links that lead to something new, by their usual names first."""
    for link in sorted(links, key=lambda one: (not is_usual(one.name), one.name)):
        try:
            status = link.stat()
        except OSError:  # a loop, or gone: opening it tells why
            if is_usual(link.name):
                yield link.name
            continue
        target = (status.st_dev, status.st_ino)
        if target not in seen and (is_usual(link.name) or stat.S_ISREG(status.st_mode)):
            seen.add(target)
            yield link.name


def mark_of(path: Path) -> object:
    """Return what changes when a reading of this file or folder would: names, sizes and dates.

    Of a file it is its folder's, where its key may appear.  Nothing is raised: what cannot be seen
    is part of the mark.
    """
    try:
        folder = path if path.is_dir() else path.parent
        with os.scandir(folder) as entries:
            return tuple(sorted(filter(None, map(_mark, entries))))
    except (OSError, ValueError) as error:
        return type(error).__name__


def _mark(entry: os.DirEntry[str]) -> tuple[str, int, int, int] | None:
    """Return one file's part, None for what no reading looks into."""
    try:
        status = entry.stat()
    except OSError:
        return (entry.name, 0, 0, 0)
    is_looked_into = is_usual(entry.name) or status.st_size <= LARGEST_UNUSUAL
    if not stat.S_ISREG(status.st_mode) or not is_looked_into:
        return None
    return (entry.name, status.st_ino, status.st_size, status.st_mtime_ns)


def octets_of(path: str, *, is_named: bool) -> bytearray:
    """Return what is in a file, empty where it is none of ours; the caller must overwrite it.

    ``is_named`` says that the person named this very file.  Raises :class:`UnreadableError`.
    """
    try:
        # Windows has no way to open a thing without waiting for it.
        if os.name == "nt" and not stat.S_ISREG(Path(path).stat().st_mode):
            raise UnreadableError("not a file")
        descriptor = os.open(path, _FLAGS)
        try:
            return _octets_of(descriptor, path, is_named=is_named)
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        raise UnreadableError(str(error)) from error


def wipe(octets: bytearray) -> None:
    """Overwrite what was read."""
    octets[:] = bytes(len(octets))


def _octets_of(descriptor: int, name: str, *, is_named: bool) -> bytearray:
    is_expected = is_named or is_usual(name)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableError("not a file")
    size = status.st_size
    if size > (LARGEST if is_expected else LARGEST_UNUSUAL):
        # Presentations of macOS end in ``.key``, too: only what must be ours is complained of.
        if is_named or is_certificate_name(name):
            raise UnreadableError(f"more than {LARGEST} octets")
        return bytearray()
    octets = bytearray(size if is_expected else min(size, _HEAD))
    _fill(descriptor, octets, 0)
    if not is_expected:
        if not _begins_like_ours(octets, size):
            wipe(octets)
            return bytearray()
        if size > len(octets):
            head, octets = octets, bytearray(size)
            octets[: len(head)] = head
            _fill(descriptor, octets, len(head))
            wipe(head)
    text = normalized(octets)
    if text is not octets:
        wipe(octets)
    return text


def _fill(descriptor: int, octets: bytearray, at: int) -> None:
    """Read until the buffer is full or the file ends; a file that has shrunk ends in zeros."""
    if not at:
        at = _read_into(descriptor, octets)
        if at == len(octets):  # as nearly always
            return
    with memoryview(octets) as whole:
        while 0 < at < len(octets):
            with whole[at:] as rest:
                count = _read_into(descriptor, rest)
            at = at + count if count else 0


def _read_into(descriptor: int, buffer: bytearray | memoryview) -> int:
    """Read without an object in between that nobody could overwrite."""
    if sys.platform == "win32":
        with FileIO(descriptor, closefd=False) as file:
            return file.readinto(buffer) or 0
    else:  # a type checker for Windows must not see what follows
        return os.readv(descriptor, [buffer])


def _begins_like_ours(head: bytearray, size: int) -> bool:
    """Whether the first octets are DER that fills the whole file, or have the start of PEM."""
    if head.startswith(b"\x30"):
        try:
            return part(cast("bytes", head), 0, size)[3] == size
        except DerError:
            return False
    text = normalized(head)
    found = text.find(PEM_START) >= 0
    if text is not head:
        wipe(text)
    return found


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a loop of links, or no permission: opening it tells why
        return False


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False
