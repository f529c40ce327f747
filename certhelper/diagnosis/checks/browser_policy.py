"""13: policies of the person's own browsers that matter for this bank; they are only read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from certhelper.browsers import hindrances, installed, offering, policies, policy_sources
from certhelper.browsers.check import read_besides
from certhelper.browsers.hindrances import Hindrance, Kind
from certhelper.browsers.installed import InstalledBrowser
from certhelper.browsers.kinds import Browser
from certhelper.browsers.policies import PolicyFinding, Verdict
from certhelper.browsers.policy_sources import Problem
from certhelper.certificate import Certificate
from certhelper.diagnosis import values
from certhelper.diagnosis.findings import Detail, Finding
from certhelper.diagnosis.people import end_of_serial
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.subjects import Subject, subjects
from certhelper.diagnosis.values import Phrase, Told, Value, facts, joined, phrase
from certhelper.safe_text import safe
from certhelper.standing import Judged

_HARMLESS, _OTHER, _UNSURE = "policies-harmless", "policy-other-certificate", "policy-unsure"
_MISTAKE, _NOT_CHECKED, _NO_BROWSER = "policy-mistake", "policy-not-checked", "policy-no-browser"
_HINDERING = {Kind.TLS: "policy-tls", Kind.BLOCKED: "policy-blocks", Kind.PROXY: "policy-proxy"}
_TEXTS = "diagnosis-surroundings"
_WITH_WHERE_IN_ENTRY = "overruled"


def check(scene: Scene) -> Sequence[Finding]:
    """Say of each browser of this PC what its policies do to a log-on with it."""
    asked = (installed.find(one, scene.environment, asks=False) for one in Browser)
    there = [one for one in asked if one is not None]
    if not there:
        return [Finding(_NO_BROWSER)]
    people = subjects(scene)
    found: list[Finding] = []
    seen: list[Told] = []
    for browser in there:
        of_it, set_there = _of(browser, people, scene)
        found += of_it
        seen += set_there
    details = (Detail(f"{_TEXTS}.policies-set", tuple(seen)),) if seen else ()
    if found:
        return [found[0]._replace(details=(*found[0].details, *details)), *found[1:]]
    return [Finding(_HARMLESS, details=details)]


def _of(
    browser: InstalledBrowser, people: Sequence[Subject], scene: Scene
) -> tuple[list[Finding], list[Told]]:
    """What is found in one browser, and what is set there and harms nobody."""
    found: list[Finding] = []
    seen: list[Told] = []
    hindering, problems = hindrances.read(
        browser.browser, scene.bank, scene.root, scene.environment
    )
    offered = _offered(browser, scene) if people else ()
    for person in people:
        chosen = person.judged.installed.certificate
        decided = policies.findings(browser.browser, scene.bank, chosen, offered, scene.root)
        problems += tuple(one for each in decided for one in each.problems)
        for verdict in _each_once(decided):
            finding = _chosen(person, verdict, scene.found().grouped.judged)
            if finding is not None:
                found.append(finding)
            elif verdict.verdict is not Verdict.NONE:
                seen.append(_harmless(verdict))
    together: dict[tuple[Kind, str], list[Hindrance]] = {}
    for one in hindering:
        if one.kind in _HINDERING:
            together.setdefault((one.kind, one.policy), []).append(one)
        else:
            seen.append(_set(browser.browser, one))
    found += [_hindered(browser.browser, alike) for alike in together.values()]
    found += _of_problems(browser.browser, tuple(dict.fromkeys(problems)))
    if not policies.servers_of(scene.bank) and _has_entries(browser.browser, scene):
        why = Phrase(f"{_TEXTS}.no-hosts")
        found.append(Finding(_NOT_CHECKED, facts(browser=_name(browser.browser), why=why)))
    return found, seen


def _offered(browser: InstalledBrowser, scene: Scene) -> tuple[Certificate, ...]:
    """What the browser would show: the list's certificates, and its own database's besides."""
    listed = scene.found().grouped.judged
    reach = offering.reach_of(browser, scene.environment)
    besides = read_besides(reach, scene.bank, listed, scene.at)
    return offering.offered_by(reach, [*listed, *besides])


def _each_once(decided: Sequence[PolicyFinding]) -> Iterator[PolicyFinding]:
    """The same is decided for several servers of the bank, as a rule."""
    known = set()
    for one in decided:
        what = one.verdict, one.matching[:1]
        if what not in known:
            known.add(what)
            yield one


def _chosen(person: Subject, decided: PolicyFinding, rows: Sequence[Judged]) -> Finding | None:
    """A finding where a browser takes another certificate without a question, or may."""
    named = facts(browser=_name(decided.browser), server=safe(str(decided.server)))
    where = Detail(f"{_TEXTS}.where", tuple(_place(one) for one in decided.where))
    if decided.verdict is Verdict.OTHER:
        other = decided.matching[0]
        taken = (
            ("other", _whose(other, rows)),
            ("serial", Value(values.Kind.SERIAL, other.serial_hex)),
            ("ending", end_of_serial(other)),
        )
        return Finding(_OTHER, (*person.whose, *named, *taken), (where,), person.about)
    if decided.verdict is Verdict.UNSURE:
        count = facts(count=len(decided.matching))
        return Finding(_UNSURE, (*person.whose, *named, *count), (where,), person.about)
    return None


def _whose(other: Certificate, rows: Sequence[Judged]) -> Told:
    """Name a certificate by its holder, where anybody knows that, else by its subject."""
    holders = (one.holder for one in rows if one.installed.certificate.sha256 == other.sha256)
    holder = next((one for one in holders if one is not None), None)
    if holder is None:
        return Value(values.Kind.NAME, other.subject or "?")
    if holder.user_id is None:
        return Phrase("diagnosis-certificates.certificate.administrator")
    user = Value(values.Kind.USER, holder.user_id)
    return phrase("diagnosis-certificates.certificate.user", user=user)


def _harmless(decided: PolicyFinding) -> Phrase:
    return phrase(
        f"{_TEXTS}.chosen.{decided.verdict.value}",
        browser=_name(decided.browser),
        server=safe(str(decided.server)),
        count=len(decided.matching),
    )


def _hindered(browser: Browser, alike: Sequence[Hindrance]) -> Finding:
    """What one policy does to the bank's servers, which mostly are several, is one finding."""
    first = alike[0]
    named = facts(
        browser=_name(browser),
        policy=first.policy,
        value=joined(list(dict.fromkeys(map(_value, alike)))),
        host=joined(list(dict.fromkeys(one.host for one in alike))),
    )
    where = tuple(dict.fromkeys(_place(one.where) for one in alike))
    return Finding(_HINDERING[first.kind], named, (Detail(f"{_TEXTS}.where", where),))


