"""Tells whether an NSS database has a password, without one being asked for or tried often.

NSS encrypts the words "password-check" with the password and keeps them in ``key4.db``, table
``metaData``, row ``password`` (NSS lib/softoken/sftkpwd.c, ``sftkdb_ChangePassword``).  A database
without a password has the row too: made with the empty password, for which NSS always derives the
key in one iteration (same place), and only where it reads "one iteration" does NSS itself try the
empty password (``sftkdb_CheckPasswordNull``).
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from sqlite3 import Connection
from typing import NamedTuple

from certhelper import der
from certhelper.stores.nss_files import KEYS, DatabaseUnreadableError, octets, opened

_PLAIN = b"password-check\x02\x02"  # with its PKCS #7 padding
_PBES2 = bytes.fromhex("2a864886f70d01050d")  # 1.2.840.113549.1.5.13, NSS 3.50 and later
_PBE_SHA1_3DES = bytes.fromhex("2a864886f70d010c050103")  # 1.2.840.113549.1.12.5.1.3, before


class PasswordState(StrEnum):
    """Whether a database's keys need a password first."""

    NONE = "none"
    SET = "set"
    UNKNOWN = "unknown"


def password_state(directory: Path) -> PasswordState:
    """Look into ``key4.db`` of ``directory``; UNKNOWN when it cannot be read. Never raises."""
    try:
        with opened(directory / KEYS, "metaData") as connection:
            return state_of(connection)
    except DatabaseUnreadableError:
        return PasswordState.UNKNOWN


def state_of(connection: Connection) -> PasswordState:
    """Look into an opened ``key4.db``.  Raises ``sqlite3.Error``."""
    row = connection.execute("SELECT item1, item2 FROM metaData WHERE id = 'password'").fetchone()
    if row is None:
        return PasswordState.NONE  # nobody has stored a key yet
    try:
        check = _Check.read(octets(row[0]), octets(row[1]))
    except (ValueError, IndexError):
        return PasswordState.UNKNOWN
    if check.iterations != 1:
        return PasswordState.SET
    if check.algorithm == _PBES2:
        return PasswordState.NONE
    # Before NSS 3.48 every password was derived in one iteration: only trying it tells.
    return PasswordState.NONE if check.opens_with_empty() else PasswordState.SET


class _Check(NamedTuple):
    """The encrypted words and how their key is derived."""

    algorithm: bytes
    iterations: int
    global_salt: bytes
    entry_salt: bytes
    encrypted: bytes

    @classmethod
    def read(cls, global_salt: bytes, encoded: bytes) -> _Check:
        """Read RFC 8018's ``EncryptedData``.  Raises ``ValueError`` and ``IndexError``."""
        identifier, encrypted = _children(_children(encoded)[0])
        algorithm, parameters = _children(identifier)
        derivation = _children(parameters)
        if algorithm == _PBES2:
            derivation = _children(_children(derivation[0])[1])
        elif algorithm != _PBE_SHA1_3DES:
            raise ValueError("an algorithm that NSS did not use until now")
        salt, iterations = derivation[0], int.from_bytes(derivation[1], "big")
        return cls(algorithm, iterations, global_salt, salt, encrypted)

    def opens_with_empty(self) -> bool:
        """Decrypt with the empty password, the old way (lib/softoken/lowpbe.c, Netscape's PBE)."""
        import hashlib
        import hmac

        from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
        from cryptography.hazmat.primitives.ciphers import Cipher, modes

        def mac(key: bytes, data: bytes) -> bytes:
            return hmac.digest(key, data, "sha1")

        password_key = hashlib.sha1(self.global_salt).digest()  # noqa: S324  # NSS's format
        key = hashlib.sha1(password_key + self.entry_salt).digest()  # noqa: S324
        padded = self.entry_salt.ljust(20, b"\0")
        half = mac(key, padded + self.entry_salt)
        derived = half + mac(key, mac(key, padded) + self.entry_salt)
        decryptor = Cipher(TripleDES(derived[:24]), modes.CBC(derived[-8:])).decryptor()
        return decryptor.update(self.encrypted) + decryptor.finalize() == _PLAIN


def _children(encoded: bytes) -> list[bytes]:
    """Return the contents of the DER elements that stand one after the other."""
    found = []
    end = 0
    while end < len(encoded):
        _, _, start, end = der.part(encoded, end, len(encoded))
        found.append(encoded[start:end])
    return found
