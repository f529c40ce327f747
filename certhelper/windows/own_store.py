"""Put a certificate with its key into the person's own store of Windows, and take it out again.

For what the program makes itself, the self test's certificate and the demo's: never for a bank's.
The key goes into a container of its own, so that removing it takes nothing else along.
"""

from __future__ import annotations

import ctypes
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import uuid4

from certhelper.windows import advapi32, crypt32
from certhelper.windows.certificate_store import (
    KeyPlace,
    Place,
    contexts,
    der_of,
    find,
    key_place,
    opened,
)
from certhelper.windows.certificate_store import friendly_name as name_of
from certhelper.windows.library import WindowsCallError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_CONTAINER = "certhelper-"
_PROVIDER = advapi32.MS_ENH_RSA_AES_PROV, advapi32.PROV_RSA_AES
_PRIVATEKEYBLOB = 0x7
_CUR_BLOB_VERSION = 0x2
_NTE_BAD_KEYSET = 0x80090016  # "Keyset does not exist"


def new_container() -> str:
    """Return a name for a key container that nobody has used."""
    return _CONTAINER + str(uuid4())


def put(
    certificate_der: bytes,
    key: RSAPrivateKey,
    friendly_name: str,
    *,
    exportable: bool = False,
    container: str | None = None,
) -> str:
    """Add the certificate and its key to the current user's "MY"; return the container's name.

    ``container`` is one of :func:`new_container`, for whoever must know it beforehand.
    Raises :class:`WindowsCallError`; nothing is left behind then.
    """
    container = container or new_container()
    provider = _new_container(container)
    try:
        try:
            _import(provider, key, exportable)
        finally:
            advapi32.release_context(provider, 0)
        _add(certificate_der, container, friendly_name)
    except BaseException:
        _delete_container(container, *_PROVIDER)
        raise
    return container


def put_without_key(certificate_der: bytes, friendly_name: str) -> None:
    """Add a certificate that has no key to the current user's "MY".

    Raises :class:`WindowsCallError`; nothing is left behind then.
    """
    _add(certificate_der, None, friendly_name)


def undo(fingerprint: str, container: str) -> None:
    """Undo :func:`put`, or what was begun of it; nothing where nothing is left.

    Raises as :func:`remove` and :func:`remove_container`.
    """
    if fingerprint in remains():
        remove(fingerprint)
    remove_container(container)


def undo_without_key(fingerprint: str, friendly_name: str) -> None:
    """Undo :func:`put_without_key`; nothing where there is no such certificate any more.

    Raises ``LookupError`` for a certificate that has another name or a key: it is not the one that
    was put; :class:`WindowsCallError` when Windows refuses.
    """
    try:
        with find(fingerprint) as context:
            is_the_one = key_place(context) is None and name_of(context) == friendly_name
    except LookupError:
        return
    if not is_the_one:
        raise LookupError(fingerprint)
    _delete_certificate(fingerprint)


def remove(fingerprint: str) -> None:
    """Delete the certificate with this SHA-256 and its key from the current user's "MY".

    Only what :func:`put` made loses its key container; any other certificate is left alone.
    Raises ``LookupError`` where there is no such certificate, :class:`WindowsCallError` when
    Windows refuses.
    """
    with find(fingerprint) as context:
        place = key_place(context)
    if not _is_ours(place):
        raise LookupError(fingerprint)
    _delete_certificate(fingerprint)
    assert place is not None
    _delete_container(place.container, place.provider, place.provider_type)


def remove_container(container: str) -> None:
    """Delete a key container of :func:`new_container` whose certificate never came, if it is there.

    Raises ``LookupError`` for another container's name, :class:`WindowsCallError` when Windows
    refuses.
    """
    if not container.startswith(_CONTAINER):
        raise LookupError(container)
    try:
        _delete_container(container, *_PROVIDER)
    except WindowsCallError as error:
        if error.code != _NTE_BAD_KEYSET:
            raise


def remains() -> list[str]:
    """Return the SHA-256 of every certificate that :func:`put` made and nobody removed."""
    with opened(Place.CURRENT_USER) as store:
        return [
            sha256(der_of(context)).hexdigest()
            for context in contexts(store)
            if _is_ours(key_place(context))
        ]


