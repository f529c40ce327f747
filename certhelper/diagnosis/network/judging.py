"""What was found out of the network, as findings of the public list: whose it is to act."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator

from certhelper.diagnosis.findings import Finding, Status
from certhelper.diagnosis.network import reach, server_faults
from certhelper.diagnosis.network.looks import Handshake, Place, Seen, label, version_shown
from certhelper.diagnosis.network.offers import offers
from certhelper.diagnosis.network.reach import Reach
from certhelper.diagnosis.network.survey import Survey, route_used
from certhelper.diagnosis.people import people_of
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.unread_places import before_reissue
from certhelper.diagnosis.values import Facts, Kind, Told, Value, facts, joined, phrase, plain
from certhelper.listing import Listing
from certhelper.logon import proxy
from certhelper.logon.facts import ProbeOutcome
from certhelper.logon.proxy import Way

OK = "network-ok"
NEEDED_PARTS = frozenset({"ways", "seen", "versions"})
"""Without these the check has not been made; the others only tell more."""

_BY_REACH = {
    Reach.NOT_FOUND: "network-name-not-found",
    Reach.NO_DNS: "network-dns-none",
    Reach.REFUSED: "network-refused",
    Reach.NO_ANSWER: "network-no-answer",
    Reach.UNREACHABLE: "network-unreachable",
    Reach.WAY_UNKNOWN: "network-way-unknown",
    Reach.PROXY_UNREACHABLE: "network-proxy-unreachable",
    Reach.PROXY_NOT_FOUND: "network-proxy-not-found",
    Reach.PROXY_REFUSED: "network-proxy-refused",
    Reach.PROXY_PASSWORD: "network-proxy-wants-password",
    Reach.PROXY_SILENT: "network-proxy-silent",
}
_OF_A_PROXY = frozenset(
    {
        Reach.PROXY_UNREACHABLE,
        Reach.PROXY_NOT_FOUND,
        Reach.PROXY_REFUSED,
        Reach.PROXY_SILENT,
    }
)
_BY_HANDSHAKE = {
    Handshake.OLD: "network-tls-failed",
    Handshake.FAILED: "network-tls-failed",
    Handshake.CUT: "network-tls-cut",
    Handshake.SILENT: "network-tls-silent",
    Handshake.NO_TLS: "network-no-tls",
}
_OLD_VERSIONS = frozenset({"TLSv1", "TLSv1.1"})
_BROKEN = frozenset({Reach.REFUSED, Reach.NO_ANSWER, Reach.UNREACHABLE})
_IPV4, _IPV6 = socket.AF_INET, socket.AF_INET6


def findings(scene: Scene, survey: Survey) -> list[Finding]:
    """Return what stands in the way; none where nothing does.  What several hosts share is one."""
    found = list(_of_way(survey))
    for place, seen in survey.seen.items():
        found += _guarded("seen", _of_place, survey, place, seen)
        found += _guarded("server", _of_server, scene, survey, place)
        if not survey.ways.proxies:
            found += _protocols(survey, place)
    found += _inner(survey, found)
    found += _guarded("issuers", _of_issuers, scene, survey)
    found += [
        _part_failed(part, fault)
        for part, fault in survey.unfinished.items()
        if part in NEEDED_PARTS
    ]
    faulty = [one for one in found if one.status is not Status.OK]
    return _merged(faulty or found)


def _guarded(
    part: str, judge: Callable[..., Iterable[Finding]], *given: object
) -> Iterable[Finding]:
    """What fails in one part is that part's finding; the others stand."""
    try:
        return list(judge(*given))
    except Exception as fault:  # noqa: BLE001  # it is told, by its kind
        return [_part_failed(part, type(fault).__name__)]


def _part_failed(part: str, fault: str) -> Finding:
    named = phrase(f"diagnosis-network.part-{part}")
    return Finding("network-part-failed", facts(part=named, fault=fault or "-"))


def best(survey: Survey, place: Place) -> Seen | None:
    """Return the look that shows most of the server: by the way in force, else without a proxy."""
    every = (one.get(place) for one in (survey.seen, survey.direct, survey.other))
    return next((one for one in every if one is not None and one.shows_itself), None)


