"""Which secret a private key wants before it can be used, told by what was read.

Four secrets look alike to a person: the bank's 利用者暗証番号, a token's PIN, a database's
password and a file's passphrase.  Whoever asks for one names it by what is here.  The window asks
this of every choice, so nothing slow is imported here.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from certhelper.safe_text import safe
from certhelper.stores.base import Installed, KeyState, Token, TriesLeft
from certhelper.texts import text


class SecretKind(StrEnum):
    """Which secret opens the key."""

    TOKEN_PIN = "token-pin"  # noqa: S105  # its name
    DATABASE_PASSWORD = "database-password"  # noqa: S105  # its name
    KEY_FILE_PASSPHRASE = "key-file-passphrase"  # noqa: S105  # its name
    CERTIFICATE_FILE_PASSPHRASE = "certificate-file-passphrase"  # noqa: S105  # its name


class SecretWanted(NamedTuple):
    """One secret that must be given before the key can be used.

    ``where`` names what it belongs to: the token's label, the database's folder, the key's own
    file; safe to show.  ``token`` is the token as it was read.
    """

    kind: SecretKind
    where: str
    token: Token | None = None

    @property
    def is_typed_on_reader(self) -> bool:
        """Whether the card reader's own keys take it, and no program ever sees it."""
        return self.token is not None and self.token.is_protected_path

    @property
    def tries(self) -> TriesLeft:
        """How many wrong ones the token still takes, as it told; others count none."""
        return self.token.tries if self.token is not None else TriesLeft.PLENTY


_KINDS = {
    "pkcs11": SecretKind.TOKEN_PIN,
    "nss": SecretKind.DATABASE_PASSWORD,
    "files": SecretKind.KEY_FILE_PASSPHRASE,
    "pkcs12": SecretKind.CERTIFICATE_FILE_PASSPHRASE,
}


def wanted(installed: Installed) -> SecretWanted | None:
    """Return the secret that a log-on with ``installed`` needs, None where it needs none.

    Not for what the operating system asks for by itself (Windows, macOS), nor for most PKCS#12
    files: they are opened before their certificates can be seen, unless only the keys are
    encrypted.
    """
    kind = _KINDS.get(installed.store.partition(":")[0])
    token = installed.token
    needs = installed.key_needs_user or installed.key is KeyState.NEEDS_USER
    if kind is None or not (needs or (token is not None and token.needs_login)):
        return None
    return SecretWanted(kind, place_of_secret(installed), token)


def place_of_secret(installed: Installed) -> str:
    """What the secret belongs to, as of :class:`SecretWanted`."""
    token = installed.token
    if token is None:
        return safe(installed.key_file or installed.store.partition(":")[2])
    return token.label.strip() or text("secrets.unnamed-token", serial=token.serial)
