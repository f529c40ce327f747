"""What was seen of the network, to be unfolded beside the findings."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator

from certhelper import moment
from certhelper.certificate import Certificate
from certhelper.diagnosis.findings import Detail
from certhelper.diagnosis.network import judging, reach, server_faults
from certhelper.diagnosis.network.looks import Place, Seen, label, version_shown
from certhelper.diagnosis.network.offers import Offer, offers
from certhelper.diagnosis.network.reach import Line, Reach
from certhelper.diagnosis.network.survey import Survey, route_used
from certhelper.diagnosis.people import end_of_serial
from certhelper.diagnosis.scene import Scene
from certhelper.diagnosis.subjects import subjects_of
from certhelper.diagnosis.values import Kind, Phrase, Told, Value, joined, phrase, plain
from certhelper.listing import Listing
from certhelper.logon.facts import ProbeOutcome
from certhelper.logon.proxy import Way
from certhelper.safe_text import safe

_AREA = "diagnosis-network"
_PROTOCOLS = {socket.AF_INET: "IPv4", socket.AF_INET6: "IPv6"}
_MOST_ISSUERS = 40


def details(scene: Scene, survey: Survey) -> tuple[Detail, ...]:
    """Return what was seen, every part with its own heading; parts without anything have none."""
    told: dict[str, Callable[[], Iterable[Told]]] = {
        "way": lambda: _way(survey),
        "hosts": lambda: map(_host, survey.seen.values()),
        "without-proxy": lambda: map(_host, _without_proxy(survey)),
        "lines": lambda: (_line(key[0], key[1], line) for key, line in survey.lines.items()),
        "versions": lambda: _versions(survey),
        "server": lambda: (one for place in survey.seen for one in _server(scene, survey, place)),
        "issuers": lambda: (one for seen in _asking(survey) for one in _issuers(scene, seen)),
        "offers": lambda: (one for seen in _asking(survey) for one in _offers(scene, survey, seen)),
        "unfinished": lambda: _unfinished(survey),
    }
    found = {name: _guarded(work) for name, work in told.items()}
    return tuple(Detail(_key(name), items) for name, items in found.items() if items)


def _guarded(work: Callable[[], Iterable[Told]]) -> tuple[Told, ...]:
    """One part that cannot be told takes no other with it."""
    try:
        return tuple(work())
    except Exception as fault:  # noqa: BLE001  # it is told, by its kind
        return (plain(type(fault).__name__),)


def _unfinished(survey: Survey) -> Iterator[Phrase]:
    for part, fault in survey.unfinished.items():
        yield phrase(_key("part"), part=phrase(_key(f"part-{part}")), fault=fault or "-")


def _key(name: str) -> str:
    return f"{_AREA}.{name}"


# The way


def _way(survey: Survey) -> Iterator[Phrase]:
    chosen = survey.ways.chosen
    if chosen is None:
        yield phrase(_key("way-wrong"))
        return
    server = Value(Kind.HOST, chosen.server or "-")
    script = Value(Kind.HOST, safe(chosen.script_from.partition("?")[0]) or "-")
    is_socks = chosen.way is Way.PROXY and chosen.scheme != "http"
    kind = "socks" if is_socks else chosen.way.value
    yield phrase(_key(f"way-{kind}"), server=server, script=script)
    for proxy, reached in survey.proxies.items():
        yield phrase(_key("proxy"), server=Value(Kind.HOST, proxy), reach=_reached(reached))


def _reached(reached: Reach) -> Phrase:
    return phrase(_key(f"reach-{reached.value}"))


def _host(seen: Seen) -> Phrase:
    used = route_used(seen)
    way: Told = phrase(_key("directly"))
    if used is not None:
        way = phrase(_key("by-proxy"), server=Value(Kind.HOST, used.server))
    if seen.reach is not Reach.CONNECTED:
        return phrase(_key("host-not-reached"), host=label(seen.place), reach=_reached(seen.reach))
    handshake = phrase(
        _key(f"handshake-{seen.handshake.value}"), version=version_shown(seen.version) or "-"
    )
    return phrase(_key("host"), host=label(seen.place), way=way, handshake=handshake)


def _without_proxy(survey: Survey) -> list[Seen]:
    return [one for place, one in survey.direct.items() if one is not survey.seen.get(place)]


def _line(place: Place, family: socket.AddressFamily, line: Line) -> Phrase:
    addresses = [
        Value(Kind.ADDRESS, one) if reach.is_inner(one) else plain(one) for one in line.addresses
    ]
    return phrase(
        _key("line"),
        host=label(place),
        protocol=_PROTOCOLS[family],
        addresses=joined(addresses or ["-"]),
        reach=_reached(line.reach),
    )


# The server


def _versions(survey: Survey) -> Iterator[Phrase]:
    for place, versions in survey.versions.items():
        if versions:
            shown = joined([version_shown(one) for one in versions])
            yield phrase(_key("spoken"), host=label(place), versions=shown)


def _server(scene: Scene, survey: Survey, place: Place) -> Iterator[Phrase]:
    seen = judging.best(survey, place)
    is_known = seen is not None and server_faults.examined(scene, seen).is_known
    kind = Kind.PLAIN if is_known else Kind.NAME
    for number, der in enumerate(seen.chain if seen is not None else (), 1):
        certificate = Certificate(der)
        begin, end = certificate.not_before, certificate.not_after
        yield phrase(
            _key("certificate"),
            host=label(place),
            number=number,
            subject=Value(kind, certificate.subject or "?"),
            issuer=Value(kind, certificate.issuer or "?"),
            begin="?" if begin is None else moment.in_japan(begin),
            end="?" if end is None else moment.in_japan(end),
        )


def _asking(survey: Survey) -> list[Seen]:
    shown = [judging.best(survey, place) for place in survey.seen]
    asked = (ProbeOutcome.ASKED, ProbeOutcome.NEVER_ASKED)
    return [one for one in shown if one is not None and one.request.outcome in asked]


def _issuers(scene: Scene, seen: Seen) -> Iterator[Phrase]:
    """Whoever else answers in the bank's place may name authorities of the firm's own."""
    host = label(seen.place)
    kind = Kind.PLAIN if server_faults.examined(scene, seen).is_known else Kind.NAME
    if seen.request.outcome is ProbeOutcome.NEVER_ASKED:
        yield phrase(_key("asks-nobody"), host=host)
    elif not seen.request.issuers:
        yield phrase(_key("takes-any"), host=host)
    for name in seen.request.issuer_names[:_MOST_ISSUERS]:
        yield phrase(_key("accepted"), host=host, issuer=Value(kind, safe(name)))
    more = len(seen.request.issuer_names) - _MOST_ISSUERS
    if more > 0:
        yield phrase(_key("accepted-more"), host=host, number=more)


def _offers(scene: Scene, survey: Survey, seen: Seen) -> Iterator[Phrase]:
    """Only where a certificate may go at all."""
    asked = seen.request.outcome is ProbeOutcome.ASKED
    if survey.found is None or not asked or not scene.bank.may_send_certificate(*seen.place):
        return
    yield phrase(_key("offers-to"), host=label(seen.place))
    every = offers(survey.found, seen.request)
    told = _of_whom(scene, survey.found, every)
    for offer in told:
        certificate = _certificate(offer)
        if offer.because:
            why = _reasons(offer.because)
            yield phrase(_key("not-offered"), certificate=certificate, why=why)
        else:
            yield phrase(_key("offered"), certificate=certificate)
    if len(told) < len(every):
        yield phrase("diagnosis-report.left-out", count=len(every) - len(told))


def _of_whom(scene: Scene, found: Listing, every: list[Offer]) -> list[Offer]:
    """Where it is about one person, leave out what others keep here."""
    if not scene.chosen:
        return every
    own = [row for one in subjects_of(found, scene.chosen) for row in one.rows]
    return [offer for offer in every if any(offer.judged is row for row in own)]


def _reasons(codes: tuple[str, ...]) -> Told:
    return joined([phrase(_key(f"because-{one}")) for one in codes])


def _certificate(offer: Offer) -> Phrase:
    certificate = offer.judged.installed.certificate
    end = "?" if certificate.not_after is None else moment.in_japan(certificate.not_after)
    holder = offer.judged.holder
    serial = end_of_serial(certificate)
    if holder is None:
        name = Value(Kind.NAME, certificate.subject or "?")
        return phrase(_key("certificate-of-name"), name=name, end=end, serial=serial)
    user: Told = phrase("diagnosis.whose.administrator")
    if holder.user_id is not None:
        user = Value(Kind.USER, holder.user_id)
    contract = Value(Kind.CONTRACT, holder.contract_id)
    key = _key("certificate-of-holder")
    return phrase(key, contract=contract, user=user, end=end, serial=serial)
