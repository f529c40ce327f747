"""The check of this PC's clock: against the bank's servers, and against what cannot be.

A server's ``Date`` (RFC 9110 section 6.6.1) comes over a connection that nobody has verified; so
the person is told to look at another clock.  Without any server a clock is still surely wrong
before this program was made, and most likely wrong before a certificate that is here was issued.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

from certhelper import engine_age, moment
from certhelper.certificate import Certificate
from certhelper.diagnosis import bank_clock
from certhelper.diagnosis.bank_clock import TOLERANCE
from certhelper.diagnosis.findings import Detail, Finding
from certhelper.diagnosis.network.looks import Seen, label
from certhelper.diagnosis.people import Person, people
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import Facts, Phrase, Told, facts, phrase
from certhelper.logon import server_clock

_CERTIFICATES_S = 6.0
_HALF_HOUR = timedelta(minutes=30)
_ZONES_BEHIND = (timedelta(hours=-5), timedelta(hours=-1))
_ZONES_AHEAD = (timedelta(hours=1), timedelta(hours=21))
"""How far ahead a clock is that shows Japan's time (UTC+9) in another zone: UTC+14 to UTC-12."""


def check(scene: Scene) -> Sequence[Finding]:
    """Return how this PC's clock stands; one finding."""
    released = datetime.combine(engine_age.engine().built, time(), UTC)
    if scene.at < released:
        difference = server_clock.at_least(scene.at, released)
        return [Finding("clock-before-program", _now(scene) + facts(difference=difference))]
    seen = bank_clock.servers(scene)
    return [_compared(scene, seen) if seen else _alone(scene, asked=bank_clock.is_asked(scene))]


def _own(scene: Scene) -> Sequence[Person]:
    """Whom it is about, with their certificates, as far as the stores answer in time."""
    return bank_clock.within(_CERTIFICATES_S, lambda: people(scene), scene) or ()


# With a server's word


def _compared(scene: Scene, seen: tuple[Seen, ...]) -> Finding:
    nearest = bank_clock.nearest(seen)
    assert nearest.ahead is not None
    right = scene.at - nearest.ahead
    told = _now(scene) + facts(right=moment.in_japan(right), host=label(nearest.place))
    detail = (Detail("diagnosis-network.clocks", tuple(map(_clock, seen))),)
    if abs(nearest.ahead) <= TOLERANCE:
        return Finding("clock-right", told, detail)
    told += facts(difference=server_clock.about(scene.at, right))
    upset = _upset(scene, right, nearest)
    if upset is not None:
        which, about = upset
        return Finding("clock-breaks-certificate", (*told, ("which", which)), detail, about)
    return Finding("clock-zone" if _is_zone(nearest.ahead) else "clock-differs", told, detail)


def _is_zone(ahead: timedelta) -> bool:
    """Whether it looks as if the clock were set to Japan's time and the zone were another's."""
    is_whole = abs(ahead - round(ahead / _HALF_HOUR) * _HALF_HOUR) <= TOLERANCE
    return is_whole and any(
        least - TOLERANCE <= ahead <= most + TOLERANCE
        for least, most in (_ZONES_BEHIND, _ZONES_AHEAD)
    )


def _clock(seen: Seen) -> Phrase:
    assert seen.date is not None
    date = moment.as_utc(seen.date)
    return phrase("diagnosis-network.clock", host=label(seen.place), date=date)


def _upset(scene: Scene, right: datetime, seen: Seen) -> tuple[Told, str] | None:
    """Return the certificate that is in its time by the server's clock and not by this PC's.

    In words, and the SHA-256 of one of the person's.
    """
    if seen.chain and _is_upset(Certificate(seen.chain[0]), right, scene.at):
        return phrase("diagnosis-network.clock-server"), ""
    for one in _own(scene):
        if _is_upset(one.certificate, right, scene.at):
            return dict(one.whose)["certificate"], one.certificate.sha256
    return None


def _is_upset(certificate: Certificate, right: datetime, at: datetime) -> bool:
    return _is_in_time(certificate, right) and not _is_in_time(certificate, at)


def _is_in_time(certificate: Certificate, at: datetime) -> bool:
    begin, end = certificate.not_before, certificate.not_after
    return begin is not None and end is not None and begin <= at <= end


# Without


def _alone(scene: Scene, *, asked: bool) -> Finding:
    begins = (one.certificate.not_before for one in _own(scene))
    latest = max((one for one in begins if one is not None), default=None)
    if latest is not None and latest - scene.at > TOLERANCE:
        difference = server_clock.at_least(scene.at, latest)
        told = facts(difference=difference, begin=moment.in_japan(latest))
        return Finding("clock-before-certificate", _now(scene) + told)
    return Finding("clock-no-answer" if asked else "clock-not-compared", _now(scene))


def _now(scene: Scene) -> Facts:
    return facts(now=moment.in_japan(scene.at))
