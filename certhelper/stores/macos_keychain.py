"""The calls into macOS that reading the keychain needs, through ctypes; for a child process only.

Written to Apple's documentation (developer.apple.com/documentation/security, "Keychain items",
"Certificate, Key, and Trust Services"; .../corefoundation) and tried on a library of our own only:
it was never run on a real Mac.  Uses the standard library only.

Core Foundation's rule: what a function with "Create" or "Copy" in its name gives must be released,
what one with "Get" gives must not.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

ERR_SEC_ITEM_NOT_FOUND = -25300

_SECURITY = "/System/Library/Frameworks/Security.framework/Security"
_CORE_FOUNDATION = "/System/Library/Frameworks/CoreFoundation.framework/CoreFoundation"
_UTF8 = 0x08000100  # kCFStringEncodingUTF8
_UNLOCKED = 1  # kSecUnlockStateStatus
_LARGEST = 1 << 20  # octets of a certificate or a text

_reference = ctypes.c_void_p
_status = ctypes.c_int32
_index = ctypes.c_long


class KeychainRefusedError(Exception):
    """A call gave something else than ``errSecSuccess``; ``code`` is the ``OSStatus``."""

    def __init__(self, function: str, code: int) -> None:
        super().__init__(f"{function}: {code}")
        self.function = function
        self.code = code


class Libraries(Protocol):
    """Where functions and constants come from: macOS' own frameworks, or a test's."""

    def function(self, name: str, result: Any, *arguments: Any) -> Any:
        """Return a function with its types."""

    def constant(self, name: str) -> int | None:
        """Return the reference that a constant such as ``kSecClass`` holds."""

    def address(self, name: str) -> int:
        """Return where a constant stands that is a structure."""


class Frameworks:
    """macOS' own.  Raises ``OSError`` where there are none."""

    def __init__(self) -> None:
        self._libraries = [ctypes.CDLL(path) for path in (_CORE_FOUNDATION, _SECURITY)]

    def function(self, name: str, result: Any, *arguments: Any) -> Any:
        found = self._library_of(name)[name]
        found.restype, found.argtypes = result, arguments
        return found

    def constant(self, name: str) -> int | None:
        return _reference.in_dll(self._library_of(name), name).value

    def address(self, name: str) -> int:
        return ctypes.addressof(ctypes.c_char.in_dll(self._library_of(name), name))

    def _library_of(self, name: str) -> ctypes.CDLL:
        return self._libraries[1] if name.startswith(("Sec", "kSec")) else self._libraries[0]


class Item(NamedTuple):
    """A certificate of the keychain; ``key`` is None where it has no key there."""

    der: bytes
    label: str
    key: Key | None


class Key(NamedTuple):
    """What is told of a key without using it.

    ``status`` is the ``OSStatus`` of getting it; ``token`` says which token holds it, such as a
    smart card or the Secure Enclave; ``exportable`` None: not told.
    """

    status: int = 0
    token: str = ""
    exportable: bool | None = None


