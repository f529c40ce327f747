"""Child process: changes the working copy of an NSS database, through libnss3.

Started by :mod:`certhelper.stores.nss_writing`; uses the standard library only.  ``main`` gets
``add``, ``remove`` or ``export`` and the directory.  On standard input come the database's password
and then, each as a length (4 octets, big-endian) and its octets, numbers as 4 octets::

    add:     count, and for each entry nickname (UTF-8), certificate (DER), key (PKCS #8; or none)
    remove:  certificate (DER), 1 when the key goes with it, else 0
    export:  certificate (DER), the passphrase that the key is encrypted with on its way

The answer is one JSON object on standard output: ``{"done": true}``, for ``export`` with ``key``
(hex of PKCS #8 ``EncryptedPrivateKeyInfo``), or ``{"failed": STEP, "error": NSS's error number}``.
"""

from __future__ import annotations

import ctypes
import json
import sys
from collections.abc import Callable
from typing import Any

from certhelper.stores.nss_library import (
    ALL_KEY_USAGES,
    FailedStepError,
    Item,
    Nss,
    item,
    opened,
    overwrite,
    read_field,
    read_number,
)

_WRONG = -2  # SECWouldBlock: the password is wrong
_ITERATIONS = 2048  # the passphrase on the way is random and lives for this call alone
_PBES2 = bytes.fromhex("2a864886f70d01050d")  # 1.2.840.113549.1.5.13
_AES_256_CBC = bytes.fromhex("60864801650304012a")  # 2.16.840.1.101.3.4.1.42
_HMAC_SHA_256 = bytes.fromhex("2a864886f70d0209")  # 1.2.840.113549.2.9


