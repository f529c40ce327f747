"""What a check can find: the public list of findings, with what each means and who must act.

The list is ``resources/texts/findings-*.toml``; this module is the only reader of it.  Every
finding has a number that is short enough to be read aloud: that of its check, then two digits.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from certhelper import texts
from certhelper.diagnosis.values import Facts, Told
from certhelper.failures import Actor

AREAS = ("findings-certificates", "findings-network", "findings-surroundings")
"""The texts of findings: ``resources/texts/AREA.toml``."""

COMMON_AREA = "findings-any"
"""What can become of any check, whatever it looks at."""

NOBODY = "nobody"


class Status(StrEnum):
    """How a finding weighs; the gravest first."""

    FAULT = "fault"
    ATTENTION = "attention"
    NOT_CHECKED = "not-checked"
    OK = "ok"
    NOT_APPLICABLE = "not-applicable"


class Entry(NamedTuple):
    """One finding of the public list, its texts still unfilled, each in Japanese and English.

    ``check`` is the name of the check that finds it, empty for what can become of any.  ``place``
    are the last two digits of its number.  ``user`` is a sentence for the person at the PC,
    ``helpdesk`` one for the helpdesk, ``remedy`` what to do now, ``causes`` how it comes about and
    ``bank`` what to tell the bank (empty: nothing).  ``who`` None: nobody has to act.
    """

    code: str
    check: str
    place: int
    status: Status
    who: Actor | None
    user: dict[str, str]
    helpdesk: dict[str, str]
    remedy: dict[str, str]
    causes: dict[str, str]
    bank: dict[str, str]


class Detail(NamedTuple):
    """What was seen, to be unfolded.

    ``name`` is the key of its text (``AREA.name``); several ``items`` are lines below each other.
    """

    name: str
    items: tuple[Told, ...]


class Section(NamedTuple):
    """Facts of this PC that belong together, whatever the checks found.

    ``name`` is the key of its heading (``AREA.name``), and so is the first of each fact; the
    second is the fact itself.
    """

    name: str
    facts: Facts


class Finding(NamedTuple):
    """One thing that a check found.

    ``facts`` are what its texts name.  ``about`` is the SHA-256 of the certificate that it is
    about, empty where it is about none.  ``actor`` is who must act where that is not the same
    whenever this is found; None: whom the list names.
    """

    code: str
    facts: Facts = ()
    details: tuple[Detail, ...] = ()
    about: str = ""
    actor: Actor | None = None

    @property
    def who(self) -> Actor | None:
        """Who must act; None: nobody."""
        return self.actor or self.entry.who

    @property
    def entry(self) -> Entry:
        return find(self.code)

    @property
    def status(self) -> Status:
        return self.entry.status


class Outcome(NamedTuple):
    """What became of one check; the findings are the gravest first, at least one.

    ``seconds`` is how long it took.
    """

    check: str
    findings: tuple[Finding, ...]
    seconds: float

    @property
    def status(self) -> Status:
        return self.findings[0].status


def in_order(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return the findings of a check with the gravest first, otherwise as they came."""
    order = list(Status)
    return tuple(sorted(findings, key=lambda one: order.index(one.status)))


@cache
def entries() -> dict[str, Entry]:
    """Return the public list, code → entry."""
    listed = [item for area in (*AREAS, COMMON_AREA) for item in texts.area(area).items()]
    return {code: _entry(code, table) for code, table in listed}


def find(code: str) -> Entry:
    """Return the entry of ``code``.  Raises ``KeyError`` when it is not on the list."""
    return entries()[code]


def _entry(code: str, table: dict[str, Any]) -> Entry:
    who = table["who"]
    return Entry(
        code=code,
        check=table.get("check", ""),
        place=table["place"],
        status=Status(table["status"]),
        who=None if who == NOBODY else Actor(who),
        user=table["user"],
        helpdesk=table["helpdesk"],
        remedy=table["remedy"],
        causes=table["causes"],
        bank=table["bank"],
    )
