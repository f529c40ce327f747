"""A diagnosis as plain text, for a terminal and for mail.

The first line is the whole verdict, however long; every other has :data:`COLUMNS` at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from certhelper.diagnosis.told import (
    ToldCertificate,
    ToldFact,
    ToldFinding,
    ToldReport,
    ToldStore,
)
from certhelper.diagnosis.wrapping import wrapped
from certhelper.display_width import width
from certhelper.texts import joined, text

COLUMNS = 78
_INDENT = "  "
_ARROW = "→ "
_DOT = "- "
_LONGEST_TITLE = 32


def text_of(told: ToldReport) -> str:
    """Return the whole report."""
    return "\n".join(_Lines(told).every()) + "\n"


class _Lines:
    def __init__(self, told: ToldReport) -> None:
        self._told = told

    def every(self) -> Iterator[str]:
        """Yield the lines from the verdict to what the program knows of this PC."""
        yield from self._head()
        yield from self._findings()
        yield from self._certificates()
        yield from self._stores()
        for section in self._told.machine:
            yield from self._heading(f"{self._say('machine')}: {section.title}")
            yield from _facts(section.facts)
        yield from self._aliases()
        if self._told.log:
            yield from self._heading(self._say("log"))
            yield from self._told.log

    def _head(self) -> Iterator[str]:
        told = self._told
        verdict = told.verdict
        yield joined(verdict.headline, verdict.next_step, in_language=told.language)
        yield ""
        yield self._pair(self._say("check-code"), told.check_code)
        yield from wrapped(self._say("check-code-hint"), COLUMNS, _INDENT, _INDENT)
        if verdict.number is not None:
            number = self._say("number-of", number=verdict.number)
            yield f"{self._pair(self._say('verdict'), verdict.status_word)} ({number})"
        if verdict.who_word:
            yield self._pair(self._say("who"), verdict.who_word)
        if told.chosen:
            yield self._pair(self._say("chosen"), told.chosen)
        yield self._pair(self._say("made-at"), told.at_text)
        yield self._pair(self._say("bank"), told.bank_name)
        yield self._pair(self._say("program"), f"certhelper {told.version}")
        yield ""
        yield from wrapped(told.notice, COLUMNS)

    def _findings(self) -> Iterator[str]:
        if self._told.grave:
            yield from self._heading(self._say("findings"))
        for number, one in enumerate(self._told.grave):
            if number:
                yield ""
            yield from self._summary(one)
            yield from self._advice(one)
        if self._told.well:
            yield from self._heading(self._say("well"))
        for one in self._told.well:
            yield from self._summary(one)

    def _summary(self, finding: ToldFinding) -> Iterator[str]:
        yield f"{finding.number} [{finding.status_word}] {finding.title}"
        yield from wrapped(finding.user, COLUMNS, _INDENT, _INDENT)

    def _advice(self, finding: ToldFinding) -> Iterator[str]:
        who = f" ({self._pair(self._say('who'), finding.who_word)})" if finding.who_word else ""
        if finding.remedy:
            yield from wrapped(f"{finding.remedy}{who}", COLUMNS, f"{_INDENT}{_ARROW}", _INDENT * 2)
        helpdesk = self._pair(self._say("for-helpdesk"), finding.helpdesk)
        yield from wrapped(helpdesk, COLUMNS, _INDENT, _INDENT * 2)
        if finding.for_bank:
            for_bank = self._pair(self._say("for-bank"), finding.for_bank)
            yield from wrapped(for_bank, COLUMNS, _INDENT, _INDENT * 2)
        yield from _facts(finding.details)
        yield f"{_INDENT}[{finding.code}] {finding.seconds_text}"

    def _certificates(self) -> Iterator[str]:
        told = self._told
        yield from self._heading(self._say("certificates"))
        if not told.certificates and not told.left_out:
            yield self._say("no-certificates" if told.is_listed else "not-listed")
        for number, one in enumerate(told.certificates):
            if number:
                yield ""
            yield from self._certificate(one)
        if told.left_out:
            yield self._say("left-out", count=told.left_out)

    def _certificate(self, certificate: ToldCertificate) -> Iterator[str]:
        yield f"[{certificate.state_word}] {certificate.title}  {certificate.until_text}".rstrip()
        for reason in certificate.reasons:
            yield from wrapped(
                f"{reason.message} [{reason.code}]", COLUMNS, f"{_INDENT}{_DOT}", _INDENT * 2
            )
        yield from _facts(certificate.facts)

    def _stores(self) -> Iterator[str]:
        if self._told.stores:
            yield from self._heading(self._say("stores"))
        for store in self._told.stores:
            yield from self._store(store)

    def _store(self, store: ToldStore) -> Iterator[str]:
        state = self._say("store-state", status=store.status_word, count=store.certificates)
        yield from wrapped(f"{store.name}  {state}", COLUMNS, "", _INDENT)
        for reason in store.reasons:
            yield from wrapped(
                f"{reason.message} [{reason.code}]", COLUMNS, f"{_INDENT}{_DOT}", _INDENT * 2
            )

    def _aliases(self) -> Iterator[str]:
        if self._told.aliases:
            yield from self._heading(self._say("aliases"))
            for saved, whole in self._told.aliases:
                yield f"{_INDENT}{saved} = {whole}"

    def _heading(self, words: str) -> Iterator[str]:
        yield ""
        yield f"== {words} " + "=" * max(0, COLUMNS - 4 - width(words))

    def _pair(self, name: str, value: str) -> str:
        return self._say("pair", name=name, value=value)

    def _say(self, name: str, /, **facts: object) -> str:
        return text(f"diagnosis-report.{name}", self._told.language, **facts)


def _facts(facts: Iterable[ToldFact]) -> Iterator[str]:
    every = tuple(facts)
    column = min(_LONGEST_TITLE, max((width(one.title) for one in every), default=0))
    for fact in every:
        title = f"{_INDENT}{fact.title}"
        gap = " " * max(0, column - width(fact.title))
        rest = " " * (column + 4)
        for number, line in enumerate(fact.lines):
            first = f"{title}{gap}  " if number == 0 else rest
            yield from wrapped(line, COLUMNS, first, rest)
