"""What a finding names, with the kind of thing that it is: the kind decides who may see it whole.

A report leaves the house of a bank's customer.  What it names of people, contracts and the inner
network is replaced there by labels (:mod:`certhelper.diagnosis.redaction`); on the screen the
person sees the values as they are.  So nothing is ever put into a sentence before that choice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What a value is.

    ``PLAIN`` tells nothing of anybody: a number, a date, a product's or the bank's own public name
    and host.  ``NAME`` is a distinguished name, a nickname or a token's label: anything that a
    certificate or a person named freely.  ``HOST`` and ``ADDRESS`` are those of the inner network
    (a proxy, a DNS server, this PC).  ``PATH`` is a file or folder, ``STORE`` the name of a store
    (``nss:/home/…``).
    """

    PLAIN = "plain"
    CONTRACT = "contract"
    USER = "user"
    NAME = "name"
    FINGERPRINT = "fingerprint"
    SERIAL = "serial"
    ACCOUNT = "account"
    COMPUTER = "computer"
    HOST = "host"
    ADDRESS = "address"
    PATH = "path"
    STORE = "store"


class Value(NamedTuple):
    """``text`` is the whole value, safe to show (:mod:`certhelper.safe_text`)."""

    kind: Kind
    text: str


class Phrase(NamedTuple):
    """A text of the program's (``AREA.name``) with values put in, for a detail of several parts."""

    key: str
    facts: tuple[tuple[str, Value | Phrase], ...] = ()


Told = Value | Phrase

Facts = tuple[tuple[str, Told], ...]


def plain(text: object) -> Value:
    """Return a value that tells nothing of anybody."""
    return Value(Kind.PLAIN, str(text))


def facts(**named: Told | str | int) -> Facts:
    """Return facts by name; what is no value yet is plain."""
    return tuple(
        (name, one if isinstance(one, (Value, Phrase)) else plain(one))
        for name, one in named.items()
    )


def phrase(key: str, **named: Told | str | int) -> Phrase:
    """Return the text ``key`` with values put in."""
    return Phrase(key, facts(**named))


def joined(parts: Sequence[Told | str]) -> Told:
    """Return several of a kind as one, with what stands between names in each language."""
    first, *rest = parts
    told = plain(first) if isinstance(first, str) else first
    return phrase("diagnosis.and", first=told, rest=joined(rest)) if rest else told


def as_they_are(told: Facts) -> Mapping[str, str]:
    """Return the facts for the person at this PC, who may see everything."""
    return {name: shown(one) for name, one in told}


def shown(one: Told) -> str:
    """Return one value or phrase for the person at this PC; nobody's password is in it."""
    from certhelper.diagnosis.secrets_in_text import without_secrets
    from certhelper.texts import text

    if isinstance(one, Value):
        return without_secrets(one.text)
    return text(one.key, None, **as_they_are(one.facts))
