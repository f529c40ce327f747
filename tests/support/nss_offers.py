"""Child process: names the certificates that NSS would offer a server, as Chromium asks for them.

``client_cert_store_nss.cc`` calls ``CERT_FindUserCertsByUsage(certUsageSSLClient, PR_FALSE,
PR_FALSE)``.  The database is the current folder; common names are printed one a line.  It runs in a
process of its own because NSS keeps state for a whole process.
"""

from __future__ import annotations

import ctypes
import sys

_READ_ONLY, _NO_MODULE_DATABASE, _NO_ROOTS = 0x1, 0x4, 0x10
_SSL_CLIENT = 0  # SECCertUsage certUsageSSLClient


class _Node(ctypes.Structure):
    """``CERTCertListNode`` (certt.h), whose head is a ``PRCList``."""

    _fields_ = [
        ("next", ctypes.c_void_p),
        ("previous", ctypes.c_void_p),
        ("certificate", ctypes.c_void_p),
    ]


class _Certificate(ctypes.Structure):
    """The beginning of ``CERTCertificate`` (certt.h)."""

    _fields_ = [("arena", ctypes.c_void_p), ("subject", ctypes.c_char_p)]


def main() -> None:
    """Print ``CN=…`` of every certificate that NSS finds fit for a TLS client."""
    nss = ctypes.CDLL("libnss3.so")
    flags = _READ_ONLY | _NO_MODULE_DATABASE | _NO_ROOTS
    assert nss.NSS_Initialize(b"sql:.", b"", b"", b"", flags) == 0
    nss.CERT_GetDefaultCertDB.restype = ctypes.c_void_p
    find = nss.CERT_FindUserCertsByUsage
    find.restype = ctypes.c_void_p
    number = ctypes.c_int
    find.argtypes = [ctypes.c_void_p, number, number, number, ctypes.c_void_p]
    found = find(nss.CERT_GetDefaultCertDB(), _SSL_CLIENT, 0, 0, None)
    if not found:
        return
    at = _Node.from_address(found).next
    while at != found:
        node = _Node.from_address(at)
        sys.stdout.write(f"{_Certificate.from_address(node.certificate).subject.decode()}\n")
        at = node.next


if __name__ == "__main__":
    main()
