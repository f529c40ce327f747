"""Finds certificates and private keys in the octets of a file, by content and never by its name.

PEM is read as generously as RFC 7468 advises (text around the blocks, any line ends, a byte-order
mark), and so is what people do to it: UTF-16 from a Windows console, base64 without its first and
last line.  A block that is broken takes no neighbour with it.  DER may be a certificate, a key
(PKCS #8, PKCS #1, SEC 1) or the certificates of a PKCS #7 message.

A key is told by its place in the octets: it is not copied here.
"""

from __future__ import annotations

import binascii
from typing import Final, NamedTuple, cast

from certhelper.der import INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, DerError, part, split

PEM_START: Final = b"-----BEGIN "
_PEM_STOP: Final = b"-----END "
_DASHES: Final = b"-----"
_ONE_START: Final = b"-----BEGIN CERTIFICATE-----"
_ONE_STOP: Final = b"-----END CERTIFICATE-----"
_LONGEST_LABEL: Final = 64
_MOST_BROKEN: Final = 10  # are named; where there are more, the file is no list of certificates
_WHITE_SPACE: Final = b" \t\r\n\v\f"
_BARE_START: Final = b"MII"  # base64 of a SEQUENCE of more than 255 octets

_CERTIFICATE_LABELS: Final = frozenset({b"CERTIFICATE", b"X509 CERTIFICATE"})
_TRUSTED_LABEL: Final = b"TRUSTED CERTIFICATE"  # OpenSSL's: its own data follows the certificate
_MESSAGE_LABELS: Final = frozenset({b"PKCS7", b"CMS"})
_ENCRYPTED_LABEL: Final = b"ENCRYPTED PRIVATE KEY"
_KEY_LABELS: Final = frozenset(
    {b"PRIVATE KEY", b"RSA PRIVATE KEY", b"EC PRIVATE KEY", b"DSA PRIVATE KEY", _ENCRYPTED_LABEL}
)
_TRADITIONAL_ENCRYPTION: Final = b"ENCRYPTED"  # in the header ``Proc-Type`` (RFC 1421, 4.6.1.1)

_BIT_STRING: Final = 0x03
_CONTEXT_0: Final = 0xA0
_SIGNED_DATA: Final = bytes.fromhex("06092a864886f70d010702")  # RFC 2315, section 14
_PASSWORD_BASED: Final = (  # PKCS #5 and PKCS #12: what an encrypted PKCS #8 key begins with
    bytes.fromhex("2a864886f70d0105"),
    bytes.fromhex("2a864886f70d010c01"),
)
_FIELDS_OF_A_CERTIFICATE: Final = [INTEGER, *[SEQUENCE] * 5]  # RFC 5280, 4.1, after the version
_FEWEST_NUMBERS_OF_RSA: Final = 9  # RFC 8017, A.1.2
_PKCS12_VERSION: Final = b"\x02\x01\x03"  # RFC 7292, section 4
_PKCS12_IN_BER: Final = b"\x30\x80" + _PKCS12_VERSION  # NSS writes a length that is not said


class KeyPlace(NamedTuple):
    """Where a private key stands in the octets of a file, the lines around a PEM block included."""

    start: int
    stop: int
    is_pem: bool
    is_encrypted: bool


class BrokenBlock(NamedTuple):
    """A PEM block that could not be taken apart: its label, and the line in which it begins.

    ``is_too_large`` says that it is left alone for its size.
    """

    label: str
    line: int
    is_too_large: bool = False


class Content(NamedTuple):
    """What a file holds.

    ``certificates`` are DER, each once; some may be damaged inside.  ``broken`` are the first ten.
    ``is_known`` says that the file is of a form that is known here, be it without any certificate.
    """

    certificates: tuple[bytes, ...] = ()
    keys: tuple[KeyPlace, ...] = ()
    broken: tuple[BrokenBlock, ...] = ()
    is_known: bool = False
    is_pkcs12: bool = False


def normalized(octets: bytearray) -> bytearray:
    """Return UTF-16 text with a byte-order mark as single octets; anything else as it is."""
    if octets[:2] == b"\xff\xfe":
        return octets[2::2]
    if octets[:2] == b"\xfe\xff":
        return octets[3::2]
    return octets


def content_of(octets: bytearray, is_certificate_file: bool = False) -> Content:
    """Take the octets of a file apart (:func:`normalized`); never raises.

    ``is_certificate_file`` says that by its name a certificate is to be expected: damaged DER is
    then one, with what can be read of it.
    """
    at = octets.find(PEM_START)
    if at >= 0:
        return _only_certificate(octets, at) or _Pem(octets).content()
    if octets.startswith(_PKCS12_IN_BER):
        return Content(is_known=True, is_pkcs12=True)
    if octets[:1] == b"\x30":
        return _der(octets, is_certificate_file)
    if is_certificate_file and octets.lstrip()[:3] == _BARE_START:
        return _bare(octets)
    return Content()