def _of_way(survey: Survey) -> Iterator[Finding]:
    """What is wrong with the settings themselves."""
    trouble = survey.ways.trouble
    if trouble is None:
        return
    if trouble.code == "pac-unreadable":
        script = Value(Kind.HOST, trouble.facts.get("address", "?"))
        detail = trouble.facts.get("detail", "-")
        read = detail in ("FindProxyForURL", "ValueError", "LookupError", "UnicodeDecodeError")
        code = "network-script-unreadable" if read else "network-script-unreachable"
        yield Finding(code, facts(script=script, error=detail))
    else:
        wrong = Value(Kind.HOST, trouble.facts.get("proxy", "?"))
        yield Finding("network-proxy-setting-wrong", facts(proxy=wrong))


def _of_place(survey: Survey, place: Place, seen: Seen) -> Iterator[Finding]:
    host = facts(host=label(place))
    if seen.reach is Reach.FAULT:
        yield _part_failed("seen", seen.detail)
    elif survey.ways.trouble is None and seen.reach is not Reach.CONNECTED:
        yield Finding(_connection(survey, place, seen), host + _about_proxy(survey, seen))
    elif _is_by_no_script(survey, seen):
        yield Finding("network-script-proxies", host + _about_proxy(survey, seen))
    if seen.handshake in _BY_HANDSHAKE:
        yield _tls(survey, place, seen)


def _is_by_no_script(survey: Survey, seen: Seen) -> bool:
    """Say whether it went directly although a script names proxies."""
    chosen = survey.ways.chosen
    is_script = chosen is not None and chosen.way is Way.SCRIPT and bool(survey.ways.proxies)
    return is_script and route_used(seen) is None and not proxy.is_here(seen.place[0])


def _of_server(scene: Scene, survey: Survey, place: Place) -> Iterator[Finding]:
    shown = best(survey, place)
    if shown is not None:
        for fault in server_faults.examined(scene, shown).faults:
            yield Finding(fault.code, facts(host=label(place)) + fault.facts)


def _inner(survey: Survey, found: list[Finding]) -> list[Finding]:
    """A name that leads inside explains a fault; where all is well somebody meant it so."""
    if survey.ways.proxies or all(one.status is Status.OK for one in found):
        return []
    return [
        Finding("network-dns-inner", facts(host=label(place), addresses=_addresses(survey, place)))
        for place in survey.seen
        if _leads_inside(survey, place)
    ]


# The connection


def _connection(survey: Survey, place: Place, seen: Seen) -> str:
    direct, other = survey.direct.get(place), survey.other.get(place)
    without = direct is not None and direct.reach is Reach.CONNECTED
    by_other = other is not None and other.reach is Reach.CONNECTED
    met = _met(survey, seen)
    if met in _OF_A_PROXY:
        if without:
            return "network-proxy-in-the-way"
        return "network-proxy-other-works" if by_other else _BY_REACH[met]
    chosen = survey.ways.chosen
    if chosen is not None and chosen.way is Way.DETECT:
        return "network-way-unknown"
    if by_other and seen.reach is not Reach.PROXY_PASSWORD:
        return "network-proxy-needed"
    if seen.reach in (Reach.NOT_FOUND, Reach.NO_DNS, Reach.UNREACHABLE) and _is_cut_off(place):
        return "network-no-connection"
    return _BY_REACH[seen.reach]


def _met(survey: Survey, seen: Seen) -> Reach:
    """Of a way that only the engine knows, whether at least its proxy is there."""
    if seen.reach is not Reach.WAY_UNKNOWN:
        return seen.reach
    dead = (one for one in survey.proxies.values() if one in _OF_A_PROXY)
    return next(dead, seen.reach)


def _is_cut_off(place: Place) -> bool:
    inside = proxy.is_here(place[0])
    return not inside and not any(map(reach.has_way_out, (_IPV4, _IPV6)))


