"""Certificates in PEM and DER files: one file, or all of a folder.

A key in the same folder is found by its public key; that of an encrypted one is not known before
the log-on, so which certificate it belongs to is told by :mod:`certhelper.stores.files_pairing`.

Folders in the folder are not read: somebody's whole home would be, at every look for a change.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from certhelper import texts
from certhelper.safe_text import safe
from certhelper.stores import key_limits
from certhelper.stores.base import (
    Installed,
    KeyState,
    KeyTrouble,
    LockedEntry,
    StoreReading,
    StoreStatus,
)
from certhelper.stores.files_blocks import BrokenBlock
from certhelper.stores.files_folder import Folder
from certhelper.stores.files_gathering import LookedInto, behind_passphrase, gathered, with_key
from certhelper.stores.files_opening import FilesError, open_identity

__all__ = ["KIND", "FilesError", "FilesStore", "open_identity"]

KIND = "files"

_UNREADABLE = "file-unreadable"
_NOTHING_INSIDE = "no-certificate-inside"
_KEY_TROUBLE = KeyTrouble("file-passphrase")


class FilesStore(NamedTuple):
    """A file, or the files of a folder.  Safe to be used by several threads."""

    path: Path

    @property
    def kind(self) -> str:
        return KIND

    @property
    def where(self) -> str:
        return str(self.path)

    def read(self) -> StoreReading:
        """List every certificate, and name each file that could not be read, or not wholly.

        ``store`` of each row names its own file (``files:FILE``), also when a folder is read: that
        is what a log-on needs.  Of a file the key is looked for in its whole folder.
        """
        started = time.perf_counter()
        status, reason, detail, pkcs12_files = StoreStatus.OK, None, "", 0
        installed: tuple[Installed, ...] = ()
        locked: tuple[LockedEntry, ...] = ()
        try:
            folder, files = gathered(self.path)
            detail, pkcs12_files = _left_out(folder), folder.pkcs12_files
            installed = tuple(_rows(files))
            locked = tuple(_locked_entries(files))
        except FileNotFoundError:
            status, reason = StoreStatus.UNAVAILABLE, "store-not-found"
        except (OSError, ValueError) as error:
            status, reason, detail = StoreStatus.FAILED, _UNREADABLE, safe(str(error))
        return StoreReading(
            kind=KIND,
            where=self.where,
            status=status,
            reason=reason,
            detail=detail,
            read_ms=round((time.perf_counter() - started) * 1000),
            installed=installed,
            locked_entries=locked,
            pkcs12_files=pkcs12_files,
        )


def _left_out(folder: Folder) -> str:
    """Say what of a folder is not read here, empty where everything is."""
    said = []
    if folder.folders:
        said.append(texts.text("stores.folders-left-out", count=folder.folders))
    if folder.pkcs12_files:
        said.append(texts.text("stores.pkcs12-left-out", count=folder.pkcs12_files))
    return " ".join(said)


def _locked_entries(files: Sequence[LookedInto]) -> Iterator[LockedEntry]:
    for file in files:
        if not file.is_shown:
            continue
        where, label = file.path, safe(file.path.rpartition(os.sep)[2])
        if file.trouble is not None:
            yield LockedEntry(where, label, _UNREADABLE, file.trouble)
        elif file.broken:
            yield LockedEntry(where, label, _UNREADABLE, ", ".join(map(_said, file.broken)))
        elif file.is_empty:
            yield LockedEntry(where, label, _NOTHING_INSIDE)


def _said(broken: BrokenBlock) -> str:
    name = "stores.key-too-large" if broken.is_too_large else "stores.broken-block"
    return texts.text(name, label=broken.label, line=broken.line)


def _rows(files: Sequence[LookedInto]) -> Iterator[Installed]:
    keyed = with_key(files)
    locked_up = behind_passphrase(files, keyed)
    has_large_key = any(one.is_too_large for file in files for one in file.broken)
    for path, is_shown, certificates, *_ in files:
        if not is_shown or not certificates:
            continue
        store, label = f"{KIND}:{path}", safe(path.rpartition(os.sep)[2])
        for certificate in certificates:
            if certificate in keyed:
                yield Installed(certificate, store, label, KeyState.PRESENT)
            elif (path, certificate) in locked_up:
                found = Installed(certificate, store, label, KeyState.NEEDS_USER)
                key_file = locked_up[path, certificate]
                yield found._replace(
                    key_needs_user=True, key_trouble=_KEY_TROUBLE, key_file=key_file
                )
            elif has_large_key and key_limits.is_too_large(certificate.public_key):
                found = Installed(certificate, store, label, KeyState.UNUSABLE)
                yield found._replace(key_trouble=key_limits.TOO_LARGE)
            else:
                yield Installed(certificate, store, label, KeyState.ABSENT)
