"""The issuer of a certificate: whose name it gives, and whose key confirms its signature.

Imported only where there is an answer to be verified or somebody to be asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

from certhelper.certificate import Certificate
from certhelper.certificate_parts import cut
from certhelper.certificate_signature import is_signed_with
from certhelper.der import BIT_STRING, SEQUENCE, DerError, only, split
from certhelper.stores.files_blocks import certificates_of_message

_MOST_TRIED = 16  # signatures; a store full of one name costs no more than these
_PEM_START, _PEM_END = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"


class Issuer(NamedTuple):
    """``key_bits`` is the content of the BIT STRING in ``public_key`` (a SubjectPublicKeyInfo)."""

    der: bytes
    name: bytes
    public_key: bytes
    key_bits: bytes

    @property
    def may_sign_lists(self) -> bool:
        """RFC 5280 section 6.3.3 (f): a key usage that is there must name cRLSign."""
        usage = Certificate(self.der).key_usage
        return usage is None or "cRLSign" in usage


def find_issuer(certificate: Certificate, candidates: Iterable[bytes]) -> Issuer | None:
    """Return the first candidate that has issued ``certificate``, None where there is none."""
    name = certificate.issuer_der
    if name is None:
        return None
    try:
        signed = cut(certificate.der)
    except DerError:
        return None
    tried = 0
    for der in candidates:
        if tried == _MOST_TRIED or Certificate(der).subject_der != name:
            continue
        tried += 1
        try:
            public_key = cut(der).public_key
            if is_signed_with(signed, public_key):
                return Issuer(der, name, public_key, _key_bits(public_key))
        except DerError:
            continue
    return None


def certificates_in(octets: bytes) -> list[bytes]:
    """Return the certificates of an answer: one in DER, PEM, or PKCS #7 (RFC 5280 4.2.2.1)."""
    texts = _pem_texts(octets)
    if texts:
        return _decoded(texts)
    try:
        cut(octets)
    except DerError:
        return _in_pkcs7(octets)
    return [octets]


def _pem_texts(octets: bytes) -> list[bytes]:
    """Return what stands in each block; one that has no end is passed over.

    Each octet is looked at a few times, however many blocks begin.
    """
    pieces = (one.partition(_PEM_END) for one in octets.split(_PEM_START)[1:])
    return [text for text, end, _ in pieces if end]


def _decoded(texts: list[bytes]) -> list[bytes]:
    import base64

    found = []
    for text in texts:
        with suppress(ValueError):  # the next one may be whole
            found.append(base64.b64decode(text))
    return found


def _in_pkcs7(octets: bytes) -> list[bytes]:
    # Not by a library: it judges the certificates too, and refuses or warns of odd ones.
    try:
        return certificates_of_message(octets)
    except DerError:
        return []


def _key_bits(public_key: bytes) -> bytes:
    """Return what OCSP's issuerKeyHash is made of: the key without tag, length and unused bits."""
    _, _, at, end = only(public_key, SEQUENCE)
    _, bits = split(public_key, at, end)
    if bits[0] != BIT_STRING or public_key[bits[2] : bits[2] + 1] != b"\x00":
        raise DerError("public key")
    return public_key[bits[2] + 1 : bits[3]]
