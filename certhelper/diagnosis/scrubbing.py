"""Takes out of free text what is known to be nobody else's business.

Sentences of the program hold values that know what they are.  Free text, such as what an operating
system said of an error, may hold anything: here every value that the report knows is looked for in
it, in the usual other spellings, too, and everything that looks like an ID, an address, a path or a
password.  This is the second line of defence: a name that nobody told of and that looks like any
other word stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from certhelper.diagnosis.aliases import alias_of
from certhelper.diagnosis.secrets_in_text import without_secrets
from certhelper.diagnosis.shapes import REST_OF_PATH, Say, without_shapes
from certhelper.diagnosis.values import Kind, Value

SHORTEST = 3
"""Characters.  Shorter values (a user ID may be "1") would take every number and word apart."""

SHORTEST_BEYOND_ASCII = 2
"""Most Japanese family names have two."""

SHORTEST_SERIAL = 6
"""Hex digits: a shorter one stands in many a number by chance."""

SHORTEST_SPLIT = 6
"""Characters of an ID that is found in groups, too: ``1234-5678901234``, ``sato 01``."""

NAMES_OF_EVERYBODY = frozenset(
    {"admin", "administrator", "debian", "guest", "home", "linux", "localhost", "microsoft"}
    | {"owner", "root", "system", "ubuntu", "user", "windows", "workgroup"}
    | {"ascii", "certhelper", "chrome", "chromium", "edge", "firefox", "http", "https", "jst"}
    | {"macos", "mozilla", "nss", "python", "rsa", "ssl", "tls", "utc", "wine"}
    | {"あり", "なし", "不明", "利用者", "契約", "名前", "場所", "管理者", "証明書", "銀行"}
)
"""Accounts and computers that are called so tell nothing; texts on software are full of these."""

_FULL_WIDTH = {0xFF01 + place: 0x21 + place for place in range(94)} | {0x3000: 0x20}
_TOKEN = re.compile(r"[A-Za-z]+|[0-9]+|[^A-Za-z0-9\s]")
_WORD = re.compile(r"[a-z]+|[0-9]+")
_GAP = re.compile(r"[\s\-_.‐－\u200b-\u200d\u00ad\ufeff]{0,2}")
_REST_OF_PATH = re.compile(rf"(?:[\\/]{REST_OF_PATH})?")
_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")
_TIMES_AND_VERSIONS = re.compile(
    r"\d{1,4}年(?:\d{1,2}月(?:\d{1,2}日)?)?|\d{4}-\d\d-\d\d(?=\D|$)T?|\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?"
    r"|(?<![\w.])\d+(?:\.\d+)+(?!\w)|\A\d{1,5}\Z"
)
_NEVER_A_TIME = frozenset({Kind.HOST, Kind.ADDRESS})


class Scrubber:
    """``known`` must not be told, ``say`` gives what stands in the place of anything.

    ``public`` are the words that stay although somebody may be called so: the bank's name, hosts.
    """

    def __init__(self, known: Iterable[Value], say: Say, public: Iterable[str] = ()) -> None:
        self._say = say
        self._known: set[str] = set()
        self._by_first: dict[str, list[tuple[str, Value]]] = {}
        self._split: dict[str, Value] = {}
        words = sorted(map(re.escape, map(_folded, public)), key=len, reverse=True)
        self._public = re.compile(
            rf"(?<![a-z0-9])(?:{'|'.join(words)})(?![a-z0-9])(?::[0-9]+)?" if words else r"(?!)"
        )
        for value in known:
            kind, key = alias_of(value)
            self._learn(value.text, value)
            self._learn(key, Value(kind, key))
            if not key.isascii():
                self._learn("".join(key.split()), Value(kind, key))
        for candidates in self._by_first.values():
            candidates.sort(key=lambda one: len(one[0]), reverse=True)
        self._longest_split = max(map(len, self._split), default=0)

    def scrubbed(self, text: str) -> str:
        """Return free text without any of it."""
        text = without_secrets(text)
        if _ENCODED.search(text):
            decoded = unquote(text)
            text = decoded if self._without_known(decoded) != decoded else text
        return self.without_shapes(self._without_known(text))

    def without_shapes(self, text: str) -> str:
        """As :func:`~certhelper.diagnosis.shapes.without_shapes`."""
        return without_shapes(text, self._say)

    def _learn(self, text: str, value: Value) -> None:
        folded = _folded(text).strip()
        is_telling = len(folded) >= _shortest(value.kind, folded)
        if not is_telling or folded in NAMES_OF_EVERYBODY or folded in self._known:
            return
        self._known.add(folded)
        first = _TOKEN.search(folded)
        if first is not None:
            self._by_first.setdefault(first[0], []).append((folded[first.start() :], value))
        if value.kind in (Kind.CONTRACT, Kind.USER) and folded.isascii():
            squeezed = "".join(_WORD.findall(folded))
            if len(squeezed) >= SHORTEST_SPLIT:
                self._split.setdefault(squeezed, value)

    def _without_known(self, text: str) -> str:
        folded = _folded(text)
        if len(folded) != len(text):  # a few characters fold to two; the places would not agree
            text = folded
        stays = list(self._staying(folded))
        parts: list[str] = []
        done = 0
        for token in _TOKEN.finditer(folded):
            begin = token.start()
            if begin < done:
                continue
            found = self._found_at(folded, token[0], begin) or self._split_at(folded, begin)
            if found is not None and not _is_within(begin, *found, stays):
                end, value = found
                parts += [text[done:begin], self._say(value)]
                done = end
        return "".join([*parts, text[done:]]) if parts else text

    def _staying(self, folded: str) -> Iterator[tuple[int, int, bool]]:
        """Yield where what tells nothing of anybody stands, and whether it is no host either."""
        for found in self._public.finditer(folded):
            yield *found.span(), True
        for found in _TIMES_AND_VERSIONS.finditer(folded):
            yield *found.span(), False

    def _found_at(self, text: str, token: str, at: int) -> tuple[int, Value] | None:
        for wanted, value in self._by_first.get(token, ()):
            end = at + len(wanted)
            if text.startswith(wanted, at) and not _goes_on(text, end):
                if value.kind in (Kind.PATH, Kind.STORE):
                    rest = _REST_OF_PATH.match(text, end)
                    end = rest.end() if rest else end
                return end, value
        return None

    def _split_at(self, text: str, at: int) -> tuple[int, Value] | None:
        """Find an ID that was written in groups."""
        joined = ""
        word = _WORD.match(text, at)
        while word is not None and len(joined) < self._longest_split:
            joined += word[0]
            value = self._split.get(joined)
            if value is not None:
                return word.end(), value
            gap = _GAP.match(text, word.end())
            word = _WORD.match(text, gap.end() if gap else word.end())
        return None


def _folded(text: str) -> str:
    """Return what is compared: without capitals, full-width letters and digits as others."""
    return text.translate(_FULL_WIDTH).casefold()


def _is_within(begin: int, end: int, value: Value, stays: list[tuple[int, int, bool]]) -> bool:
    return any(
        first <= begin and end <= last and (is_public or value.kind not in _NEVER_A_TIME)
        for first, last, is_public in stays
    )


def _goes_on(text: str, end: int) -> bool:
    """Whether a word or number goes on behind ``end``: then it is another one."""
    if end >= len(text):
        return False
    before, after = text[end - 1], text[end]
    if not (before.isascii() and after.isascii()):
        return False
    return (before.isalpha() and after.isalpha()) or (before.isdigit() and after.isdigit())


def _shortest(kind: Kind, text: str) -> int:
    if kind is Kind.SERIAL:
        return SHORTEST_SERIAL
    is_beyond = not any(one.isascii() for one in text)
    return SHORTEST_BEYOND_ASCII if is_beyond else SHORTEST
