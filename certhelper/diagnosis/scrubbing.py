"""Takes out of free text what is known to be nobody else's business.

Sentences of the program hold values that know what they are.  Free text, such as what an operating
system said of an error, may hold anything: here every value that the report knows is looked for in
it, and everything that looks like an ID, an address, a user's folder or a password.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from enum import Enum

from certhelper.diagnosis.aliases import alias_of
from certhelper.diagnosis.values import Kind, Value

SHORTEST = 3
"""Characters.  Shorter values (a user ID may be "1") would take every number and word apart."""

SHORTEST_SERIAL = 6
"""Hex digits: a shorter one stands in many a number by chance."""

NAMES_OF_EVERYBODY = frozenset(
    {"admin", "administrator", "debian", "guest", "home", "linux", "localhost", "microsoft"}
    | {"owner", "root", "system", "ubuntu", "user", "windows", "workgroup"}
)
"""Accounts and computers that are called so tell nothing; texts on software are full of these."""

_TOKEN = re.compile(r"[A-Za-z]+|[0-9]+|[^A-Za-z0-9\s]")
_REST_OF_PATH = re.compile(r"(?:[\\/][^\s\"'<>|「」]*)?")
_CREDENTIALS = (re.compile(r"(?<=//)\S*@"), re.compile(r"[!-~]*:[!-~]*@"))
_PRIVATE_KEY = re.compile(r"-----BEGIN .*?(?:-----END [^-]*-----|\Z)", re.DOTALL)
_HEADER = re.compile(r"(?i)\b((?:set-)?cookie|(?:proxy-)?authorization)(\s*[:=]).*")
_GIVEN = re.compile(
    r"(?i)(\b(?:pin|passw(?:or)?d|passphrase|secret)|パスワード|パスフレーズ|暗証番号)(\s*[:=]\s*)\S+"
)
_LONG_NUMBER = re.compile(r"\d{14,}")
_LONG_HEX = re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{2}[: ]?){8,}(?![0-9A-Za-z])")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_HOME = re.compile(
    r"(?:[A-Za-z]:)?[\\/]+(?:Users|home|Documents and Settings)[\\/]+[^\s\"'<>|「」]+",
    re.IGNORECASE,
)
_SHARE = re.compile(r"(?<![\\\w:])\\\\[^\s\"'<>|「」]+")
_ADDRESS = re.compile(
    r"(?<![0-9.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9.])"
    r"|(?<![0-9A-Za-z:])(?:[0-9A-Fa-f]{1,4}:|::)[0-9A-Fa-f:]+(?:%\w+)?(?![0-9A-Za-z:])"
)


class Shape(Enum):
    """What nobody told of and can yet be recognized."""

    EMAIL = "email"
    DIGITS = "digits"
    PATH = "path"


Found = Value | Shape

Say = Callable[[Found], str]


class Scrubber:
    """``known`` is what must not be told, ``say`` gives what stands in the place of anything."""

    def __init__(self, known: Iterable[Value], say: Say) -> None:
        self._say = say
        self._known: set[str] = set()
        self._by_first: dict[str, list[tuple[str, Value]]] = {}
        for value in known:
            kind, key = alias_of(value)
            self._learn(value.text, value)
            self._learn(key, Value(kind, key))
        for candidates in self._by_first.values():
            candidates.sort(key=lambda one: len(one[0]), reverse=True)

    def scrubbed(self, text: str) -> str:
        """Return free text without any of it."""
        return self.without_shapes(self._without_known(without_secrets(text)))

    def without_shapes(self, text: str) -> str:
        """Return ``text`` without what looks like an ID, an e-mail address, a home, an inner host.

        For whole sentences, too: the program's own words look like none of these.
        """
        if "@" in text:
            text = _EMAIL.sub(self._say(Shape.EMAIL), text)
        if "/" in text or "\\" in text:
            path = self._say(Shape.PATH)
            text = _SHARE.sub(path, _HOME.sub(path, text))
        text = _LONG_NUMBER.sub(self._say(Shape.DIGITS), text)
        text = _LONG_HEX.sub(lambda found: self._say(Value(Kind.FINGERPRINT, found[0])), text)
        return _ADDRESS.sub(self._address, text)

    def _learn(self, text: str, value: Value) -> None:
        folded = text.casefold()
        is_telling = len(folded) >= _shortest(value.kind) and folded not in NAMES_OF_EVERYBODY
        if not is_telling or folded in self._known:
            return
        self._known.add(folded)
        first = _TOKEN.search(folded)
        if first is not None:
            self._by_first.setdefault(first[0], []).append((folded[first.start() :], value))

    def _without_known(self, text: str) -> str:
        folded = text.casefold()
        if len(folded) != len(text):  # a few characters fold to two; the places would not agree
            text = folded
        parts: list[str] = []
        done = 0
        for token in _TOKEN.finditer(folded):
            if token.start() < done:
                continue
            found = self._found_at(folded, token[0], token.start())
            if found is not None:
                end, value = found
                parts += [text[done : token.start()], self._say(value)]
                done = end
        return "".join([*parts, text[done:]]) if parts else text

    def _found_at(self, text: str, token: str, at: int) -> tuple[int, Value] | None:
        for wanted, value in self._by_first.get(token, ()):
            end = at + len(wanted)
            if text.startswith(wanted, at) and not _goes_on(text, end):
                if value.kind in (Kind.PATH, Kind.STORE):
                    rest = _REST_OF_PATH.match(text, end)
                    end = rest.end() if rest else end
                return end, value
        return None

    def _address(self, found: re.Match[str]) -> str:
        try:
            address = ipaddress.ip_address(found[0].partition("%")[0])
        except ValueError:
            return found[0]
        if address.is_global or address.is_loopback or address.is_unspecified:
            return found[0]
        return self._say(Value(Kind.ADDRESS, found[0]))


def without_secrets(text: str) -> str:
    """Return free text without what follows the name of a secret, and without a private key."""
    text = _PRIVATE_KEY.sub("…", text)
    text = _GIVEN.sub(r"\1\2…", _HEADER.sub(r"\1\2 …", text))
    return without_credentials(text)


def without_credentials(text: str) -> str:
    """Return ``text`` without the ``user:password@`` of a URL or proxy (RFC 3986 section 3.2.1).

    Nobody ever sees these, on the person's own screen neither.
    """
    if "@" not in text:
        return text
    return _CREDENTIALS[1].sub("…@", _CREDENTIALS[0].sub("…@", text))


def _goes_on(text: str, end: int) -> bool:
    """Whether a word or number goes on behind ``end``: then it is another one."""
    if end >= len(text):
        return False
    before, after = text[end - 1], text[end]
    if not (before.isascii() and after.isascii()):
        return False
    return (before.isalpha() and after.isalpha()) or (before.isdigit() and after.isdigit())


def _shortest(kind: Kind) -> int:
    return SHORTEST_SERIAL if kind is Kind.SERIAL else SHORTEST