def _about_proxy(survey: Survey, seen: Seen) -> Facts:
    named = [*survey.ways.tries, *([survey.ways.other] if survey.ways.other else [])]
    servers = [one.server for one in named if one.server]
    server: Told = Value(Kind.HOST, servers[0]) if servers else plain("-")
    other = survey.ways.other
    return facts(
        proxy=server,
        other="-" if other is None else Value(Kind.HOST, other.server),
        status=str(seen.status or "-"),
        fault=seen.detail or "-",
    )


def _tls(survey: Survey, place: Place, seen: Seen) -> Finding:
    versions = survey.versions.get(place, ())
    host = facts(host=label(place), error=seen.detail or "-")
    if versions and set(versions) <= _OLD_VERSIONS:
        shown = joined([version_shown(one) for one in versions])
        return Finding("network-tls-old", host + facts(versions=shown))
    return Finding(_BY_HANDSHAKE[seen.handshake], host)


def _protocols(survey: Survey, place: Place) -> Iterator[Finding]:
    """One of the two protocols that leads nowhere makes every page slow, or fail at times."""
    four, six = survey.lines.get((place, _IPV4)), survey.lines.get((place, _IPV6))
    if four is None or six is None:
        return
    for broken, works, family, names in (
        (six, four, _IPV6, ("IPv6", "IPv4")),
        (four, six, _IPV4, ("IPv4", "IPv6")),
    ):
        is_dead = broken.reach in _BROKEN and bool(broken.addresses)
        if is_dead and works.reach is Reach.CONNECTED and reach.has_way_out(family):
            told = facts(host=label(place), broken=names[0], works=names[1])
            yield Finding("network-protocol-broken", told)


def _leads_inside(survey: Survey, place: Place) -> bool:
    if proxy.is_here(place[0]) or len(reach.families_of(place[0])) == 1:
        return False
    found = [one for key, line in survey.lines.items() if key[0] == place for one in line.addresses]
    return bool(found) and all(map(reach.is_inner, found))


def _addresses(survey: Survey, place: Place) -> Told:
    found = [one for key, line in survey.lines.items() if key[0] == place for one in line.addresses]
    return joined([Value(Kind.ADDRESS, one) for one in found])


# The issuers that the server accepts


def _of_issuers(scene: Scene, survey: Survey) -> Iterator[Finding]:
    places = [place for place in survey.seen if scene.bank.may_send_certificate(*place)]
    shown = [one for one in (best(survey, place) for place in places) if one is not None]
    if shown and all(one.request.outcome is ProbeOutcome.NEVER_ASKED for one in shown):
        yield Finding("network-issuers-not-asked", facts(host=_hosts(shown)))
    for seen in shown:
        if survey.found is not None and seen.request.outcome is ProbeOutcome.ASKED:
            yield from _unaccepted(scene, survey.found, seen)


def _unaccepted(scene: Scene, found: Listing, seen: Seen) -> Iterator[Finding]:
    """Only of certificates that nothing else stops: the others are other checks' to explain."""
    named = {
        one.judged.installed.certificate.sha256: one.is_named for one in offers(found, seen.request)
    }
    host = facts(host=label(seen.place))
    for person in people_of(found, scene.chosen):
        if not person.judged.usable or named.get(person.certificate.sha256, True):
            continue
        others = [
            one
            for one in person.rows
            if one.usable and named.get(one.installed.certificate.sha256, False)
        ]
        code = "network-issuers-another-fits" if others else "network-issuers-none-match"
        issuer = server_faults.shown_issuer(person.certificate)
        told = (*person.whose, *host, *facts(issuer=issuer, **before_reissue(scene)))
        yield Finding(code, told, about=person.certificate.sha256)


def _hosts(shown: list[Seen]) -> Told:
    return joined([label(one.place) for one in shown])


# What several hosts share


def _merged(found: list[Finding]) -> list[Finding]:
    """Put findings together that differ by their host alone."""
    merged: dict[Finding, list[Told]] = {}
    for one in found:
        rest = tuple(fact for fact in one.facts if fact[0] != "host")
        host = [value for name, value in one.facts if name == "host"]
        merged.setdefault(one._replace(facts=rest), []).extend(host)
    return [
        one._replace(facts=facts(host=joined(list(dict.fromkeys(hosts)) or [""])) + one.facts)
        for one, hosts in merged.items()
    ]
