"""macOS' frameworks as far as the keychain is read, played in Python; references are counted."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

SUCCESS = 0
NOT_FOUND = -25300


@dataclass(frozen=True)
class FakeKey:
    """What the keychain says of a key; ``status`` other than 0: it does not give it."""

    status: int = SUCCESS
    token: str | None = None
    exportable: bool | None = None
    tells: bool = True


@dataclass(frozen=True)
class FakeIdentity:
    """A certificate with a key; ``status`` other than 0: macOS does not give the certificate."""

    der: bytes
    label: str | None = "label"
    key: FakeKey = FakeKey()
    status: int = SUCCESS


class FakeLibraries:
    """Stands where :class:`certhelper.stores.macos_keychain.Frameworks` stands.

    ``refusal`` is what listing answers, ``locked`` the state of the default keychain (None: there
    is none).  ``held`` are the references that were made and not released.
    """

    def __init__(
        self,
        identities: Sequence[FakeIdentity] = (),
        certificates: Sequence[FakeIdentity] = (),
        refusal: int = SUCCESS,
        locked: bool | None = False,
    ) -> None:
        self.identities = identities
        self.certificates = certificates
        self.refusal = refusal
        self.locked = locked
        self.held: dict[int, Any] = {}
        self.queries: list[dict[str, str]] = []
        self._constants: dict[str, int] = {}
        self._lent: dict[int, Any] = {}
        self._buffers: list[Any] = []
        self._last = 1 << 20

    # what Keychain asks for

    def function(self, name: str, result: Any, *arguments: Any) -> Any:
        called = getattr(self, name)

        def _called(*given: Any) -> Any:
            assert len(given) == len(arguments), name
            return called(*given)

        return _called

    def constant(self, name: str) -> int | None:
        assert name.startswith(("kSec", "kCF"))
        if name not in self._constants:
            self._constants[name] = self._reference(name)
        return self._constants[name]

    def address(self, name: str) -> int:
        assert name.endswith("CallBacks")
        return 1

    # Core Foundation

    def CFRelease(self, reference: int) -> None:  # the names are macOS'
        del self.held[reference]

    def CFDictionaryCreate(
        self, allocator: None, names: Any, values: Any, size: int, *_: int
    ) -> int:
        pairs = zip(list(names)[:size], list(values)[:size], strict=True)
        return self._made({self._lent[name]: self._lent[value] for name, value in pairs})

    def CFDictionaryGetValue(self, dictionary: int, name: int) -> int | None:
        found = self.held[dictionary].get(self._lent[name])
        return None if found is None else self._reference(found)

    def CFBooleanGetValue(self, reference: int) -> int:
        return int(self._lent[reference])

    def CFArrayGetCount(self, array: int) -> int:
        return len(self.held[array])

    def CFArrayGetValueAtIndex(self, array: int, index: int) -> int:
        return self._reference(self.held[array][index])

    def CFDataGetLength(self, data: int) -> int:
        return len(self.held[data])

    def CFDataGetBytePtr(self, data: int) -> int:
        buffer = ctypes.create_string_buffer(self.held[data], len(self.held[data]) or 1)
        self._buffers.append(buffer)
        return ctypes.addressof(buffer)

    def CFStringGetCString(self, text: int, buffer: Any, size: int, encoding: int) -> int:
        assert encoding == 0x08000100
        octets = str(self._of(text)).encode()
        if len(octets) >= size:
            return 0
        buffer.value = octets
        return 1

    # Security

    def SecItemCopyMatching(self, query: int, result: Any) -> int:
        asked = self.held[query]
        self.queries.append(asked)
        if self.refusal:
            return self.refusal
        kinds = {"kSecClassIdentity": self.identities, "kSecClassCertificate": self.certificates}
        found = kinds[asked["kSecClass"]]
        if not found:
            return NOT_FOUND
        result._obj.value = self._made(list(found))
        return SUCCESS

    def SecIdentityCopyCertificate(self, identity: int, result: Any) -> int:
        found = self._lent[identity]
        if found.status == SUCCESS:
            result._obj.value = self._made(found)
        return int(found.status)

    def SecIdentityCopyPrivateKey(self, identity: int, result: Any) -> int:
        key = self._lent[identity].key
        if key.status == SUCCESS:
            result._obj.value = self._made(key)
        return int(key.status)

    def SecCertificateCopyData(self, certificate: int) -> int:
        return self._made(self._of(certificate).der)

    def SecCertificateCopySubjectSummary(self, certificate: int) -> int | None:
        label = self._of(certificate).label
        return None if label is None else self._made(label)

    def SecKeyCopyAttributes(self, key: int) -> int | None:
        found = self.held[key]
        told = {"kSecAttrTokenID": found.token, "kSecAttrIsExtractable": found.exportable}
        return self._made(told) if found.tells else None

    def SecKeychainCopyDefault(self, result: Any) -> int:
        if self.locked is None:
            return -25307
        result._obj.value = self._made("default keychain")
        return SUCCESS

    def SecKeychainGetStatus(self, keychain: int, result: Any) -> int:
        assert self.held[keychain] == "default keychain"
        result._obj.value = 2 if self.locked else 3
        return SUCCESS

    # references

    def _made(self, value: Any) -> int:
        """A reference that must be released."""
        self._last += 8
        self.held[self._last] = value
        return self._last

    def _reference(self, value: Any) -> int:
        """A reference that belongs to somebody else and must not be released."""
        self._last += 8
        self._lent[self._last] = value
        return self._last

    def _of(self, reference: int) -> Any:
        return self.held[reference] if reference in self.held else self._lent[reference]
