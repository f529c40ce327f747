"""What a number or a code means, without the facts: for lists, for decoding, for the phone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from certhelper import failures, reason, spoken_numbers, texts
from certhelper.diagnosis.findings import Entry, entries
from certhelper.diagnosis.numbers import check_numbers, entry_of, number_at
from certhelper.failures import Actor, WrongUseError
from certhelper.texts import Language

_OF_FINDINGS = range(100, min(spoken_numbers.FIRST.values()))

_LAST_SENTENCE = re.compile(r"(?<=[。.])\s*\{\w+\}\Z")
_ANYBODYS = ("blanks",)
_ADMINISTRATORS = ("blanks-of-administrator", "blanks")
_BLANK = re.compile("(\x02[^\x03]*\x03)")
"""A blank that has brackets unless it stands in some."""

_BEHIND_NAME = re.compile(r"(?<=サーバー) (?=[ぁ-ん])")
"""The blank that stands between a name in Latin letters and what follows it in Japanese."""


class Explained(NamedTuple):
    """One entry of a public list, its texts in one language and fit to be read by themselves.

    ``title`` is what was looked at, empty where that is not a check.  ``weight`` is the status of
    a finding, the severity of a reason, empty for a failure.  Texts that there are none of are
    empty; ``who`` None: nobody has to act.
    """

    number: int
    code: str
    title: str
    weight: str
    who: Actor | None
    meaning: str
    helpdesk: str
    causes: str
    remedy: str
    bank: str


def of_number(number: int, language: Language | None = None) -> Explained:
    """Return what a number means.

    Raises :class:`WrongUseError` (``number-unknown``) where this version has no such number.
    """
    if number in _OF_FINDINGS:
        try:
            check, entry = entry_of(number)
        except KeyError:
            entry = None
        if entry is not None:
            return of_finding(check, entry, language)
    found = spoken_numbers.find(number)
    if found is None:
        raise WrongUseError("number-unknown", number=str(number))
    kind, code = found
    return of_reason(code, language) if kind == "reasons" else of_failure(code, language)


def of_finding(check: str, entry: Entry, language: Language | None = None) -> Explained:
    """Return a finding of the check with this name."""
    chosen = language or texts.language()
    whose = _ADMINISTRATORS if entry.code.endswith("-administrator") else _ANYBODYS
    return Explained(
        number=number_at(check_numbers()[check], entry.place),
        code=entry.code,
        title=texts.text(f"diagnosis.check.{check}", chosen),
        weight=entry.status.value,
        who=entry.who,
        meaning=without_facts(entry.user[chosen], chosen, whose),
        helpdesk=without_facts(entry.helpdesk[chosen], chosen, whose),
        causes=without_facts(entry.causes[chosen], chosen, whose),
        remedy=without_facts(entry.remedy[chosen], chosen, whose),
        bank=without_facts(entry.bank[chosen], chosen, whose),
    )


def of_failure(code: str, language: Language | None = None) -> Explained:
    """Return a failure.  Raises ``KeyError`` for a code that is not on the list."""
    chosen = language or texts.language()
    failure = failures.find(code)
    return Explained(
        number=spoken_numbers.of_failure(code),
        code=code,
        title="",
        weight="",
        who=failure.actor,
        meaning=without_facts(failure.message[chosen], chosen),
        helpdesk="",
        causes=without_facts(failure.cause[chosen], chosen),
        remedy=without_facts(failure.remedy[chosen], chosen),
        bank=_for_the_bank(failure.actor, chosen),
    )


def of_reason(code: str, language: Language | None = None) -> Explained:
    """Return a reason; its one text tells the meaning and what to do.

    Raises ``KeyError`` for a code that is not on the list.
    """
    chosen = language or texts.language()
    entry = texts.table("reasons", code)[reason.ORDINARY]
    actor = Actor(entry["who"]) if entry["who"] in list(Actor) else None
    return Explained(
        number=spoken_numbers.of_reason(code),
        code=code,
        title="",
        weight=reason.SEVERITIES[code].value,
        who=actor,
        meaning=without_facts(entry[chosen], chosen),
        helpdesk="",
        causes="",
        remedy="",
        bank=_for_the_bank(actor, chosen),
    )


def findings() -> Iterator[tuple[str, Entry]]:
    """Yield the public list of findings in the order of their numbers, with the check's name.

    What can become of any check is not among them: it has a number in each.
    """
    own = [one for one in entries().values() if one.check]
    numbers = check_numbers()
    for entry in sorted(own, key=lambda one: (numbers[one.check], one.place)):
        yield entry.check, entry


def without_facts(pattern: str, language: Language, whose: Sequence[str] = _ANYBODYS) -> str:
    """Return a text with a blank to be filled in for every fact: "利用者 ○○ の証明書".

    A fact that is a sentence of its own at the end is left out.  ``whose`` are the tables of
    ``diagnosis-code.toml`` that name the blanks, the one that counts more first.
    """
    said = _LAST_SENTENCE.sub("", pattern).format_map(_Blanks(language, whose))
    told = _BEHIND_NAME.sub("", _bracketed(said)).rstrip()
    return told[:1].upper() + told[1:]  # a blank such as "the bank's server" may come first


def _bracketed(said: str) -> str:
    """Put the blanks in; those within brackets without their own: "(issuer: …)", not "((…))"."""
    kept, depth = "", 0
    for piece in _BLANK.split(said):
        if _BLANK.fullmatch(piece):
            kept += "…" if depth else f"({piece[1:-1]})"
        else:
            kept += piece
            depth += piece.count("(") - piece.count(")")
    return kept


def _for_the_bank(actor: Actor | None, language: Language) -> str:
    if actor is not Actor.BANK:
        return ""
    return texts.text("diagnosis-code.for-the-bank", language)


class _Blanks(dict[str, str]):
    def __init__(self, language: Language, whose: Sequence[str]) -> None:
        super().__init__()
        self._language = language
        self._known: dict[str, dict[str, str]] = {}
        for one in reversed(whose):
            self._known |= texts.table("diagnosis-code", one)

    def __missing__(self, name: str) -> str:
        blank = self._known.get(name, self._known["any"])[self._language]
        is_bracketed = blank.startswith("(") and blank.endswith(")")
        return f"\x02{blank[1:-1]}\x03" if is_bracketed else blank
