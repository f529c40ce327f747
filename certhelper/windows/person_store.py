"""Bring a person's own certificate into the store "MY" of the current user, and take one out of it.

By ``PFXImportCertStore``, which keeps the key with a provider of Windows (CNG where it may choose),
and ``CertAddCertificateContextToStore`` with ``CERT_STORE_ADD_NEW``, which replaces nothing.  As
with Windows' own wizard, unless it is told otherwise, the key cannot be exported afterwards.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

from certhelper.windows import advapi32, crypt32, ncrypt, wine
from certhelper.windows.certificate_store import (
    AUTHORITIES,
    KeyPlace,
    Place,
    contexts,
    der_of,
    find,
    key_place,
    opened,
)
from certhelper.windows.library import WindowsCallError

_CNG = 0
"""The ``provider_type`` of a key of CNG."""


def import_pfx(pfx: bytes, password: str, fingerprint: str, name: str) -> None:
    """Bring the certificate with this SHA-256 (lower-case hex) in, with its key.

    ``pfx`` holds it and its key only.  Raises :class:`WindowsCallError`; nothing is left behind
    then.  Raises ``LookupError`` where ``pfx`` does not hold the certificate.
    """
    with _imported(pfx, password) as memory:
        context = _duplicate(memory, fingerprint)
        if context is None:
            raise LookupError(fingerprint)
        try:
            place = key_place(context)
            try:
                _set_name(context, name)
                with opened(Place.CURRENT_USER, writable=True) as store:
                    crypt32.add_certificate(store, context, crypt32.CERT_STORE_ADD_NEW, None)
            except BaseException:
                if place is not None:
                    _delete_unused_key(place)
                raise
        finally:
            crypt32.free_certificate(context)


def import_authority(certificate: bytes) -> bool:
    """Put a CA's certificate among those below a root; one that is there is left.

    It gives no trust: a chain still has to end at a root that is trusted.  Says whether it is new.
    Raises :class:`WindowsCallError`.
    """
    context = crypt32.create_certificate(crypt32.X509_ASN_ENCODING, certificate, len(certificate))
    try:
        with opened(Place.CURRENT_USER, writable=True, name=AUTHORITIES) as store:
            crypt32.add_certificate(store, context, crypt32.CERT_STORE_ADD_NEW, None)
    except WindowsCallError as error:
        if error.code != crypt32.CRYPT_E_EXISTS:
            raise
        return False
    finally:
        crypt32.free_certificate(context)
    return True


def remove_authority(certificate: bytes) -> None:
    """Take a CA's certificate out again.  Raises ``LookupError``, :class:`WindowsCallError`."""
    with opened(Place.CURRENT_USER, writable=True, name=AUTHORITIES) as store:
        found = _duplicate(store, sha256(certificate).hexdigest())
        if found is None:
            raise LookupError("no such authority")
        crypt32.delete_certificate(found)


def authorities() -> frozenset[bytes]:
    """Return the DER of every CA that is there.  Raises :class:`WindowsCallError`."""
    try:
        with opened(Place.CURRENT_USER, name=AUTHORITIES) as store:
            return frozenset(der_of(context) for context in contexts(store))
    except WindowsCallError as error:
        if error.code != crypt32.ERROR_FILE_NOT_FOUND:
            raise
        return frozenset()


def sharing_key(fingerprint: str) -> tuple[bytes, ...]:
    """Return the DER of the other certificates that name the same key.

    Raises ``LookupError``, :class:`WindowsCallError`.
    """
    with find(fingerprint) as context:
        own = key_place(context)
    if own is None:
        return ()
    return tuple(der for der in _using(own) if sha256(der).hexdigest() != fingerprint)


def remove(fingerprint: str, *, takes_key: bool) -> None:
    """Delete a certificate, and after it its key where that is said.

    Raises ``LookupError``; :class:`WindowsCallError`: the certificate is there still when it names
    ``CertDeleteCertificateFromStore``, else only the key is left.
    """
    with find(fingerprint) as context:
        place = key_place(context)
    with opened(Place.CURRENT_USER, writable=True) as store:
        found = _duplicate(store, fingerprint)
        if found is None:
            raise LookupError(fingerprint)
        crypt32.delete_certificate(found)
    if takes_key and place is not None:
        _delete_unused_key(place)


@contextmanager
def _imported(pfx: bytes, password: str) -> Iterator[int]:
    buffer = ctypes.create_string_buffer(pfx, len(pfx))
    blob = crypt32.DataBlob(len(pfx), ctypes.addressof(buffer))
    flags = crypt32.CRYPT_USER_KEYSET
    if wine.version() is None:  # Wine refuses it
        flags |= crypt32.PKCS12_PREFER_CNG_KSP
    try:
        store: int = crypt32.import_pfx(ctypes.byref(blob), password, flags)
    finally:
        ctypes.memset(buffer, 0, len(pfx))
    try:
        yield store
    finally:
        crypt32.close_store(store, 0)


def _duplicate(store: int, fingerprint: str) -> Any:
    """Return a context of its own, None where there is no such certificate.

    Deleted or added only after the walk: Wine keeps what a walk still holds.
    """
    found = None
    for context in contexts(store):
        if sha256(der_of(context)).hexdigest() == fingerprint:
            found = crypt32.duplicate_certificate(context)
            break
    return found


def _set_name(context: object, name: str) -> None:
    text = ctypes.create_unicode_buffer(name)
    blob = crypt32.DataBlob(ctypes.sizeof(text), ctypes.addressof(text))
    crypt32.set_property(context, crypt32.CERT_FRIENDLY_NAME_PROP_ID, 0, ctypes.byref(blob))


def _using(place: KeyPlace) -> list[bytes]:
    """Return the DER of every certificate of the person that names this key."""
    with opened(Place.CURRENT_USER) as store:
        found = [(der_of(context), key_place(context)) for context in contexts(store)]
    return [
        der
        for der, other in found
        if other is not None
        and (other.container, other.provider) == (place.container, place.provider)
    ]


def _delete_unused_key(place: KeyPlace) -> None:
    """Delete a key, unless a certificate that is there names it (Wine has one place for all)."""
    if not _using(place):
        _delete_key(place)


def _delete_key(place: KeyPlace) -> None:
    if place.provider_type == _CNG:
        _delete_cng_key(place)
        return
    crypt_flags = advapi32.CRYPT_DELETEKEYSET | advapi32.CRYPT_SILENT
    # The handle that this gives back is none (documentation of CryptAcquireContext).
    advapi32.acquire_context(
        *(ctypes.byref(ctypes.c_size_t()), place.container, place.provider),
        *(place.provider_type, crypt_flags),
    )


def _delete_cng_key(place: KeyPlace) -> None:
    provider, key = ctypes.c_size_t(), ctypes.c_size_t()
    ncrypt.open_storage_provider(ctypes.byref(provider), place.provider, 0)
    try:
        silent = ncrypt.NCRYPT_SILENT_FLAG
        ncrypt.open_key(provider, ctypes.byref(key), place.container, place.key_spec, silent)
        try:
            ncrypt.delete_key(key, silent)
        except WindowsCallError:
            ncrypt.free_object(key)
            raise
    finally:
        ncrypt.free_object(provider)
