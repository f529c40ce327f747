"""What time the bank's servers say it is, once for every check that goes by the date.

A server's ``Date`` (RFC 9110 section 6.6.1) comes over a connection that nobody has verified: it
says that this PC's clock is to be looked at, and is never by itself a reason for anything else.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from certhelper.diagnosis.network import looks
from certhelper.diagnosis.network.looks import Seen
from certhelper.diagnosis.network.parts import Part, Unfinished, side_by_side
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.values import Phrase

Result = TypeVar("Result")

TOLERANCE = timedelta(minutes=5)
"""What others allow between two clocks, too: Kerberos (RFC 4120 section 8.2)."""

_SERVERS_S = 13.0


def is_asked(scene: Scene) -> bool:
    """Whether the bank's servers may be asked for the time at all."""
    return not scene.offline and scene.is_trusted and bool(scene.bank.expected_places())


def servers(scene: Scene) -> tuple[Seen, ...]:
    """Return those that told the time, once; blocks for some seconds where none answers.

    Without a proxy where the way in force leads to none.
    """
    return scene.once("bank clock", lambda: _told(scene))


def nearest(seen: tuple[Seen, ...]) -> Seen:
    """Return the server that is nearest to this PC: two clocks that agree are not both wrong."""
    return min(seen, key=lambda one: abs(one.ahead or timedelta()))


def right_time(scene: Scene) -> datetime | None:
    """Return the right time where this PC's clock differs from every server's.

    None: it does not, or no server told the time.  Blocks as :func:`servers`.
    """
    seen = servers(scene)
    ahead = nearest(seen).ahead if seen else None
    return None if ahead is None or abs(ahead) <= TOLERANCE else scene.at - ahead


def first(*, agrees: bool) -> Phrase:
    """Return what stands before a step that goes by the date.

    ``agrees``: a server tells the same time; else the clock is to be compared with another one.
    """
    return Phrase(f"diagnosis-network.clock-first.{'right' if agrees else 'compare'}")


def within(limit: float, work: Callable[[], Result], scene: Scene) -> Result | None:
    """Return what the work finds out within ``limit`` seconds; None: it does not, or fails."""
    done = side_by_side({"clock": Part(work, limit)}, scene.stop)["clock"]
    return None if isinstance(done, Unfinished) else done


def _told(scene: Scene) -> tuple[Seen, ...]:
    if not is_asked(scene):
        return ()
    return within(_SERVERS_S, lambda: _asked(scene), scene) or ()


def _asked(scene: Scene) -> tuple[Seen, ...]:
    told = tuple(one for one in looks.in_force(scene) if one.ahead is not None)
    return told or tuple(one for one in looks.directly(scene) if one.ahead is not None)
