"""A diagnosis in words: plain strings in one language, ready to be set in type.

Nothing here knows what was left out; :mod:`certhelper.diagnosis.telling` has seen to that.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from certhelper.diagnosis.findings import Status
from certhelper.failures import Actor
from certhelper.texts import Language

WELL = (Status.OK, Status.NOT_APPLICABLE)


class ToldFact(NamedTuple):
    """``name`` is stable, ``title`` its words; several ``lines`` stand below each other."""

    name: str
    title: str
    lines: tuple[str, ...]


class ToldFinding(NamedTuple):
    """One finding.

    ``number`` is read aloud (602), ``check`` the name of its check, ``title`` the check in words.
    ``who_word`` is empty where nobody has to act, ``for_bank`` where the bank need not be told
    anything.  ``about`` is the fingerprint of the certificate that it is about, else empty.
    ``seconds_text`` says how long its check took; ``facts`` are what its sentences name.
    """

    number: int
    code: str
    check: str
    title: str
    status: Status
    status_word: str
    who: Actor | None
    who_word: str
    user: str
    helpdesk: str
    remedy: str
    for_bank: str
    about: str
    seconds_text: str
    facts: tuple[tuple[str, str], ...]
    details: tuple[ToldFact, ...]


class ToldCheck(NamedTuple):
    """What became of a check; its findings are the gravest first."""

    number: int
    name: str
    title: str
    status: Status
    status_word: str
    seconds: float
    findings: tuple[ToldFinding, ...]


class ToldStep(NamedTuple):
    """One of the next steps, and who carries it out; ``who_word`` is empty: nobody is named."""

    words: str
    who: Actor | None
    who_word: str


class ToldVerdict(NamedTuple):
    """The whole in one sentence, and the next step.

    ``number`` and ``code`` are those of the finding that it is, None and empty where all is well.
    ``next_step`` are all the ``steps``.  ``who`` acts first; ``who_word`` is empty where several
    people act, for then it stands with each of the steps.
    """

    status: Status
    status_word: str
    number: int | None
    code: str
    headline: str
    next_step: str
    who: Actor | None
    who_word: str
    steps: tuple[ToldStep, ...]


class ToldReason(NamedTuple):
    """Why a certificate can be used or not, or a place could not be read (``severity`` empty)."""

    code: str
    severity: str
    message: str
    who_word: str


class ToldCertificate(NamedTuple):
    """One certificate in one store; ``about`` is its fingerprint as in the findings.

    ``contract`` and ``user`` are empty where nobody is known.  The moments are aware, in UTC, None
    where they could not be read; ``until_text`` is empty then.  ``key`` is the state of the
    private key, as in ``list``.  ``is_authority``: a CA's, of which nothing is to be explained.
    """

    about: str
    title: str
    contract: str
    user: str
    not_before: datetime | None
    not_after: datetime | None
    until_text: str
    key: str
    is_usable: bool
    is_authority: bool
    state_word: str
    facts: tuple[ToldFact, ...]
    reasons: tuple[ToldReason, ...]


class ToldStore(NamedTuple):
    """One place that was looked into; ``reasons`` say what of it could not be read."""

    kind: str
    name: str
    status: str
    status_word: str
    reasons: tuple[ToldReason, ...]
    certificates: int


class ToldSection(NamedTuple):
    """Facts of this PC."""

    name: str
    title: str
    facts: tuple[ToldFact, ...]


class ToldReport(NamedTuple):
    """The whole.

    ``chosen`` is the fingerprint of the certificate that it is about, empty: those of every 利用者.
    ``check_code`` is the nine digits in groups of three.  ``left_out`` is how many certificates of
    others are not told of.

    ``notice`` says whether names were left out.  ``aliases`` are what the redacted form calls
    people and contracts: (as there, as it is); empty in the redacted form itself.
    """

    language: Language
    is_redacted: bool
    at: datetime
    at_text: str
    bank_id: str
    bank_name: str
    version: str
    chosen: str
    check_code: str
    notice: str
    verdict: ToldVerdict
    checks: tuple[ToldCheck, ...]
    certificates: tuple[ToldCertificate, ...]
    left_out: int
    is_listed: bool
    stores: tuple[ToldStore, ...]
    machine: tuple[ToldSection, ...]
    log: tuple[str, ...]
    aliases: tuple[tuple[str, str], ...]

    @property
    def grave(self) -> tuple[ToldFinding, ...]:
        """The findings that something is to be done or known about."""
        return tuple(one for one in self.findings if one.status not in WELL)

    @property
    def well(self) -> tuple[ToldFinding, ...]:
        """The findings that say that nothing is wrong, in the order of the checks."""
        return tuple(one for one in self.findings if one.status in WELL)

    @property
    def findings(self) -> tuple[ToldFinding, ...]:
        """Every finding, the worst first, then in the order of the checks."""
        order = list(Status)
        every = (finding for check in self.checks for finding in check.findings)
        return tuple(sorted(every, key=lambda one: order.index(one.status)))
