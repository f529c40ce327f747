"""Places that could not be read, in a diagnosis: what they are called and what to do there.

While there is one, nobody is told that a certificate is missing or has to be reissued
(:mod:`certhelper.unread`): what is looked for may be there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from string import Formatter

from certhelper import failures, texts
from certhelper.diagnosis.findings import Detail
from certhelper.diagnosis.people import TEXTS
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.stores_reading import SLOW
from certhelper.diagnosis.values import Kind, Phrase, Told, Value, facts, plain
from certhelper.standing import Judged
from certhelper.unread import Unread, unread

_OF_DEVICES = frozenset({"token-not-inserted", "token-unreadable", "token-not-found"})
_ORDINARY = frozenset(
    {
        *("token-not-inserted", "token-not-found", "pkcs12-left-out", "passphrase-needed"),
        # Software for cards where there is no card: nothing need be done (stores.toml).
        *("module-refused", "module-not-found", "no-token-modules"),
    }
)
"""What stands beside a usable certificate on many a PC, and means nothing there."""

_CALLED_OTHERWISE = {"store-not-a-directory": "not-a-directory"}
"""Codes of ``failures.toml`` that ``stores.toml`` has under another name."""

_MOST_NAMED = 20


_KINDS = {
    "present-place-in-use": (
        "database-interrupted",
        "database-locked",
        "profile-in-use",
        "store-in-use",
    ),
    "present-place-passphrase": (
        "database-password-needed",
        "key-passphrase-needed",
        "key-passphrase-wrong",
        "keychain-locked",
        "passphrase-needed",
        "passphrase-wrong",
        "token-pin-needed",
    ),
    "present-place-damaged": (
        "database-damaged",
        "database-too-old",
        "database-unknown-schema",
        "file-damaged",
        "file-partly-unreadable",
        "file-too-costly",
        "file-unreadable",
        "keychain-damaged",
        "store-unreadable",
    ),
    "present-place-hung": (
        "keychain-crashed",
        "keychain-hung",
        "module-crashed",
        "module-hung",
        "store-crashed",
        "store-hung",
        SLOW,
        "token-not-answering",
        "token-unreadable",
    ),
    "present-place-no-token": ("token-not-found", "token-not-inserted"),
    "present-place-software": (
        "module-not-found",
        "module-not-loadable",
        "module-not-pkcs11",
        "module-refused",
        "no-token-modules",
    ),
    "present-place-not-opened": (
        "keychain-missing",
        "keychain-refused",
        "no-database",
        "other-system",
        "store-access-denied",
        "store-not-a-directory",
        "store-not-found",
        "store-refused",
    ),
    "present-place-left-out": ("pkcs12-left-out",),
}
"""Findings that tell of one reason, so that the first line and the check code carry it."""
_NOT_OPENED = "present-place-not-opened"
_OF_ANY_FAULT = frozenset({"file-unreadable", "store-unreadable"})
_REFUSED = re.compile(r"\[(Errno 13|WinError 5)\]|unable to open database file")
"""What Python says of ``EACCES``, and SQLite of a file that is there (``SQLITE_CANTOPEN``)."""
_KIND_OF = {code: kind for kind, codes in _KINDS.items() for code in codes}


def kind_of(places: Sequence[Unread]) -> str | None:
    """Return the finding for places that were not read for one reason; None: there are several."""
    kinds = {_NOT_OPENED if _is_refused(one) else _KIND_OF.get(one.code) for one in places}
    return kinds.pop() if len(kinds) == 1 else None


def _is_refused(one: Unread) -> bool:
    """Whether this account may not read it, as where a remote tool runs as another one."""
    return one.code in _OF_ANY_FAULT and _REFUSED.search(one.detail) is not None


def together(places: Sequence[Unread]) -> Phrase:
    """Name the places in a sentence: the first, and how many there are."""
    number = "one" if len(places) == 1 else "several"
    told = facts(place=place_of(places[0]), count=len(places))
    return Phrase(f"{TEXTS}.unread-place.{number}", told)


def all_unread(scene: Scene) -> list[Unread]:
    """Return every place of this PC that could not be read."""
    return unread(scene.found().readings)


def is_ordinary(one: Unread) -> bool:
    """Whether it is of no concern to whoever has a certificate that can be used."""
    return one.code in _ORDINARY


def place_of(one: Unread) -> Value:
    """Return the place's name; a device's is whatever its maker called it."""
    return Value(Kind.NAME if one.code in _OF_DEVICES else Kind.PATH, one.where)


def why(one: Unread) -> Phrase:
    """Return why it could not be read and what to do, in a sentence or two.

    The sentences about stores are for the window and the diagnosis; those about failures speak of
    the command line as well, and are for codes that no store tells by itself.
    """
    code = _CALLED_OTHERWISE.get(one.code, one.code)
    kind = Kind.PLAIN if code == SLOW else Kind.NAME  # seconds, or what a module said
    told = facts(where=place_of(one), detail=Value(kind, one.detail or "-"))
    if code in texts.table(TEXTS, "unread"):
        return Phrase(f"{TEXTS}.unread.{code}", told)
    of_store = texts.area("stores").get(code)
    if of_store is not None and not _facts_of(of_store):
        return Phrase(f"stores.{code}")
    failure = failures.known().get(one.code)
    if failure is not None and _facts_of(failure.message) <= {"where", "detail"}:
        return Phrase(f"failures.{one.code}.message", told)
    return Phrase(f"{TEXTS}.unread.other", facts(code=one.code))


def _facts_of(words: Mapping[str, str]) -> set[str]:
    """Return the names of what is to be filled into a text."""
    parts = (part for sentence in words.values() for part in Formatter().parse(sentence))
    return {name for _, name, _, _ in parts if name is not None}


def named(places: list[Unread]) -> Detail:
    """Return the places with what to do at each."""
    lines: list[Told] = [
        Phrase(f"{TEXTS}.unread-line", facts(place=place_of(one), why=why(one)))
        for one in places[:_MOST_NAMED]
    ]
    if len(places) > _MOST_NAMED:
        more = plain(len(places) - _MOST_NAMED)
        lines.append(Phrase(f"{TEXTS}.unread-more", facts(count=more)))
    return Detail(f"{TEXTS}.unread-places", tuple(lines))


def trial(scene: Scene, judged: Judged, name: str) -> Phrase:
    """Return what to do about a key that could not be tried: ``name``, or to mend its place first.

    Nobody logs on with a certificate of a place that cannot be read.
    """
    store = judged.installed.store
    is_read = all(one.is_read for one in scene.found().readings if one.name == store)
    return Phrase(f"{TEXTS}.trial.{name if is_read else 'mend-first'}")


def before_reissue(scene: Scene) -> dict[str, Told]:
    """Return what comes before a reissue: nothing, or to look where nobody could look yet.

    The fact ``first`` is the beginning of the sentence that speaks of the reissue, ``before`` a
    sentence by itself.
    """
    places = all_unread(scene)
    if not places:
        return {"first": plain(""), "before": plain("")}
    told = facts(place=place_of(places[0]), count=len(places))
    number = "one" if len(places) == 1 else "several"
    return {name: Phrase(f"{TEXTS}.{name}.{number}", told) for name in ("first", "before")}
