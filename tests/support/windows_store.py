"""Certificates, with and without keys, in the stores of a real Windows (or Wine), and out again."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256

import platformdirs
from cryptography.hazmat.primitives.asymmetric import rsa
from support.pki import Authority, Issued
from support.systems import is_wine

from certhelper.windows import crypt32, own_store
from certhelper.windows.certificate_store import KeyPlace, Place, contexts, der_of, opened

_CERTIFICATES = r"SOFTWARE\Microsoft\SystemCertificates\MY\Certificates"


class Filled:
    """What a test put into the stores; everything goes again at the end."""

    def __init__(self) -> None:
        self._with_key: list[str] = []
        self._bare: list[tuple[str, Place]] = []

    def put(self, issued: Issued, name: str = "certificate", *, exportable: bool = False) -> str:
        """Put a certificate with its RSA key into the person's store; return the container."""
        assert isinstance(issued.key, rsa.RSAPrivateKey)
        container = own_store.put(issued.der, issued.key, name, exportable=exportable)
        self._with_key.append(issued.sha256)
        return container

    def put_bare(
        self,
        der: bytes,
        properties: dict[int, bytes] | None = None,
        place: Place = Place.CURRENT_USER,
    ) -> None:
        """Put a certificate without a key, with properties that are blobs of octets."""
        with (
            opened(place, writable=True) as store,
            created(der) as context,
        ):
            for number, octets in (properties or {}).items():
                set_blob(context, number, octets)
            crypt32.add_certificate(store, context, crypt32.CERT_STORE_ADD_NEW, None)
        self._bare.append((sha256(der).hexdigest(), place))

    def put_many(self, ders: Iterable[bytes]) -> None:
        """Put many certificates without keys into the person's store."""
        with opened(Place.CURRENT_USER, writable=True) as store:
            for der in ders:
                with created(der) as context:
                    crypt32.add_certificate(store, context, crypt32.CERT_STORE_ADD_NEW, None)
                self._bare.append((sha256(der).hexdigest(), Place.CURRENT_USER))

    def put_naming_key(self, der: bytes, place: KeyPlace, name: str = "certificate") -> None:
        """Put a certificate that names a key, which need not be there or fit."""
        texts = [ctypes.create_unicode_buffer(one) for one in (place.container, place.provider)]
        info = crypt32.KeyProvInfo(
            *(ctypes.addressof(one) for one in texts),
            provider_type=place.provider_type,
            flags=place.flags,
            key_spec=place.key_spec,
        )
        with opened(Place.CURRENT_USER, writable=True) as store, created(der) as context:
            set_blob(context, crypt32.CERT_FRIENDLY_NAME_PROP_ID, wide(name))
            number = crypt32.CERT_KEY_PROV_INFO_PROP_ID
            crypt32.set_property(context, number, 0, ctypes.byref(info))
            crypt32.add_certificate(store, context, crypt32.CERT_STORE_ADD_NEW, None)
        self._bare.append((sha256(der).hexdigest(), Place.CURRENT_USER))

    def forget(self, fingerprint: str) -> None:
        """Leave at the end what the test removed itself."""
        self._with_key.remove(fingerprint)

    def remove_all(self) -> None:
        for fingerprint in self._with_key:
            own_store.remove(fingerprint)
        for place in Place:
            bare = {fingerprint for fingerprint, where in self._bare if where is place}
            if bare:
                delete(bare, place)


@contextmanager
def filled() -> Iterator[Filled]:
    """Give an empty hand to fill the stores with; what it put is taken out again."""
    stores = Filled()
    try:
        yield stores
    finally:
        stores.remove_all()


@contextmanager
def created(der: bytes) -> Iterator[object]:
    """Give a certificate context outside of every store."""
    context = crypt32.create_certificate(crypt32.X509_ASN_ENCODING, der, len(der))
    try:
        yield context
    finally:
        crypt32.free_certificate(context)


def set_blob(context: object, number: int, octets: bytes) -> None:
    """Set a property whose value is a ``CRYPT_DATA_BLOB``."""
    buffer = ctypes.create_string_buffer(octets, len(octets))
    blob = crypt32.DataBlob(len(octets), ctypes.addressof(buffer))
    crypt32.set_property(context, number, 0, ctypes.byref(blob))


def wide(text: str) -> bytes:
    """Return a text as Windows stores it, with its NUL; half surrogate pairs stay what they are."""
    return (text + "\0").encode("utf-16-le", "surrogatepass")


def delete(fingerprints: set[str], place: Place) -> None:
    """Take certificates out of a store; their keys stay where they are."""
    with opened(place, writable=True) as store:
        found = [
            crypt32.duplicate_certificate(context)
            for context in contexts(store)
            if sha256(der_of(context)).hexdigest() in fingerprints
        ]
        for context in found:
            crypt32.delete_certificate(context)


def fingerprints(place: Place = Place.CURRENT_USER) -> list[str]:
    """Return the SHA-256 of everything in a store."""
    with opened(place, writable=True) as store:
        return [sha256(der_of(context)).hexdigest() for context in contexts(store)]


def state() -> dict[str, str]:
    """Return every certificate of both places with its properties, as Windows keeps them."""
    found: dict[str, str] = {}
    if sys.platform == "win32":
        import winreg

        for root in (winreg.HKEY_CURRENT_USER, winreg.HKEY_LOCAL_MACHINE):
            try:
                certificates = winreg.OpenKey(root, _CERTIFICATES)
            except FileNotFoundError:
                continue
            with certificates:
                for number in range(winreg.QueryInfoKey(certificates)[0]):
                    name = winreg.EnumKey(certificates, number)
                    with winreg.OpenKey(certificates, name) as key:
                        octets = winreg.QueryValueEx(key, "Blob")[0]
                    found[f"{root:x} {name}"] = sha256(octets).hexdigest()
    return found


def containers() -> list[str]:
    """The person's key containers: files on Windows, keys of the registry in Wine."""
    if not is_wine():
        folder = platformdirs.user_data_path(roaming=True) / "Microsoft" / "Crypto" / "RSA"
        return sorted(path.name for path in folder.rglob("*") if path.is_file())
    return _registry_keys(r"Software\Wine\Crypto\RSA")


def _registry_keys(path: str) -> list[str]:
    if sys.platform == "win32":
        import winreg

        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, path) as key:
                return sorted(winreg.EnumKey(key, at) for at in range(winreg.QueryInfoKey(key)[0]))
        except FileNotFoundError:
            return []
    else:
        raise AssertionError("only on Windows")  # not collected elsewhere


def issue(authority: Authority, name: str, key: rsa.RSAPrivateKey | None = None) -> Issued:
    """Issue a certificate with an RSA key, as CAPI needs it."""
    return authority.issue(name, key="rsa" if key is None else key)
