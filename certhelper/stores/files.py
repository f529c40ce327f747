"""Certificates in PEM and DER files: one file, or all of a folder.

A key in the same folder is found by its public key; that of an encrypted one is not known before
the log-on, so which certificate it belongs to is told by :mod:`certhelper.stores.files_pairing`.

Folders in the folder are not read: somebody's whole home would be, at every look for a change.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from certhelper import texts
from certhelper.safe_text import safe
from certhelper.stores.base import (
    Installed,
    KeyState,
    KeyTrouble,
    LockedEntry,
    StoreReading,
    StoreStatus,
)
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
        status, reason, detail = StoreStatus.OK, None, ""
        files: list[LookedInto] = []
        folder = Folder(())
        try:
            folder, files = gathered(self.path)
        except FileNotFoundError:
            status, reason = StoreStatus.UNAVAILABLE, "store-not-found"
        except (OSError, ValueError) as error:
            status, reason, detail = StoreStatus.FAILED, _UNREADABLE, safe(str(error))
        else:
            detail = _left_out(folder)
        shown = [file for file in files if file.is_shown]
        return StoreReading(
            kind=KIND,
            where=self.where,
            status=status,
            reason=reason,
            detail=detail,
            read_ms=round((time.perf_counter() - started) * 1000),
            installed=tuple(_rows(files)),
            locked_entries=tuple(filter(None, map(_locked_entry, shown))),
        )


def _left_out(folder: Folder) -> str:
    """Say what of a folder is not read here, empty where everything is."""
    said = []
    if folder.folders:
        said.append(texts.text("stores.folders-left-out", count=folder.folders))
    if folder.pkcs12_files:
        said.append(texts.text("stores.pkcs12-left-out", count=folder.pkcs12_files))
    return " ".join(said)


def _locked_entry(file: LookedInto) -> LockedEntry | None:
    where, label = str(file.path), safe(file.path.name)
    if file.trouble is not None:
        return LockedEntry(where, label, _UNREADABLE, file.trouble)
    if file.broken:
        detail = ", ".join(
            texts.text("stores.broken-block", label=one.label, line=one.line) for one in file.broken
        )
        return LockedEntry(where, label, _UNREADABLE, detail)
    return LockedEntry(where, label, _NOTHING_INSIDE) if file.is_empty else None


def _rows(files: Sequence[LookedInto]) -> Iterator[Installed]:
    keyed = with_key(files)
    locked_up = behind_passphrase(files, keyed)
    for file in files:
        if not file.is_shown:
            continue
        store, label = f"{KIND}:{file.path}", safe(file.path.name)
        for certificate in file.certificates:
            if certificate in keyed:
                yield Installed(certificate, store, label, KeyState.PRESENT)
            elif (file.path, certificate) in locked_up:
                yield Installed(
                    certificate,
                    store,
                    label,
                    KeyState.NEEDS_USER,
                    key_needs_user=True,
                    key_trouble=_KEY_TROUBLE,
                )
            else:
                yield Installed(certificate, store, label, KeyState.ABSENT)
