"""Child process: makes an NSS database with certificates and keys, through libnss3.

Started by :mod:`certhelper.stores.nss_database`; uses the standard library only.  What to make
arrives on standard input, because keys and the password must not stand in arguments, environment
or files::

    password:  length (4 octets, big-endian), octets
    count:     4 octets
    entries:   for nickname (UTF-8), certificate (DER) and key (PKCS#8 DER): length, octets

A length of 0 means none.  The answer is one JSON object on standard output: ``{"made": N}`` or
``{"failed": STEP, "entry": INDEX or null, "error": NSS's error number}``.
"""

from __future__ import annotations

import ctypes
import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager

from certhelper.stores.nss_library import (
    ALL_KEY_USAGES,
    FailedStepError,
    Nss,
    item,
    opened,
    overwrite,
    read_field,
    read_number,
)

_MANY = 100  # entries


def _add(nss: Nss, slot: int, entry: int, with_public_key: bool) -> None:
    nickname, certificate, key = read_field(), read_field(), read_field()
    name = bytes(nickname)
    if key:
        refused = nss.import_key(
            slot, item(key), item(nickname), None, True, True, ALL_KEY_USAGES, None
        )
        overwrite(key)
        if refused:
            raise FailedStepError("key", nss.error(), entry)
    if nss.import_certificate(slot, item(certificate), 0, name, False):
        raise FailedStepError("certificate", nss.error(), entry)
    if key and with_public_key:
        _add_public_key(nss, slot, entry, certificate)


def _add_public_key(nss: Nss, slot: int, entry: int, certificate: bytearray) -> None:
    """Store the public key too, as pk12util does.

    NSS cannot see a private key before the password is given; then the public key is what tells
    it that a certificate is the person's own.
    """
    decoded = nss.decode(nss.default_database(), item(certificate), None, False, True)
    public_key = nss.public_key(decoded) if decoded else None
    if not public_key or not nss.import_public_key(slot, public_key, True):
        raise FailedStepError("public-key", nss.error(), entry)
    nss.destroy_public_key(public_key)
    nss.destroy_certificate(decoded)


@contextmanager
def _helping_index(count: int) -> Iterator[None]:
    """Keep many entries from taking quadratic time.

    Before NSS stores a certificate it looks for one with its issuer and serial number, and NSS's
    own index knows issuers only: with one issuer for all, every search reads every row (5,000
    entries: 74 s without this index, 7 s with it).  The index is gone again in the finished file.
    """
    if count < _MANY:
        yield
        return
    _in_certificates("CREATE INDEX certhelper_while_making ON nssPublic (a81, a82)")
    yield
    _in_certificates("DROP INDEX certhelper_while_making")


def _in_certificates(statement: str) -> None:
    with closing(sqlite3.connect("cert9.db", isolation_level=None)) as connection:
        connection.execute(statement)


def _make(directory: str) -> int:
    nss = opened(directory)
    slot = nss.internal_slot()
    password = read_field(reserve=1)  # NSS wants a NUL at the end
    protected = len(password) > 1
    view = (ctypes.c_char * len(password)).from_buffer(password)
    refused = nss.set_password(slot, None, ctypes.addressof(view))
    overwrite(password)
    if refused:
        raise FailedStepError("password", nss.error())
    count = read_number()
    with _helping_index(count):
        for entry in range(count):
            _add(nss, slot, entry, protected)
    nss.free_slot(slot)
    if nss.shut_down():
        raise FailedStepError("close", nss.error())
    return count


def main(arguments: list[str]) -> int:
    """Make the database in the directory that is the only argument; print the answer."""
    try:
        answer: dict[str, object] = {"made": _make(*arguments)}
    except FailedStepError as failure:
        answer = {"failed": failure.step, "entry": failure.entry, "error": failure.error}
    except OSError as failure:  # ctypes found no libnss3
        answer = {"failed": "library", "entry": None, "error": 0, "text": str(failure)}
    sys.stdout.write(json.dumps(answer))
    return 0
