"""16: a log-on rehearsed up to the PIN page, without a PIN, its session discarded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from certhelper import failures, spoken_numbers
from certhelper.diagnosis import rehearsal_kinds
from certhelper.diagnosis.checks.revocation import after_all
from certhelper.diagnosis.failure_words import host_value, words
from certhelper.diagnosis.findings import Detail, Finding
from certhelper.diagnosis.people import whose_of
from certhelper.diagnosis.rehearsing import Rehearsed, rehearse
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.subjects import Subject, subjects, subjects_of
from certhelper.diagnosis.values import Facts, Kind, Phrase, Told, Value, facts, plain
from certhelper.failures import FailedError
from certhelper.logon import secret_wanted
from certhelper.safe_text import safe
from certhelper.stores.base import KeyState

_REACHED, _NOT_DONE, _PROXY_ASKS = "rehearsal-reached", "rehearsal-not-done", "rehearsal-proxy-asks"
_CHOOSE, _NOTHING, _NO_ADDRESS = "rehearsal-choose-one", "rehearsal-nothing", "rehearsal-no-address"
_NEEDS_SECRET = "rehearsal-needs-secret"  # noqa: S105  # its name

_TEXTS = "diagnosis-surroundings"


def check(scene: Scene) -> Sequence[Finding]:
    """Rehearse with the certificate that counts of the one person whom it is about."""
    hindrance = _hindrance(scene)
    if hindrance is not None:
        return [hindrance]
    people = subjects(scene)
    if not scene.chosen:
        people = tuple(
            one for one in people if one.holder is not None and one.holder.role == "user"
        )
        usable = tuple(one for one in people if one.judged.usable)
        people = usable or people
    if len(people) > 1:
        return [Finding(_CHOOSE, facts(count=len(people)))]
    if not people or not people[0].judged.usable:
        return [Finding(_NOTHING)]
    return [_rehearsed(scene, _best(scene, people[0]))]


def _best(scene: Scene, person: Subject) -> Subject:
    """Of somebody who has several, take none that the checks of the keys and issuers rule out.

    A certificate that was chosen is taken as it is: what becomes of it is what was asked for.
    """
    usable = {one.installed.certificate.sha256 for one in person.rows if one.usable}
    if scene.chosen or len(usable) < 2:
        return person
    after = subjects_of(after_all(scene), scene.chosen)
    best = next((one for one in after if one.whose == person.whose), person)
    return best if best.judged.usable else person


def _hindrance(scene: Scene) -> Finding | None:
    """What stands against it before any certificate is looked at."""
    if not scene.bank.site.start_url:
        return Finding(_NO_ADDRESS)
    if scene.offline or not scene.is_trusted:
        why = "offline" if scene.offline else "not-trusted"
        return _not_done(Phrase(f"{_TEXTS}.not-done.{why}"), Phrase(f"{_TEXTS}.to-do.{why}"))
    return None


def _rehearsed(scene: Scene, person: Subject) -> Finding:
    installed = person.judged.installed
    if secret_wanted.wanted(installed) is not None or installed.key_needs_user:
        return _needs_secret(scene, person)
    if installed.key is KeyState.NEEDS_USER:
        return _needs_secret(scene, person)
    try:
        found = rehearse(scene, person.judged)
    except FailedError as error:
        return _failed(scene, person, error.code, error.facts, ())
    except OSError as error:
        detail = {"detail": error.strerror or ""}
        return _failed(scene, person, "session-not-started", detail, ())
    details = _details(scene, found)
    if found.is_ended:
        too_long = Phrase(f"{_TEXTS}.not-done.too-long"), Phrase(f"{_TEXTS}.to-do.too-long")
        return _not_done(*too_long)._replace(details=details, about=person.about)
    if found.failure is not None:
        code = found.failure.code or "internal-error"
        code = code if failures.is_known(code) else "session-crashed"  # nothing of ours said that
        return _failed(scene, person, code, found.failure.detail, details)
    return Finding(_REACHED, _whose(scene, person), details, person.about)


def _needs_secret(scene: Scene, person: Subject) -> Finding:
    installed = person.judged.installed
    needed = secret_wanted.wanted(installed)
    kind = "by-system" if needed is None else needed.kind.value
    is_token = needed is not None and needed.token is not None
    where = Value(Kind.NAME if is_token else Kind.PATH, needed.where if needed else "-")
    named = (("secret", Phrase(f"{_TEXTS}.secret.{kind}")), ("where", where))
    return Finding(_NEEDS_SECRET, (*_whose(scene, person), *named), about=person.about)


def _whose(scene: Scene, person: Subject) -> Facts:
    return whose_of(person, several=len(scene.found().grouped.contracts) > 1)


def _not_done(why: Phrase, to_do: Phrase) -> Finding:
    return Finding(_NOT_DONE, facts(why=why, to_do=to_do))


def _failed(
    scene: Scene,
    person: Subject,
    code: str,
    given: Mapping[str, object],
    details: tuple[Detail, ...],
) -> Finding:
    if code in rehearsal_kinds.WANTS_SECRET:
        return _needs_secret(scene, person)
    if code == rehearsal_kinds.PROXY_ASKS:
        return Finding(_PROXY_ASKS, details=details, about=person.about)
    said = words(code, given, scene.bank)
    advice = Detail(f"{_TEXTS}.advice", (said.remedy,))
    seen = (*details, Detail(f"{_TEXTS}.cause", (said.cause,)), advice)
    if code in rehearsal_kinds.SAYS_NOTHING:
        return _not_done(said.message, said.remedy)._replace(
            details=seen, about=person.about, actor=said.who
        )
    kind = rehearsal_kinds.kind_of(code)
    whose = _whose(scene, person) if rehearsal_kinds.names_whose(kind) else ()
    number = plain(spoken_numbers.of_failure(code))
    told = (*whose, ("failure", _plain(code)), ("number", number), *said.facts)
    actor = said.who if kind == rehearsal_kinds.OTHER else None
    return Finding(kind, told, seen, person.about, actor)


def _details(scene: Scene, found: Rehearsed) -> tuple[Detail, ...]:
    """How far it came, and what the server asked for."""
    steps: list[Told] = []
    for report in found.stages:
        host = str(report.detail.get("host", ""))
        named: Facts = (("host", host_value(host, scene.bank)),) if host else ()
        steps.append(Phrase(f"{_TEXTS}.stage.{report.stage.value}", named))
    return (Detail(f"{_TEXTS}.stages", tuple(steps)),) if steps else ()


def _plain(text: str) -> Value:
    return Value(Kind.PLAIN, safe(text))
