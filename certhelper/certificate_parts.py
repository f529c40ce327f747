"""The parts of a DER certificate that tie it to its issuer, cut out without judging the rest.

Certificates that ``cryptography`` refuses as a whole (a name with ``_`` in a PrintableString, a
serial number with a needless zero) still have an issuer that can be looked for.
"""

from __future__ import annotations

from typing import NamedTuple

from certhelper.der import (
    BIT_STRING,
    BOOLEAN,
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    DerError,
    bits,
    dotted,
    expect,
    only,
    part,
    split,
)

_VERSION_TAG = 0xA0
_EXTENSIONS_TAG = 0xA3
_SUBJECT, _PUBLIC_KEY, _OPTIONAL = 4, 5, 6  # behind the version (RFC 5280 section 4.1)
_KEY_IDENTIFIER_TAG = 0x80

_SUBJECT_KEY_IDENTIFIER = "2.5.29.14"
_BASIC_CONSTRAINTS = "2.5.29.19"
_AUTHORITY_KEY_IDENTIFIER = "2.5.29.35"


class Parts(NamedTuple):
    """Octets with their tags, but ``signature`` and the key identifiers, which are contents.

    ``is_authority`` is what the basic constraints say (RFC 5280 section 4.2.1.9), None where a
    certificate has none.
    """

    signed: bytes
    algorithm: bytes
    signature: bytes
    subject: bytes
    public_key: bytes
    subject_key_identifier: bytes | None
    authority_key_identifier: bytes | None
    is_authority: bool | None


def cut(certificate: bytes) -> Parts:
    """Cut a certificate (RFC 5280 section 4.1).  Raises :class:`~certhelper.der.DerError`."""
    _, _, at, end = only(certificate, SEQUENCE)
    frame = split(certificate, at, end)
    if [tag for tag, *_ in frame] != [SEQUENCE, SEQUENCE, BIT_STRING]:
        raise DerError("no certificate")
    body, algorithm, signature = frame
    fields = split(certificate, body[2], body[3])
    if fields and fields[0][0] == _VERSION_TAG:
        del fields[0]
    if len(fields) < _OPTIONAL:
        raise DerError("too few fields")
    subject, key = fields[_SUBJECT], fields[_PUBLIC_KEY]
    octets, unused = bits(certificate[signature[2] : signature[3]])
    if unused:
        raise DerError("signature")
    found: dict[str, bytes] = {}
    for tag, _, start, stop in fields[_OPTIONAL:]:
        if tag == _EXTENSIONS_TAG:
            found = _extensions(certificate[start:stop])
    return Parts(
        signed=certificate[body[1] : body[3]],
        algorithm=certificate[algorithm[1] : algorithm[3]],
        signature=octets,
        subject=certificate[subject[1] : subject[3]],
        public_key=certificate[key[1] : key[3]],
        subject_key_identifier=_subject_key(found.get(_SUBJECT_KEY_IDENTIFIER)),
        authority_key_identifier=_authority_key(found.get(_AUTHORITY_KEY_IDENTIFIER)),
        is_authority=_is_authority(found.get(_BASIC_CONSTRAINTS)),
    )


def _extensions(octets: bytes) -> dict[str, bytes]:
    """Return the value of each extension; of one that stands there twice, the first counts."""
    _, _, at, end = only(octets, SEQUENCE)
    found: dict[str, bytes] = {}
    for _, _, start, stop in split(octets, at, end):
        _, _, name, value = expect(octets, OBJECT_IDENTIFIER, start, stop)
        identifier = dotted(octets[name:value])
        if octets[value : value + 1] == bytes((BOOLEAN,)):
            _, _, _, value = part(octets, value, stop)
        _, _, content, finish = expect(octets, OCTET_STRING, value, stop)
        found.setdefault(identifier, octets[content:finish])
    return found


def _subject_key(value: bytes | None) -> bytes | None:
    """Return the identifier; one that cannot be read helps nobody and harms nobody."""
    try:
        where = None if value is None else only(value, OCTET_STRING)
    except DerError:
        return None
    return None if value is None or where is None else value[where[2] : where[3]]


def _authority_key(value: bytes | None) -> bytes | None:
    if value is None:
        return None
    try:
        _, _, at, end = only(value, SEQUENCE)
        fields = split(value, at, end)
    except DerError:
        return None
    named = [value[start:stop] for tag, _, start, stop in fields if tag == _KEY_IDENTIFIER_TAG]
    return named[0] if named else None


def _is_authority(value: bytes | None) -> bool | None:
    if value is None:
        return None
    try:
        _, _, at, end = only(value, SEQUENCE)
        fields = split(value, at, end)
    except DerError:
        return None
    if not fields or fields[0][0] == INTEGER:
        return False
    tag, _, start, stop = fields[0]
    return tag == BOOLEAN and value[start:stop] == b"\xff"
