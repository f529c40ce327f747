"""Everything that is found out of the network, its parts side by side."""

from __future__ import annotations

import socket
from collections.abc import Hashable
from functools import partial
from typing import Any, NamedTuple

from certhelper.diagnosis.network import looks, reach, ways
from certhelper.diagnosis.network.looks import Handshake, Place, Seen
from certhelper.diagnosis.network.parts import Part, Unfinished, side_by_side
from certhelper.diagnosis.network.reach import Line, Reach
from certhelper.diagnosis.network.ways import Ways
from certhelper.diagnosis.scene import Scene
from certhelper.listing import Listing
from certhelper.logon.facts import ProbeOutcome
from certhelper.logon.proxy import Route, Way

LINE_S = 4.5
"""For all addresses of one protocol: a connection that works is made in far less."""

_LINES_S = 14.0
_WAYS_S = 20.0
_LOOKS_S = 34.0
_READING_S = _LOOKS_S + 35.0
"""A store that hangs has a limit of its own."""

_PROXY_S = 26.0
_TO_PROXY_S = 4.0

VERSIONS = {"TLSv1": 0x0301, "TLSv1.1": 0x0302, "TLSv1.2": 0x0303, "TLSv1.3": 0x0304}
"""As OpenSSL names and numbers them; the numbers are those on the wire (RFC 8446 appendix D)."""

Family = socket.AddressFamily


class Survey(NamedTuple):
    """What was found out; ``unfinished`` names the parts that have no result, and why.

    ``seen`` is what the way in force leads to, ``direct`` what is met without a proxy, ``other``
    what by this PC's own proxy where the person has chosen something else.  ``proxies`` says of
    each proxy how far one comes to it.  ``versions`` are those that the server takes.  ``found``
    None: no server asks for a certificate, or none could be read.
    """

    ways: Ways
    seen: dict[Place, Seen]
    direct: dict[Place, Seen]
    other: dict[Place, Seen]
    lines: dict[tuple[Place, Family], Line]
    proxies: dict[str, Reach]
    versions: dict[Place, tuple[str, ...]]
    found: Listing | None
    unfinished: dict[str, str]


def survey(scene: Scene) -> Survey:
    """Find everything out; takes as long as its slowest part, at most some 35 seconds.

    Where a server asks for a certificate, the stores may take longer.
    """
    parts: dict[Hashable, Part[Any]] = {
        "ways": Part(lambda: ways.ways(scene), _WAYS_S),
        "seen": Part(lambda: looks.in_force(scene), _LOOKS_S),
        "versions": Part(lambda: _versions(scene), _LOOKS_S + looks.LIMIT_S),
        "direct": Part(lambda: _directly(scene), _LOOKS_S),
        "other": Part(lambda: _by_other(scene), _LOOKS_S),
        "proxies": Part(lambda: _proxies(scene), _PROXY_S),
        "found": Part(lambda: _found(scene), _READING_S),
    }
    for place in scene.bank.expected_places():
        for family in reach.families_of(place[0]):
            work = partial(reach.directly, *place, family, LINE_S)
            parts[place, family] = Part(work, _LINES_S)
    done = side_by_side(parts, scene.stop)
    unfinished = {
        str(key) if isinstance(key, str) else "lines": one.fault
        for key, one in done.items()
        if isinstance(one, Unfinished)
    }
    got = {key: one for key, one in done.items() if not isinstance(one, Unfinished)}
    return Survey(
        ways=got.get("ways", Ways(None)),
        seen=_by_place(got.get("seen", ())),
        direct=_by_place(got.get("direct", ())),
        other=_by_place(got.get("other", ())),
        lines={key: one for key, one in got.items() if isinstance(key, tuple)},
        proxies=got.get("proxies", {}),
        versions=got.get("versions", {}),
        found=got.get("found"),
        unfinished=unfinished,
    )


def _found(scene: Scene) -> Listing | None:
    """Nobody waits for the stores where there is nothing to lay their certificates beside."""
    asked = (
        one.request.outcome is ProbeOutcome.ASKED
        for looked in (looks.in_force, _directly, _by_other)
        for one in looked(scene)
    )
    return scene.found() if any(asked) else None


def _by_place(seen: tuple[Seen, ...]) -> dict[Place, Seen]:
    return {one.place: one for one in seen}


def _directly(scene: Scene) -> tuple[Seen, ...]:
    """What is met without a proxy; the same look where none is in force."""
    found = ways.ways(scene)
    if found.tries == (ways.DIRECT,):
        return looks.in_force(scene)
    return looks.directly(scene)


def _by_other(scene: Scene) -> tuple[Seen, ...]:
    other = ways.ways(scene).other
    if other is None:
        return ()
    return scene.once("network looks by other", lambda: looks.by(scene, other))


def _proxies(scene: Scene) -> dict[str, Reach]:
    found = ways.ways(scene)
    every = [*found.proxies, *([found.other] if found.other is not None else [])]
    servers = {one.server: one for one in every if one.way is Way.PROXY}
    parts = {
        server: Part(partial(ways.to_proxy, one, _TO_PROXY_S), _PROXY_S)
        for server, one in servers.items()
    }
    done = side_by_side(parts, scene.stop)
    return {
        server: Reach.PROXY_NOT_FOUND if isinstance(one, Unfinished) else one
        for server, one in done.items()
    }


def _versions(scene: Scene) -> dict[Place, tuple[str, ...]]:
    """Ask only what is not known by the look: the highest is what both agreed on."""
    wanted: dict[tuple[Place, str], Part[bool]] = {}
    known: dict[Place, list[str]] = {}
    for seen in looks.in_force(scene):
        known[seen.place] = [seen.version] if seen.version else []
        for version in _to_ask(seen):
            route = seen.by or ways.DIRECT
            work = partial(looks.speaks, seen.place, route, VERSIONS[version])
            wanted[seen.place, version] = Part(work, looks.LIMIT_S)
    for (place, version), spoken in side_by_side(wanted, scene.stop).items():
        if spoken is True:
            known[place].append(version)
    return {place: tuple(sorted(versions)) for place, versions in known.items()}


def _to_ask(seen: Seen) -> tuple[str, ...]:
    if seen.version == "TLSv1.3":
        return ("TLSv1.2",)
    if seen.handshake is Handshake.NEEDS_CERTIFICATE:
        return ("TLSv1.2", "TLSv1.3")
    if seen.handshake in (Handshake.OLD, Handshake.FAILED, Handshake.CUT) and not seen.chain:
        return ("TLSv1", "TLSv1.1")
    return ()


def route_used(seen: Seen) -> Route | None:
    """Return the proxy that a look went by; None: it went directly, or nowhere."""
    if seen.by is not None and ways.goes_by_proxy(seen.place[0], seen.by):
        return seen.by
    return None
