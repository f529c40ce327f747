"""The check of this PC's clock: against the bank's servers, and against what cannot be.

A server's ``Date`` (RFC 9110 section 6.6.1) comes over a connection that nobody has verified; so
the person is told to look at another clock.  Without any server a clock is still surely wrong
before this program was made, and most likely wrong before a certificate that is here was issued.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import TypeVar

from certhelper import engine_age, moment
from certhelper.certificate import Certificate
from certhelper.diagnosis.findings import Detail, Finding
from certhelper.diagnosis.network import looks
from certhelper.diagnosis.network.looks import Seen, label
from certhelper.diagnosis.network.parts import Part, Unfinished, side_by_side
from certhelper.diagnosis.people import Person, people
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import Facts, Phrase, Told, facts, phrase
from certhelper.logon import server_clock

Result = TypeVar("Result")

TOLERANCE = timedelta(minutes=5)
"""What others allow between two clocks, too: Kerberos (RFC 4120 section 8.2)."""

_SERVERS_S = 13.0
_CERTIFICATES_S = 6.0
_HALF_HOUR = timedelta(minutes=30)
_ZONES = (timedelta(hours=1), timedelta(hours=26))
"""How far two time zones can be apart: from one hour to 26 (UTC-12 and UTC+14)."""


def check(scene: Scene) -> Sequence[Finding]:
    """Return how this PC's clock stands; one finding."""
    released = datetime.combine(engine_age.engine().built, time(), UTC)
    if scene.at < released:
        difference = server_clock.at_least(scene.at, released)
        return [Finding("clock-before-program", _now(scene) + facts(difference=difference))]
    asks = not scene.offline and scene.is_trusted and bool(scene.bank.expected_places())
    seen = _within(_SERVERS_S, lambda: _servers(scene), scene) if asks else None
    return [_compared(scene, seen) if seen else _alone(scene, asked=asks)]


def _within(limit: float, work: Callable[[], Result], scene: Scene) -> Result | None:
    """Return what the work finds out within ``limit`` seconds; None: it does not, or fails."""
    done = side_by_side({"clock": Part(work, limit)}, scene.stop)["clock"]
    return None if isinstance(done, Unfinished) else done


def _servers(scene: Scene) -> list[Seen]:
    """Those that told the time; without a proxy where the way in force leads to none."""
    told = [one for one in looks.in_force(scene) if one.ahead is not None]
    return told or [one for one in looks.directly(scene) if one.ahead is not None]


def _own(scene: Scene) -> Sequence[Person]:
    """Whom it is about, with their certificates, as far as the stores answer in time."""
    return _within(_CERTIFICATES_S, lambda: people(scene), scene) or ()


# With a server's word


def _compared(scene: Scene, seen: list[Seen]) -> Finding:
    """The server that is nearest counts: two clocks that agree are not both wrong."""
    nearest = min(seen, key=lambda one: abs(one.ahead or timedelta()))
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
    zone = _ZONES[0] - TOLERANCE <= abs(nearest.ahead) <= _ZONES[1]
    is_whole = abs(nearest.ahead - round(nearest.ahead / _HALF_HOUR) * _HALF_HOUR) <= TOLERANCE
    return Finding("clock-zone" if zone and is_whole else "clock-differs", told, detail)


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
