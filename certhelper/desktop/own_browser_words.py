"""What is said before the bank's page is opened in the person's own browser.  Free of Qt."""

from __future__ import annotations

from typing import NamedTuple

from certhelper import moment
from certhelper.browsers import policies
from certhelper.browsers.check import Check
from certhelper.browsers.kinds import Browser
from certhelper.browsers.offering import Answer
from certhelper.browsers.policies import Verdict
from certhelper.browsers.selection_entries import first_value
from certhelper.certificate import Certificate
from certhelper.desktop.certificate_words import subject_of
from certhelper.desktop.rows import Mark
from certhelper.desktop.selection import Facts
from certhelper.distinguished_name import DistinguishedName
from certhelper.safe_text import safe
from certhelper.standing import Judged
from certhelper.texts import joined, text

_SERIAL_END = 6  # hex digits
_SERIAL_END_OF_FIREFOX = 8  # the same with colons
_MARKS = {Answer.YES: Mark.GOOD, Answer.NO: Mark.BAD, Answer.UNKNOWN: Mark.NEUTRAL}
_POLICY_MARKS = {
    Verdict.NONE: Mark.GOOD,
    Verdict.NOTHING_FITS: Mark.GOOD,
    Verdict.THIS: Mark.GOOD,
    Verdict.OTHER: Mark.BAD,
    Verdict.ASKS: Mark.NEUTRAL,
    Verdict.UNSURE: Mark.CAUTION,
}
_NO_DIALOG = (Verdict.THIS, Verdict.OTHER, Verdict.UNSURE)


class Said(NamedTuple):
    """A sentence with its sign."""

    mark: Mark
    words: str


def picking_facts(judged: Judged, browser: Browser | None) -> Facts:
    """What a browser's own dialog shows of a certificate, to pick the right one there.

    Under the dialog's own headings: the common names of subject and issuer, and the serial number,
    which Chromium's dialog cuts off behind its first digits (seen with 156).  The expiry is in
    Firefox's; Chromium's shows it behind a button.
    """
    certificate = judged.installed.certificate
    kind = "firefox" if browser is Browser.FIREFOX else "chromium"
    return (
        (text(f"own-browser.{kind}.subject"), _shown_name(certificate) or subject_of(judged)),
        (text(f"own-browser.{kind}.issuer"), _common_name(certificate.issuer_name) or "?"),
        (text(f"own-browser.{kind}.serial"), serial(certificate, browser)),
        (text("own-browser.fact.expires"), _expiry(certificate)),
    )


def serial(certificate: Certificate, browser: Browser | None) -> str:
    """Both ends of the serial number as browsers write it: capitals, in Firefox with colons."""
    digits = certificate.serial_hex.upper()
    if browser is Browser.FIREFOX:
        digits = ":".join(digits[index : index + 2] for index in range(0, len(digits), 2))
    end = _SERIAL_END_OF_FIREFOX if browser is Browser.FIREFOX else _SERIAL_END
    return f"{digits[:end]} … {digits[-end:]}" if len(digits) > 3 * end else digits or "?"


def results(check: Check) -> tuple[Said, ...]:
    """What the check has found: will it be offered, does a policy choose, look-alikes."""
    offer = check.offer
    found = [Said(_MARKS[offer.answer], joined(offer.message(), *offer.reasons, offer.remedy()))]
    found += [Said(Mark.NEUTRAL, one) for one in offer.notes]
    for finding in check.policies:
        is_news = finding.verdict is not Verdict.NONE or offer.answer is Answer.YES
        if is_news:
            found.append(Said(_POLICY_MARKS[finding.verdict], finding.message()))
    if check.look_alikes and not _is_chosen_for_them(check):
        found.append(Said(Mark.CAUTION, _look_alikes(check)))
    return tuple(found)


def policy_problems(check: Check) -> tuple[str, ...]:
    """What is wrong in the policies, each once: for administrators."""
    problems = (problem for finding in check.policies for problem in finding.problems)
    return tuple(dict.fromkeys(policies.problem_text(problem) for problem in problems))


def steps(check: Check | None, browser: Browser | None) -> tuple[str, ...]:
    """What the person does, one after the other; without a certificate ``check`` is None."""
    name = text("own-browser.browser") if browser is None else policies.name_of(browser)
    if check is not None and _is_chosen_for_them(check):
        pick = "picked"
    else:
        pick = "pick-firefox" if browser is Browser.FIREFOX else "pick"
    names = ("close", "open", pick, "pin")
    return tuple(
        f"{number}. {text(f'own-browser.step.{name_of_step}', browser=name)}"
        for number, name_of_step in enumerate(names, 1)
    )


def helpdesk_text(check: Check, judged: Judged, address: str) -> str:
    """All of it as plain text, to be read out or sent."""
    certificate = judged.installed.certificate
    found = check.found
    lines = [text("own-browser.title"), text("own-browser.address", address=address)]
    if check.browser is None:
        lines.append(text("browsers.name.system"))
    else:
        place = f" {found.version} ({safe(str(found.place.path))})" if found else ""
        lines.append(policies.name_of(check.browser) + place)
    lines += [f"{name}: {value}" for name, value in picking_facts(judged, check.browser)]
    lines += [
        f"{text('own-browser.fact.whole-subject')}: {certificate.subject}",
        f"{text('own-browser.fact.whole-issuer')}: {certificate.issuer}",
        f"{text('own-browser.fact.whole-serial')}: {certificate.serial_hex.upper()}",
        f"SHA-256: {certificate.sha256}",
        f"{text('own-browser.fact.store')}: {safe(judged.installed.store)}",
    ]
    lines += [f"- {said.words}" for said in results(check)]
    lines += [f"- {words}" for words in policy_problems(check)]
    for finding in check.policies:
        lines += [f"  {where}" for where in finding.where]
    return "\n".join(lines) + "\n"


def _is_chosen_for_them(check: Check) -> bool:
    return any(finding.verdict in _NO_DIALOG for finding in check.policies)


def _look_alikes(check: Check) -> str:
    shown = [
        text("own-browser.look-alike", serial=serial(one, check.browser), until=_expiry(one))
        for one in check.look_alikes
    ]
    return text(
        "own-browser.look-alikes",
        count=len(shown),
        others=text("own-browser.pause").join(shown),
    )


def _shown_name(certificate: Certificate) -> str:
    return _common_name(certificate.subject_name)


def _common_name(name: DistinguishedName | None) -> str:
    """As Chromium's ``GetDisplayName``: the common name, else what the unit is called."""
    found = (first_value(name, field) for field in ("CN", "O", "OU"))
    return safe(next(filter(None, found), ""))


def _expiry(certificate: Certificate) -> str:
    until = certificate.not_after
    return text("own-browser.until", until=moment.in_japan(until)) if until else "?"
