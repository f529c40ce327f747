"""Whether a host's name was made to be taken for the bank's.

This decides nothing: a host that is not in the profile is blocked whatever it is called.  It finds
the words for it.  The shapes are those that phishing uses (APWG reports; Chromium's
``components/lookalikes/core/lookalike_url_util.cc`` tells the same ones apart): the bank's
address in front of another one, its name under another suffix or inside a longer name, one letter
more, less or other, and letters of other scripts or figures that look the same.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from certhelper import public_suffix

_SHORTEST_NAME = 4  # characters; shorter names stand inside too many others
_SHORTEST_FOR_A_SLIP = 5  # characters
_FOLDED = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s", "3": "e", "8": "b", "-": ""})
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_OF_SHAPES_LIKE_OURS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "LISU", "COPTIC")


def of_one_owner(host: str, bank_hosts: Iterable[str]) -> bool:
    """Whether ``host`` is under a name that one of the bank's hosts is registered under, too."""
    owner = public_suffix.registrable(host)
    return bool(owner) and owner in {public_suffix.registrable(one) for one in bank_hosts}


def resembles(host: str, bank_hosts: Iterable[str]) -> bool:
    """Whether a person could take ``host`` (ASCII, none of the bank's) for one of the bank's."""
    return any(_resembles(host, one) for one in bank_hosts)


def _resembles(host: str, bank_host: str) -> bool:
    owner = public_suffix.registrable(bank_host)
    if not owner:
        return False
    for text in (owner, owner.replace(".", "-"), owner.replace(".", "")):
        # www.bank.co.jp.example.com, www-bank-co-jp.example.com
        if text in host:
            return True
    name = owner.partition(".")[0]
    return any(_could_be(label, name) for label in _names_in(host))


def _names_in(host: str) -> list[str]:
    """The labels of a host that somebody chose: all but the public suffix."""
    suffix = host[len(host) - len(public_suffix.registrable(host)) :].partition(".")[2]
    return host[: len(host) - len(suffix)].strip(".").split(".")


def _could_be(label: str, name: str) -> bool:
    shown = _shown(label)
    if not shown.isascii():
        return _same_shape(shown, name)
    folded, wanted = _fold(shown), _fold(name)
    if len(name) < _SHORTEST_NAME:
        return folded == wanted
    if wanted in folded:
        return True
    return len(name) >= _SHORTEST_FOR_A_SLIP and _one_slip_apart(folded, wanted)


def _shown(label: str) -> str:
    """A label of an internationalised name (RFC 5891) as it would look."""
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode").casefold()
    except UnicodeError:
        return label


def _same_shape(shown: str, name: str) -> bool:
    """Whether a label equals ``name`` but for letters of scripts that look like ours."""
    letters = unicodedata.normalize("NFC", shown)
    return len(letters) == len(name) and all(
        letter == wanted
        or (not letter.isascii() and unicodedata.name(letter, "").startswith(_OF_SHAPES_LIKE_OURS))
        for letter, wanted in zip(letters, name, strict=True)
    )


def _fold(text: str) -> str:
    folded = text
    for pair, one in _PAIRS:
        folded = folded.replace(pair, one)
    return folded.translate(_FOLDED)


def _one_slip_apart(one: str, other: str) -> bool:
    """Whether one letter more, less or other, or two exchanged, make one of the other."""
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1:
        return False
    start = 0
    while start < len(short) and short[start] == long[start]:
        start += 1
    if len(short) < len(long):
        return short[start:] == long[start + 1 :]
    exchanged = long[start : start + 2][::-1] + long[start + 2 :]
    return short[start + 1 :] == long[start + 1 :] or short[start:] == exchanged
