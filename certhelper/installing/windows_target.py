"""The current user's store "MY" of Windows as a target."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from typing import NamedTuple

from certhelper.failures import FailedError
from certhelper.installing.targets import SaveKey
from certhelper.safe_text import safe
from certhelper.secret import Secret
from certhelper.stores.base import Installed
from certhelper.stores.nss_writing import NewEntry
from certhelper.stores.windows import WindowsStore
from certhelper.windows import person_store
from certhelper.windows.library import WindowsCallError

_log = logging.getLogger(__name__)

_SOFTWARE = "software"


class WindowsTarget(NamedTuple):
    """Windows asks for no password, makes the store by itself, and trusts no root from here."""

    store: WindowsStore
    is_new: bool = False
    needs_password: bool = False
    keeps_roots: bool = False
    makes_backups: bool = False

    def known_authorities(self) -> frozenset[bytes]:
        with _failures():
            return person_store.authorities()

    def put(
        self,
        entries: Sequence[NewEntry],
        password: Secret | None,  # noqa: ARG002  # there is none
    ) -> None:
        """Put all in; what was put before one that Windows refuses is taken out again."""
        undo: list[Callable[[], None]] = []
        try:
            for entry in entries:
                with _failures():
                    undo.extend(_put(entry))
        except BaseException:
            for take_out in reversed(undo):
                try:
                    with _failures():
                        take_out()
                except FailedError as error:  # the others are taken out all the same
                    _log.warning("not taken out again: %s", error.facts.get("detail"))
            raise

    def sharing_key(self, certificate: bytes) -> tuple[bytes, ...]:
        with _failures():
            return person_store.sharing_key(sha256(certificate).hexdigest())

    def is_exportable(self, installed: Installed) -> bool:  # noqa: ARG002  # of no key
        return False  # certmgr.msc does it

    def removes_key(self, installed: Installed) -> bool:
        """A card's or a TPM's key is its maker's to delete."""
        details = installed.key_details
        return details is not None and details.hardware == _SOFTWARE and not details.is_of_computer

    def take_out(
        self,
        certificate: bytes,
        *,
        takes_key: bool,
        password: Secret | None,  # noqa: ARG002  # there is none
        save: SaveKey | None,  # noqa: ARG002  # no backup is offered
    ) -> None:
        with _failures():
            person_store.remove(sha256(certificate).hexdigest(), takes_key=takes_key)


def _put(entry: NewEntry) -> Iterator[Callable[[], None]]:
    """Put one in; yield what takes it out again, unless it was there."""
    if entry.key is None:
        if person_store.import_authority(entry.certificate):
            yield partial(person_store.remove_authority, entry.certificate)
        return
    fingerprint, transport = sha256(entry.certificate).hexdigest(), secrets.token_hex(16)
    person_store.import_pfx(_pfx(entry, transport), transport, fingerprint, entry.nickname)
    yield partial(person_store.remove, fingerprint, takes_key=True)


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except WindowsCallError as error:
        raise FailedError("windows-store-not-changed", detail=str(error)) from error
    except LookupError as error:
        raise FailedError("windows-store-not-changed", detail="not there any more") from error


def _pfx(entry: NewEntry, transport: str) -> bytes:
    """Return certificate and key as every Windows reads them; it never leaves this process.

    Its old encryption protects nothing: it lives in memory for one call.  Raises
    :class:`FailedError` (``import-certificate-odd``) for what the library does not write.
    """
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.serialization import pkcs12

    assert entry.key is not None
    encryption = (
        serialization.PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(2000)
        .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        .hmac_hash(hashes.SHA1())  # noqa: S303  # as above
        .build(transport.encode())
    )
    try:
        # It was proved by a signature when its file was opened.
        key = serialization.load_der_private_key(
            entry.key, None, unsafe_skip_rsa_key_validation=True
        )
        return pkcs12.serialize_key_and_certificates(
            None,
            key,  # type: ignore[arg-type]  # the library refuses what it cannot store
            x509.load_der_x509_certificate(entry.certificate),
            None,
            encryption,
        )
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        facts = {"name": safe(entry.nickname), "detail": safe(str(error))}
        raise FailedError("import-certificate-odd", **facts) from error
