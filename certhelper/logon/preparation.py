"""A private database for one session: a copy of the chosen store, with nothing that adds trust."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from certhelper.certificate import Certificate
from certhelper.failures import FailedError, WrongUseError
from certhelper.secret import Secret

if TYPE_CHECKING:
    from certhelper.stores.pkcs12 import Opened

_NICKNAME = "certhelper"
_DATABASE = Path(".pki") / "nssdb"
"""Where Chromium opens the NSS database of its HOME (``crypto/nss_util.cc``)."""
_NOT_IN_WINDOWS = ("nss", "pkcs12", "pkcs11", "files")


def prepare(
    home: Path, store: str, passphrase: Secret | None, sha256: str | None = None
) -> tuple[bytes, ...]:
    """Put the certificates of ``store`` (``KIND:WHERE``) where the engine of this home looks.

    ``passphrase`` is that of a file.  A token's PIN and a database's password are not for here: a
    token's keys stay in it, and the copy of a locked database is as locked as its original; the
    session's process opens both (:mod:`certhelper.logon.token_login`).  ``sha256`` names the
    certificate where a store of files holds several keys.

    Returns the DER names of CAs that came with the store and that a listing may not know.
    Raises :class:`FailedError` when the store cannot be copied or opened.
    """
    kind, _, where = store.partition(":")
    target = home / _DATABASE
    if sys.platform == "win32" and kind in _NOT_IN_WINDOWS:
        raise FailedError("store-not-in-windows", store=store)
    if kind == "nss":
        from certhelper.stores import nss_database

        nss_database.private_copy(Path(where), target)
        return ()
    if kind == "pkcs12":
        return _from_file(Path(where), target, passphrase, sha256)
    if kind == "files" and sha256 is not None:
        from certhelper.stores import files

        with files.open_identity(Path(where), sha256, passphrase) as identity:
            return _make(identity, target)
    if kind == "pkcs11":
        target.mkdir(mode=0o700, parents=True)  # NSS makes an empty database there
        return ()
    if kind in ("windows", "macos"):
        return ()  # the engine reads the system's own store
    raise WrongUseError("store-cannot-log-on", store=store)


def _from_file(
    path: Path, target: Path, passphrase: Secret | None, sha256: str | None
) -> tuple[bytes, ...]:
    from certhelper.stores import pkcs12

    with pkcs12.open_file(path, passphrase, sha256=sha256) as opened:
        return _make(opened, target)


def _make(opened: Opened, target: Path) -> tuple[bytes, ...]:
    """Make a database of a certificate, its key and its chain."""
    from certhelper.stores import nss_database

    entries: list[tuple[bytes, bytearray | None, str]] = [
        (opened.certificate, opened.key, _NICKNAME)
    ]
    entries += [(der, None, f"{_NICKNAME} {number}") for number, der in enumerate(opened.chain, 1)]
    nss_database.create(target, entries)
    issuers = (Certificate(der).issuer_der for der in (opened.certificate, *opened.chain))
    return tuple(name for name in issuers if name is not None)
