"""What depends on a key of an NSS database, and whether it may leave: told without a password."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from certhelper.certificate_parts import cut
from certhelper.der import DerError
from certhelper.failures import FailedError
from certhelper.safe_text import safe
from certhelper.stores.nss_files import (
    CERTIFICATES,
    CLASS_CERTIFICATE,
    CLASS_PRIVATE_KEY,
    KEYS,
    DatabaseUnreadableError,
    octets,
    opened,
)


def certificates_of_key(directory: Path, certificate: bytes) -> tuple[bytes, ...]:
    """Return the DERs of the other certificates that use the key of ``certificate``.

    They have its ``CKA_ID``, by which a key is found here, or its public key, by which NSS finds it
    (lib/pk11wrap/pk11cert.c, ``PK11_FindKeyByDERCert``); a database may tell different ones.
    Raises :class:`FailedError` (``store-in-use``, ``store-unreadable``).
    """
    query = "SELECT a11, a102 FROM nssPublic WHERE a0 = ?"
    with _reading(directory / CERTIFICATES, "nssPublic") as connection:
        rows = connection.execute(query, (CLASS_CERTIFICATE,)).fetchall()
    identifiers: dict[bytes, set[bytes]] = {}
    for der, identifier in rows:
        identifiers.setdefault(octets(der), set()).add(octets(identifier))
    own = identifiers.pop(certificate, set()) - {b""}
    public_key = _public_key(certificate)
    return tuple(
        other
        for other, known in identifiers.items()
        if own & known or (public_key is not None and _public_key(other) == public_key)
    )


def _public_key(certificate: bytes) -> bytes | None:
    try:
        return cut(certificate).public_key
    except DerError:
        return None  # NSS would not find its key either


def is_extractable(directory: Path, certificate: bytes) -> bool:
    """Whether the key of a certificate may leave the database (``CKA_EXTRACTABLE``).

    Needs no password.  False where there is no key.  Raises as :func:`certificates_of_key`.
    """
    with _reading(directory / CERTIFICATES, "nssPublic") as connection:
        query = "SELECT a102 FROM nssPublic WHERE a0 = ? AND a11 = ?"
        row = connection.execute(query, (CLASS_CERTIFICATE, certificate)).fetchone()
    if row is None or not octets(row[0]):
        return False
    with _reading(directory / KEYS, "nssPrivate") as connection:
        query = "SELECT a162 FROM nssPrivate WHERE a0 = ? AND a102 = ?"
        key = connection.execute(query, (CLASS_PRIVATE_KEY, octets(row[0]))).fetchone()
    return key is not None and octets(key[0]) == b"\x01"


def keys_without_certificate(directory: Path) -> int:
    """Return how many private keys of a database belong to no certificate in it.

    A certificate that was deleted leaves its key behind, and one that was applied for and never
    came has only its key there.  Needs no password.  Raises as :func:`certificates_of_key`.
    """
    if not (directory / KEYS).exists():
        return 0
    with _reading(directory / CERTIFICATES, "nssPublic") as connection:
        query = "SELECT a102 FROM nssPublic WHERE a0 = ?"
        certificates = {octets(row[0]) for row in connection.execute(query, (CLASS_CERTIFICATE,))}
    with _reading(directory / KEYS, "nssPrivate") as connection:
        query = "SELECT a102 FROM nssPrivate WHERE a0 = ?"
        keys = {octets(row[0]) for row in connection.execute(query, (CLASS_PRIVATE_KEY,))}
    return len(keys - certificates)


@contextmanager
def _reading(file: Path, table: str) -> Iterator[sqlite3.Connection]:
    try:
        with opened(file, table) as connection:
            yield connection
    except DatabaseUnreadableError as error:
        code = "store-in-use" if error.reason == "database-locked" else "store-unreadable"
        raise FailedError(code, where=safe(str(file.parent)), detail=safe(error.detail)) from (
            error
        )
