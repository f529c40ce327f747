"""Names in certificates (X.501): read attribute by attribute, and written as RFC 4514 text.

Names repeat: every certificate of a CA has the same issuer, and a customer's names differ in one
attribute.  So what was read is remembered by its octets.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from certhelper.der import (
    OBJECT_IDENTIFIER,
    SEQUENCE,
    SET,
    DerError,
    dotted,
    expect,
    only,
    part,
    split,
)
from certhelper.safe_text import safe

ATTRIBUTE_TYPES = {  # RFC 4514 section 3, RFC 4519, and what Windows and OpenSSL show
    "CN": "2.5.4.3",
    "SN": "2.5.4.4",
    "SERIALNUMBER": "2.5.4.5",
    "C": "2.5.4.6",
    "L": "2.5.4.7",
    "ST": "2.5.4.8",
    "STREET": "2.5.4.9",
    "O": "2.5.4.10",
    "OU": "2.5.4.11",
    "T": "2.5.4.12",
    "G": "2.5.4.42",
    "DNQUALIFIER": "2.5.4.46",
    "ORGANIZATIONIDENTIFIER": "2.5.4.97",
    "UID": "0.9.2342.19200300.100.1.1",
    "DC": "0.9.2342.19200300.100.1.25",
    "E": "1.2.840.113549.1.9.1",
}
_OTHER_SPELLINGS = {"EMAILADDRESS": "E", "S": "ST", "GN": "G", "USERID": "UID"}
_SHORT_NAMES = {identifier: name for name, identifier in ATTRIBUTE_TYPES.items()}
_DOTTED = re.compile(r"[0-2](\.[0-9]+)+")

_UTF_16, _UTF_32 = "utf-16-be", "utf-32-be"
_ENCODINGS = {
    0x04: "utf-8",  # OCTET STRING
    0x0C: "utf-8",  # UTF8String
    0x12: "utf-8",  # NumericString
    0x13: "utf-8",  # PrintableString: Chromium allows UTF-8 in it (crbug.com/770323)
    0x14: "utf-8",  # TeletexString
    0x16: "utf-8",  # IA5String
    0x17: "utf-8",  # UTCTime
    0x18: "utf-8",  # GeneralizedTime
    0x1A: "utf-8",  # VisibleString
    0x1C: _UTF_32,  # UniversalString
    0x1E: _UTF_16,  # BMPString
}
_ESCAPED = re.compile(r'[\\"+,;<>\x00]|^[# ]| $')  # RFC 4514 section 2.4


class Attribute(NamedTuple):
    r"""One attribute; ``value`` is raw.  What is no text (``is_text`` False) stands as best it can.

    Octets that are not of their encoding stand as ``\x83``, a value that is no string as ``#``
    and the hex of its DER (RFC 4514 section 2.4).
    """

    identifier: str
    value: str
    is_text: bool


class DistinguishedName(NamedTuple):
    """A name: its attributes as they stand, its text most specific first, whether all was read."""

    attributes: tuple[Attribute, ...]
    text: str
    sound: bool

    def values(self, name: str) -> tuple[str, ...]:
        """Return every raw value of an attribute: a short name (any case) or a dotted OID."""
        identifier = identifier_of(name)
        return tuple(found.value for found in self.attributes if found.identifier == identifier)

    def sole_value(self, name: str) -> str | None:
        """Return the raw value when there is exactly one such attribute and it is text."""
        identifier = identifier_of(name)
        matching = [found for found in self.attributes if found.identifier == identifier]
        return matching[0].value if len(matching) == 1 and matching[0].is_text else None


@lru_cache(maxsize=64)
def identifier_of(name: str) -> str | None:
    """Return the dotted OID of ``CN`` and its like, of a dotted OID itself, or None."""
    upper = name.upper()
    known = ATTRIBUTE_TYPES.get(_OTHER_SPELLINGS.get(upper, upper))
    return known or (name if _DOTTED.fullmatch(name) else None)


def short_name(identifier: str) -> str:
    """Return ``CN`` for its OID; an OID that has no short name stands for itself."""
    return _SHORT_NAMES.get(identifier, identifier)


@lru_cache(maxsize=4096)
def read(octets: bytes) -> DistinguishedName:
    """Read a name with its tag.  Raises :class:`~certhelper.der.DerError` when it is none."""
    _, _, at, end = only(octets, SEQUENCE)
    attributes: tuple[Attribute, ...] = ()
    texts: list[str] = []
    sound = True
    for _, head, _, stop in split(octets, at, end):
        found, text, readable = _relative(octets[head:stop])
        attributes += found
        if text:
            texts.append(text)
        sound = sound and readable
    texts.reverse()
    return DistinguishedName(attributes, ",".join(texts), sound)


@lru_cache(maxsize=4096)
def _relative(octets: bytes) -> tuple[tuple[Attribute, ...], str, bool]:
    """Read a RelativeDistinguishedName: its attributes, its text, whether all was read."""
    _, _, at, end = only(octets, SET)
    attributes = [_attribute(octets, start, stop) for _, _, start, stop in split(octets, at, end)]
    if len(attributes) == 1:  # as nearly always
        return (attributes[0],), _shown(attributes[0]), attributes[0].is_text
    text = "+".join(map(_shown, attributes))
    return tuple(attributes), text, bool(attributes) and all(one.is_text for one in attributes)


def _attribute(octets: bytes, at: int, end: int) -> Attribute:
    _, _, start, stop = expect(octets, OBJECT_IDENTIFIER, at, end)
    identifier = dotted(octets[start:stop])
    tag, head, start, stop = part(octets, stop, end)
    if stop != end:
        raise DerError("something follows the value")
    encoding = _ENCODINGS.get(tag)
    if encoding is None:
        return Attribute(identifier, f"#{octets[head:stop].hex()}", is_text=False)
    content = octets[start:stop]
    try:
        return Attribute(identifier, content.decode(encoding), is_text=True)
    except UnicodeDecodeError:
        visible = content.decode("ascii", "backslashreplace")
        return Attribute(identifier, visible, is_text=False)


def _shown(attribute: Attribute) -> str:
    identifier, value, is_text = attribute
    if is_text and _ESCAPED.search(value):
        value = _ESCAPED.sub(_escape, value)
    return f"{short_name(identifier)}={safe(value)}"


def _escape(found: re.Match[str]) -> str:
    return "\\00" if found[0] == "\0" else f"\\{found[0]}"
