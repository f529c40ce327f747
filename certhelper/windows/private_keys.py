"""Whether Windows gives the private key of a certificate, and of what kind that key is.

The key is acquired as Chromium does it at log-on (``net/ssl/ssl_platform_key_win.cc``: by CNG
where that can be, else by CAPI), but silently, and it is compared with the certificate.  A key
that opens is no proof yet: after a change of the Windows password a key opens and then cannot be
decrypted.  So a key of a software provider signs a few octets, silently.  A key of a card, a TPM or
an unknown device is left alone: a signature there may take seconds or wait for the person.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from hashlib import sha256
from typing import Any, NamedTuple

from certhelper.windows import advapi32, crypt32, ncrypt
from certhelper.windows.certificate_store import KeyPlace
from certhelper.windows.library import WindowsCallError

_SMART_CARD_PROVIDERS = frozenset(
    {"Microsoft Base Smart Card Crypto Provider", "Microsoft Smart Card Key Storage Provider"}
)
_TPM_PROVIDER = "Microsoft Platform Crypto Provider"
_TRIAL = b"certhelper: is this key usable? "
_EXPORTABLE = ncrypt.NCRYPT_ALLOW_EXPORT_FLAG | ncrypt.NCRYPT_ALLOW_PLAINTEXT_EXPORT_FLAG
_ASKS = ncrypt.NCRYPT_UI_PROTECT_KEY_FLAG | ncrypt.NCRYPT_UI_FORCE_HIGH_PROTECTION_FLAG

# What a key answers that makes no such signature, though it may make others.
_NO_SUCH_SIGNATURE = frozenset(
    {
        0x80090002,  # NTE_BAD_HASH
        0x80090008,  # NTE_BAD_ALGID
        0x80090009,  # NTE_BAD_FLAGS
        0x8009000A,  # NTE_BAD_TYPE
        0x80090027,  # NTE_INVALID_PARAMETER
        0x80090029,  # NTE_NOT_SUPPORTED
    }
)


class Interface(StrEnum):
    """Which of its two interfaces Windows gave the key by."""

    CNG = "cng"
    CAPI = "capi"


class Hardware(StrEnum):
    """What holds the key."""

    SOFTWARE = "software"
    SMART_CARD = "smart-card"
    TPM = "tpm"
    DEVICE = "device"


class KeyFinding(NamedTuple):
    """What a probe found.  ``code`` is 0 for a key that can be used, else what Windows said.

    None: not told.  ``asks_person`` says that Windows asks before each use of the key.
    """

    code: int = 0
    interface: Interface | None = None
    hardware: Hardware | None = None
    exportable: bool | None = None
    asks_person: bool = False


def probe(context: Any, place: KeyPlace | None) -> KeyFinding:
    """Try the certificate's key without showing anything.  Never raises for what the key is."""
    try:
        with _acquired(context) as (handle, key_spec):
            if key_spec == crypt32.CERT_NCRYPT_KEY_SPEC:
                return _cng_key(handle, place)
            return _capi_key(context, handle, key_spec, place)
    except WindowsCallError as error:
        code = _code_of_container(place, error.code)
        return KeyFinding(code=code, hardware=_hardware_of_provider(place))


def signature_of(context: Any, message: bytes) -> tuple[str, bytes]:
    """Let the certificate's key sign ``message`` without showing anything.

    Returns the signature and how it was made: ``rsa-pkcs1-sha256``, ``rsa-pkcs1-sha1`` where the
    provider knows nothing newer, or ``ecdsa-sha256``.  Raises :class:`WindowsCallError`.
    """
    with _acquired(context) as (handle, key_spec):
        if key_spec == crypt32.CERT_NCRYPT_KEY_SPEC:
            scheme = "rsa-pkcs1-sha256" if _is_rsa(handle) else "ecdsa-sha256"
            return scheme, sign_with_cng(handle, ncrypt.NCRYPT_SILENT_FLAG, message)
        spec = _one_spec(key_spec)
        try:
            signed = _sign_with_capi(handle, spec, message, advapi32.CALG_SHA_256)
        except WindowsCallError as error:
            if error.code not in _NO_SUCH_SIGNATURE:
                raise
            return "rsa-pkcs1-sha1", _sign_with_capi(handle, spec, message)
        return "rsa-pkcs1-sha256", signed


