"""Takes out of text what looks like an ID, an e-mail address, a path or an address of a network.

Nobody told of these, so they are known by their look alone.  Public hosts and their addresses,
versions, dates and what stands below the system's own folders (``/usr/lib``) stay.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from enum import Enum

from certhelper.diagnosis.values import Kind, Value


class Shape(Enum):
    """What nobody told of and can yet be recognized."""

    EMAIL = "email"
    DIGITS = "digits"
    PATH = "path"


Found = Value | Shape

Say = Callable[[Found], str]

_DIGITS_OF_CONTRACT = 14
_MOST_GROUPS = 7
_LONG_NUMBER = re.compile(r"\d+(?:[ \-‐－]\d+)*")
_DATE = re.compile(r"(?<!\d)\d{4}-\d\d-\d\d(?!\d)")
_LONG_HEX = re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{2}[: ]?){8,}(?![0-9A-Za-z])")
_EMAIL = re.compile(r"[\w.+-]+[@＠][\w-]+(?:\.[\w-]+)+")

_MAC = re.compile(
    r"(?<![0-9A-Za-z:-])[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![0-9A-Za-z:-])"
)
_IPV4 = r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}"
_ADDRESS = re.compile(
    rf"(?<![0-9A-Za-z:.])(?=[0-9A-Fa-f]*:)[0-9A-Fa-f:]*:(?:{_IPV4}|[0-9A-Fa-f]*)(?![0-9A-Za-z])"
    rf"(?:%\w+)?"
    rf"|(?<![0-9.]){_IPV4}(?!\.?[0-9])"
)

_NEVER_IN_NAME = r"\n\"'<>|「」『』。/\\)）"
_IN_NAME = rf"(?>(?!:\s|:\Z|\s\w+://)(?:\([^{_NEVER_IN_NAME}]*\)|（[^{_NEVER_IN_NAME}]*）|[^{_NEVER_IN_NAME}]))"
REST_OF_PATH = rf"(?:{_IN_NAME}*[\\/]+)*(?:{_IN_NAME}*\.[A-Za-z0-9]{{1,8}}(?!\w)|{_IN_NAME}*)"
"""From a separator on.

Folders' names have blanks, so it goes to the end of a file's name or of what is said in the line,
or in the brackets around it.
"""

_OF_THE_SYSTEM = r"(?!(?:usr|lib(?:32|64)?|bin|sbin|proc|sys|dev)\b)"
_PEOPLES = r"(?:Users|home|Documents and Settings|root|srv|mnt|media|Volumes|data|opt|var|tmp)"
_PATH = re.compile(
    r"(?:"
    r"file:[\\/]+"
    r"|(?<![A-Za-z0-9])[A-Za-z]:[\\/]"
    r"|(?<![\\\w:])\\\\(?=[^\s])"
    r"|(?<![\w:/\\<])//(?=[^\s/]+/)"
    r"|(?<![\w/\\])(?:~[\w.-]*|%\w+%|\$\{?\w+\}?)[\\/]"
    rf"|(?<![A-Za-z0-9._~%/\\\-])[\\/]+{_PEOPLES}[\\/]"
    rf"|(?<![\w.~%/\\<\-)\]}}])/{_OF_THE_SYSTEM}(?=[^\s/])"
    rf"){REST_OF_PATH}",
    re.IGNORECASE,
)


def without_shapes(text: str, say: Say) -> str:
    """Return ``text`` without any of it; ``say`` gives what stands in its place.

    For whole sentences, too: the program's own words look like none of these.
    """
    if "@" in text or "＠" in text:
        text = _EMAIL.sub(say(Shape.EMAIL), text)
    if "/" in text or "\\" in text:
        text = _PATH.sub(say(Shape.PATH), text)
    text = _MAC.sub(lambda found: say(Value(Kind.ADDRESS, found[0])), text)
    text = _ADDRESS.sub(lambda found: _address(found[0], say), text)
    text = _LONG_NUMBER.sub(lambda found: _number(found[0], say), text)
    return _LONG_HEX.sub(lambda found: say(Value(Kind.FINGERPRINT, found[0])), text)


def _address(text: str, say: Say) -> str:
    """Tell an inner address; what ends a sentence or begins what is said of it is not part."""
    bare = text if text.endswith("::") else text.rstrip(":")
    for one in (bare, bare.rstrip(":")):
        try:
            address = ipaddress.ip_address(one.partition("%")[0])
        except ValueError:
            continue
        if isinstance(address, ipaddress.IPv6Address):
            address = address.ipv4_mapped or address
        if address.is_global or address.is_loopback or address.is_unspecified:
            return text
        return say(Value(Kind.ADDRESS, one)) + text[len(one) :]
    return text


def _number(text: str, say: Say) -> str:
    """Tell of a long number, in groups, too; dates beside one another are none."""
    groups = re.findall(r"\d+", text)
    if any(len(one) >= _DIGITS_OF_CONTRACT for one in groups):
        return re.sub(rf"\d{{{_DIGITS_OF_CONTRACT},}}", say(Shape.DIGITS), text)
    is_one = len(groups) <= _MOST_GROUPS and all(len(one) > 1 for one in groups)
    is_long = sum(map(len, groups)) >= _DIGITS_OF_CONTRACT
    return say(Shape.DIGITS) if is_one and is_long and not _DATE.search(text) else text
