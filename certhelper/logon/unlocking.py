"""What a session must open before its private key can be used.

Which secret does it is :mod:`certhelper.logon.secret_wanted`'s to say.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from certhelper.logon.secret_wanted import SecretKind, place_of_secret, wanted
from certhelper.stores.base import Installed

Lent = tuple[tuple[str, bytes | None], ...]
"""Names and values of variables, as octets: they need not be UTF-8.  None: it is not set."""


class Unlocking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the session's process opens before its engine starts; the secret is not among it.

    ``where`` as in :class:`~certhelper.logon.secret_wanted.SecretWanted`.  ``module`` is None for a
    database; ``slot_id``, ``label`` and ``serial`` (octets without filling) say which of the
    module's tokens is meant, and ``certificate`` (SHA-256 of its DER, in hex) what it must hold.
    ``needs_secret`` False: the token's key can be used without.  ``last_try``: the person insists
    on the token's last one.
    ``lent`` are variables that the module finds its settings by, for its start only.
    """

    kind: SecretKind
    where: str
    module: Path | None = None
    slot_id: int = 0
    label: bytes = b""
    serial: bytes = b""
    certificate: str = ""
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
            where=place_of_secret(installed),
            module=split_where(installed.store.partition(":")[2])[0],
            slot_id=token.slot_id,
            label=token.label_octets,
            serial=token.serial_octets,
            certificate=installed.certificate.sha256,
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