@contextmanager
def _acquired(context: Any) -> Iterator[tuple[int, int]]:
    handle, key_spec, must_free = ctypes.c_void_p(), ctypes.c_uint32(), ctypes.c_int32()
    flags = (
        crypt32.CRYPT_ACQUIRE_SILENT_FLAG
        | crypt32.CRYPT_ACQUIRE_COMPARE_KEY_FLAG
        | crypt32.CRYPT_ACQUIRE_PREFER_NCRYPT_KEY_FLAG
    )
    given = (ctypes.byref(handle), ctypes.byref(key_spec), ctypes.byref(must_free))
    crypt32.acquire_private_key(context, flags, None, *given)
    try:
        yield handle.value or 0, key_spec.value
    finally:
        if must_free.value:
            free(handle.value or 0, key_spec.value)


def free(handle: int, key_spec: int) -> None:
    """Give back a key handle of either kind.  Raises :class:`WindowsCallError`."""
    if key_spec == crypt32.CERT_NCRYPT_KEY_SPEC:
        ncrypt.free_object(handle)
    else:
        advapi32.release_context(handle, 0)


# ---- CNG ----------------------------------------------------------------------------------------


def _cng_key(key: int, place: KeyPlace | None) -> KeyFinding:
    hardware = _hardware(place, cng_provider_flags(key))
    policy = _cng_number(key, ncrypt.NCRYPT_EXPORT_POLICY_PROPERTY)
    asks = bool(_asking_flags(key) & _ASKS)
    code = 0
    if hardware is Hardware.SOFTWARE and not asks:
        code = _outcome(sign_with_cng, key, ncrypt.NCRYPT_SILENT_FLAG)
    return KeyFinding(
        code=code,
        interface=Interface.CNG,
        hardware=hardware,
        exportable=None if policy is None else bool(policy & _EXPORTABLE),
        asks_person=asks,
    )


def cng_provider_flags(key: int) -> int | None:
    """Return the flags of what the key's provider is, None where it does not tell."""
    octets = _cng_property(key, ncrypt.NCRYPT_PROVIDER_HANDLE_PROPERTY)
    if octets is None or len(octets) != ctypes.sizeof(ctypes.c_size_t):
        return None
    provider = int.from_bytes(octets, "little")
    try:
        return _cng_number(provider, ncrypt.NCRYPT_IMPL_TYPE_PROPERTY)
    finally:
        ncrypt.free_object(provider)


def _asking_flags(key: int) -> int:
    """``NCRYPT_UI_POLICY.dwFlags``, behind the version; 0 where the key has no such policy."""
    octets = _cng_property(key, ncrypt.NCRYPT_UI_POLICY_PROPERTY) or b""
    return int.from_bytes(octets[4:8], "little")


def _cng_number(handle: int, name: str) -> int | None:
    octets = _cng_property(handle, name)
    return int.from_bytes(octets, "little") if octets is not None and len(octets) == 4 else None


def _cng_property(handle: int, name: str) -> bytes | None:
    """Return a property, None where the key has none or its provider does not tell it."""
    size = ctypes.c_uint32()
    silent = ncrypt.NCRYPT_SILENT_FLAG
    try:
        ncrypt.get_property(handle, name, None, 0, ctypes.byref(size), silent)
        buffer = ctypes.create_string_buffer(max(size.value, 1))
        ncrypt.get_property(handle, name, buffer, size.value, ctypes.byref(size), silent)
    except WindowsCallError:
        return None
    return buffer.raw[: size.value]


