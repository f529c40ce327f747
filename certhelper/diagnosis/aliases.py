"""What stands in a report for that which others must not see: 契約1 for a contract, and so on.

The same value has the same alias throughout one report.  What is numbered together is numbered by
lot, people and contracts in the order in which the verdict names them, then by the dates of their
certificates, both of which everybody may see: so neither a number nor the order of two says
anything of what is behind them.  Nothing is ever made by hashing: a contract's 14 digits would be
found again in seconds.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from certhelper.diagnosis.values import Kind, Value

_LONG_AGO = float("-inf")
_ANY_CASE = frozenset({Kind.ACCOUNT, Kind.COMPUTER, Kind.HOST, Kind.ADDRESS})
"""Windows and DNS (RFC 4343) take these in any case."""
_SCHEME = re.compile(r"(?:https?|ftp|file|socks[45]?h?|quic)://", re.IGNORECASE)
_PORT = re.compile(r"([^:]*|\[.*\])(:[0-9]{1,5})")
_NOT_NUMBERED = frozenset({Kind.PLAIN, Kind.FINGERPRINT, Kind.SERIAL})


class Alias(NamedTuple):
    """``key`` is the value as it is compared."""

    kind: Kind
    key: str


Shuffle = Callable[[list[Alias]], None]

_BY_LOT: Shuffle = secrets.SystemRandom().shuffle


class Locator(NamedTuple):
    """``scheme`` ends with ``://`` and ``port`` begins with a colon; both may be empty."""

    scheme: str
    host: str
    port: str


def alias_of(value: Value) -> Alias:
    """Return what the value is compared by.

    That is the place of a store, an account without its domain, a host without its port.
    """
    kind, key = value
    match kind:
        case Kind.STORE:
            return Alias(Kind.PATH, key.partition(":")[2] or key)
        case Kind.ACCOUNT:
            key = key.rpartition("\\")[2] or key
        case Kind.HOST | Kind.ADDRESS:
            key = locator(key).host
    return Alias(kind, key.casefold() if kind in _ANY_CASE else key)


def locator(text: str) -> Locator:
    """Take a host, ``host:port``, ``[2001:db8::1]:8080`` or a URL apart; the user goes."""
    scheme = _SCHEME.match(text)
    begin = scheme[0] if scheme else ""
    rest = text[len(begin) :]
    before, _, behind = rest.rpartition("@")
    if "@" in _authority(rest) or ":" in before:  # a password may hold a slash
        rest = behind or rest
    authority = _authority(rest)
    found = _PORT.fullmatch(authority)
    host, port = (found[1], found[2]) if found else (authority, "")
    return Locator(begin, host.strip("[]"), port)


def _authority(text: str) -> str:
    return re.split(r"[/?#]", text, maxsplit=1)[0]


class Aliases:
    """The numbers, from 1 for each kind.  Safe from any thread.

    ``public`` are words of free text that stay even if a person or thing is called so, too.
    """

    def __init__(self, shuffle: Shuffle = _BY_LOT) -> None:
        self._shuffle = shuffle
        self._numbers: dict[Alias, int] = {}
        self._counts: dict[Kind, int] = {}
        self._known: dict[Value, None] = {}
        self.public: tuple[str, ...] = ()
        self._lock = threading.Lock()

    def know(self, values: Iterable[Value]) -> None:
        """Remember what must not be told; it is numbered when it is met."""
        with self._lock:
            self._known.update(dict.fromkeys(one for one in values if _is_sensitive(one)))

    def add(self, values: Iterable[Value], ages: Mapping[Alias, float] | None = None) -> None:
        """Number what is told together.  ``ages`` (POSIX time) put the newest first."""
        told = [one for one in values if _is_sensitive(one)]
        self.know(told)
        drawn = sorted({alias_of(one) for one in told if one.kind not in _NOT_NUMBERED})
        self._shuffle(drawn)
        if ages:
            drawn.sort(key=lambda one: ages.get(one, _LONG_AGO), reverse=True)
        with self._lock:
            for alias in drawn:
                self._number(alias)

    def number_of(self, value: Value) -> int:
        """Return the number; one that nobody foresaw gets the next."""
        with self._lock:
            return self._number(alias_of(value))

    @property
    def known(self) -> tuple[Value, ...]:
        """Everything that must not be told, in the order in which it became known."""
        with self._lock:
            return tuple(self._known)

    def _number(self, alias: Alias) -> int:
        known = self._numbers.get(alias)
        if known is None:
            known = self._counts.get(alias.kind, 0) + 1
            self._counts[alias.kind] = self._numbers[alias] = known
        return known


def _is_sensitive(value: Value) -> bool:
    return value.kind is not Kind.PLAIN and bool(value.text.strip())
