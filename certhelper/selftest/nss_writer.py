"""Child process: puts one certificate with its key into an NSS database, or takes it out again.

Started by :mod:`certhelper.selftest.nss_place`; uses the standard library only.  ``main`` gets
``put`` or ``remove`` and the directory.  On standard input come, each as a length (4 octets,
big-endian) and its octets: nickname (UTF-8), certificate (DER), key (PKCS #8 DER; none to
remove).  The answer is one JSON object on standard output: ``{"done": true}`` or
``{"failed": STEP, "error": NSS's error number}``.

A database that waits for its first password is refused, never given one.  Only this very
certificate is touched: it is found by its whole DER, and its key by its public key.
"""

from __future__ import annotations

import json
import sys

from certhelper.stores.nss_library import (
    ALL_KEY_USAGES,
    FailedStepError,
    Nss,
    item,
    opened,
    overwrite,
    read_field,
)


class _Entry:
    """One certificate, its key and its nickname, in one opened database."""

    def __init__(self, nss: Nss) -> None:
        self._nss = nss
        self._slot = nss.internal_slot()
        self._nickname, self._certificate, self._key = read_field(), read_field(), read_field()

    def put(self) -> None:
        """Store both or neither.  Raises :class:`FailedStepError`."""
        nss, slot = self._nss, self._slot
        if nss.needs_first_password(slot):
            raise FailedStepError("first-password", 0)
        refused = nss.import_key(
            *(slot, item(self._key), item(self._nickname), None),
            *(True, True, ALL_KEY_USAGES, None),
        )
        overwrite(self._key)
        if refused:
            raise FailedStepError("key", nss.error())
        name = bytes(self._nickname)
        if nss.import_certificate(slot, item(self._certificate), 0, name, False):
            error = nss.error()
            self.remove()
            raise FailedStepError("certificate", error)

    def remove(self) -> None:
        """Delete what is there of it, and look again.  Raises :class:`FailedStepError`."""
        stored = self._find()
        certificate = stored or self._decoded()
        key = self._nss.find_key(self._slot, certificate, None)
        if stored and self._nss.delete_certificate(stored):
            raise FailedStepError("delete-certificate", self._nss.error())
        if key and self._nss.delete_key(key, True):
            raise FailedStepError("delete-key", self._nss.error())
        self._nss.destroy_certificate(certificate)
        self._look_again()

    def _look_again(self) -> None:
        decoded = self._decoded()
        if self._find():
            raise FailedStepError("certificate-left", 0)
        if self._nss.find_key(self._slot, decoded, None):
            raise FailedStepError("key-left", 0)
        self._nss.destroy_certificate(decoded)

    def _find(self) -> int | None:
        found: int | None = self._nss.find_certificate(self._slot, item(self._certificate), None)
        return found

    def _decoded(self) -> int:
        nss = self._nss
        decoded: int | None = nss.decode(
            nss.default_database(), item(self._certificate), None, False, True
        )
        if not decoded:
            raise FailedStepError("decode", nss.error())
        return decoded

    def close(self) -> None:
        """Let go of the database, which writes out what is still held back."""
        self._nss.free_slot(self._slot)
        if self._nss.shut_down():
            raise FailedStepError("close", self._nss.error())


def main(arguments: list[str]) -> int:
    """Do what the first argument says to the database in the directory; print the answer."""
    what, directory = arguments
    try:
        entry = _Entry(opened(directory))
        if what == "put":
            entry.put()
        else:
            entry.remove()
        entry.close()
        answer: dict[str, object] = {"done": True}
    except FailedStepError as failure:
        answer = {"failed": failure.step, "error": failure.error}
    except OSError as failure:  # no libnss3, or no such directory
        answer = {"failed": "library", "error": failure.errno or 0}
    sys.stdout.write(json.dumps(answer))
    return 0