def _set(browser: Browser, one: Hindrance) -> Phrase:
    named = facts(policy=one.policy, value=_value(one), where=_place(one.where))
    return Phrase(f"{_TEXTS}.policy", (("browser", _name(browser)), *named))


def _value(one: Hindrance) -> Value:
    """A proxy is the firm's own; whatever else matters here names the bank or nobody."""
    kind = values.Kind.HOST if one.kind is Kind.PROXY else values.Kind.PLAIN
    return Value(kind, one.value)


def _of_problems(browser: Browser, problems: tuple[Problem, ...]) -> list[Finding]:
    unread = [one for one in problems if one.code == "unreadable"]
    wrong = [one for one in problems if one.code != "unreadable"]
    found: list[Finding] = []
    if wrong:
        details = Detail(f"{_TEXTS}.mistakes", tuple(_told(one) for one in wrong))
        found.append(Finding(_MISTAKE, facts(browser=_name(browser), count=len(wrong)), (details,)))
    if unread:
        details = Detail(f"{_TEXTS}.mistakes", tuple(_told(one) for one in unread))
        why = Phrase(f"{_TEXTS}.unreadable")
        found.append(Finding(_NOT_CHECKED, facts(browser=_name(browser), why=why), (details,)))
    return found


def _told(problem: Problem) -> Phrase:
    """An entry may hold whatever an administrator has written: names above all."""
    is_place = problem.code == _WITH_WHERE_IN_ENTRY
    entry = _place(problem.entry) if is_place else Value(values.Kind.NAME, problem.entry)
    if problem.code == "unreadable":
        entry = values.plain(problem.entry)
    return phrase(f"browsers.problem.{problem.code}", where=_place(problem.where), entry=entry)


def _place(where: str) -> Value:
    """A place in the registry is the same on every PC; a file's name is its administrator's."""
    is_registry = where.startswith("HKEY_")
    return Value(values.Kind.PLAIN if is_registry else values.Kind.PATH, where)


def _has_entries(browser: Browser, scene: Scene) -> bool:
    return browser.is_of_chromium and bool(policy_sources.read(browser, scene.root).items)


def _name(browser: Browser) -> Phrase:
    return Phrase(f"browsers.name.{browser.value}")
