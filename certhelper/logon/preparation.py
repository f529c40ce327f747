"""A private database for one session: a copy of the chosen store, with nothing that adds trust."""

from __future__ import annotations

import sys
from pathlib import Path

from certhelper.certificate import Certificate
from certhelper.failures import FailedError, WrongUseError
from certhelper.secret import Secret

_NICKNAME = "certhelper"
_DATABASE = Path(".pki") / "nssdb"
"""Where Chromium opens the NSS database of its HOME (``crypto/nss_util.cc``)."""


def prepare(home: Path, store: str, passphrase: Secret | None) -> tuple[bytes, ...]:
    """Put the certificates of ``store`` (``KIND:WHERE``) where the engine of this home looks.

    Returns the DER names of CAs that came with the store and that a listing may not know.
    Raises :class:`FailedError` when the store cannot be copied or opened.
    """
    kind, _, where = store.partition(":")
    target = home / _DATABASE
    if sys.platform == "win32" and kind in ("nss", "pkcs12"):
        raise FailedError("store-not-in-windows", store=store)
    if kind == "nss":
        from certhelper.stores import nss_database

        nss_database.private_copy(Path(where), target)
        return ()
    if kind == "pkcs12":
        return _from_file(Path(where), target, passphrase)
    if kind in ("windows", "macos"):
        return ()  # the engine reads the system's own store
    raise WrongUseError("store-cannot-log-on", store=store)


def _from_file(path: Path, target: Path, passphrase: Secret | None) -> tuple[bytes, ...]:
    from certhelper.stores import nss_database, pkcs12

    with pkcs12.open_file(path, passphrase) as opened:
        entries: list[tuple[bytes, bytearray | None, str]] = [
            (opened.certificate, opened.key, _NICKNAME)
        ]
        entries += [
            (der, None, f"{_NICKNAME} {number}") for number, der in enumerate(opened.chain, 1)
        ]
        nss_database.create(target, entries)
    issuers = (Certificate(der).issuer_der for der in (opened.certificate, *opened.chain))
    return tuple(name for name in issuers if name is not None)