class Keychain:
    """The keychains that macOS searches for this user."""

    def __init__(self, libraries: Libraries) -> None:
        self._libraries = libraries
        function = libraries.function
        made = _reference
        out = ctypes.POINTER(_reference)
        self._release = function("CFRelease", None, made)
        self._make_dictionary = function(
            "CFDictionaryCreate", made, made, made, made, _index, made, made
        )
        self._value_of = function("CFDictionaryGetValue", made, made, made)
        self._is_true = function("CFBooleanGetValue", ctypes.c_ubyte, made)
        self._count = function("CFArrayGetCount", _index, made)
        self._at = function("CFArrayGetValueAtIndex", made, made, _index)
        self._length = function("CFDataGetLength", _index, made)
        self._octets = function("CFDataGetBytePtr", made, made)
        self._text = function(
            "CFStringGetCString", ctypes.c_ubyte, made, ctypes.c_char_p, _index, ctypes.c_uint32
        )
        self._matching = function("SecItemCopyMatching", _status, made, out)
        self._data_of = function("SecCertificateCopyData", made, made)
        self._summary_of = function("SecCertificateCopySubjectSummary", made, made)
        self._certificate_of = function("SecIdentityCopyCertificate", _status, made, out)
        self._key_of = function("SecIdentityCopyPrivateKey", _status, made, out)
        self._attributes_of = function("SecKeyCopyAttributes", made, made)
        self._default = function("SecKeychainCopyDefault", _status, out)
        self._state_of = function(
            "SecKeychainGetStatus", _status, made, ctypes.POINTER(ctypes.c_uint32)
        )

    def items(self) -> Iterator[Item]:
        """Yield every certificate, those with a key first.

        Raises :class:`KeychainRefusedError` where macOS does not list them.
        """
        seen = set[bytes]()
        with self._found("kSecClassIdentity") as identities:
            for identity in identities:
                item = self._identity(identity)
                if item is not None:
                    seen.add(item.der)
                    yield item
        with self._found("kSecClassCertificate") as certificates:
            for certificate in certificates:
                item = self._item(certificate, None)
                if item.der not in seen:
                    yield item

    def is_locked(self) -> bool:
        """Whether the default keychain is locked.  Not told counts as no."""
        keychain, state = _reference(), ctypes.c_uint32()
        if self._default(ctypes.byref(keychain)) or not keychain.value:
            return False
        with self._held(keychain.value) as default:
            told = self._state_of(default, ctypes.byref(state)) == 0
        return told and not state.value & _UNLOCKED

    @contextmanager
    def _found(self, kind: str) -> Iterator[Sequence[int]]:
        """Give the references to all items of a class; none is an answer, too."""
        constant = self._libraries.constant
        names = ("kSecClass", "kSecMatchLimit", "kSecReturnRef", "kSecUseAuthenticationUI")
        values = (kind, "kSecMatchLimitAll", "kCFBooleanTrue", "kSecUseAuthenticationUISkip")
        found = _reference()
        with self._dictionary([*map(constant, names)], [*map(constant, values)]) as query:
            code = self._matching(query, ctypes.byref(found))
        if code == ERR_SEC_ITEM_NOT_FOUND or (code == 0 and not found.value):
            yield ()
            return
        if code:
            raise KeychainRefusedError("SecItemCopyMatching", code)
        with self._held(found.value or 0) as array:
            yield [self._at(array, index) for index in range(self._count(array))]

    @contextmanager
    def _dictionary(
        self, names: Sequence[int | None], values: Sequence[int | None]
    ) -> Iterator[int]:
        size = len(names)
        callbacks = (
            self._libraries.address("kCFTypeDictionaryKeyCallBacks"),
            self._libraries.address("kCFTypeDictionaryValueCallBacks"),
        )
        arrays = ((_reference * size)(*names), (_reference * size)(*values))
        made = self._make_dictionary(None, *arrays, size, *callbacks)
        with self._held(made) as dictionary:
            yield dictionary

    @contextmanager
    def _held(self, reference: int) -> Iterator[int]:
        try:
            yield reference
        finally:
            self._release(reference)

    def _identity(self, identity: int) -> Item | None:
        """Return an identity's certificate; None where macOS does not give it.

        Such a certificate is still found among the certificates.
        """
        certificate = _reference()
        if self._certificate_of(identity, ctypes.byref(certificate)) or not certificate.value:
            return None
        with self._held(certificate.value) as held:
            return self._item(held, self._key(identity))

    def _item(self, certificate: int, key: Key | None) -> Item:
        with self._held(self._data_of(certificate)) as data:
            size = min(self._length(data), _LARGEST)
            der = ctypes.string_at(self._octets(data), size) if size else b""
        return Item(der, self._summary(certificate), key)

    def _summary(self, certificate: int) -> str:
        summary = self._summary_of(certificate)
        if not summary:
            return ""
        with self._held(summary) as text:
            return self._string(text)

    def _key(self, identity: int) -> Key:
        key = _reference()
        status = self._key_of(identity, ctypes.byref(key))
        if status or not key.value:
            return Key(status or ERR_SEC_ITEM_NOT_FOUND)
        with self._held(key.value) as held:
            attributes = self._attributes_of(held)
            if not attributes:
                return Key()
            with self._held(attributes) as told:
                return self._told(told)

    def _told(self, attributes: int) -> Key:
        constant = self._libraries.constant
        token = self._value_of(attributes, constant("kSecAttrTokenID"))
        exportable = self._value_of(attributes, constant("kSecAttrIsExtractable"))
        return Key(
            token=self._string(token) if token else "",
            exportable=bool(self._is_true(exportable)) if exportable else None,
        )

    def _string(self, text: int) -> str:
        buffer = ctypes.create_string_buffer(1 << 12)
        if not self._text(text, buffer, len(buffer), _UTF8):
            return ""
        return buffer.value.decode("utf-8", "replace")