def sign_with_cng(key: int, flags: int, message: bytes = _TRIAL) -> bytes:
    """Sign a few octets with SHA-256, for RSA as PKCS #1 v1.5 has it.

    ``flags`` of 0 lets Windows ask the person.  Raises :class:`WindowsCallError`.
    """
    digest = sha256(message).digest()
    padding = None
    if _is_rsa(key):
        padding = ctypes.byref(ncrypt.Pkcs1PaddingInfo(ncrypt.SHA256))
        flags |= ncrypt.BCRYPT_PAD_PKCS1
    size = ctypes.c_uint32()
    given = (key, padding, digest, len(digest))
    ncrypt.sign_hash(*given, None, 0, ctypes.byref(size), flags)
    signature = ctypes.create_string_buffer(max(size.value, 1))
    ncrypt.sign_hash(*given, signature, size.value, ctypes.byref(size), flags)
    return signature.raw[: size.value]


def _is_rsa(key: int) -> bool:
    group = _cng_property(key, ncrypt.NCRYPT_ALGORITHM_GROUP_PROPERTY) or b""
    return group.decode("utf-16-le", "replace").rstrip("\0") == ncrypt.RSA_GROUP


# ---- CAPI ---------------------------------------------------------------------------------------


def _capi_key(context: Any, provider: int, key_spec: int, place: KeyPlace | None) -> KeyFinding:
    spec = _one_spec(key_spec)
    hardware = _hardware(place, _capi_provider_flags(provider))
    key = ctypes.c_size_t()
    code = _outcome(advapi32.get_user_key, provider, spec, ctypes.byref(key))
    if code:
        return KeyFinding(code, Interface.CAPI, hardware)
    try:
        permissions = _capi_number(advapi32.get_key_parameter, key.value, advapi32.KP_PERMISSIONS)
    finally:
        advapi32.destroy_key(key)
    if not _belongs_to(context, provider, spec):
        code = crypt32.NTE_BAD_PUBLIC_KEY
    elif hardware is Hardware.SOFTWARE:
        code = _outcome(_sign_with_capi, provider, spec)
    return KeyFinding(
        code=code,
        interface=Interface.CAPI,
        hardware=hardware,
        exportable=None if permissions is None else bool(permissions & advapi32.CRYPT_EXPORT),
    )


def _one_spec(key_spec: int) -> int:
    """Wine names both keys of a container at once (3) after an import of a PKCS#12 file."""
    return advapi32.AT_SIGNATURE if key_spec == advapi32.AT_SIGNATURE else advapi32.AT_KEYEXCHANGE


def _belongs_to(context: Any, provider: int, key_spec: int) -> bool:
    """Compare once more: Wine does not do it when it is asked to.  Not told counts as yes."""
    size, encoding = ctypes.c_uint32(), crypt32.X509_ASN_ENCODING
    given = (provider, key_spec, encoding)
    try:
        crypt32.export_public_key(*given, None, ctypes.byref(size))
        buffer = ctypes.create_string_buffer(size.value)
        crypt32.export_public_key(*given, buffer, ctypes.byref(size))
    except WindowsCallError:
        return True
    own = crypt32.PublicKeyInfo.from_buffer(buffer)
    named = context.contents.info.contents.public_key
    return bool(crypt32.compare_public_keys(encoding, ctypes.byref(named), ctypes.byref(own)))


def _capi_provider_flags(provider: int) -> int | None:
    return _capi_number(advapi32.get_provider_parameter, provider, advapi32.PP_IMPTYPE)


def _capi_number(function: Any, handle: int, parameter: int) -> int | None:
    number, size = ctypes.c_uint32(), ctypes.c_uint32(ctypes.sizeof(ctypes.c_uint32))
    try:
        function(handle, parameter, ctypes.byref(number), ctypes.byref(size), 0)
    except WindowsCallError:
        return None
    return number.value