def _is_ours(place: KeyPlace | None) -> bool:
    return place is not None and place.container.startswith(_CONTAINER)


def _new_container(container: str) -> int:
    provider = ctypes.c_size_t()
    flags = advapi32.CRYPT_NEWKEYSET | advapi32.CRYPT_SILENT
    advapi32.acquire_context(ctypes.byref(provider), container, *_PROVIDER, flags)
    return provider.value


def _import(provider: int, key: RSAPrivateKey, exportable: bool) -> None:
    blob = bytearray(_private_key_blob(key))
    imported = ctypes.c_size_t()
    try:
        advapi32.import_key(
            provider,
            (ctypes.c_char * len(blob)).from_buffer(blob),
            len(blob),
            0,
            advapi32.CRYPT_EXPORTABLE if exportable else 0,
            ctypes.byref(imported),
        )
    finally:
        blob[:] = bytes(len(blob))
    advapi32.destroy_key(imported)


def _private_key_blob(key: RSAPrivateKey) -> bytes:
    """Return ``PRIVATEKEYBLOB`` of RSA: BLOBHEADER, RSAPUBKEY, then the numbers, little-endian.

    learn.microsoft.com/windows/win32/seccrypto/base-provider-key-blobs
    """
    numbers = key.private_numbers()
    modulus, half = key.key_size // 8, key.key_size // 16
    header = bytes((_PRIVATEKEYBLOB, _CUR_BLOB_VERSION, 0, 0))
    parts = (
        (advapi32.CALG_RSA_KEYX, 4),
        (int.from_bytes(b"RSA2", "little"), 4),
        (key.key_size, 4),
        (numbers.public_numbers.e, 4),
        (numbers.public_numbers.n, modulus),
        (numbers.p, half),
        (numbers.q, half),
        (numbers.dmp1, half),
        (numbers.dmq1, half),
        (numbers.iqmp, half),
        (numbers.d, modulus),
    )
    return header + b"".join(number.to_bytes(size, "little") for number, size in parts)


def _add(certificate_der: bytes, container: str | None, friendly_name: str) -> None:
    context = crypt32.create_certificate(
        crypt32.X509_ASN_ENCODING, certificate_der, len(certificate_der)
    )
    try:
        if container is not None:
            _name_key(context, container)
        name = ctypes.create_unicode_buffer(friendly_name)
        blob = crypt32.DataBlob(ctypes.sizeof(name), ctypes.addressof(name))
        crypt32.set_property(context, crypt32.CERT_FRIENDLY_NAME_PROP_ID, 0, ctypes.byref(blob))
        with opened(Place.CURRENT_USER, writable=True) as store:
            crypt32.add_certificate(store, context, crypt32.CERT_STORE_ADD_NEW, None)
    finally:
        crypt32.free_certificate(context)


def _name_key(context: object, container: str) -> None:
    provider, provider_type = _PROVIDER
    names = ctypes.create_unicode_buffer(container), ctypes.create_unicode_buffer(provider)
    info = crypt32.KeyProvInfo(
        *(ctypes.addressof(name) for name in names),
        provider_type=provider_type,
        key_spec=advapi32.AT_KEYEXCHANGE,
    )
    crypt32.set_property(context, crypt32.CERT_KEY_PROV_INFO_PROP_ID, 0, ctypes.byref(info))


def _delete_certificate(fingerprint: str) -> None:
    with opened(Place.CURRENT_USER, writable=True) as store:
        found = None
        for context in contexts(store):
            if sha256(der_of(context)).hexdigest() == fingerprint:
                found = crypt32.duplicate_certificate(context)
                break
        # Deleted only after the walk: Wine keeps what the walk still holds.
        if found is None:
            raise LookupError(fingerprint)
        crypt32.delete_certificate(found)


def _delete_container(container: str, provider: str, provider_type: int) -> None:
    """Delete a key container; the handle that this gives back is none (documentation)."""
    advapi32.acquire_context(
        ctypes.byref(ctypes.c_size_t()),
        container,
        provider,
        provider_type,
        advapi32.CRYPT_DELETEKEYSET | advapi32.CRYPT_SILENT,
    )
