"""What the children that read a PKCS #11 module write to their parent.

A message is its kind (1 octet), a length (4 octets, big-endian) and the octets; the octets are
fields, each a length (4 octets) and its octets.  Numbers have 8 octets.  The parent takes them with
:mod:`certhelper.stores.pkcs11_told`.  Uses the standard library only, and little of it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

SIZE_OCTETS = 4
NUMBER_OCTETS = 8

_MASK = (1 << 8 * NUMBER_OCTETS) - 1


class Kind:
    """What a message tells, and its fields.  ``KEY`` is the CKA_ID of a visible private key."""

    SLOT = b"S"  # slot, flags, description
    TOKEN = b"T"  # slot, flags, label, manufacturer, model, serial
    KEY = b"K"  # slot, CKA_ID
    CERTIFICATE = b"C"  # slot, label, CKA_ID, DER (empty: the module did not give it)
    READ = b"R"  # slot: all of it has been told
    TROUBLE = b"E"  # slot, function, code: what the module refused for this slot
    FAILED = b"F"  # why, in words; function (or "crash"), code: nothing more follows
    MARK = b"M"  # what a look saw, see :func:`mark_of`
    DONE = b"D"


def message(kind: bytes, *fields: bytes | int) -> bytes:
    """Return a message as octets."""
    octets = [
        field if isinstance(field, bytes) else (field & _MASK).to_bytes(NUMBER_OCTETS, "big")
        for field in fields
    ]
    body = b"".join([len(one).to_bytes(SIZE_OCTETS, "big") + one for one in octets])
    return kind + len(body).to_bytes(SIZE_OCTETS, "big") + body


def mark_of(messages: Iterable[bytes]) -> bytes:
    """Return a digest of everything that was told, whatever the order of the objects."""
    from hashlib import sha256

    digest = sha256()
    for one in sorted(messages):
        digest.update(one)
    return digest.digest()
