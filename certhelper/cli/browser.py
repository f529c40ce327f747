"""``certhelper browser``: what the person's own browsers will do with a certificate.

Nothing is opened.  ``--policy`` writes the policy's entry for administrators into a new file.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from certhelper import moment, texts
from certhelper.browsers import installed, policies, policy_entry
from certhelper.browsers.check import Check, check
from certhelper.browsers.kinds import Browser
from certhelper.browsers.offering import Answer
from certhelper.browsers.policies import PolicyFinding, Verdict
from certhelper.browsers.policy_entry import Kind
from certhelper.certificate import Certificate
from certhelper.cli import common, output, waiting
from certhelper.failures import ExitStatus, WrongUseError
from certhelper.listing import Listing
from certhelper.logon import choice
from certhelper.safe_text import safe

SCHEMA = "certhelper.browser/1"

_SIGNS = {Answer.YES: "○", Answer.NO: "×", Answer.UNKNOWN: "?"}


def run(arguments: argparse.Namespace) -> int:
    """Print what was found; status 1 when none of the browsers will send this certificate.

    A file that was asked for and written is what was wanted: then 0, whatever browsers are here.
    """
    bank = common.bank_of(arguments)
    with common.secret_of(arguments) as passphrase:
        found = waiting.read(common.stores_of(arguments, passphrase), bank, moment.now())
    chosen = _chosen(arguments, found)
    written = _write_policy(arguments, found, chosen)
    checks = [
        check(browser, bank, chosen, found.grouped.judged, found.at)
        for browser in _asked_for(arguments)
    ]
    if arguments.json:
        output.document(_document(found, chosen, checks, written))
    else:
        output.lines(_lines(found, chosen, checks, written))
    is_done = written is not None or any(_sends(one) for one in checks)
    return ExitStatus.DONE if is_done else ExitStatus.ACT


def _chosen(arguments: argparse.Namespace, found: Listing) -> Certificate:
    """The named certificate, usable or not, or the only one that can be meant."""
    fingerprint = common.fingerprint_of(arguments, found)
    if fingerprint is None:
        return choice.choose_holder(found).installed.certificate
    return next(
        one.installed.certificate
        for one in found.grouped.judged
        if one.installed.certificate.sha256 == fingerprint
    )


def _asked_for(arguments: argparse.Namespace) -> tuple[str, ...]:
    if arguments.browser:
        return (arguments.browser,)
    return tuple(browser.value for browser in installed.present())


def _sends(one: Check) -> bool:
    chosen_by_policy = [finding.verdict for finding in one.policies]
    return one.offer.answer is not Answer.NO and Verdict.OTHER not in chosen_by_policy


def _write_policy(
    arguments: argparse.Namespace, found: Listing, chosen: Certificate
) -> tuple[Path, tuple[str, ...]] | None:
    """Write the entry into a file that is not there yet; its name's end says of which kind."""
    if arguments.policy is None:
        return None
    if not arguments.browser:
        raise WrongUseError("policy-needs-browser")
    path = Path(arguments.policy)
    ends = path.suffix.removeprefix(".").lower()
    kind = Kind(ends) if ends in list(Kind) else policy_entry.kind_for(sys.platform)
    known = [one.installed.certificate for one in found.grouped.judged]
    made = policy_entry.make(kind, Browser(arguments.browser), found.bank, chosen, known)
    policy_entry.save(made, path, may_replace=False)
    return path, made.remarks


# ---- JSON


def _document(
    found: Listing,
    chosen: Certificate,
    checks: list[Check],
    written: tuple[Path, tuple[str, ...]] | None,
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "at": moment.as_utc(found.at),
        "bank": found.bank.id,
        "servers": [str(server) for server in policies.servers_of(found.bank)],
        "certificate": chosen.sha256,
        "browsers": [_browser(one) for one in checks],
        "policy_file": None if written is None else str(written[0]),
    }


def _browser(one: Check) -> dict[str, Any]:
    problems = dict.fromkeys(each for finding in one.policies for each in finding.problems)
    return {
        "browser": one.browser and one.browser.value,
        "path": None if one.found is None else str(one.found.place.path),
        "version": None if one.found is None else one.found.version or None,
        "offer": {
            "answer": one.offer.answer.value,
            "code": one.offer.code,
            "message": one.offer.message(),
            "remedy": one.offer.remedy() or None,
            "reasons": list(one.offer.reasons),
            "notes": list(one.offer.notes),
        },
        "policies": [_finding(finding) for finding in one.policies],
        "problems": [
            {
                "code": each.code,
                "where": each.where,
                "entry": each.entry or None,
                "message": policies.problem_text(each),
            }
            for each in problems
        ],
        "look_alikes": [each.sha256 for each in one.look_alikes],
    }


def _finding(finding: PolicyFinding) -> dict[str, Any]:
    return {
        "server": str(finding.server),
        "verdict": finding.verdict.value,
        "message": finding.message(),
        "matching": [one.sha256 for one in finding.matching],
        "where": list(finding.where),
    }


# ---- text


def _lines(
    found: Listing,
    chosen: Certificate,
    checks: list[Check],
    written: tuple[Path, tuple[str, ...]] | None,
) -> Iterator[str]:
    until = chosen.not_after
    yield _text("certificate", certificate=policies.describe(chosen))
    yield _text("until", until=moment.in_japan(until) if until else "?")
    servers = policies.servers_of(found.bank)
    yield _text("servers", servers=", ".join(map(str, servers))) if servers else _text("no-server")
    if not checks:
        yield _text("no-browser")
    for one in checks:
        yield ""
        yield from _check(one)
    if written is not None:
        yield ""
        yield _text("written", file=safe(str(written[0])))
        yield from (f"  {remark}" for remark in written[1])


def _check(one: Check) -> Iterator[str]:
    assert one.browser is not None  # each was named
    found = one.found
    place = "" if found is None else f" {found.version} ({safe(str(found.place.path))})"
    yield f"{_SIGNS[one.offer.answer]} {policies.name_of(one.browser)}{place}"
    for words in (one.offer.message(), *one.offer.reasons, one.offer.remedy(), *one.offer.notes):
        if words:
            yield f"  {words}"
    for finding in one.policies:
        yield f"  {finding.message()} [{finding.verdict.value}]"
        yield from (f"    {where}" for where in finding.where)
    if one.look_alikes:
        ends = ", ".join(each.serial_hex[-6:].upper() for each in one.look_alikes)
        yield f"  {_text('look-alikes', count=len(one.look_alikes), ends=ends)}"
    problems = dict.fromkeys(each for finding in one.policies for each in finding.problems)
    yield from (f"  ! {policies.problem_text(each)} [{each.code}]" for each in problems)


def _text(name: str, **facts: object) -> str:
    return texts.text(f"cli.browser.{name}", **facts)