def _sign_with_capi(
    provider: int, key_spec: int, message: bytes = _TRIAL, algorithm: int = advapi32.CALG_SHA1
) -> bytes:
    """Sign with SHA-1, the one hash that every provider of this kind knows, or another.

    The octets are in the order of PKCS #1; Windows gives them the other way round.
    """
    hashed = ctypes.c_size_t()
    advapi32.create_hash(provider, algorithm, 0, 0, ctypes.byref(hashed))
    try:
        advapi32.hash_data(hashed, message, len(message), 0)
        size = ctypes.c_uint32()
        advapi32.sign_hash(hashed, key_spec, None, 0, None, ctypes.byref(size))
        signature = ctypes.create_string_buffer(max(size.value, 1))
        advapi32.sign_hash(hashed, key_spec, None, 0, signature, ctypes.byref(size))
        return signature.raw[: size.value][::-1]
    finally:
        advapi32.destroy_hash(hashed)


def _code_of_container(place: KeyPlace | None, code: int) -> int:
    """Return what the provider itself says where crypt32 only says that there is no key.

    Wine's crypt32 says so whatever is wrong with the container that the certificate names.
    """
    if code != crypt32.CRYPT_E_NO_KEY_PROPERTY or place is None or place.provider_type == 0:
        return code
    provider = ctypes.c_size_t()
    named = (place.container, place.provider or None, place.provider_type)
    flags = place.flags & advapi32.CRYPT_MACHINE_KEYSET | advapi32.CRYPT_SILENT
    try:
        advapi32.acquire_context(ctypes.byref(provider), *named, flags)
    except WindowsCallError as error:
        return error.code
    advapi32.release_context(provider, 0)
    return code


# ---- both ---------------------------------------------------------------------------------------


def _outcome(function: Any, *arguments: Any) -> int:
    """Return 0, or what Windows said against it."""
    try:
        function(*arguments)
    except WindowsCallError as error:
        return 0 if error.code in _NO_SUCH_SIGNATURE else error.code
    return 0


def _hardware(place: KeyPlace | None, flags: int | None) -> Hardware | None:
    """Tell from the provider's name and flags, whose bits mean the same in CNG and CAPI."""
    provider = "" if place is None else place.provider
    if provider == _TPM_PROVIDER:
        return Hardware.TPM
    if provider in _SMART_CARD_PROVIDERS:
        return Hardware.SMART_CARD
    if flags is None:
        return None
    if flags & ncrypt.NCRYPT_IMPL_REMOVABLE_FLAG:
        return Hardware.SMART_CARD
    if flags & ncrypt.NCRYPT_IMPL_HARDWARE_FLAG:
        return Hardware.DEVICE
    return Hardware.SOFTWARE if flags & ncrypt.NCRYPT_IMPL_SOFTWARE_FLAG else None


def _hardware_of_provider(place: KeyPlace | None) -> Hardware | None:
    """Ask the provider itself where its key cannot be had: a card that is not in says so."""
    if place is None or not place.provider:
        return None
    known = _hardware(place, None)
    if known is not None:
        return known
    try:
        return _hardware(place, _flags_of_provider(place))
    except WindowsCallError:  # it is not installed, or does not open without its key
        return None


def _flags_of_provider(place: KeyPlace) -> int | None:
    provider = ctypes.c_size_t()
    if place.provider_type == 0:
        ncrypt.open_storage_provider(ctypes.byref(provider), place.provider, 0)
        try:
            return _cng_number(provider.value, ncrypt.NCRYPT_IMPL_TYPE_PROPERTY)
        finally:
            ncrypt.free_object(provider)
    flags = advapi32.CRYPT_VERIFYCONTEXT | advapi32.CRYPT_SILENT
    named = (place.provider, place.provider_type)
    advapi32.acquire_context(ctypes.byref(provider), None, *named, flags)
    try:
        return _capi_provider_flags(provider.value)
    finally:
        advapi32.release_context(provider, 0)
