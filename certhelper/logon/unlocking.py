"""What must be opened before a private key can be used, and by which secret.

Four secrets look alike to a person: the bank's 利用者暗証番号, a token's PIN, a database's
password and a file's passphrase.  Whoever asks for one names it by what is here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import msgspec

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

    ``where`` names what it belongs to: the token's label, the database's folder, the key's file or
    folder; safe to show.  ``token`` is the token as it was read.
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
    return SecretWanted(kind, _where(installed), token)


def _where(installed: Installed) -> str:
    token = installed.token
    if token is None:
        return safe(installed.store.partition(":")[2])
    return token.label.strip() or text("secrets.unnamed-token", serial=token.serial)


Lent = tuple[tuple[str, bytes | None], ...]
"""Names and values of variables, as octets: they need not be UTF-8.  None: it is not set."""


class Unlocking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the session's process opens before its engine starts; the secret is not among it.

    ``where`` as in :class:`SecretWanted`.  ``module`` is None for a database; ``slot_id``,
    ``label`` and ``serial`` say which of the module's tokens is meant.  ``needs_secret`` False: the
    token's key can be used without.  ``last_try``: the person insists on the token's last one.
    ``lent`` are variables that the module finds its settings by, for its start only.
    """

    kind: SecretKind
    where: str
    module: Path | None = None
    slot_id: int = 0
    label: str = ""
    serial: str = ""
    needs_secret: bool = True
    is_typed_on_reader: bool = False
    last_try: bool = False
    lent: Lent = ()


def order(
    installed: Installed, outside: Mapping[str, str], *, last_try: bool = False
) -> Unlocking | None:
    """Return what a session with ``installed`` must open, None where nothing is locked.

    ``outside`` are the person's own variables: the session's home is another, and a module looks
    into theirs for its settings.
    """
    needed = wanted(installed)
    token = installed.token
    if token is not None:
        from certhelper.stores.pkcs11 import split_where

        return Unlocking(
            kind=SecretKind.TOKEN_PIN,
            where=_where(installed),
            module=split_where(installed.store.partition(":")[2])[0],
            slot_id=token.slot_id,
            label=token.label,
            serial=token.serial,
            needs_secret=needed is not None,
            is_typed_on_reader=token.is_protected_path,
            last_try=last_try,
            lent=lent(outside),
        )
    if needed is None or needed.kind is not SecretKind.DATABASE_PASSWORD:
        return None  # a key's file is opened by the parent, which makes the private database
    return Unlocking(kind=needed.kind, where=needed.where)


def lent(outside: Mapping[str, str]) -> Lent:
    """Return the person's own variables by which a module finds its settings.

    The same as for reading it; those that the person has not set are None, because the session's
    process has some of its own.
    """
    from certhelper.stores.pkcs11_reading import PASSED_ON

    given = {name: outside.get(name) for name in PASSED_ON}
    return tuple(
        (name, None if value is None else os.fsencode(value)) for name, value in given.items()
    )
