"""The stores that certificates can be brought into and taken out of, and how each does it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from certhelper.failures import FailedError, WrongUseError
from certhelper.safe_text import safe
from certhelper.secret import Secret
from certhelper.stores import nss_keys, nss_writing, registry
from certhelper.stores.base import Installed, KeyState, Store
from certhelper.stores.nss import NssStore
from certhelper.stores.nss_files import KEYS, is_there
from certhelper.stores.nss_password import PasswordState, password_state
from certhelper.stores.nss_writing import NewEntry
from certhelper.windows.certificate_store import Place

SaveKey = Callable[[bytearray], None]
"""Gets a private key as PKCS #8 DER before it is taken out; its exception stops the removal."""


class Target(Protocol):
    """A store that can be changed.  Every failure is a :class:`FailedError` and changed nothing."""

    @property
    def store(self) -> Store: ...

    @property
    def is_new(self) -> bool:
        """Whether there is no database yet, so that an import makes it."""
        ...

    @property
    def needs_password(self) -> bool:
        """Whether the database's own password must be given first."""
        ...

    @property
    def keeps_roots(self) -> bool:
        """Whether a root can be stored without being trusted."""
        ...

    @property
    def makes_backups(self) -> bool:
        """Whether a key can be taken out here where the store lets it go."""
        ...

    def known_authorities(self) -> frozenset[bytes]:
        """Return the DER of CAs that are kept in another place than the certificates."""
        ...

    def put(self, entries: Sequence[NewEntry], password: Secret | None) -> None:
        """Put certificates in, without any trust; what is there already is kept."""
        ...

    def sharing_key(self, certificate: bytes) -> tuple[bytes, ...]:
        """Return the DERs of the other certificates of the store that use the same key."""
        ...

    def is_exportable(self, installed: Installed) -> bool:
        """Whether the key may leave the store, as far as that is told beforehand."""
        ...

    def removes_key(self, installed: Installed) -> bool:
        """Whether a key of this kind may be deleted with its certificate."""
        ...

    def take_out(
        self,
        certificate: bytes,
        *,
        takes_key: bool,
        password: Secret | None,
        save: SaveKey | None,
    ) -> None:
        """Remove a certificate, its key too where that is said, after ``save`` has the key."""
        ...


class NssTarget(NamedTuple):
    """An NSS database."""

    store: NssStore
    keeps_roots: bool = True
    makes_backups: bool = True

    @property
    def _directory(self) -> Path:
        return self.store.directory

    @property
    def is_new(self) -> bool:
        return not is_there(self._directory)

    @property
    def needs_password(self) -> bool:
        # Where it cannot be told it is asked for: one that is not needed does no harm.
        has_keys = not self.is_new and (self._directory / KEYS).exists()
        return has_keys and password_state(self._directory) is not PasswordState.NONE

    def known_authorities(self) -> frozenset[bytes]:
        return frozenset()  # they are among the certificates

    def removes_key(self, installed: Installed) -> bool:  # noqa: ARG002  # Windows looks at it
        return True

    def put(self, entries: Sequence[NewEntry], password: Secret | None) -> None:
        with nss_writing.changing(self._directory, password) as copy:
            copy.add(entries)

    def sharing_key(self, certificate: bytes) -> tuple[bytes, ...]:
        return nss_keys.certificates_of_key(self._directory, certificate)

    def is_exportable(self, installed: Installed) -> bool:
        return nss_keys.is_extractable(self._directory, installed.certificate.der)

    def take_out(
        self,
        certificate: bytes,
        *,
        takes_key: bool,
        password: Secret | None,
        save: SaveKey | None,
    ) -> None:
        with nss_writing.changing(self._directory, password) as copy:
            if save is not None:
                key = copy.export_key(certificate)
                try:
                    save(key)
                finally:
                    key[:] = bytes(len(key))
            copy.remove(certificate, takes_key=takes_key)


def to_import_into(specification: str | None) -> Target:
    """Return the target of ``--store``; without one this PC's own store.

    Raises :class:`WrongUseError` (``import-target-wrong``) and as
    :func:`certhelper.stores.registry.open_store`.
    """
    if specification is None:
        store = registry.stores_of_this_pc()[0]
    else:
        store = registry.open_store(specification)
    target = _target(store)
    if target is None:
        raise WrongUseError("import-target-wrong", given=safe(specification or store.kind))
    return target


def to_remove_from(store: Store) -> Target:
    """Return the target behind a store.

    Raises :class:`FailedError` in words about what to do instead: ``remove-whole-file``,
    ``remove-from-token``, ``remove-elsewhere``.
    """
    target = _target(store)
    if target is None:
        codes = {
            "pkcs12": "remove-whole-file",
            "files": "remove-whole-file",
            "pkcs11": "remove-from-token",
        }
        code = codes.get(store.kind, "remove-elsewhere")
        raise FailedError(code, where=safe(f"{store.kind}:{store.where}"))
    return target


def is_changeable(specification: str) -> bool:
    """Whether certificates can be brought into this store, as far as its name tells."""
    kind, _, where = specification.partition(":")
    return kind == "nss" or (kind == "windows" and where == Place.CURRENT_USER)


def holds_key(installed: Installed) -> bool:
    """Whether a private key is there or may be, behind a password or not."""
    return installed.key is not KeyState.ABSENT


def _target(store: Store) -> Target | None:
    if isinstance(store, NssStore):
        return NssTarget(store)
    if store.kind == "windows" and store.where == Place.CURRENT_USER:
        from certhelper.installing.windows_target import WindowsTarget
        from certhelper.stores.windows import WindowsStore

        return WindowsTarget(store) if isinstance(store, WindowsStore) else None
    return None
