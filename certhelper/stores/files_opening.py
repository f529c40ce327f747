"""Opens a certificate of PEM or DER files with its key, for a log-on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from certhelper import certificate_reader
from certhelper.certificate import Certificate
from certhelper.failures import FailedError
from certhelper.safe_text import safe
from certhelper.stores import files_blocks, files_folder
from certhelper.stores.files_folder import Folder, UnreadableError
from certhelper.stores.files_gathering import LookedInto, behind_passphrase, gathered, with_key

if TYPE_CHECKING:
    from certhelper.secret import Secret
    from certhelper.stores.pkcs12 import Opened

_UNREADABLE = "file-unreadable"
_LONGEST_CHAIN = 10

Look = Callable[[Path], tuple[Folder, list[LookedInto]]]
"""Looks into a file or folder as :func:`certhelper.stores.files_gathering.gathered` does."""


class FilesError(FailedError):
    """There is nothing to log on with, or it could not be opened.

    Codes ``key-passphrase-needed`` and ``key-passphrase-wrong`` (``where`` is the key's file),
    ``file-unreadable``, ``file-too-costly``, ``key-too-large``, ``files-without-certificate``,
    ``files-without-key`` and ``files-with-another-key``.
    """


def open_identity(
    where: Path, sha256: str, passphrase: Secret | None = None, look: Look = gathered
) -> Opened:
    """Open a certificate with its key for a log-on; leave the ``with`` block to wipe the key.

    ``where`` is the file or folder of the store, ``sha256`` the certificate's fingerprint (lower-
    case hex), ``passphrase`` that of an encrypted key file.  ``look`` may have looked into it
    before, for another certificate of a large folder.  Raises :class:`FilesError`.
    """
    from certhelper.stores.pkcs12 import Opened

    try:
        _, files = look(where)
    except (OSError, ValueError) as error:
        facts = {"where": safe(str(where)), "detail": safe(str(error))}
        raise FilesError(_UNREADABLE, **facts) from error
    slots = [
        (file, one)
        for file in files
        for one in file.certificates
        if one.sha256 == sha256 and file.is_shown
    ]
    if not slots:
        raise FilesError("files-without-certificate", where=safe(str(where)))
    certificate = slots[0][1]
    key = _key_of(certificate, slots[0][0].path, files, passphrase)
    chain = tuple(one.der for one in _chain(certificate, files))
    return Opened(key, certificate.der, chain, safe(Path(slots[0][0].path).name))


def _key_of(
    certificate: Certificate, own: str, files: Sequence[LookedInto], passphrase: Secret | None
) -> bytearray:
    """Return the key as PKCS #8.  Raises :class:`FilesError`."""
    from certhelper.stores.files_keys import usual_form

    wanted = usual_form(certificate_reader.public_key_octets(certificate.der) or b"")
    for file in files:
        if wanted in file.public_keys:
            return _opened(file.path, wanted, None)
    behind = behind_passphrase(files, with_key(files)).get((own, certificate))
    if behind is None:
        code = "key-too-large" if _is_beside_large_key(own, files) else "files-without-key"
        raise FilesError(code, where=safe(own))
    if passphrase is None:
        raise FilesError("key-passphrase-needed", where=safe(behind))
    return _opened(behind, wanted, passphrase)


def _is_beside_large_key(own: str, files: Sequence[LookedInto]) -> bool:
    """Whether a key that was left alone for its size stands in the file, or one named like it."""
    from certhelper.stores.files_pairing import stem

    return any(
        stem(file.path) == stem(own) and any(one.is_too_large for one in file.broken)
        for file in files
    )


def _opened(path: str, wanted: bytes, passphrase: Secret | None) -> bytearray:
    """Return the key of a file that has this public key.  Raises :class:`FilesError`."""
    from certhelper.stores import files_keys

    where = safe(path)
    try:
        octets = files_folder.octets_of(path, is_named=True)
    except UnreadableError as error:
        raise FilesError(_UNREADABLE, where=where, detail=safe(error.detail)) from error
    code, detail = "files-with-another-key", ""
    try:
        for place in files_blocks.content_of(octets).keys:
            if place.is_encrypted is (passphrase is None):
                continue
            try:
                public_key, key = files_keys.opened(octets, place, passphrase)
            except files_keys.WrongPassphraseError:
                code = "key-passphrase-wrong"
                continue
            except files_keys.KeyTooLargeError:
                code = "key-too-large"
                continue
            except files_keys.KeyTooCostlyError:
                code = "file-too-costly"
                continue
            except files_keys.KeyUnreadableError as error:
                code, detail = _UNREADABLE, safe(error.detail)
                continue
            if public_key == wanted:
                return key
            files_folder.wipe(key)
    finally:
        files_folder.wipe(octets)
    raise FilesError(code, where=where, detail=detail)


def _chain(certificate: Certificate, files: Sequence[LookedInto]) -> list[Certificate]:
    """Return the issuers in the folder by their names, the nearest first."""
    by_subject: dict[bytes, list[Certificate]] = {}
    for one in dict.fromkeys(one for file in files for one in file.certificates):
        if one.subject_der is not None:
            by_subject.setdefault(one.subject_der, []).append(one)
    found: list[Certificate] = []
    level = [certificate]
    for _ in range(_LONGEST_CHAIN):
        names = dict.fromkeys(one.issuer_der or b"" for one in level)
        issuers = [one for name in names for one in by_subject.get(name, [])]
        level = [one for one in issuers if one != certificate and one not in found]
        found += level
    return found
