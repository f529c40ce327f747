"""12: whether the issuer has revoked a certificate, and how far the issuers are known here.

"Revoked" and "could not be checked" are never mixed: the one is the issuer's word, the other says
nothing about the certificate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from certhelper import listing
from certhelper.checks import Chain, ChainStatus, Revocation, RevocationStatus
from certhelper.diagnosis import reissue
from certhelper.diagnosis.findings import Detail, Finding
from certhelper.diagnosis.people import (
    TEXTS,
    Person,
    actor_of,
    by_holder,
    end_of_serial,
    moment_of,
    people,
    people_of,
    reason,
    which,
)
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.trials import trials
from certhelper.diagnosis.unread_places import before_reissue
from certhelper.diagnosis.values import Kind, Phrase, Told, Value, plain
from certhelper.failures import FailedError
from certhelper.listing import Listing
from certhelper.revocation.addresses import names_anybody
from certhelper.revocation.question import Question
from certhelper.standing import Judged

_SECONDS = 10.0
"""What the issuers may take together, all being asked at once."""

_ON_HOLD = "certificateHold"  # RFC 5280 section 5.3.1
_NOT_NAMED = "not-named"
_CHAIN_FAULTS = {
    ChainStatus.ISSUER_NOT_VALID: "reasons.issuer-faults",
    ChainStatus.SIGNATURE_WRONG: f"{TEXTS}.chain",
}


def check(scene: Scene) -> Sequence[Finding]:
    """Say whose certificate is revoked, and of whose that could not be found out."""
    everybody = [one for one in people(scene) if one.judged.usable]
    if not everybody:
        return [Finding("revocation-nobody")]
    answers = _answers(scene)
    then = by_holder(people_of(after_all(scene), scene.chosen))
    chains = _chains(scene, everybody)
    found: list[Finding] = []
    for one, chain in zip(everybody, chains, strict=True):
        found += _revoked(scene, one, then[one.holder_name], answers) or _unknown(one, answers)
        found += _chained(one, chain)
    if found:
        return found
    unnamed = [one for one in everybody if _cause_of(one, answers) == _NOT_NAMED]
    if len(unnamed) == len(everybody):
        return [Finding("revocation-not-named", details=_issuers(chains))]
    return [Finding("revocation-none", details=(*_not_named(unnamed), *_issuers(chains)))]


def after_all(scene: Scene) -> Listing:
    """Return the list, judged by what the keys did and what the issuers said, too; once.

    Blocks for as long as :func:`certhelper.diagnosis.trials.trials`, and some ten seconds more.
    """
    return scene.once("certificates-after-all", lambda: _judged(scene))


def _judged(scene: Scene) -> Listing:
    answers = _answers(scene)
    before = trials(scene).found  # a key that does not work leaves an older certificate
    checks = listing.checks_of(before.readings, answers, before.checks)
    return listing.combine(before.readings, before.bank, before.at, checks)


def _answers(scene: Scene) -> Mapping[str, Revocation]:
    usable = [one for one in people(scene) if one.judged.usable]
    return scene.once("certificates-answers", lambda: _asked(scene, usable))


def _asked(scene: Scene, everybody: Sequence[Person]) -> Mapping[str, Revocation]:
    """Ask about everything that these people could log on with."""
    from certhelper.logon import revocation_way
    from certhelper.revocation.together import ask_all

    found = scene.found()
    mine = {
        row.installed.certificate.sha256: row.installed.certificate
        for one in everybody
        for row in one.rows
        if row.usable
    }
    naming = {sha256 for sha256, one in mine.items() if names_anybody(one.der)}
    nobody = [Question(one, ()) for sha256, one in mine.items() if sha256 not in naming]
    questions = [*listing.questions_about(found, *naming), *nobody]
    asker = revocation_way.asker(lambda: scene.proxy)
    return ask_all(
        asker,
        questions,
        seconds=_SECONDS,
        offline=scene.offline or not _may_ask(),
        stop=scene.stop,
    )


def _may_ask() -> bool:
    """Whether the settings in force let issuers be asked; where they cannot be read, nobody is."""
    from certhelper import machine_settings, settings
    from certhelper.settings_in_force import in_force

    kept = settings.SettingsFile(settings.folder() / settings.FILE_NAME).settings
    try:
        decided = machine_settings.read()
    except FailedError:
        return False
    return in_force(kept, decided).check_revocation.value


def _revoked(
    scene: Scene, was: Person, now: Person, answers: Mapping[str, Revocation]
) -> list[Finding]:
    """Return nothing where none of the person's is revoked that a log-on would have used."""
    rows = [one for one in now.rows if reason(one, "revoked")]
    if not rows:
        return []
    own = was.certificate.sha256
    row = next((one for one in rows if one.installed.certificate.sha256 == own), None)
    if now.judged.usable:
        if row is None:
            return []
        told = {"serial": end_of_serial(now.certificate)}
        until = moment_of(now.certificate.not_after)
        detail = Detail(f"{TEXTS}.revoked-one", (which(row), *_said(row, answers)))
        return [now.finding("revocation-of-other", detail, **told, until=until)]
    row = row or rows[0]
    answer = answers[row.installed.certificate.sha256]
    code = (
        "revocation-hold"
        if answer.cause == _ON_HOLD
        else was.reissued_by_bank("revocation-revoked")
    )
    person = was._replace(judged=row)
    why = reissue.of_person(scene, person, answer.cause or "unspecified").details()
    detail = Detail(f"{TEXTS}.revoked-one", (which(row), *_said(row, answers)))
    return [
        person.finding(
            code,
            detail,
            *(() if answer.cause == _ON_HOLD else why),
            since=moment_of(answer.revoked_at),
            why=Phrase(f"reasons.revocation-reasons.{answer.cause or 'unspecified'}"),
            **before_reissue(scene),
        )
    ]


