"""Puts a report into words: the only place where what a diagnosis knows becomes text.

What is told to others is told by aliases and shapes (:mod:`certhelper.diagnosis.redaction`).
"""

from __future__ import annotations

from itertools import chain

from certhelper import __version__, moment, texts
from certhelper.diagnosis import code, raw_values, report_order, telling_places
from certhelper.diagnosis.conclusion import Conclusion
from certhelper.diagnosis.findings import Detail, Finding, Outcome, Section, Status
from certhelper.diagnosis.numbers import check_numbers, number_of
from certhelper.diagnosis.redaction import Openly, Redacted, Teller, filled, said, words
from certhelper.diagnosis.report import Report
from certhelper.diagnosis.told import (
    ToldCheck,
    ToldFact,
    ToldFinding,
    ToldReport,
    ToldSection,
    ToldStep,
    ToldVerdict,
)
from certhelper.diagnosis.values import Kind, Told, Value, plain
from certhelper.diagnosis.verdict import conclude
from certhelper.failures import Actor
from certhelper.texts import Language, text


def tell(report: Report, language: Language | None = None, *, redacted: bool = True) -> ToldReport:
    """Return the whole report in words, ``language`` None: the person's."""
    chosen = language or texts.language()
    teller: Teller = Redacted(report.aliases, chosen) if redacted else Openly(chosen)
    conclusion = conclude(report.outcomes)
    checks = tuple(
        _check(one, report_order.findings(one, report.aliases, conclusion.finding), teller)
        for one in report.outcomes
    )
    listing = report.listing
    return ToldReport(
        language=chosen,
        is_redacted=redacted,
        at=report.at,
        at_text=moment.in_japan(report.at, chosen),
        bank_id=report.bank.id,
        bank_name=teller.value(plain(report.bank.name)),
        version=__version__,
        chosen=teller.value(Value(Kind.FINGERPRINT, report.chosen)),
        check_code=code.grouped(code.code_of(report.outcomes)),
        notice=_notice(teller),
        verdict=_verdict(conclusion, teller),
        checks=checks,
        certificates=telling_places.certificates(report, teller),
        left_out=telling_places.left_out(report),
        is_listed=listing is not None,
        stores=() if listing is None else telling_places.stores(listing, teller),
        machine=tuple(_section(one, teller) for one in report.sections),
        log=tuple(teller.value(plain(line)) for line in report.log),
        aliases=() if redacted else _aliases(report, chosen),
    )


def tell_check(outcome: Outcome, language: Language | None = None) -> ToldCheck:
    """Return what became of one check as the person at this PC reads it, while others go on."""
    return _check(outcome, list(outcome.findings), Openly(language or texts.language()))


def _notice(teller: Teller) -> str:
    names = "redacted" if teller.is_redacted else "whole"
    said = (text(f"diagnosis-report.{one}", teller.language) for one in (names, "no-secrets"))
    return texts.joined(*said, in_language=teller.language)


def _check(outcome: Outcome, findings: list[Finding], teller: Teller) -> ToldCheck:
    return ToldCheck(
        number=check_numbers()[outcome.check],
        name=outcome.check,
        title=text(f"diagnosis.check.{outcome.check}", teller.language),
        status=outcome.status,
        status_word=_status_word(outcome.status, teller.language),
        seconds=round(outcome.seconds, 3),
        findings=tuple(_finding(outcome, one, teller) for one in findings),
    )


def _finding(outcome: Outcome, finding: Finding, teller: Teller) -> ToldFinding:
    check, entry, language = outcome.check, finding.entry, teller.language
    facts = {name: said(one, teller) for name, one in finding.facts}

    def sentence(patterns: dict[str, str]) -> str:
        return teller.sentence(filled(patterns[language], facts))

    return ToldFinding(
        number=number_of(check, finding),
        code=finding.code,
        check=check,
        title=text(f"diagnosis.check.{check}", language),
        status=entry.status,
        status_word=_status_word(entry.status, language),
        who=finding.who,
        who_word=_who_word(finding.who, language),
        user=sentence(entry.user),
        helpdesk=sentence(entry.helpdesk),
        remedy=sentence(entry.remedy),
        for_bank=sentence(entry.bank),
        about=teller.value(Value(Kind.FINGERPRINT, finding.about)),
        seconds_text=text("diagnosis-report.seconds", language, seconds=f"{outcome.seconds:.1f}"),
        facts=tuple(facts.items()),
        details=tuple(_detail(one, teller) for one in finding.details),
    )


def _detail(detail: Detail, teller: Teller) -> ToldFact:
    return ToldFact(
        detail.name.partition(".")[2],
        words(detail.name, teller.language),
        tuple(teller.sentence(said(one, teller)) for one in detail.items),
    )


def _verdict(conclusion: Conclusion, teller: Teller) -> ToldVerdict:
    finding, language = conclusion.finding, teller.language
    steps = tuple(
        ToldStep(teller.sentence(said(step, teller)), who, _who_word(who, language))
        for step, who in conclusion.steps
    )
    is_each = conclusion.is_of_several
    headline = (teller.sentence(said(one, teller)) for one in conclusion.headline)
    return ToldVerdict(
        status=conclusion.status,
        status_word=_status_word(conclusion.status, language),
        number=None if finding is None else number_of(conclusion.check, finding),
        code="" if finding is None else finding.code,
        headline=texts.joined(*headline, in_language=language),
        next_step=texts.joined(
            *(_step(one, language) if is_each else one.words for one in steps),
            in_language=language,
        ),
        who=conclusion.who,
        who_word="" if is_each else _who_word(conclusion.who, language),
        steps=steps,
    )


def _step(step: ToldStep, language: Language) -> str:
    if not step.who_word:
        return step.words
    words = {"step": step.words, "who": step.who_word}
    return text("diagnosis-report.step-with-who", language, **words)


def _section(section: Section, teller: Teller) -> ToldSection:
    return ToldSection(
        section.name.partition(".")[2],
        words(section.name, teller.language),
        tuple(_fact(one, teller) for one in section.facts),
    )


def _fact(fact: tuple[str, Told], teller: Teller) -> ToldFact:
    name, value = fact
    lines = (teller.sentence(said(value, teller)),)
    return ToldFact(name.partition(".")[2], words(name, teller.language), lines)


def _aliases(report: Report, language: Language) -> tuple[tuple[str, str], ...]:
    """Return what the saved form calls people and contracts, for who reads it on the phone."""
    redacted = Redacted(report.aliases, language)
    people = [one for one in _named(report) if one.kind in (Kind.CONTRACT, Kind.USER)]
    people.sort(key=lambda one: (one.kind.value, report.aliases.number_of(one)))
    return tuple((redacted.value(one), one.text) for one in people)


def _named(report: Report) -> set[Value]:
    """Return everything that findings and the certificates that are told of name."""
    findings = (found for one in report.outcomes for found in one.findings)
    return {
        *chain.from_iterable(map(raw_values.of_finding, findings)),
        *chain.from_iterable(map(raw_values.of_holder, telling_places.concerned(report))),
    }


def _status_word(status: Status, language: Language) -> str:
    return text(f"diagnosis-report.status.{status.value}", language)


def _who_word(who: Actor | None, language: Language) -> str:
    return "" if who is None else text(f"diagnosis-report.who-acts.{who.value}", language)
