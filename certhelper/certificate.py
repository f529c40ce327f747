"""The facts of one DER certificate (RFC 5280), each field guarded.

Whatever the octets hold there is a :class:`Certificate`; a field that cannot be read is ``None``
(or empty) and named in ``unread_fields``.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha1, sha256

from certhelper import certificate_reader
from certhelper.certificate_reader import Facts
from certhelper.distinguished_name import DistinguishedName


class Certificate:
    """One certificate.  Immutable; equal to another with the same octets."""

    __slots__ = ("_der", "_facts", "_sha256")

    def __init__(self, der: bytes) -> None:
        self._der = der
        self._sha256 = sha256(der).hexdigest()
        self._facts: Facts | None = None

    @property
    def facts(self) -> Facts:
        """All fields at once; read on first use, as comparing fingerprints needs none."""
        facts = self._facts
        if facts is None:
            facts = self._facts = certificate_reader.read(self._der)
        return facts

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Certificate):
            return NotImplemented
        return self._der == other._der

    def __hash__(self) -> int:
        return hash(self._sha256)

    def __repr__(self) -> str:
        return f"Certificate({self._sha256[:16]}…)"

    @property
    def der(self) -> bytes:
        """The octets as the store holds them."""
        return self._der

    @property
    def sha256(self) -> str:
        """Fingerprint of the octets, lower-case hex."""
        return self._sha256

    @property
    def sha1(self) -> str:
        """The older fingerprint that Windows shows (拇印), lower-case hex; nothing relies on it."""
        return sha1(self._der, usedforsecurity=False).hexdigest()

    @property
    def subject(self) -> str:
        """Whose certificate it is: RFC 4514-like text, safe to show; empty when not readable."""
        name = self.facts.subject
        return "" if name is None else name.text

    @property
    def issuer(self) -> str:
        """Who issued it: RFC 4514-like text, safe to show; empty when not readable."""
        name = self.facts.issuer
        return "" if name is None else name.text

    @property
    def subject_name(self) -> DistinguishedName | None:
        """The subject's attributes."""
        return self.facts.subject

    @property
    def issuer_name(self) -> DistinguishedName | None:
        """The issuer's attributes."""
        return self.facts.issuer

    @property
    def subject_der(self) -> bytes | None:
        """The subject's octets with their tag, for matching; None when they cannot be cut out."""
        return certificate_reader.subject_octets(self._der)

    @property
    def issuer_der(self) -> bytes | None:
        """The issuer's octets with their tag, for matching; None when they cannot be cut out."""
        return certificate_reader.issuer_octets(self._der)

    @property
    def common_names(self) -> tuple[str, ...]:
        """Every CN of the subject in the order of the octets, raw: **not** safe to show."""
        return self.attribute("CN")

    def attribute(self, name: str) -> tuple[str, ...]:
        """Return every value of a subject attribute, raw: **not** safe to show.

        ``name`` is a short name such as ``CN`` (any case) or a dotted OID.  A value that is no
        text is given as ``#`` and hex (RFC 4514).
        """
        subject = self.facts.subject
        return () if subject is None else subject.values(name)

    @property
    def serial(self) -> int | None:
        """The serial number; negative and very long ones exist."""
        octets = self.facts.serial
        return None if octets is None else int.from_bytes(octets, "big", signed=True)

    @property
    def serial_hex(self) -> str:
        """The serial number's octets in lower-case hex, without the leading sign octet."""
        octets = self.facts.serial or b""
        return (octets[1:] if len(octets) > 1 and octets[0] == 0 else octets).hex()

    @property
    def not_before(self) -> datetime | None:
        """First second of validity, aware, UTC."""
        return self.facts.not_before

    @property
    def not_after(self) -> datetime | None:
        """Last second of validity, aware, UTC."""
        return self.facts.not_after

    @property
    def key_usage(self) -> frozenset[str] | None:
        """Names of RFC 5280 section 4.2.1.3; None when the extension is absent or not readable."""
        return self.facts.key_usage

    @property
    def extended_key_usage(self) -> tuple[str, ...] | None:
        """Dotted OIDs; None when the extension is absent or not readable."""
        return self.facts.extended_key_usage

    @property
    def public_key(self) -> str | None:
        """Text such as ``RSA 2048`` or ``EC P-256``; an unknown kind is its dotted OID."""
        return self.facts.public_key

    @property
    def signature_algorithm(self) -> str | None:
        """The RFC's name such as ``sha256WithRSAEncryption``; an unknown one is its dotted OID."""
        return self.facts.signature_algorithm

    @property
    def unread_fields(self) -> tuple[str, ...]:
        """Names of what could not be read: attributes of this class, ``version``, or ``der``.

        ``der`` means that the frame itself is wrong: cut off, or something follows it.
        """
        return self.facts.unread_fields