class _Database:
    """The opened database of this process.

    Unlocked, unless it has a password that was not given and ``may_stay_locked``.
    """

    def __init__(self, directory: str, *, may_stay_locked: bool) -> None:
        self._nss = opened(directory)
        self._library = ctypes.CDLL("libnss3.so")
        self._slot = self._nss.internal_slot()
        self._protected = self._is_locked = False
        self._unlock(may_stay_locked=may_stay_locked)

    def add(self) -> None:
        """Store what comes on standard input; a key that is there already is kept."""
        for _ in range(read_number()):
            self._add_entry(read_field(), read_field(), read_field())

    def _add_entry(self, nickname: bytearray, certificate: bytearray, key: bytearray) -> None:
        nss = self._nss
        decoded = self._decoded(certificate)
        if key and not self._has_key(decoded):
            refused = nss.import_key(
                *(self._slot, item(key), item(nickname), None),
                *(True, True, ALL_KEY_USAGES, None),
            )
            if refused:
                raise FailedStepError("key", nss.error())
            if self._protected:
                self._add_public_key(decoded)
        is_wanted = bool(key)
        overwrite(key)
        if not self._is_there(certificate) and nss.import_certificate(
            self._slot, item(certificate), 0, bytes(nickname), False
        ):
            raise FailedStepError("certificate", nss.error())
        if is_wanted and not self._has_key(decoded):
            raise FailedStepError("key-missing", 0)
        nss.destroy_certificate(decoded)

    def _add_public_key(self, decoded: int) -> None:
        """NSS cannot see a private key before the password is given; this tells it of the key."""
        nss = self._nss
        public_key = nss.public_key(decoded)
        if not public_key or not nss.import_public_key(self._slot, public_key, True):
            raise FailedStepError("public-key", nss.error())
        nss.destroy_public_key(public_key)

    def remove(self) -> None:
        """Delete the certificate, its key too where that was said, and look again."""
        nss, certificate = self._nss, read_field()
        takes_key = bool(read_number())
        if takes_key and self._is_locked:
            raise FailedStepError("password-needed", 0)
        found = nss.find_certificate(self._slot, item(certificate), None)
        decoded = found or self._decoded(certificate)
        key = nss.find_key(self._slot, decoded, None) if takes_key else None
        if found and nss.delete_certificate(found):
            raise FailedStepError("delete-certificate", nss.error())
        if key and nss.delete_key(key, True):
            raise FailedStepError("delete-key", nss.error())
        nss.destroy_certificate(decoded)
        if self._is_there(certificate):
            raise FailedStepError("certificate-left", 0)
        decoded = self._decoded(certificate)
        if takes_key and self._has_key(decoded):
            raise FailedStepError("key-left", 0)
        nss.destroy_certificate(decoded)

    def export(self) -> str:
        """Return the key, encrypted with the passphrase that comes on standard input, as hex."""
        nss, certificate, passphrase = self._nss, read_field(), read_field()
        decoded = self._decoded(certificate)
        key = nss.find_key(self._slot, decoded, None)
        if not key:
            raise FailedStepError("key-missing", nss.error())
        pointer, number, octets = ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(Item)
        wrap = self._function(
            "PK11_ExportEncryptedPrivKeyInfoV2",
            *(pointer, pointer, number, number, number, octets, pointer, number, pointer),
        )
        tags = [self._tag(oid) for oid in (_PBES2, _AES_256_CBC, _HMAC_SHA_256)]
        wrapped = wrap(self._slot, *tags, item(passphrase), key, _ITERATIONS, None)
        overwrite(passphrase)
        if not wrapped:
            raise FailedStepError("key-not-exportable", nss.error())
        template = self._function("NSS_Get_SECKEY_EncryptedPrivateKeyInfoTemplate", pointer)
        encode = self._function("SEC_ASN1EncodeItem", octets, *(pointer,) * 4)
        encoded = encode(None, None, wrapped, template())
        if not encoded:
            raise FailedStepError("encode", nss.error())
        found: Item = encoded.contents
        self._destroy_key(key)
        nss.destroy_certificate(decoded)
        return ctypes.string_at(found.data, found.len).hex()

    def _is_there(self, certificate: bytearray) -> bool:
        found = self._nss.find_certificate(self._slot, item(certificate), None)
        if found:
            self._nss.destroy_certificate(found)
        return bool(found)

    def _has_key(self, decoded: int) -> bool:
        key = self._nss.find_key(self._slot, decoded, None)
        if key:
            self._destroy_key(key)
        return bool(key)

    def _destroy_key(self, key: int) -> None:
        """Let go of NSS's handle; NSS does not close while one is held."""
        self._function("SECKEY_DestroyPrivateKey", None, ctypes.c_void_p)(key)

    def close(self) -> None:
        """Let go of the database, which writes out what is still held back."""
        self._nss.free_slot(self._slot)
        if self._nss.shut_down():
            raise FailedStepError("close", self._nss.error())

    def _unlock(self, *, may_stay_locked: bool) -> None:
        """Give the password where one is wanted.

        One that waits for its first password gets the empty one, as from Chromium
        (crypto/nss_util.cc, ``PK11_InitPin``).
        """
        password = read_field(reserve=1)  # NSS wants a NUL at the end
        view = ctypes.addressof((ctypes.c_char * len(password)).from_buffer(password))
        try:
            if self._nss.needs_first_password(self._slot):
                empty = ctypes.create_string_buffer(1)
                if self._nss.set_password(self._slot, None, ctypes.addressof(empty)):
                    raise FailedStepError("first-password", self._nss.error())
                return
            needs_login = self._function("PK11_NeedLogin", ctypes.c_int, ctypes.c_void_p)
            self._protected = bool(needs_login(self._slot))
            self._is_locked = self._protected and len(password) == 1
            if self._is_locked and not may_stay_locked:
                raise FailedStepError("password-needed", 0)
            if not self._protected or self._is_locked:
                return
            check = self._function("PK11_CheckUserPassword", ctypes.c_int, *(ctypes.c_void_p,) * 2)
            status = check(self._slot, view)
        finally:
            overwrite(password)
        if status:
            step = "password-wrong" if status == _WRONG else "password"
            raise FailedStepError(step, self._nss.error())

    def _tag(self, identifier: bytes) -> int:
        find = self._function("SECOID_FindOIDTag", ctypes.c_int, ctypes.POINTER(Item))
        buffer = bytearray(identifier)
        tag: int = find(item(buffer))
        return tag

    def _decoded(self, certificate: bytearray) -> int:
        nss: Nss = self._nss
        decoded: int | None = nss.decode(
            nss.default_database(), item(certificate), None, False, True
        )
        if not decoded:
            raise FailedStepError("decode", nss.error())
        return decoded

    def _function(self, name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
        found = self._library[name]
        found.restype = result
        found.argtypes = arguments
        return found


def main(arguments: list[str]) -> int:
    """Do what the first argument says to the database in the directory; print the answer."""
    what, directory = arguments
    answer: dict[str, object] = {"done": True}
    try:
        database = _Database(directory, may_stay_locked=what == "remove")
        if what == "export":
            answer["key"] = database.export()
        elif what == "add":
            database.add()
        else:
            database.remove()
        database.close()
    except FailedStepError as failure:
        answer = {"failed": failure.step, "error": failure.error}
    except (OSError, AttributeError) as failure:  # no libnss3, or an old one without a function
        answer = {"failed": "library", "error": getattr(failure, "errno", None) or 0}
    sys.stdout.write(json.dumps(answer))
    return 0
