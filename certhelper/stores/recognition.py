"""Which kind of store a file or folder is that a person has picked: by what is in it.

A name says little: a bank's ``.cer`` may be PEM or DER, and what is called ``.pem`` a PKCS #12.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from certhelper.failures import FailedError
from certhelper.safe_text import safe
from certhelper.stores import files_blocks, files_folder, nss_places

_DATABASE_FILES: Final = ("cert9.db", "key4.db", "cert8.db", "key3.db", "pkcs11.txt", "secmod.db")
_PROFILE_LIST: Final = "profiles.ini"
_MODULE_STARTS: Final = (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
_LONGEST_START: Final = 4
_MODULE_SUFFIXES: Final = (".so", ".dll", ".dylib")
_MOST_LOOKED_INTO: Final = 1_000
"""Files of a folder: somebody's whole ``Downloads`` is not read to see whether one fits."""


class NothingToReadError(FailedError):
    """A place that holds nothing that this program reads.

    Codes ``place-without-certificates``, ``place-is-private-key`` and ``file-unreadable``.
    """


def stores_in(path: Path) -> tuple[str, ...]:
    """Return the stores (``KIND:WHERE``) that a picked file or folder is, links followed.

    A folder may be more than one; a folder with lists of profiles is each of these.  Raises
    :class:`NothingToReadError`.
    """
    where = Path(os.path.realpath(path))
    found = tuple(_of_folder(where) if where.is_dir() else _of_file(where))
    if not found:
        raise NothingToReadError("place-without-certificates", where=safe(str(where)))
    return tuple(dict.fromkeys(found))


def _of_folder(folder: Path) -> Iterator[str]:
    if nss_places.is_database(folder):
        yield f"nss:{folder}"
        return
    if (folder / _PROFILE_LIST).is_file():
        from certhelper.stores.mozilla_profiles import profiles_in

        for profile, _ in profiles_in(folder):
            if nss_places.is_database(profile):
                yield f"nss:{os.path.realpath(profile)}"
    try:
        listed = files_folder.listed(folder)
    except OSError as error:
        facts = {"where": safe(str(folder)), "detail": safe(str(error))}
        raise NothingToReadError("file-unreadable", **facts) from error
    if listed.pkcs12_files:
        yield f"pkcs12:{folder}"
    if _has_certificates(folder, listed.names):
        yield f"files:{folder}"


def _has_certificates(folder: Path, names: tuple[str, ...]) -> bool:
    usual_first = sorted(names, key=lambda name: not files_folder.is_certificate_name(name))
    for name in usual_first[:_MOST_LOOKED_INTO]:
        content = _content(folder / name, is_named=False)
        if content is not None and content.certificates:
            return True
    return False


def _of_file(file: Path) -> Iterator[str]:
    if file.name in _DATABASE_FILES and nss_places.is_database(file.parent):
        yield f"nss:{file.parent}"
        return
    if _is_module(file):
        yield f"pkcs11:{file}"
        return
    content = _content(file, is_named=True)
    if content is None or not (content.certificates or content.is_pkcs12 or content.keys):
        # A PKCS #12 file that is damaged is still one: its row says what is wrong with it.
        if file.suffix.lower() in files_folder.PKCS12_SUFFIXES:
            yield f"pkcs12:{file}"
    elif content.is_pkcs12:
        yield f"pkcs12:{file}"
    elif content.certificates:
        yield f"files:{file}"
    else:
        raise NothingToReadError("place-is-private-key", where=safe(str(file)))


def _content(file: Path, *, is_named: bool) -> files_blocks.Content | None:
    """Return what is in a file, None where it cannot be read; nothing of it is kept."""
    try:
        octets = files_folder.octets_of(str(file), is_named=is_named)
    except files_folder.UnreadableError as error:
        if not is_named:
            return None
        facts = {"where": safe(str(file)), "detail": safe(error.detail)}
        raise NothingToReadError("file-unreadable", **facts) from error
    try:
        return files_blocks.content_of(octets, is_named or files_folder.is_usual(file.name))
    finally:
        files_folder.wipe(octets)


def _is_module(file: Path) -> bool:
    """Whether it is a library: its suffix may have a version behind it (``.so.1.2``)."""
    if not any(suffix in _MODULE_SUFFIXES for suffix in file.suffixes):
        return False
    try:
        if not file.is_file():  # a pipe would be waited at for ever
            return False
        with file.open("rb") as opened:
            return opened.read(_LONGEST_START).startswith(_MODULE_STARTS)
    except OSError:
        return False
