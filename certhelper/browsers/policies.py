"""Whether a policy chooses a certificate by itself, and which: Edge, Chrome, Chromium.

Chromium's steps (``chrome/browser/enterprise/util/managed_browser_utils.cc`` and
``SelectClientCertificate`` in ``chrome_content_browser_client.cc``): of the patterns that match the
server, the most particular one counts and no other; of the certificates that fit the server's
request, those that any of its filters lets through remain; of several the first is taken without a
question, which is the one that is valid longest (``net/ssl/client_cert_identity.cc``), unless
``PromptOnMultipleMatchingCertificates`` has the dialog show them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from certhelper import texts
from certhelper.bank import Bank
from certhelper.browsers import firefox_settings, policy_sources
from certhelper.browsers.kinds import Browser
from certhelper.browsers.policy_sources import Item, Problem, Sources
from certhelper.browsers.selection_entries import Entry, EntryError
from certhelper.certificate import Certificate
from certhelper.hosts import HTTPS_PORT
from certhelper.hosts import split as split_host
from certhelper.safe_text import safe

_LONGEST_SHOWN = 200
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


class Verdict(StrEnum):
    """What a browser will do when the bank's server asks for a certificate.

    ``NONE``: no policy is meant for this server; the dialog comes.  ``NOTHING_FITS``: one is, and
    none of the certificates fits it; the dialog comes.  ``THIS``: the chosen certificate goes
    without a question.  ``OTHER``: another one does.  ``ASKS``: several fit, and the dialog shows
    only those.  ``UNSURE``: one is chosen without a question, and which cannot be known.
    """

    NONE = "none"
    NOTHING_FITS = "nothing-fits"
    THIS = "this"
    OTHER = "other"
    ASKS = "asks"
    UNSURE = "unsure"


class Server(NamedTuple):
    """A host of the bank that asks for a certificate."""

    host: str
    port: int

    def __str__(self) -> str:
        return self.host if self.port == HTTPS_PORT else f"{self.host}:{self.port}"


class PolicyFinding(NamedTuple):
    """What is decided for one browser and one server.

    ``matching`` are the certificates that the policy lets through, the one that is taken first;
    ``where`` names the entries that count.  ``problems`` are what is wrong in that browser's
    policies, whichever server they are meant for.
    """

    browser: Browser
    server: Server
    verdict: Verdict
    chosen: Certificate
    matching: tuple[Certificate, ...] = ()
    where: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    def message(self) -> str:
        """Say it in the person's language."""
        taken = self.matching[0] if self.matching else None
        return texts.text(
            f"browsers.policy.{self.verdict.value}",
            server=str(self.server),
            other=describe(taken) if taken is not None else "",
            count=len(self.matching),
        )


def name_of(browser: Browser) -> str:
    """Return the name that people know a browser by."""
    return texts.text(f"browsers.name.{browser.value}")


def describe(certificate: Certificate) -> str:
    """Name a certificate so that it is not taken for another of the same name."""
    return texts.text(
        "browsers.certificate",
        subject=certificate.subject or "?",
        serial=certificate.serial_hex[-6:].upper(),
    )


def problem_text(problem: Problem) -> str:
    """Say in the person's language what is wrong in a policy and where."""
    return texts.text(f"browsers.problem.{problem.code}", where=problem.where, entry=problem.entry)


def servers_of(bank: Bank) -> tuple[Server, ...]:
    """Return the bank's servers that ask for a certificate, as the profile names them."""
    return tuple(Server(*split_host(host)) for host in bank.site.certificate_hosts)


def findings(
    browser: Browser,
    bank: Bank,
    chosen: Certificate,
    offered: Iterable[Certificate],
    root: Path = Path("/"),
) -> tuple[PolicyFinding, ...]:
    """Say for each server of the bank what that browser will do.

    ``offered`` are the certificates that the browser would show
    (:func:`certhelper.browsers.offering.offered_by`), in any order.  ``root`` is as for
    :func:`certhelper.browsers.policy_sources.read`.  Never raises for what stands in a policy.
    """
    known = in_order(offered)
    servers = servers_of(bank)
    if browser is Browser.FIREFOX:
        setting = firefox_settings.read(firefox_settings.SELECTION, root)
        return tuple(_of_firefox(server, chosen, known, setting) for server in servers)
    sources = policy_sources.read(browser, root)
    entries, wrong = _parsed(sources.items)
    problems = (*sources.problems, *wrong)
    return tuple(
        _judged(browser, server, chosen, known, entries, sources)._replace(problems=problems)
        for server in servers
    )


def in_order(certificates: Iterable[Certificate]) -> tuple[Certificate, ...]:
    """Return each once, in Chromium's order: valid longest first, then issued last."""
    once = {one.sha256: one for one in certificates}.values()
    by_begin = sorted(once, key=lambda one: one.not_before or _LONG_AGO, reverse=True)
    return tuple(sorted(by_begin, key=lambda one: one.not_after or _LONG_AGO, reverse=True))


class _Placed(NamedTuple):
    entry: Entry
    where: str


def _parsed(items: Iterable[Item]) -> tuple[tuple[_Placed, ...], tuple[Problem, ...]]:
    entries: list[_Placed] = []
    problems: list[Problem] = []
    for item in items:
        shown = safe(str(item.value)[:_LONGEST_SHOWN])
        try:
            entry = Entry.parse(item.value)
        except EntryError as error:
            problems.append(Problem(str(error), item.where, shown))
            continue
        entries.append(_Placed(entry, item.where))
        if not entry.has_filter:
            problems.append(Problem("bad-filter", item.where, shown))
    return tuple(entries), tuple(problems)


def _judged(
    browser: Browser,
    server: Server,
    chosen: Certificate,
    known: Sequence[Certificate],
    entries: Sequence[_Placed],
    sources: Sources,
) -> PolicyFinding:
    matching = [one for one in entries if one.entry.pattern.matches(*server)]
    if not matching:
        return PolicyFinding(browser, server, Verdict.NONE, chosen)
    greatest = max(one.entry.pattern.precedence for one in matching)
    counting = [one for one in matching if one.entry.pattern.precedence == greatest]
    fitting = tuple(one for one in known if any(each.entry.chooses(one) for each in counting))
    verdict = _verdict(chosen, fitting, asks=sources.asks)
    where = tuple(one.where for one in counting)
    return PolicyFinding(browser, server, verdict, chosen, fitting, where)


def _verdict(chosen: Certificate, fitting: Sequence[Certificate], *, asks: bool) -> Verdict:
    if not fitting:
        return Verdict.NOTHING_FITS
    if len(fitting) > 1 and asks:
        return Verdict.ASKS
    return Verdict.THIS if fitting[0] == chosen else Verdict.OTHER


def _of_firefox(
    server: Server,
    chosen: Certificate,
    known: tuple[Certificate, ...],
    setting: firefox_settings.Setting,
) -> PolicyFinding:
    """Firefox has no policy by address; it may be told to choose by itself, for every server."""
    finding = PolicyFinding(
        Browser.FIREFOX, server, Verdict.NONE, chosen, problems=setting.problems
    )
    if setting.value != firefox_settings.AUTOMATIC:
        return finding
    if not known:
        verdict = Verdict.NOTHING_FITS
    elif len(known) > 1:
        verdict = Verdict.UNSURE
    else:
        verdict = Verdict.THIS if known[0] == chosen else Verdict.OTHER
    return finding._replace(verdict=verdict, matching=known, where=(setting.where,))
