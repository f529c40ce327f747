"""Names in certificates (X.501): read attribute by attribute, and written as RFC 4514 text.

Names repeat: every certificate of a CA has the same issuer, and a customer's names differ in one
attribute.  So what was read is remembered by its octets.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from certhelper.der import (
    BIT_STRING,
    OBJECT_IDENTIFIER,
    SEQUENCE,
    SET,
    DerError,
    Part,
    dotted,
    only,
    part,
    split,
)
from certhelper.safe_text import safe_name

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
_UNIQUE_IDENTIFIER = "2.5.4.45"  # x500UniqueIdentifier, the one BIT STRING (RFC 4519)
_DOTTED = r"[0-2](\.[0-9]+)+"

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


Attribute = tuple[str, str, bool]
r"""One attribute: its dotted OID, its raw value, and whether that is text.

What is no text stands as best it can: octets that are not of their encoding as ``\x83``, a value
that is no string as ``#`` and the hex of its DER (RFC 4514 section 2.4).
"""


Relative = tuple[Attribute, ...]
"""A relative distinguished name, nearly always of one attribute."""


class DistinguishedName(NamedTuple):
    """A name as it stands in the octets: its parts, all attributes, whether all of it was read."""

    relatives: tuple[Relative, ...]
    attributes: tuple[Attribute, ...]
    sound: bool

    @property
    def text(self) -> str:
        """RFC 4514 text, most specific attribute first, safe to show."""
        return _text(self.relatives)

    def values(self, name: str) -> tuple[str, ...]:
        """Return every raw value of an attribute: a short name (any case) or a dotted OID."""
        wanted = identifier_of(name)
        return tuple(value for identifier, value, _ in self.attributes if identifier == wanted)

    def sole_value(self, name: str) -> str | None:
        """Return the raw value when there is exactly one such attribute and it is text."""
        wanted = identifier_of(name)
        found = [attribute for attribute in self.attributes if attribute[0] == wanted]
        return found[0][1] if len(found) == 1 and found[0][2] else None


@lru_cache(maxsize=64)
def identifier_of(name: str) -> str | None:
    """Return the dotted OID of ``CN`` and its like, of a dotted OID itself, or None."""
    upper = name.upper()
    known = ATTRIBUTE_TYPES.get(_OTHER_SPELLINGS.get(upper, upper))
    return known or (name if re.fullmatch(_DOTTED, name) else None)


def short_name(identifier: str) -> str:
    """Return ``CN`` for its OID; an OID that has no short name stands for itself."""
    return _SHORT_NAMES.get(identifier, identifier)


@lru_cache(maxsize=1024)
def has_fragment(name: DistinguishedName, fragments: tuple[str, ...]) -> bool:
    """Whether one of the fragments stands in the name, in either order of writing a name.

    Case, white space and escapes do not count: people copy names from Windows, OpenSSL and NSS.
    """
    written = [f"{short_name(kind)}={value}" for kind, value, _ in name.attributes]
    forms = {_folded(",".join(order)) for order in (written, list(reversed(written)))}
    return any(_folded(fragment) in form for fragment in fragments for form in forms)


def read(data: bytes, where: Part) -> DistinguishedName:
    """Read the name at ``where``.  Raises :class:`~certhelper.der.DerError` when it is none."""
    tag, _, at, end = where
    relatives: list[Relative] = []
    attributes: list[Attribute] = []
    sound = True
    if tag != SEQUENCE:
        raise DerError("no name")
    for kind, _, start, stop in split(data, at, end):
        if kind != SET:
            raise DerError("no relative name")
        found, is_sound = _relative(data[start:stop])
        relatives.append(found)
        attributes += found
        sound = sound and is_sound
    return DistinguishedName(tuple(relatives), tuple(attributes), sound)


@lru_cache(maxsize=1024)
def read_shared(octets: bytes) -> DistinguishedName:
    """Read a name with its tag and remember it: an issuer, which thousands share."""
    return read(octets, only(octets, SEQUENCE))


@lru_cache(maxsize=4096)
def _relative(content: bytes) -> tuple[Relative, bool]:
    """Read the content of a relative name: its attributes, and whether it is as it should be."""
    end = len(content)
    if 2 < end < 0x80 and content[0] == SEQUENCE and content[1] == end - 2:  # nearly every one
        attribute = _attribute(content, 2, end)
        return (attribute,), attribute[2]
    attributes = []
    sound = content != b""  # RFC 5280 section 4.1.2.4: at least one attribute
    for tag, _, start, stop in split(content, 0, end):
        if tag != SEQUENCE:
            raise DerError("no attribute")
        attribute = _attribute(content, start, stop)
        attributes.append(attribute)
        sound = sound and attribute[2]
    return tuple(attributes), sound


def _attribute(octets: bytes, at: int, end: int) -> Attribute:
    kind, _, start, stop = part(octets, at, end)
    tag, head, value, last = part(octets, stop, end)
    if last != end:
        raise DerError("not a type and a value")
    if kind != OBJECT_IDENTIFIER:
        raise DerError("no attribute type")
    identifier = dotted(octets[start:stop])
    encoding = _ENCODINGS.get(tag)
    if encoding is None:
        bits_are_right = identifier == _UNIQUE_IDENTIFIER and tag == BIT_STRING
        return identifier, f"#{octets[head:end].hex()}", bits_are_right
    content = octets[value:end]
    try:
        return identifier, content.decode(encoding), True
    except UnicodeDecodeError:
        return identifier, content.decode("ascii", "backslashreplace"), False


def _folded(text: str) -> str:
    return re.sub(r" ?([,=]) ?", r"\1", " ".join(text.replace("\\", "").split())).casefold()


@lru_cache(maxsize=1024)
def _text(relatives: tuple[Relative, ...]) -> str:
    texts = ["+".join(map(_shown, found)) for found in reversed(relatives) if found]
    return ",".join(texts)


@lru_cache(maxsize=4096)
def _shown(attribute: Attribute) -> str:
    identifier, value, is_text = attribute
    if is_text and _ESCAPED.search(value):
        value = _ESCAPED.sub(_escape, value)
    return f"{short_name(identifier)}={safe_name(value)}"


def _escape(found: re.Match[str]) -> str:
    return "\\00" if found[0] == "\0" else f"\\{found[0]}"