def line_of(octets: bytearray, at: int) -> int:
    """Return the number of the line that ``at`` is in, counted from 1."""
    return octets.count(b"\n", 0, at) + 1


def _only_certificate(octets: bytearray, at: int) -> Content | None:
    """Return what nearly every file of a large folder holds: one whole certificate, else None."""
    if not octets.startswith(_ONE_START, at):
        return None
    body = at + len(_ONE_START)
    stop = octets.find(_DASHES, body)
    if not octets.startswith(_ONE_STOP, stop) or octets.find(PEM_START, stop) >= 0:
        return None
    base64 = octets[body:stop].replace(b"\r", b"").replace(b"\n", b"")
    try:
        der = binascii.a2b_base64(base64, strict_mode=True)
    except ValueError:  # other white space, headers, or broken
        return None
    return Content((der,), is_known=True) if der.startswith(b"\x30") else None


class _Pem:
    """One pass over the text; whatever it holds, each octet is looked at a few times only."""

    def __init__(self, octets: bytearray) -> None:
        self._octets = octets
        self._certificates: list[bytes] = []
        self._keys: list[KeyPlace] = []
        self._broken: list[BrokenBlock] = []
        self._stop = 0  # where the next last line of a block begins, -1: there is none any more

    def content(self) -> Content:
        at = self._octets.find(PEM_START)
        while at >= 0:
            after = self._block(at)
            at = self._octets.find(PEM_START, after)
        certificates = tuple(dict.fromkeys(self._certificates))
        return Content(certificates, tuple(self._keys), tuple(self._broken), is_known=True)

    def _block(self, start: int) -> int:
        """Take the block that begins at ``start``; return where to go on."""
        octets = self._octets
        at = start + len(PEM_START)
        dashes = octets.find(_DASHES, at, at + _LONGEST_LABEL)
        if dashes < 0:
            return at
        label = bytes(octets[at:dashes])
        body = dashes + len(_DASHES)
        if 0 <= self._stop < body:
            self._stop = octets.find(_PEM_STOP, body)
        if self._stop < 0 or octets.find(PEM_START, body, self._stop) >= 0:
            self._note(label, start)
            return body
        stop = self._stop + len(_PEM_STOP) + len(label) + len(_DASHES)
        if octets[self._stop + len(_PEM_STOP) : stop] != label + _DASHES:
            self._note(label, start)
            return self._stop
        if label in _KEY_LABELS:
            self._keys.append(self._key(label, start, body, stop))
        else:
            self._take(label, start, body)
        return stop

    def _key(self, label: bytes, start: int, body: int, stop: int) -> KeyPlace:
        is_encrypted = label == _ENCRYPTED_LABEL or (
            self._octets.find(_TRADITIONAL_ENCRYPTION, body, self._stop) >= 0
        )
        return KeyPlace(start, stop, is_pem=True, is_encrypted=is_encrypted)

    def _take(self, label: bytes, start: int, body: int) -> None:
        is_message = label in _MESSAGE_LABELS
        if not (label in _CERTIFICATE_LABELS or label == _TRUSTED_LABEL or is_message):
            return
        try:
            der = _decoded(self._octets[body : self._stop])
            if is_message:
                self._certificates += certificates_of_message(der)
            else:
                self._certificates.append(_first(der) if label == _TRUSTED_LABEL else der)
        except ValueError:
            self._note(label, start)

    def _note(self, label: bytes, start: int) -> None:
        """Name a block that is cut off, or holds what it should not; other kinds do not matter."""
        is_ours = label.endswith((b"CERTIFICATE", b"PRIVATE KEY")) or label in _MESSAGE_LABELS
        if is_ours and label.isascii() and len(self._broken) < _MOST_BROKEN:
            self._broken.append(BrokenBlock(label.decode(), line_of(self._octets, start)))


def _decoded(body: bytearray) -> bytes:
    """Return what a block holds.  Raises ``ValueError`` (``binascii.Error`` is one)."""
    if b":" in body:  # headers as in RFC 1421; an empty line ends them
        body = body.replace(b"\r", b"").partition(b"\n\n")[2]
    der = binascii.a2b_base64(body.translate(None, _WHITE_SPACE), strict_mode=True)
    if der[:1] != b"\x30":
        raise DerError("no sequence")
    return der


def _bare(octets: bytearray) -> Content:
    try:
        der = bytearray(_decoded(octets))
    except ValueError:
        return Content()
    return _der(der, is_certificate_file=True)


