"""The facts of one DER certificate, each field guarded.

Whatever the octets hold there is a :class:`Certificate`; a field that cannot be read is ``None``
(or empty) and named in ``unread_fields``.
"""

from __future__ import annotations

from datetime import datetime


class Certificate:
    """Immutable; fields are read when first asked for.

    Public attributes (see the property of each for its rule): ``der``, ``sha256`` and ``sha1``
    (lower-case hex), ``subject`` and ``issuer`` (RFC 4514-like text, made safe to show),
    ``issuer_der`` and ``subject_der`` (raw names, for matching), ``common_names`` (raw values),
    ``attribute(name)``, ``serial`` (int) and ``serial_hex``, ``not_before``/``not_after`` (aware,
    UTC), ``key_usage`` (frozenset of RFC 5280 names or None when absent),
    ``extended_key_usage`` (tuple of dotted OIDs or None when absent), ``public_key`` (text such
    as ``RSA 2048``), ``signature_algorithm``, ``unread_fields``.
    """

    der: bytes
    sha256: str
    sha1: str
    subject: str
    issuer: str
    subject_der: bytes | None
    issuer_der: bytes | None
    common_names: tuple[str, ...]
    serial: int | None
    serial_hex: str
    not_before: datetime | None
    not_after: datetime | None
    key_usage: frozenset[str] | None
    extended_key_usage: tuple[str, ...] | None
    public_key: str | None
    signature_algorithm: str | None
    unread_fields: tuple[str, ...]
