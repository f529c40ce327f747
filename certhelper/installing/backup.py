"""The copy of a certificate and its key that is made before they are removed.

PKCS#12 with AES-256 (PBES2, PBKDF2 with HMAC-SHA-256) and a SHA-256 MAC (RFC 7292, RFC 8018), which
Windows 10 1709, OpenSSL 1.1, NSS 3.50 and later all read.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from certhelper.failures import FailedError, WrongUseError
from certhelper.safe_text import safe
from certhelper.secret import Secret
from certhelper.stores import pkcs12
from certhelper.stores.pkcs12_contents import Pkcs12Error

_ROUNDS = 100_000
"""Of PBKDF2; a tenth of a second on a slow PC."""

_CANNOT_BE_TOLD = (errno.EACCES, errno.EINVAL, errno.ENOTSUP)
"""By a folder that may be written and not read, and by file systems without such a request."""


class Backup(NamedTuple):
    """Where the copy goes, and the passphrase that the person chose for it."""

    file: Path
    passphrase: Secret


class Contents(NamedTuple):
    """What goes into it: DER of the certificate and of those above it, and its name."""

    certificate: bytes
    chain: Sequence[bytes]
    name: str


def check(backup: Backup) -> None:
    """Refuse what cannot become a backup, before anything else is done.

    Raises :class:`WrongUseError` (``backup-exists``, ``backup-folder-missing``),
    :class:`FailedError` (``backup-passphrase-needed``).
    """
    check_place(backup.file)
    if not len(backup.passphrase):
        raise FailedError("backup-passphrase-needed", where=safe(str(backup.file)))


def check_place(file: Path) -> None:
    """Refuse the name of anything that exists, or one in no folder.

    Raises :class:`WrongUseError` (``backup-exists``, ``backup-folder-missing``).
    """
    if os.path.lexists(file):
        raise WrongUseError("backup-exists", where=safe(str(file)))
    if not os.path.isdir(file.parent):  # noqa: PTH112  # Path.is_dir raises for odd names
        raise WrongUseError("backup-folder-missing", where=safe(str(file.parent)))


def write(backup: Backup, contents: Contents, key: bytearray) -> None:
    """Write the file (0600, never over another one) and read it back.

    ``key`` is PKCS #8 DER.  Raises :class:`FailedError` (``backup-not-written``,
    ``backup-exists``, ``backup-folder-missing``); then there is no file.
    """
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm

    check(backup)
    where = safe(str(backup.file))
    try:
        octets = _encoded(backup.passphrase, contents, key)
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        # An odd certificate or key, which the library does not write.
        raise FailedError("backup-not-written", where=where, detail=safe(str(error))) from error
    try:
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
        descriptor = os.open(backup.file, flags, 0o600)
    except FileExistsError as error:
        raise WrongUseError("backup-exists", where=where) from error
    except (OSError, ValueError) as error:
        raise _not_written(where, error) from error
    try:
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(octets)
                file.flush()
                os.fsync(file.fileno())
            _write_out(backup.file.parent)
            _read_back(backup, contents, key)
        except OSError as error:
            raise _not_written(where, error) from error
        except Pkcs12Error as error:
            raise FailedError("backup-not-written", where=where, detail=error.code) from error
    except BaseException:
        backup.file.unlink(missing_ok=True)
        raise


def _encoded(passphrase: Secret, contents: Contents, key: bytearray) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.serialization import pkcs12 as format_

    with passphrase.view() as characters:
        encryption = (
            serialization.PrivateFormat.PKCS12.encryption_builder()
            .kdf_rounds(_ROUNDS)
            .key_cert_algorithm(format_.PBES.PBESv2SHA256AndAES256CBC)
            .hmac_hash(hashes.SHA256())
            .build(bytes(characters))  # the library takes nothing else
        )
    # Whether its primes are prime is not tried: that takes seconds and proves little of a backup.
    private = serialization.load_der_private_key(key, None, unsafe_skip_rsa_key_validation=True)
    return format_.serialize_key_and_certificates(
        contents.name.encode(),
        private,  # type: ignore[arg-type]  # the library refuses what it cannot store
        x509.load_der_x509_certificate(contents.certificate),
        [x509.load_der_x509_certificate(der) for der in contents.chain] or None,
        encryption,
    )


def _write_out(folder: Path) -> None:
    """Let the new name in it outlast a power cut, too (fsync(2)); the key is about to go.

    Raises ``OSError``.
    """
    if sys.platform == "win32":
        return  # a folder cannot be opened for it; NTFS keeps a journal of names
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT_BE_TOLD:
            raise


def _read_back(backup: Backup, contents: Contents, key: bytearray) -> None:
    """Prove that the file opens with the passphrase and holds this certificate and this key."""
    with pkcs12.open_file(backup.file, backup.passphrase, recall=lambda _: None) as opened:
        is_same = opened.certificate == contents.certificate and _public(opened.key) == _public(key)
    if not is_same:
        where = safe(str(backup.file))
        raise FailedError("backup-not-written", where=where, detail="not the same key")


def _public(key: bytearray) -> bytes:
    from cryptography.hazmat.primitives import serialization

    return (
        serialization.load_der_private_key(key, None, unsafe_skip_rsa_key_validation=True)
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def _not_written(where: str, error: OSError | ValueError) -> FailedError:
    detail = getattr(error, "strerror", None) or type(error).__name__
    return FailedError("backup-not-written", where=where, detail=detail)
