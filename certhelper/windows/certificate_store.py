"""The person's certificate store of Windows, "MY", and the computer's: open, walk, read, find.

Every handle and context is given back when its ``with`` or ``for`` ends, whatever happens in it.
A store of the current user holds what the same person's browser offers; the computer's is not part
of it (learn.microsoft.com/windows-hardware/drivers/install/
local-machine-and-current-user-certificate-stores: all but "MY" inherit).
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from hashlib import sha256
from typing import Any, NamedTuple

from certhelper.windows import crypt32
from certhelper.windows.library import WindowsCallError, last_error

_NAME = "MY"
AUTHORITIES = "CA"
"""Of CAs below a root.  What is in it is trusted no more than without it."""
_WIDE = 2  # octets of one unit of UTF-16


class Place(StrEnum):
    """Whose store it is; the value is what follows ``windows:`` in ``--store``."""

    CURRENT_USER = "CurrentUser"
    LOCAL_MACHINE = "LocalMachine"


_LOCATIONS = {
    Place.CURRENT_USER: crypt32.CERT_SYSTEM_STORE_CURRENT_USER,
    Place.LOCAL_MACHINE: crypt32.CERT_SYSTEM_STORE_LOCAL_MACHINE,
}


class KeyPlace(NamedTuple):
    """Where a certificate's key is, as its ``CERT_KEY_PROV_INFO`` property says.

    A ``provider_type`` of 0 stands for a key storage provider (CNG), any other for a cryptographic
    service provider (CAPI).  The names are raw: **not** safe to show.
    """

    provider: str
    container: str
    provider_type: int
    flags: int
    key_spec: int


@contextmanager
def opened(place: Place, *, writable: bool = False, name: str | None = None) -> Iterator[int]:
    """Open the store, "MY" where no other is named; the handle is closed at the end.

    Only what exists is opened, unless it is to be written to.  Archived certificates, which Windows
    hides once they are renewed, are there too.  Raises :class:`WindowsCallError`.
    """
    flags = _LOCATIONS[place] | crypt32.CERT_STORE_ENUM_ARCHIVED_FLAG
    if not writable:
        flags |= crypt32.CERT_STORE_OPEN_EXISTING_FLAG | crypt32.CERT_STORE_READONLY_FLAG
    store: int = crypt32.open_store(crypt32.CERT_STORE_PROV_SYSTEM_W, 0, None, flags, name or _NAME)
    try:
        yield store
        if writable:  # Wine writes a deletion down only then
            crypt32.control_store(store, 0, crypt32.CERT_STORE_CTRL_COMMIT, None)
    finally:
        crypt32.close_store(store, 0)


def contexts(store: int) -> Iterator[Any]:
    """Yield the ``PCCERT_CONTEXT`` of every certificate, each valid until the next one.

    Raises :class:`WindowsCallError` when the walk ends before the end of the store.
    """
    context = None
    while True:
        context = crypt32.next_certificate(store, context)
        if not context:
            break
        try:
            yield context
        except BaseException:
            crypt32.free_certificate(context)
            raise
    code = last_error()
    if code not in (0, crypt32.CRYPT_E_NOT_FOUND, crypt32.ERROR_NO_MORE_FILES):
        raise WindowsCallError("CertEnumCertificatesInStore", code)


@contextmanager
def find(fingerprint: str, place: Place = Place.CURRENT_USER) -> Iterator[Any]:
    """Give the ``PCCERT_CONTEXT`` of the certificate with this SHA-256 (lower-case hex).

    It is valid inside the ``with``.  Raises ``LookupError`` where the store has no such
    certificate, :class:`WindowsCallError` where the store cannot be read.
    """
    with opened(place) as store:
        context = _found(store, fingerprint)
        try:
            yield context
        finally:
            crypt32.free_certificate(context)


def _found(store: int, fingerprint: str) -> Any:
    for context in contexts(store):
        if sha256(der_of(context)).hexdigest() == fingerprint:
            return crypt32.duplicate_certificate(context)
    raise LookupError(fingerprint)


def der_of(context: Any) -> bytes:
    """Return the certificate's octets as the store holds them."""
    content = context.contents
    return ctypes.string_at(content.encoded, content.encoded_size)


def property_of(context: Any, number: int) -> bytes | None:
    """Return a property's octets, None where the certificate has no such property.

    Addresses in them point into memory that is gone.  Raises :class:`WindowsCallError`.
    """
    buffer = _property(context, number)
    return None if buffer is None else buffer.raw


def friendly_name(context: Any) -> str:
    """Return the name that the person or the issuer gave; empty where there is none.

    Raw: **not** safe to show.  It ends at its first NUL; half a surrogate pair becomes U+FFFD.
    """
    return _text(property_of(context, crypt32.CERT_FRIENDLY_NAME_PROP_ID) or b"")


def is_archived(context: Any) -> bool:
    """Whether Windows hides the certificate, as it does with one that was renewed."""
    return _property(context, crypt32.CERT_ARCHIVED_PROP_ID) is not None


def key_place(context: Any) -> KeyPlace | None:
    """Return where the key is; None where the certificate names no key."""
    buffer = _property(context, crypt32.CERT_KEY_PROV_INFO_PROP_ID)
    if buffer is None:
        return None
    if len(buffer) < ctypes.sizeof(crypt32.KeyProvInfo):
        return KeyPlace("", "", 0, 0, 0)
    info = crypt32.KeyProvInfo.from_buffer(buffer)
    return KeyPlace(
        provider=_text_in(buffer, info.provider),
        container=_text_in(buffer, info.container),
        provider_type=info.provider_type,
        flags=info.flags,
        key_spec=info.key_spec,
    )


def _property(context: Any, number: int) -> ctypes.Array[ctypes.c_char] | None:
    size = ctypes.c_uint32()
    try:
        crypt32.get_property(context, number, None, ctypes.byref(size))
        buffer = ctypes.create_string_buffer(size.value)
        crypt32.get_property(context, number, buffer, ctypes.byref(size))
    except WindowsCallError as error:
        if error.code == crypt32.CRYPT_E_NOT_FOUND:
            return None
        raise
    return buffer


def _text_in(buffer: ctypes.Array[ctypes.c_char], address: int | None) -> str:
    """Return the text at an address, which has to lie in the property itself."""
    offset = (address or 0) - ctypes.addressof(buffer)
    return _text(buffer.raw[offset:]) if 0 <= offset < len(buffer) else ""


def _text(octets: bytes) -> str:
    whole = octets[: len(octets) // _WIDE * _WIDE]
    return whole.decode("utf-16-le", "replace").partition("\0")[0]
