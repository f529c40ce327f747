"""4: whether the certificates are this bank's, as far as its profile names who issues them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from certhelper.diagnosis.findings import Detail, Finding
from certhelper.diagnosis.people import TEXTS, people, reason
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import Kind, Phrase, Told, Value, facts
from certhelper.safe_text import safe
from certhelper.standing import Judged, is_authority

_MOST_NAMED = 10


def check(scene: Scene) -> Sequence[Finding]:
    """Say which certificates are somebody else's, and whether that can be told at all."""
    everybody = people(scene)
    rows: Iterable[Judged] = scene.found().grouped.judged
    if scene.chosen:  # who issued what others have tells of them
        rows = [one for person in everybody for one in person.rows]
    every = [one for one in rows if not is_authority(one)]
    foreign = [one for one in every if reason(one, "other-issuer")]
    if not every:
        return [Finding("issuer-nobody")]
    if not scene.bank.certificates.issuers:
        return [Finding("issuer-not-named", details=_issuers(every))]
    chosen = [one for one in everybody if reason(one.judged, "other-issuer")]
    if chosen:
        return [_foreign("issuer-other", one.judged, scene) for one in chosen]
    if not everybody and foreign:
        return [_foreign("issuer-only-others", foreign[0], scene, count=len(foreign))]
    mine = [one.judged for one in everybody] or every
    known = Finding("issuer-of-bank", facts(bank=scene.bank.name), _issuers(mine))
    if foreign:
        return [known._replace(details=(*known.details, *_others(foreign)))]
    return [known]


def _foreign(code: str, judged: Judged, scene: Scene, count: int = 1) -> Finding:
    if reason(judged, "unreadable-field") and not judged.installed.certificate.issuer:
        code = "issuer-unreadable"
    told = facts(bank=scene.bank.name, issuer=_issuer(judged), count=count)
    return Finding(code, told, about=judged.installed.certificate.sha256)


def _issuers(rows: Iterable[Judged]) -> tuple[Detail, ...]:
    return (Detail(f"{TEXTS}.issuers", _distinct(rows)),)


def _others(rows: Iterable[Judged]) -> tuple[Detail, ...]:
    return (Detail(f"{TEXTS}.other-issuers", _distinct(rows)),)


def _distinct(rows: Iterable[Judged]) -> tuple[Told, ...]:
    return tuple(dict.fromkeys(_issuer(one) for one in rows))[:_MOST_NAMED]


def _issuer(judged: Judged) -> Told:
    """The common name, else the whole; a firm's own CA may be named after the firm."""
    certificate = judged.installed.certificate
    name = certificate.issuer_name
    common = () if name is None else name.values("CN")
    shown = common[-1] if common else certificate.issuer
    return Value(Kind.NAME, safe(shown)) if shown else Phrase(f"{TEXTS}.unknown")
