"""Every failure that a person can meet: a stable code, what happened, why, and what to do now.

The texts are ``resources/texts/failures.toml``; this module is the only reader of it.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from certhelper import texts

_CODE_AT_END = re.compile(r"\[([a-z0-9-]+)\]$")


class Actor(StrEnum):
    """Who must act on a failure."""

    USER = "user"
    ADMINISTRATOR = "administrator"
    BANK = "bank"
    HELPDESK = "helpdesk"


class ExitStatus:
    """Exit status of every command (design contract)."""

    DONE = 0
    ACT = 1
    WRONG_USE = 2
    OWN_FAULT = 3


class Failure(NamedTuple):
    """One code of the public list, with its texts in the person's language still unfilled."""

    code: str
    exit_status: int
    actor: Actor
    message: dict[str, str]
    cause: dict[str, str]
    remedy: dict[str, str]

    def say(self, facts: dict[str, str], language: texts.Language | None = None) -> Told:
        """Fill in the facts.  A fact that the text names and nobody gave shows as ``?``."""
        chosen = language or texts.language()
        known = _Facts(facts)
        return Told(
            code=self.code,
            message=self.message[chosen].format_map(known),
            cause=self.cause[chosen].format_map(known),
            remedy=self.remedy[chosen].format_map(known),
            language=chosen,
            facts=tuple(facts.items()),
        )


class Told(NamedTuple):
    """A failure as a person reads it; ``facts`` are what its texts were filled in with."""

    code: str
    message: str
    cause: str
    remedy: str
    language: texts.Language
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def number(self) -> int:
        """The number by which it is told over the phone."""
        from certhelper import spoken_numbers  # nothing else on the way to a list needs them

        return spoken_numbers.of_failure(self.code)

    def sentence(self) -> str:
        """One line for a terminal: a sentence on what happened, one on what to do, the code."""
        said = texts.joined(self.message, self.remedy, in_language=self.language)
        return f"{said} [{self.code}]"


def code_at_end(sentence: str) -> str:
    """Return the code of a :meth:`Told.sentence`, perhaps of another process; empty: none known."""
    found = _CODE_AT_END.search(sentence.strip())
    return found.group(1) if found is not None and is_known(found.group(1)) else ""


class FailedError(Exception):
    """Something a person must be told.  Carries a code of the public list and its facts.

    Subclasses exist where a caller must tell one kind from another.  The facts are plain text
    that is fit to be shown; a secret is never among them.
    """

    def __init__(self, code: str, **facts: str) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class WrongUseError(FailedError):
    """The caller asked for something that cannot be (exit status 2)."""


class _Facts(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"


@cache
def known() -> dict[str, Failure]:
    """Return the public list, code → failure."""
    return {code: _failure(code, table) for code, table in texts.area("failures").items()}


def is_known(code: str) -> bool:
    """Say whether a code is on the list, without reading the texts of all."""
    return texts.has_table("failures", code)


def find(code: str) -> Failure:
    """Return the failure of ``code``.  Raises ``KeyError`` when it is not on the list."""
    return known()[code]


def told(error: FailedError, language: texts.Language | None = None) -> Told:
    """Return what a person reads of ``error``."""
    return find(error.code).say(error.facts, language)


def _failure(code: str, table: dict[str, Any]) -> Failure:
    return Failure(
        code=code,
        exit_status=table["status"],
        actor=Actor(table["who"]),
        message=table["message"],
        cause=table["cause"],
        remedy=table["remedy"],
    )