def _first(der: bytes) -> bytes:
    """Return the first part, without what follows.  Raises :class:`DerError`."""
    return der[: part(der, 0, len(der))[3]]


def _der(octets: bytearray, is_certificate_file: bool) -> Content:
    whole = cast("bytes", octets)  # it is only looked at, and a key must not be copied
    try:
        _, _, at, end = part(whole, 0, len(whole))
        if end != len(whole):
            raise DerError("something follows")
        content = _recognized(octets, whole, split(whole, at, end))
    except DerError:
        content = None
    if content is not None:
        return content
    if is_certificate_file and _may_be_certificate(octets):
        return Content((bytes(octets),), is_known=True)
    return Content()


def _recognized(
    octets: bytearray, whole: bytes, parts: list[tuple[int, int, int, int]]
) -> Content | None:
    """Return what is known by the kinds of its parts, None otherwise.  Raises DerError."""
    tags = [one[0] for one in parts]
    if tags == [SEQUENCE, SEQUENCE, _BIT_STRING]:
        if _is_certificate(whole, parts[0][2], parts[0][3]):
            return Content((bytes(octets),), is_known=True)
        return Content(is_known=True)  # a request or a list of revoked ones
    if tags == [SEQUENCE, _BIT_STRING]:
        return Content(is_known=True)  # a public key
    if _is_key(whole, parts, tags):
        return Content(keys=(_whole_key(octets, is_encrypted=False),), is_known=True)
    if tags == [SEQUENCE, OCTET_STRING] and _is_password_based(octets, parts[0][2]):
        return Content(keys=(_whole_key(octets, is_encrypted=True),), is_known=True)
    if tags[:2] == [INTEGER, SEQUENCE] and octets[parts[0][1] : parts[0][3]] == _PKCS12_VERSION:
        return Content(is_known=True, is_pkcs12=True)
    if tags == [OBJECT_IDENTIFIER, _CONTEXT_0]:
        return Content(tuple(certificates_of_message(bytes(octets))), is_known=True)
    return None


def _whole_key(octets: bytearray, *, is_encrypted: bool) -> KeyPlace:
    return KeyPlace(0, len(octets), is_pem=False, is_encrypted=is_encrypted)


def _is_certificate(whole: bytes, at: int, end: int) -> bool:
    tags = [one[0] for one in split(whole, at, end)]
    if tags[:1] == [_CONTEXT_0]:
        del tags[0]
    return tags[: len(_FIELDS_OF_A_CERTIFICATE)] == _FIELDS_OF_A_CERTIFICATE


def _is_key(whole: bytes, parts: list[tuple[int, int, int, int]], tags: list[int]) -> bool:
    """Say whether this is a key of PKCS #8 (RFC 5958), SEC 1 (RFC 5915) or PKCS #1 (RFC 8017)."""
    if tags[:3] == [INTEGER, SEQUENCE, OCTET_STRING]:
        return whole[parts[1][2]] == OBJECT_IDENTIFIER
    if tags[:2] == [INTEGER, OCTET_STRING]:
        return all(tag in (_CONTEXT_0, 0xA1) for tag in tags[2:])
    return len(tags) >= _FEWEST_NUMBERS_OF_RSA and set(tags[:_FEWEST_NUMBERS_OF_RSA]) == {INTEGER}


def _is_password_based(octets: bytearray, at: int) -> bool:
    return octets[at : at + 1] == b"\x06" and octets.startswith(_PASSWORD_BASED, at + 2)


def _may_be_certificate(octets: bytearray) -> bool:
    """Whether damaged DER begins as a certificate does, and not as a key or a PKCS #12 file."""
    head = cast("bytes", octets)
    try:
        inside = part(head, 0, 1 << 31)[2]
    except DerError:
        return True  # not even a length: nothing tells what it was
    return inside >= len(octets) or octets[inside] == SEQUENCE


def certificates_of_message(der: bytes) -> list[bytes]:
    """Return the certificates of a PKCS #7 message (RFC 2315, section 9.1).

    Raises :class:`DerError`; a message in BER with lengths that are not said is one such.
    """
    _, _, at, end = part(der, 0, len(der))
    parts = split(der, at, end)
    if [one[0] for one in parts] != [OBJECT_IDENTIFIER, _CONTEXT_0]:
        raise DerError("no message")
    kind, message = parts
    if der[kind[1] : kind[3]] != _SIGNED_DATA:
        return []  # an enveloped message, which holds no certificates of its own
    _, _, at, end = part(der, message[2], message[3])
    for tag, _, start, stop in split(der, at, end):
        if tag == _CONTEXT_0:
            return [der[one[1] : one[3]] for one in split(der, start, stop) if one[0] == SEQUENCE]
    return []
