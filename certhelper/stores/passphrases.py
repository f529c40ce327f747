"""Remembers a certificate file's passphrase in the operating system's keyring, when asked to.

An entry is keyed by the SHA-256 of the file, so that a renamed file is found again and another
file under the same name is not.  Passphrases of files only: never a token's PIN, never the bank's.

Only keyrings of the operating system count.  ``keyring`` also knows ones that keep plain text in a
file or nothing at all, and obeys a configuration file that names any class; those are refused.

Which files have an entry is noted in a list of fingerprints beside the settings.  Without it every
look at a folder would ask the keyring for every file, and a locked keyring asks the person.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from certhelper import settings
from certhelper.failures import FailedError
from certhelper.secret import Secret
from certhelper.stores.base import Availability

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "certhelper PKCS#12 passphrase"
LIST_NAME = "remembered-files.txt"
LONGEST = 1024
"""Octets in UTF-8.  Windows takes 2,560 octets in UTF-16 (``CRED_MAX_CREDENTIAL_BLOB_SIZE``), which
no text of this length exceeds."""

_REAL = frozenset(
    {
        "keyring.backends.SecretService.Keyring",
        "keyring.backends.libsecret.Keyring",
        "keyring.backends.kwallet.DBusKeyring",
        "keyring.backends.kwallet.DBusKeyringKWallet4",
        "keyring.backends.Windows.WinVaultKeyring",
        "keyring.backends.macOS.Keyring",
    }
)
_CHAINER = "keyring.backends.chainer.ChainerBackend"
_NONE_THERE = "keyring.backends.fail.Keyring"


class KeyringRefusedError(FailedError):
    """No keyring could be used.

    Codes ``keyring-missing``, ``keyring-not-real``, ``keyring-refused``, ``keyring-too-long``; each
    is a code of ``stores.toml`` as well.
    """


def availability() -> Availability:
    """Say whether passphrases can be remembered on this PC, and why not."""
    try:
        _backend()
    except KeyringRefusedError as error:
        return Availability(usable=False, reason=error.code)
    return Availability(usable=True)


def fingerprint(octets: bytes) -> str:
    """Return the key of a file's entry: SHA-256 of its content, lower-case hex."""
    return hashlib.sha256(octets).hexdigest()


def remember(file_fingerprint: str, passphrase: Secret) -> None:
    """Store a passphrase, replacing an older one.

    The keyring's interface takes a ``str``: for the length of this call there is one.  Raises
    :class:`KeyringRefusedError`, for one that is longer than :data:`LONGEST` as well.
    """
    if len(passphrase) > LONGEST:
        raise KeyringRefusedError("keyring-too-long", limit=str(LONGEST))
    backend = _backend()
    with _refusals():
        backend.set_password(SERVICE, file_fingerprint, "".join(passphrase.characters()))
    _note(_noted() | {file_fingerprint})


def recall(file_fingerprint: str) -> Secret | None:
    """Return a remembered passphrase, None when there is none.

    The keyring is asked only for a file that was remembered; a locked keyring may then ask the
    person.  Raises :class:`KeyringRefusedError`.
    """
    if file_fingerprint not in _noted():
        return None
    backend = _backend()
    with _refusals():
        found = backend.get_password(SERVICE, file_fingerprint)
    return None if found is None else Secret.from_characters(found, LONGEST)


def forget(file_fingerprint: str) -> None:
    """Remove a passphrase; nothing happens when there is none.

    Raises :class:`KeyringRefusedError`; the file then still counts as remembered.
    """
    if file_fingerprint not in _noted():
        return
    from keyring.errors import PasswordDeleteError

    backend = _backend()
    with _refusals():
        try:
            backend.delete_password(SERVICE, file_fingerprint)
        except PasswordDeleteError:
            # The same error for "there is none" and for "it could not be deleted".
            if backend.get_password(SERVICE, file_fingerprint) is not None:
                raise
    _note(_noted() - {file_fingerprint})


def forget_all() -> list[str]:
    """Remove every remembered passphrase; return the code of each that could not be."""
    refused = []
    for file_fingerprint in sorted(_noted()):
        try:
            forget(file_fingerprint)
        except KeyringRefusedError as error:
            refused.append(error.code)
    return refused


def _backend() -> KeyringBackend:
    """Return the operating system's keyring.  Raises :class:`KeyringRefusedError`."""
    with _refusals():
        import keyring

        chosen: Any = keyring.get_keyring()
        candidates = list(chosen.backends) if _name(chosen) == _CHAINER else [chosen]
    for candidate in candidates:
        if _name(candidate) in _REAL:
            return candidate  # type: ignore[no-any-return]  # the chainer's list has no type
    none_there = all(_name(candidate) == _NONE_THERE for candidate in candidates)
    raise KeyringRefusedError("keyring-missing" if none_there else "keyring-not-real")


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn whatever a keyring raises into :class:`KeyringRefusedError`.

    The backends let through the exceptions of D-Bus, KWallet, Windows and macOS, which have no
    common class; only the kind of error is told on.
    """
    try:
        yield
    except Exception as error:
        raise KeyringRefusedError("keyring-refused", detail=type(error).__name__) from error


def _name(backend: KeyringBackend) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


def _list_file() -> Path:
    return settings.folder() / LIST_NAME


def _noted() -> frozenset[str]:
    try:
        return frozenset(_list_file().read_text("ascii").split())
    except FileNotFoundError:
        return frozenset()


def _note(fingerprints: frozenset[str]) -> None:
    """Write the list whole or not at all.

    Not by ``tempfile``: where nothing may be written it tries new names for ever on Windows
    (github.com/python/cpython/issues/66305).
    """
    _list_file().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = _list_file().with_name(f"{LIST_NAME}.{os.getpid()}")
    try:
        unfinished.write_text("".join(f"{one}\n" for one in sorted(fingerprints)), "ascii")
        unfinished.replace(_list_file())
    finally:
        unfinished.unlink(missing_ok=True)
