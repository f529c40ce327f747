"""Certificates in PEM and DER files: one file, or all of a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from certhelper.failures import FailedError
from certhelper.stores.base import StoreReading, StoreStatus

if TYPE_CHECKING:
    from certhelper.secret import Secret
    from certhelper.stores.pkcs12 import Opened

KIND = "files"


class FilesError(FailedError):
    """There is nothing to log on with, or it could not be opened.

    Codes ``passphrase-needed`` and ``passphrase-wrong`` (``where`` is the key's file),
    ``file-unreadable``, ``files-without-certificate``, ``files-without-key`` and
    ``files-with-another-key``.
    """


def open_identity(where: Path, sha256: str, passphrase: Secret | None = None) -> Opened:
    """Open a certificate with its key for a log-on; leave the ``with`` block to wipe the key.

    ``where`` is the file or folder of the store, ``sha256`` the certificate's fingerprint (lower-
    case hex), ``passphrase`` that of an encrypted key file.  Raises :class:`FilesError`.
    """
    facts = {"where": str(where), "fingerprint": sha256, "passphrase": str(passphrase is not None)}
    raise FilesError("files-without-key", **facts)


class FilesStore(NamedTuple):
    """A file, or the files of a folder."""

    path: Path

    @property
    def kind(self) -> str:
        return KIND

    @property
    def where(self) -> str:
        return str(self.path)

    def read(self) -> StoreReading:
        """List the certificates."""
        return StoreReading(KIND, self.where, StoreStatus.OK)