def _unknown(person: Person, answers: Mapping[str, Revocation]) -> list[Finding]:
    answer = answers.get(person.certificate.sha256)
    if (
        answer is None
        or answer.status is not RevocationStatus.UNKNOWN
        or answer.cause == _NOT_NAMED
    ):
        return []
    cause = Phrase(f"reasons.revocation-causes.{answer.cause}")
    name = f"{TEXTS}.no-answer"
    said = (Detail(name, (Value(Kind.NAME, answer.detail),)),) if answer.detail else ()
    found = person.finding("revocation-unknown", *said, cause=cause)
    return [found._replace(actor=actor_of("revocation-causes", answer.cause))]


def _cause_of(person: Person, answers: Mapping[str, Revocation]) -> str:
    answer = answers.get(person.certificate.sha256)
    return answer.cause if answer else ""


def _not_named(unnamed: Sequence[Person]) -> tuple[Detail, ...]:
    lines = tuple(dict(one.whose)["certificate"] for one in unnamed)
    return (Detail(f"{TEXTS}.not-named", lines),) if lines else ()


def _said(judged: Judged, answers: Mapping[str, Revocation]) -> tuple[Told, ...]:
    answer = answers[judged.installed.certificate.sha256]
    return (Phrase(f"revocation.answer.{answer.source}"),) if answer.source else ()


def _chains(scene: Scene, everybody: Sequence[Person]) -> list[Chain]:
    from certhelper.chain import KnownIssuers, find_chain

    known = KnownIssuers(der for reading in scene.found().readings for der in reading.ders)
    return [find_chain(one.certificate, known, scene.at) for one in everybody]


def _chained(person: Person, chain: Chain) -> list[Finding]:
    if chain.status not in _CHAIN_FAULTS:
        return []
    cause = chain.cause or "signature-wrong"
    return [
        person.finding(
            "revocation-issuer-not-valid",
            issuer=Value(Kind.NAME, chain.issuer),
            cause=Phrase(f"{_CHAIN_FAULTS[chain.status]}.{cause}"),
        )
    ]


def _issuers(chains: Sequence[Chain]) -> tuple[Detail, ...]:
    """How far the issuers are known on this PC; a missing one is no fault."""
    lines: list[Told] = []
    for one in chains:
        issuer = Value(Kind.NAME, one.issuer) if one.issuer else plain("")
        lines.append(Phrase(f"checking.chain.{one.status.value}", (("issuer", issuer),)))
    return (Detail("checking.name.chain", tuple(dict.fromkeys(lines))),)
